/**
 * @file charge_part.h  What admit.c and charge.c have of each other
 */
#ifndef TANDEM_CALL_CHARGE_PART_H
#define TANDEM_CALL_CHARGE_PART_H

#include "../charge/admission.h"
#include "charge.h"

/** A rate as the CDR keeps it. */
int charge_snapshot(char **field, const struct rating *rating);

/** Tell the ledger what is set aside for the call now. */
void charge_hold_note(const struct call *call, int64_t nano);

/** The hold_change_h of a call. */
void charge_hold_changed(struct hold *hold, void *arg);

/* fraud.c */
/** Is the number of a country that is new to the account? Before its rates are known. */
struct admission fraud_number(struct call *call);
/** Is it one dear call too many? When its rates are known. */
struct admission fraud_price(struct call *call);
/** Its country is the account's from now on. */
void fraud_answered(struct call *call);
void fraud_ended(struct call *call);

#endif
