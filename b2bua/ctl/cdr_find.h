/**
 * @file cdr_find.h  One record, by its own id or a Call-ID
 */
#ifndef TANDEM_CTL_CDR_FIND_H
#define TANDEM_CTL_CDR_FIND_H

#include "ctl.h"

enum { CDR_ID_SIZE = 64 };

/** Print all of the newest record with this cdr_id, or this Call-ID on either leg; returns an exit code. */
int cdr_show(const struct ctl *ctl, const char *text);

/** Say on stderr how its record is seen, where the call is over; for after an error. */
void cdr_hint(const struct ctl *ctl, const char *text);

#endif
