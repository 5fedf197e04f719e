/**
 * @file row.c  A row of the database as JSON: amounts as decimal text, JSON as what it says
 */
#include <string.h>
#include <re.h>
#include "json.h"
#include "money.h"
#include "row.h"

enum {
	HASH_SIZE = 64, /* the columns of a CDR */
	KEY_SIZE = 64,
};

static bool is_amount(const char *column)
{
	const size_t len = strlen(column), suffix = strlen("_nano");

	return len > suffix && !strcmp(column + len - suffix, "_nano");
}

/* What an amount is called without its unit. */
static void amount_key(char key[KEY_SIZE], const char *column)
{
	str_ncpy(key, column, MIN((size_t)KEY_SIZE, strlen(column) - strlen("_nano") + 1));
}

static int money_add(struct odict *o, const char *column, int64_t nano)
{
	char key[KEY_SIZE], amount[MONEY_STRSIZE];

	amount_key(key, column);
	money_encode(amount, nano);

	return odict_entry_add(o, key, ODICT_STRING, amount);
}

static int integer_add(struct odict *o, const char *column, int64_t value)
{
	return is_amount(column) ? money_add(o, column, value) : odict_entry_add(o, column, ODICT_INT, value);
}

static int null_add(struct odict *o, const char *column)
{
	char key[KEY_SIZE];

	if (!is_amount(column))
		return odict_entry_add(o, column, ODICT_NULL);

	amount_key(key, column);

	return odict_entry_add(o, key, ODICT_NULL);
}

static int json_add(struct odict *o, const char *column, const char *text)
{
	const enum odict_type type = text[0] == '[' ? ODICT_ARRAY : ODICT_OBJECT;
	struct json_fault fault;
	struct odict *value = NULL;
	int err;

	if (json_read(&value, type, text, strlen(text), &fault))
		return odict_entry_add(o, column, ODICT_NULL);

	err = odict_entry_add(o, column, type, value);
	mem_deref(value);

	return err;
}

static int text_add(struct odict *o, const char *column, const char *text)
{
	static const char *const jsonv[] = {"attempts", "rate", "cost_rate", "why",   "detail",
					    "allow",    "deny", "rates",     "events"};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(jsonv); i++)
		if (!strcmp(column, jsonv[i]))
			return json_add(o, column, text);

	return odict_entry_add(o, column, ODICT_STRING, text);
}

int row_column_add(struct odict *o, struct sqlite3_stmt *stmt, int i)
{
	const char *column = sqlite3_column_name(stmt, i);
	const char *text;

	switch (sqlite3_column_type(stmt, i)) {

	case SQLITE_NULL:
		return null_add(o, column);

	case SQLITE_INTEGER:
		return integer_add(o, column, sqlite3_column_int64(stmt, i));

	case SQLITE_FLOAT:
		return odict_entry_add(o, column, ODICT_DOUBLE, sqlite3_column_double(stmt, i));

	default:
		text = (const char *)sqlite3_column_text(stmt, i);
		return text ? text_add(o, column, text) : ENOMEM;
	}
}

int row_read(struct odict **op, struct sqlite3_stmt *stmt)
{
	struct odict *o = NULL;
	int i, err;

	err = odict_alloc(&o, HASH_SIZE);

	for (i = 0; i < sqlite3_column_count(stmt) && !err; i++)
		err = row_column_add(o, stmt, i);

	if (err)
		mem_deref(o);
	else
		*op = o;

	return err;
}
