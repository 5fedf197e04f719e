/**
 * @file account.h  What `account` can be asked beside what account.c does
 */
#ifndef TANDEM_CTL_ACCOUNT_H
#define TANDEM_CTL_ACCOUNT_H

#include "ctl.h"

/** argv[1] may call, or not ("enable", "disable"); with CTL_HANGUP its calls are ended, too. */
int account_enable(const struct ctl *ctl);

int account_hangup(const struct ctl *ctl);
int account_unblock(const struct ctl *ctl);

#endif
