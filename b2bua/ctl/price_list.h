/**
 * @file price_list.h  A tariff's list of rates: read from the database, sent to the daemon
 */
#ifndef TANDEM_CTL_PRICE_LIST_H
#define TANDEM_CTL_PRICE_LIST_H

#include "../charge/price_row.h"
#include "database.h"

/** The rates in force of a tariff, in the order of lists. */
struct price_list {
	struct price_row *rowv;
	size_t rowc, size;
	int64_t list;      /* 0: it has none */
	struct list bandl; /* texts that rows point into */
	char currency[4];
};

/** Which list a tariff has, without its rates; returns an exit code. */
int price_list_find(struct price_list *l, const struct database *d, const char *tariff);

/** Read them; returns an exit code. price_list_close() in any case. */
int price_list_read(struct price_list *l, const struct ctl *ctl, const char *tariff);
void price_list_close(struct price_list *l);

/** A list on its way to the daemon. */
struct price_upload {
	const struct ctl *ctl;
	struct mbuf *rows; /* to be sent next */
	int64_t list;
	size_t rowc; /* so far */
	int code;    /* what went wrong */
};

/** Begin it; `base` is the list that the difference was made to. Returns an exit code. */
int price_upload_begin(struct price_upload *u, const struct ctl *ctl, const char *tariff, int64_t base);
/** One more row: a price_merge_h. What it returns is in `code`, too. */
int price_upload_row(const struct price_row *row, void *upload);
/** Bring it into force. */
int price_upload_end(struct price_upload *u);
/** Whatever came of it. */
void price_upload_close(struct price_upload *u);

#endif
