/**
 * @file query_ledger.c  An account's entries in pages, each with the balance after it
 */
#include <string.h>
#include <re.h>
#include "money.h"
#include "param.h"
#include "query_ledger.h"

enum { CURSOR_SIZE = 96 };

static int amount_get(int64_t *nano, const struct odict *row, const char *key)
{
	struct pl pl;

	pl_set_str(&pl, odict_string(row, key));

	return money_decode(nano, &pl);
}

/* The cursor that follows an entry: TIME_ENTRY_BALANCE, that before it. */
static int cursor_add(struct odict *o, const struct odict *row)
{
	char cursor[CURSOR_SIZE], text[MONEY_STRSIZE];
	int64_t balance_nano, amount_nano;
	uint64_t at_us = 0;
	int err;

	err = amount_get(&balance_nano, row, "balance");
	err = err ? err : amount_get(&amount_nano, row, "amount");
	if (err || !odict_get_number(row, &at_us, "at_us"))
		return err ? err : EBADMSG;

	if (__builtin_sub_overflow(balance_nano, amount_nano, &balance_nano))
		return ERANGE;

	money_encode(text, balance_nano);
	(void)re_snprintf(cursor, sizeof(cursor), "%llu_%s_%s", at_us, odict_string(row, "entry_id"), text);

	return odict_entry_add(o, "next", ODICT_STRING, cursor);
}

static int next_add(struct odict *o, const struct odict *array, bool more)
{
	const struct odict_entry *last = more && array->lst.tail ? array->lst.tail->data : NULL;

	return last ? cursor_add(o, last->u.odict) : odict_entry_add(o, "next", ODICT_NULL);
}

int query_ledger(struct query *q, struct odict **op, const struct query_ledger *want, char *errstr,
		 size_t errsize)
{
	const struct query_question question = {
		.sql = SQL_LEDGER_PAGE,
		.valuev = {{":account", want->account, 0},
			   {":first", NULL, !want->further},
			   {":before_us", NULL, want->further ? want->before_us : INT64_MAX},
			   {":before_id", want->before_id, 0},
			   {":balance_nano", NULL, want->balance_nano}},
		.limit = want->limit,
	};
	struct odict *o = NULL, *array = NULL;
	bool more = false;
	int err;

	err = odict_alloc(&o, 2);
	err = err ? err : odict_alloc(&array, 2);
	err = err ? err : query_rows(q, array, &more, &question, errstr, errsize);
	err = err ? err : odict_entry_add(o, "entries", ODICT_ARRAY, array);
	err = err ? err : next_add(o, array, more);
	mem_deref(array);

	if (err)
		mem_deref(o);
	else
		*op = o;

	return err;
}

int query_ledger_cursor(struct query_ledger *want, const char *cursor)
{
	struct pl us, id, balance;
	uint64_t at_us;

	if (re_regex(cursor, strlen(cursor), "[0-9]+_[^_]+_[^_]+", &us, &id, &balance) || us.p != cursor ||
	    balance.p + balance.l != cursor + strlen(cursor))
		return EINVAL;

	if (!param_digits(&at_us, &us) || at_us > INT64_MAX || money_decode(&want->balance_nano, &balance))
		return EINVAL;

	if (id.l >= sizeof(want->before_id))
		return EINVAL;

	(void)pl_strcpy(&id, want->before_id, sizeof(want->before_id));
	want->before_us = (int64_t)at_us;
	want->further = true;

	return 0;
}
