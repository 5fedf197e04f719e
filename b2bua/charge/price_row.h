/**
 * @file price_row.h  A row of a price list: one rate of one prefix, as text and as numbers
 */
#ifndef TANDEM_PRICE_ROW_H
#define TANDEM_PRICE_ROW_H

#include "rate.h"

/** What a row may say, in the order of a list that we write. */
enum price_column {
	PRICE_PREFIX,
	PRICE_PER_MINUTE,
	PRICE_CONNECT_FEE,
	PRICE_FIRST,
	PRICE_NEXT,
	PRICE_MIN_CHARGE,
	PRICE_MAX_CHARGE,
	PRICE_GRACE,
	PRICE_BLOCKED,
	PRICE_BANDS,
	PRICE_VALID_FROM,
	PRICE_VALID_UNTIL,
	PRICE_COLUMNC,
};

struct price_row {
	char prefix[RATE_PREFIX_SIZE];
	bool blocked;
	int64_t from_us;
	int64_t until_us; /* INT64_MAX: open end */
	int64_t per_minute_nano, connect_fee_nano, min_charge_nano, max_charge_nano;
	uint32_t grace_s, first_s, next_s;
	struct pl bands; /* "mon-fri 18:00-08:00 0.10; sat 00:00-24:00 0.05": in the text it was read from */
};

const char *price_column_name(enum price_column column);

/** Nothing but defaults; from the beginning of time on. */
void price_row_init(struct price_row *row);

/**
 * Read one column. An empty one is at its default, but for prefix and price, which must be there; "any" is the prefix
 * of every number.
 *
 * @param decimal   what stands before decimals: '.' or ','
 * @param complaint what is wrong and the remedy, to stand after the text in question, when the return is EINVAL
 */
int price_row_set(struct price_row *row, enum price_column column, const struct pl *text, char decimal,
		  const char **complaint);

/**
 * Read the steps of a list that has them in one column: "60" are steps of 60 seconds from the first one on, "60/6" are 60
 * and then 6. An empty one is at its default. Complaint and return as price_row_set()'s.
 */
int price_row_steps_set(struct price_row *row, const struct pl *text, const char **complaint);

/** NULL, or what is wrong with a row as a whole. */
const char *price_row_check(const struct price_row *row);

/** The order of a list: by prefix, then begin. */
int price_row_compare(const struct price_row *a, const struct price_row *b);

/** True if of two rows in that order the second may not be there: the same prefix, and both at one moment. */
bool price_row_overlaps(const struct price_row *before, const struct price_row *row);

/** The same prices at the same times, in the same order, however they are written. */
bool price_row_bands_equal(const struct price_row *a, const struct price_row *b);

/** The line of such a list, with its end: all columns, with commas and points. */
int price_row_write(struct mbuf *mb, const struct price_row *row);

/** Its bands as JSON, as table rate_row has them; nothing where there are none. */
int price_row_bands_write(struct mbuf *mb, const struct price_row *row);

#endif
