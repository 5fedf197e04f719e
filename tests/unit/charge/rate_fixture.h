/**
 * @file rate_fixture.h  A database with rates in it, and which of them the rule says
 */
#ifndef TANDEM_RATE_FIXTURE_H
#define TANDEM_RATE_FIXTURE_H

#include "b2bua/store_fixture.h"
#include "charge/rate_table.h"

struct rates {
	struct fixture f;
	struct db *db;
	struct rate_table *table;
};

struct rates_row {
	char prefix[8];
	int64_t from_us, until_us;
};

/** Tariff "t" has no rates yet; "other", "after" and "empty" are in its way. */
void rates_open(struct rates *r);
void rates_close(struct rates *r);

/** A rate of "t". Every price is its row's own, so that it says which row was found. */
void rates_add(const struct rates *r, const char *prefix, int64_t from_us, int64_t until_us, int64_t nano);

/** So many, between moments 0 and 300; the price is the row's index. */
void rates_random(const struct rates *r, struct rates_row rowv[], size_t rowc);

/** The rule as one says it: of the rates in force whose prefix begins the number, that of the longest; -1: none. */
int64_t rates_longest(const struct rates_row rowv[], size_t rowc, const char *number, int64_t at_us);

/** Up to `most` digits of three kinds. */
void rates_digits(char *text, size_t most);

#endif
