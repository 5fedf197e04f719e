/**
 * @file amount.h  Money as it is written on the command line
 */
#ifndef TANDEM_CTL_AMOUNT_H
#define TANDEM_CTL_AMOUNT_H

/** Say what is wrong with `text`, before the daemon does in terms of JSON; returns an exit code. */
int amount_check(const char *text, const char *what);

#endif
