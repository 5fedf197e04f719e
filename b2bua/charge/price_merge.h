/**
 * @file price_merge.h  What a price list makes of the rates in force
 */
#ifndef TANDEM_PRICE_MERGE_H
#define TANDEM_PRICE_MERGE_H

#include "price_file.h"

enum price_change {
	PRICE_NEW,
	PRICE_DEARER,  /* a minute costs more */
	PRICE_CHEAPER, /* a minute costs less */
	PRICE_OTHER,   /* it costs the same, but something else is not as it was */
	PRICE_SAME,
	PRICE_GONE,
	PRICE_CHANGEC,
};

const char *price_change_name(enum price_change change);

/** How many prefixes change in which way; and the first of each. */
struct price_difference {
	struct {
		size_t count;
		const struct price_row *was, *now; /* NULL: was or is not there */
	} v[PRICE_CHANGEC];
};

/** Both in the order of lists. */
struct price_merge {
	const struct price_row *oldv;
	size_t oldc;
	const struct price_line *newv;
	size_t newc;
	bool replace;    /* prefixes that are not in the new list end, too */
	int64_t from_us; /* when they do */
	int64_t now_us;  /* what was in force then is compared with what comes */
};

/** A row of the result, in the order of lists. An error of the handler ends it. */
typedef int(price_merge_h)(const struct price_row *row, void *arg);

/**
 * Of a prefix that is in the new list, what begins no earlier than its first new rate goes, and what counts then ends
 * with it; others stay, unless the new list replaces the old one.
 */
int price_merge(struct price_difference *diff, const struct price_merge *m, price_merge_h *h, void *arg);

#endif
