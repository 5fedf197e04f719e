/**
 * @file rate_table.c  The longest prefix, by few steps through the index
 *
 * Rates are in the order of list, prefix and begin. The last one at or before the number is either its longest
 * prefix, or shares its beginning with it; a longer match than what they share cannot be, so the search goes on
 * from there. Two to four steps find it among millions, where asking for each length takes fifteen.
 */
#include <errno.h>
#include <string.h>
#include <re.h>
#include "json.h"
#include "log.h"
#include "rate_band.h"
#include "rate_column.h"
#include "rate_table.h"
#include "rate_text.h"
#include "zone_list.h"

struct rate_table {
	struct db *db;
	struct list zonel;
};

static void table_destructor(void *arg)
{
	struct rate_table *t = arg;

	list_flush(&t->zonel);
	mem_deref(t->db);
}

int rate_table_alloc(struct rate_table **tp, struct db *db)
{
	struct rate_table *t;

	if (!tp || !db)
		return EINVAL;

	t = mem_zalloc(sizeof(*t), table_destructor);
	if (!t)
		return ENOMEM;

	t->db = mem_ref(db);
	*tp = t;

	return 0;
}

/* ---------------------------------------------------------------- zones */

void rating_hold(struct rating *r)
{
	if (r && !r->zone)
		r->zone = mem_ref((void *)r->terms.zone);
}

/* ---------------------------------------------------------------- a row */

static int bands_take(struct rate *r, const char *text)
{
	struct odict *array = NULL;
	int err;

	err = json_read(&array, ODICT_ARRAY, text, strlen(text), NULL);
	if (err)
		return err == ENOMEM ? err : EBADMSG;

	err = rate_bands_decode(r, array);
	mem_deref(array);

	return err;
}

static int rate_take(struct rating *r, struct sqlite3_stmt *row, const struct pl *prefix)
{
	const char *bands = (const char *)sqlite3_column_text(row, RATE_BANDS);
	struct rate *rate = &r->rate;

	(void)pl_strcpy(prefix, rate->prefix, sizeof(rate->prefix));
	rate->per_minute_nano = sqlite3_column_int64(row, RATE_PER_MINUTE);
	rate->connect_fee_nano = sqlite3_column_int64(row, RATE_CONNECT_FEE);
	rate->min_charge_nano = sqlite3_column_int64(row, RATE_MIN_CHARGE);
	rate->max_charge_nano = sqlite3_column_int64(row, RATE_MAX_CHARGE);
	rate->grace_s = (uint32_t)sqlite3_column_int64(row, RATE_GRACE);
	rate->first_s = (uint32_t)sqlite3_column_int64(row, RATE_FIRST);
	rate->next_s = (uint32_t)sqlite3_column_int64(row, RATE_NEXT);
	rate->blocked = sqlite3_column_int(row, RATE_BLOCKED);
	r->valid_from_us = sqlite3_column_int64(row, RATE_FROM);
	r->valid_until_us = sqlite3_column_type(row, RATE_UNTIL) == SQLITE_NULL
				    ? INT64_MAX
				    : sqlite3_column_int64(row, RATE_UNTIL);
	r->found = true;

	return bands ? bands_take(rate, bands) : 0;
}

static bool row_valid(struct sqlite3_stmt *row, int64_t at_us)
{
	return sqlite3_column_int64(row, RATE_FROM) <= at_us &&
	       (sqlite3_column_type(row, RATE_UNTIL) == SQLITE_NULL ||
		at_us < sqlite3_column_int64(row, RATE_UNTIL));
}

/* ---------------------------------------------------------------- the search */

static size_t common_len(const struct pl *a, const struct pl *b)
{
	const size_t most = MIN(a->l, b->l);
	size_t n = 0;

	while (n < most && a->p[n] == b->p[n])
		++n;

	return n;
}

static int row_before(struct sqlite3_stmt *stmt, const struct pl *key)
{
	(void)sqlite3_reset(stmt);
	(void)sqlite3_bind_text(stmt, 2, key->p, (int)key->l, SQLITE_STATIC);

	return sqlite3_step(stmt);
}

/*
 * What is left of the key to search by, when the row found is not the answer: its own prefix, when an earlier
 * rate of it may be in force; what both share, when it is no prefix; else one digit less. False: nothing is.
 */
static bool key_shorten(struct pl *key, const struct pl *prefix, bool begins_later)
{
	const size_t common = common_len(key, prefix);

	if (common < prefix->l || begins_later) {
		key->l = common;
		return true;
	}
	if (!prefix->l)
		return false;

	key->l = prefix->l - 1;

	return true;
}

