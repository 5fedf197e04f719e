/**
 * @file price_head.h  A price list's row of names: which column is what
 */
#ifndef TANDEM_PRICE_HEAD_H
#define TANDEM_PRICE_HEAD_H

#include "csv.h"
#include "price_row.h"

struct price_head {
	struct pl namev[CSV_FIELDS_MAX]; /* in the file's text */
	size_t namec;
	int columnv[PRICE_COLUMNC]; /* index in the file; -1: there is none */
};

/**
 * What is wrong with a file, one after the other, in no special order.
 *
 * @param row       in the file, 0: with the file
 * @param column    its name in the file; NULL: with the row
 * @param text      in question; may be NULL
 * @param complaint what is wrong with it and the remedy
 */
typedef void(price_fault_h)(size_t row, const struct pl *column, const struct pl *text, const char *complaint,
			    void *arg);

/**
 * Read the first row.
 *
 * @param map "prefix=Code,per_minute=3": names or numbers of columns; NULL: by usual names
 *
 * EBADMSG: something was told to be wrong
 */
int price_head_read(struct price_head *head, struct csv *csv, const char *map, price_fault_h *h, void *arg);

/** NULL, or why a text cannot be read: it is not UTF-8, with the remedy. */
const char *price_text_check(const struct pl *text);

#endif
