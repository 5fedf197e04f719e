/**
 * @file price_lists.h  Price lists: rates by the hundred thousand, written beside those in force, then switched
 *
 *     begin    a new list of a tariff, in no tariff yet
 *     add      rows, in their order, some thousands at a time: no transaction holds the writer up for long
 *     commit   the tariff points to it, in one short transaction
 *
 * What was in force, what was not finished and what a crash left is swept, a part at a time. All of it belongs to
 * the loop; a list that nobody adds to for ten minutes is given up.
 */
#ifndef TANDEM_PRICE_LISTS_H
#define TANDEM_PRICE_LISTS_H

#include "store.h"

enum { PRICE_LISTS_MAX = 8, PRICE_ROWS_SIZE = 256 * 1024 };

struct price_lists;

/** @param w and `s` outlive it */
int price_lists_alloc(struct price_lists **pp, struct writer *w, struct store *s);

/** What came of it. */
struct price_list_result {
	int64_t list; /* names it from now on */
	int64_t base; /* of its tariff in force when it was begun; 0: none */
	size_t rows;  /* it has so far */
};

/**
 * Runs once, later, unless the return of what was called is not 0.
 *
 * Its err: ENOENT no such tariff or list, EBADMSG a row is wrong, EBUSY, ESTALE the rates were changed by somebody else
 * meanwhile, or why the database could not take it; `errstr` says so in full, with the remedy.
 */
typedef void(price_list_h)(int err, const char *errstr, const struct price_list_result *result, void *arg);

int price_list_begin(struct price_lists *p, const char *tariff, price_list_h *h, void *arg);

/** Rows as price_row_write() makes them, in their order, behind those that are there. All of them, or none; EFBIG. */
int price_list_add(struct price_lists *p, int64_t list, const char *rows, price_list_h *h, void *arg);

/** If it has so many rows. From now on the tariff's rates are null for `apply`. */
int price_list_commit(struct price_lists *p, int64_t list, size_t rows, price_list_h *h, void *arg);

/** Give it up. False: there is none such. */
bool price_list_cancel(struct price_lists *p, int64_t list);

#endif