static int rate_search(struct rating *r, struct sqlite3_stmt *stmt, struct pl key, int64_t at_us)
{
	for (;;) {
		const int rc = row_before(stmt, &key);
		struct pl prefix;

		if (rc != SQLITE_ROW)
			return db_errno(rc);

		prefix.p = (const char *)sqlite3_column_text(stmt, RATE_PREFIX);
		prefix.l = (size_t)sqlite3_column_bytes(stmt, RATE_PREFIX);
		if (!prefix.p)
			return ENOMEM;

		if (common_len(&key, &prefix) == prefix.l && row_valid(stmt, at_us))
			return rate_take(r, stmt, &prefix);

		if (!key_shorten(&key, &prefix, sqlite3_column_int64(stmt, RATE_FROM) > at_us))
			return 0;
	}
}

/* ---------------------------------------------------------------- a tariff */

static int text_take(char *text, size_t size, struct sqlite3_stmt *row, int column)
{
	const char *p = (const char *)sqlite3_column_text(row, column);

	if (!p)
		return ENOMEM;

	str_ncpy(text, p, size);

	return 0;
}

static int terms_take(struct rating *r, struct sqlite3_stmt *row)
{
	const char *zone = (const char *)sqlite3_column_text(row, 2);
	char rounding[16];
	int err;

	err = text_take(r->currency, sizeof(r->currency), row, 1);
	err = err ? err : text_take(rounding, sizeof(rounding), row, 3);
	err = err ? err : rate_rounding_decode(&r->terms.rounding, rounding);
	r->terms.decimals = (unsigned)sqlite3_column_int(row, 4);
	if (!err && str_casecmp(zone, "UTC"))
		err = str_dup(&r->zone_name, zone);

	return err;
}

static int tariff_read(struct rating *r, struct db *db)
{
	struct sqlite3_stmt *stmt = db_stmt(db, SQL_TARIFF_TERMS);
	int rc, err;

	if (!stmt)
		return ENOMEM;

	(void)db_bind_str(stmt, 1, r->tariff);
	rc = sqlite3_step(stmt);
	err = db_errno(rc);
	if (rc == SQLITE_ROW) {
		r->list = sqlite3_column_int64(stmt, 0);
		err = terms_take(r, stmt);
	}
	(void)sqlite3_reset(stmt);

	return err;
}

/* As much of a number as a prefix can have. */
static struct pl number_key(const char *number)
{
	return (struct pl){number, MIN(strlen(number), (size_t)RATE_PREFIX_SIZE - 1)};
}

static int list_search(struct rating *r, struct db *db, const char *number, int64_t at_us)
{
	struct sqlite3_stmt *stmt = db_stmt(db, SQL_RATE_BEFORE);
	int err;

	if (!stmt)
		return ENOMEM;

	(void)sqlite3_bind_int64(stmt, 1, r->list);
	(void)sqlite3_bind_int64(stmt, 3, at_us);
	err = rate_search(r, stmt, number_key(number), at_us);
	(void)sqlite3_reset(stmt);

	return err;
}

static void rating_destructor(void *arg)
{
	struct rating *r = arg;

	mem_deref(r->tariff);
	mem_deref(r->zone_name);
	mem_deref(r->zone);
}

static int rating_fill(struct rating *r, struct rate_table *t, const char *number, int64_t at_us)
{
	int err;

	err = tariff_read(r, t->db);
	if (!err && r->list)
		err = list_search(r, t->db, number, at_us);
	if (!err && r->rate.bandc && r->zone_name)
		err = zone_list_find(&t->zonel, &r->terms.zone, r->zone_name);

	return err;
}

int rate_table_find(struct rating **rp, struct rate_table *t, const char *tariff, const char *number,
		    int64_t at_us)
{
	struct rating *r;
	int err;

	if (!rp || !t || !tariff || !number)
		return EINVAL;

	r = mem_zalloc(sizeof(*r), rating_destructor);
	if (!r)
		return ENOMEM;

	r->reach.digits = -1;
	err = str_dup(&r->tariff, tariff);
	err = err ? err : rating_fill(r, t, number, at_us);
	if (err)
		mem_deref(r);
	else
		*rp = r;

	return err;
}

/* Where it cannot be told it is of none but this number. */
static void reach_fill(struct rating *r, struct db *db, const char *number, int64_t at_us)
{
	const struct pl key = number_key(number);
	struct pl prefix;

	if (!r->found)
		return;

	pl_set_str(&prefix, r->rate.prefix);
	(void)rate_reach_find(&r->reach, db, r->list, &key, &prefix, at_us, r->valid_until_us);
}

int rate_table_find_all(struct rating *ratingv[], struct rate_table *t, const char *const tariffv[],
			size_t tariffc, const char *number, int64_t at_us)
{
	size_t i;
	int err;

	err = db_run(db_stmt(t->db, SQL_RATE_BEGIN));
	for (i = 0; i < tariffc && !err; i++) {
		err = rate_table_find(&ratingv[i], t, tariffv[i], number, at_us);
		if (!err)
			reach_fill(ratingv[i], t->db, number, at_us);
	}
	(void)db_run(db_stmt(t->db, SQL_RATE_END));

	while (err && i--)
		ratingv[i] = mem_deref(ratingv[i]);

	return err;
}
