/**
 * @file archive_plan.c  What a question to all records asks of each file that has some of them
 */
#include <string.h>
#include "archive_plan.h"

enum { PLAN_SIZE = 4096 };

static const double all_rows = 2e7;

/** Columns by which a record is looked up, the best first; each has an index. */
static const struct key {
	const char *column;
	double rows;        /* that there are of one value, about */
	const char *months; /* which archives may have it; NULL: any */
	bool by_start;      /* its index goes on with start_us */
} keyv[] = {
	{"cdr_id", 1, "?%d BETWEEN first_id AND last_id", false},
	{"seq", 1, "?%d BETWEEN first_seq AND last_seq", false},
	{"a_call_id", 2, NULL, false},
	{"callee", 100, NULL, true},
	{"account", 10000, NULL, true},
};

struct planning {
	struct sqlite3_index_info *info;
	const struct archive_columns *columns;
	const struct key *key; /* NULL: none */
	int key_constraint;
	enum archive_order order;
	bool desc, consumed;
	int argc, bounds;
	struct mbuf *months, *rows;
};

static const char *name_of(const struct planning *p, int column)
{
	return column < 0 ? "seq" : p->columns->namev[column];
}

static bool is_seq(const struct planning *p, int column)
{
	return column < 0 || column == p->columns->seq;
}

/* ---------------------------------------------------------------- which way in */

static void key_try(struct planning *p, int i)
{
	const char *name = name_of(p, p->info->aConstraint[i].iColumn);
	const struct key *key;

	for (key = keyv; key < keyv + ARRAY_SIZE(keyv) && key != p->key; key++) {

		if (strcmp(key->column, name) || strcmp(sqlite3_vtab_collation(p->info, i), "BINARY"))
			continue;

		p->key = key;
		p->key_constraint = i;
	}
}

static void key_choose(struct planning *p)
{
	int i;

	for (i = 0; i < p->info->nConstraint; i++)
		if (p->info->aConstraint[i].usable &&
		    p->info->aConstraint[i].op == SQLITE_INDEX_CONSTRAINT_EQ)
			key_try(p, i);
}

/** Whether records are found by their start. What is not looked up by an index has a '+', lest SQLite tries. */
static bool by_start(const struct planning *p)
{
	int i;

	if (p->key)
		return p->key->by_start;
	if (p->order != ARCHIVE_UNORDERED)
		return p->order == ARCHIVE_BY_START;

	for (i = 0; i < p->info->nConstraint; i++)
		if (p->info->aConstraint[i].usable && p->info->aConstraint[i].iColumn == p->columns->start_us)
			return true;

	return false;
}

/** An order that the files' indexes have, and that files merged keep. */
static void order_choose(struct planning *p)
{
	const struct sqlite3_index_info *info = p->info;
	const int count = info->nOrderBy;
	int i;

	/* who asks for none gets that of a table */
	if (!count && !p->key)
		p->order = by_start(p) ? ARCHIVE_BY_START : ARCHIVE_BY_SEQ;

	if (!count || (p->key && !p->key->by_start))
		return;

	p->desc = info->aOrderBy[0].desc;
	for (i = 1; i < count; i++)
		if (!info->aOrderBy[i].desc != !p->desc)
			return;

	if (count == 1 && !p->key && is_seq(p, info->aOrderBy[0].iColumn))
		p->order = ARCHIVE_BY_SEQ;
	else if (info->aOrderBy[0].iColumn == p->columns->start_us &&
		 (count == 1 || (count == 2 && is_seq(p, info->aOrderBy[1].iColumn))))
		p->order = ARCHIVE_BY_START;

	p->consumed = p->order != ARCHIVE_UNORDERED;
}

/* ---------------------------------------------------------------- the text */

static int argument(struct planning *p, int i)
{
	if (!p->info->aConstraintUsage[i].argvIndex)
		p->info->aConstraintUsage[i].argvIndex = ++p->argc;

	return p->info->aConstraintUsage[i].argvIndex;
}

static int key_write(struct planning *p)
{
	int number, err;

	if (!p->key)
		return 0;

	number = argument(p, p->key_constraint);
	err = mbuf_printf(p->rows, " AND %s = ?%d", p->key->column, number);
	if (!err && p->key->months) {
		err = mbuf_write_str(p->months, " AND ");
		err = err ? err : mbuf_printf(p->months, p->key->months, number);
	}

	return err;
}

static int bound_write(struct planning *p, int i, bool plain, const char *op, bool low)
{
	const char *name = is_seq(p, p->info->aConstraint[i].iColumn) ? "seq" : "start_us";
	const int number = argument(p, i);
	int err;

	++p->bounds;
	err = mbuf_printf(p->rows, " AND %s%s %s ?%d", plain ? "" : "+", name, op, number);

	return err ? err
		   : mbuf_printf(p->months, " AND %s_%s %s ?%d", low ? "last" : "first", name, op, number);
}

