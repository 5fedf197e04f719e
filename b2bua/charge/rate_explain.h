/**
 * @file rate_explain.h  How a price comes about, in words
 */
#ifndef TANDEM_RATE_EXPLAIN_H
#define TANDEM_RATE_EXPLAIN_H

#include "rate_table.h"

/** A step of the reasoning: one line, without its end. An error of the handler ends it. */
typedef int(rate_explain_h)(const char *line, void *arg);

/**
 * What rate_price() does with a rate, step by step: rate, grace, intervals, times of the week, fee, least and most,
 * rounding. Times are the tariff's local ones.
 *
 * @param r       of a rate that was found
 * @param at_us   answer, wall clock
 *
 * EINVAL, ERANGE: as rate_price()
 */
int rate_explain(struct rate_price *price, const struct rating *r, int64_t at_us, int64_t duration_ms,
		 rate_explain_h *h, void *arg);

#endif
