/**
 * @file price_draft.h  A price list while it is written: what is done to it on the writer's thread
 *
 * The loop owns it between those steps, and looks at it only then.
 */
#ifndef TANDEM_PRICE_DRAFT_H
#define TANDEM_PRICE_DRAFT_H

#include "../charge/price_row.h"

enum { PRICE_ROWS_MAX = 10000000, PRICE_ERRSTR_SIZE = 512 };

struct sqlite3;

/** How far it is. */
struct price_mark {
	struct price_row last; /* that was added; without bands */
	size_t rows;
};

struct price_draft {
	int64_t list; /* 0: not begun */
	int64_t base; /* its tariff's list in force when it was begun; 0: none */
	char *tariff;
	struct price_mark mark;
	char errstr[PRICE_ERRSTR_SIZE]; /* what was wrong, in full; empty where the return says it all */
};

int price_draft_alloc(struct price_draft **dp, const char *tariff);

/** A new list, in no tariff yet. ENOENT: there is no such tariff. */
int price_draft_begin(struct price_draft *d, struct sqlite3 *db);

/** Rows as price_row_write() makes them; the text is changed. EBADMSG: one is wrong; the transaction and `mark` are to be undone. */
int price_draft_add(struct price_draft *d, struct sqlite3 *db, char *text);

/** Let it be the tariff's. ESTALE: the tariff has another list than when this one was begun. */
int price_draft_commit(struct price_draft *d, struct sqlite3 *db);

#endif
