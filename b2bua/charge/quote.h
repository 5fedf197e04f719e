/**
 * @file quote.h  What a call costs, and why, as whoever asks is answered: tandemctl, the REST API
 */
#ifndef TANDEM_QUOTE_H
#define TANDEM_QUOTE_H

#include "rate_table.h"

enum { QUOTE_DURATION_S = 60, QUOTE_ERRSTR_SIZE = 512 };

/** A call that nobody makes. Texts outlive the answer. */
struct quote_question {
	const char *number;  /* as number_normalise() leaves it */
	const char *account; /* whose tariff; NULL: `tariff` */
	const char *tariff;
	int64_t at_us;       /* the answer, wall clock */
	int64_t duration_ms; /* at most RATE_HORIZON_S */
};

/**
 * Work it out by the engine's lookup and arithmetic: number, tariff, at, prefix, blocked, duration_s, billed_s, price,
 * currency, rate (its snapshot) and why, a list of lines. Reads the database: not on a loop.
 *
 * @param errstr says what is wrong, and the remedy, when the return is not 0: ENOENT no such account or tariff, ENODATA
 *               no tariff or no rate, ERANGE beyond all money, or why the database cannot be read
 */
int quote_make(struct odict **op, struct db *db, const struct quote_question *q,
	       char errstr[QUOTE_ERRSTR_SIZE]);

#endif