static int start_write(struct planning *p, int i, bool plain)
{
	const int number = argument(p, i);
	int err;

	++p->bounds;
	err = mbuf_printf(p->rows, " AND %sstart_us = ?%d", plain ? "" : "+", number);

	return err ? err
		   : mbuf_printf(p->months, " AND ?%d BETWEEN first_start_us AND last_start_us", number);
}

static int bounds_write(struct planning *p)
{
	const bool start = by_start(p);
	int i, err = 0;

	for (i = 0; i < p->info->nConstraint && !err; i++) {

		const struct sqlite3_index_constraint *c = &p->info->aConstraint[i];
		const bool seq = is_seq(p, c->iColumn);
		const bool plain = seq ? !start && !p->key : start;

		if (!c->usable || (!seq && c->iColumn != p->columns->start_us))
			continue;

		if (c->op == SQLITE_INDEX_CONSTRAINT_GT || c->op == SQLITE_INDEX_CONSTRAINT_GE)
			err = bound_write(p, i, plain,
					  c->op == SQLITE_INDEX_CONSTRAINT_GT ? ">" : ">=", true);
		else if (c->op == SQLITE_INDEX_CONSTRAINT_LT || c->op == SQLITE_INDEX_CONSTRAINT_LE)
			err = bound_write(p, i, plain,
					  c->op == SQLITE_INDEX_CONSTRAINT_LT ? "<" : "<=", false);
		else if (c->op == SQLITE_INDEX_CONSTRAINT_EQ && !seq)
			err = start_write(p, i, plain);
	}

	return err ? err : mbuf_printf(p->rows, " AND %sseq > :above", start || p->key ? "+" : "");
}

static int order_write(struct planning *p)
{
	const char *desc = p->desc ? " DESC" : "";
	const char *bound = p->desc ? "last" : "first";
	int err = 0;

	if (p->order == ARCHIVE_BY_START) {
		err = mbuf_printf(p->rows, " ORDER BY start_us%s, seq%s", desc, desc);
		err = err ? err : mbuf_printf(p->months, " ORDER BY %s_start_us%s", bound, desc);
	}
	else if (p->order == ARCHIVE_BY_SEQ) {
		err = mbuf_printf(p->rows, " ORDER BY seq%s", desc);
		err = err ? err : mbuf_printf(p->months, " ORDER BY %s_seq%s", bound, desc);
	}

	return err;
}

static int columns_write(const struct planning *p, struct mbuf *mb)
{
	int i, err = 0;

	for (i = 0; i < p->columns->count && !err; i++) {

		const bool used = p->info->colUsed & ((sqlite3_uint64)1 << MIN(i, 63));

		err = mbuf_printf(mb, ", %s", used ? p->columns->namev[i] : "NULL");
	}

	return err;
}

static int text_make(struct planning *p)
{
	struct mbuf *mb = mbuf_alloc(PLAN_SIZE);
	int err = mb ? 0 : ENOMEM;

	err = err ? err : key_write(p);
	err = err ? err : bounds_write(p);
	err = err ? err : order_write(p);
	err = err ? err : mbuf_printf(mb, "%b\n", p->months->buf, p->months->end);
	err = err ? err : columns_write(p, mb);
	err = err ? err : mbuf_printf(mb, "\n%b", p->rows->buf, p->rows->end);

	if (!err) {
		p->info->idxStr = sqlite3_mprintf("%.*s", (int)mb->end, (const char *)mb->buf);
		p->info->needToFreeIdxStr = 1;
		err = p->info->idxStr ? 0 : ENOMEM;
	}
	mem_deref(mb);

	return err;
}

/* ---------------------------------------------------------------- the plan */

static void cost_set(const struct planning *p)
{
	double rows = p->key ? p->key->rows : all_rows;
	int i;

	for (i = 0; i < p->bounds; i++)
		rows = rows > 10 ? rows / 30 : rows;

	p->info->estimatedRows = (sqlite3_int64)rows;
	p->info->estimatedCost = rows * 3 + 100;
	if (p->key && p->key->rows <= 1)
		p->info->idxFlags = SQLITE_INDEX_SCAN_UNIQUE;
}

int archive_plan(struct sqlite3_index_info *info, const struct archive_columns *columns)
{
	struct planning p = {.info = info, .columns = columns};
	int err;

	p.months = mbuf_alloc(PLAN_SIZE);
	p.rows = mbuf_alloc(PLAN_SIZE);

	key_choose(&p);
	order_choose(&p);
	err = p.months && p.rows ? text_make(&p) : ENOMEM;
	mem_deref(p.months);
	mem_deref(p.rows);
	if (err)
		return SQLITE_NOMEM;

	info->idxNum = (int)p.order | (p.desc ? ARCHIVE_DESC : 0);
	info->orderByConsumed = p.consumed;
	cost_set(&p);

	return SQLITE_OK;
}

void archive_plan_split(const char *plan, struct pl *months, struct pl *columns, struct pl *rows)
{
	const char *first = strchr(plan, '\n'), *second = strchr(first + 1, '\n');

	*months = (struct pl){plan, (size_t)(first - plan)};
	*columns = (struct pl){first + 1, (size_t)(second - first - 1)};
	pl_set_str(rows, second + 1);
}
