/**
 * @file cdr_price.h  The price and cost of a call by the rates its record holds
 */
#ifndef TANDEM_CDR_PRICE_H
#define TANDEM_CDR_PRICE_H

#include "cdr.h"

/**
 * Fill in billed_s, price_nano and cost_nano by the snapshots in `rate` and `cost_rate`, the answer and duration_ms.
 * A side without a snapshot, and a call that was not answered, come to 0.
 *
 * EBADMSG, ENOENT: a snapshot cannot be read (rate_snapshot_decode()); ERANGE: beyond all money
 */
int cdr_price(struct cdr *cdr);

#endif
