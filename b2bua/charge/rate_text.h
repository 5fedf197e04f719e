/**
 * @file rate_text.h  Rates as text: what a CDR keeps of the rate it was priced by
 */
#ifndef TANDEM_RATE_TEXT_H
#define TANDEM_RATE_TEXT_H

#include "rate.h"

const char *rate_rounding_name(enum rate_rounding rounding);
int rate_rounding_decode(enum rate_rounding *rounding, const char *name);

/**
 * A rate with its terms, as the JSON object in column `rate` of a CDR: with answer_us and duration_ms it gives
 * the same price for ever. What is at its default is left out, but price, intervals and prefix.
 *
 * @param zone its name; NULL: UTC
 */
int rate_snapshot_encode(struct mbuf *mb, const struct rate *r, const struct rate_terms *terms,
			 const char *zone);

/**
 * Read one back.
 *
 * @param terms its zone is a reference of the caller's, to be given back
 *
 * EBADMSG: no snapshot; ENOENT: its time zone is not on this system
 */
int rate_snapshot_decode(struct rate *r, struct rate_terms *terms, const char *text, size_t len);

#endif
