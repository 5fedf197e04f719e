/**
 * @file cdr_digest.c  What a stretch of records comes to
 */
#include <string.h>
#include <sqlite3.h>
#include "json.h"
#include "money.h"
#include "cdr_digest.h"

/* ---------------------------------------------------------------- made */

static struct cdr_digest_sum *sum_of(struct cdr_digest_sum sumv[DIGEST_CURRENCIES], const char *currency)
{
	size_t i;

	for (i = 0; i < DIGEST_CURRENCIES && sumv[i].currency[0]; i++)
		if (!strcmp(sumv[i].currency, currency))
			return &sumv[i];

	if (i == DIGEST_CURRENCIES || strlen(currency) >= DIGEST_CURRENCY_SIZE)
		return NULL;

	str_ncpy(sumv[i].currency, currency, sizeof(sumv[i].currency));

	return &sumv[i];
}

static int sum_add(struct cdr_digest_sum sumv[DIGEST_CURRENCIES], const char *currency, int64_t nano)
{
	struct cdr_digest_sum *sum;

	if (!currency || !*currency || !nano)
		return 0;

	sum = sum_of(sumv, currency);
	if (!sum)
		return EOVERFLOW;

	return __builtin_add_overflow(sum->nano, nano, &sum->nano) ? ERANGE : 0;
}

/** The columns of a row that count. */
struct money_columns {
	const char *currency, *cost_currency;
	int64_t price_nano, cost_nano;
};

static void columns_find(struct money_columns *m, struct sqlite3_stmt *row)
{
	int i;

	memset(m, 0, sizeof(*m));

	for (i = 0; i < sqlite3_column_count(row); i++) {

		const char *name = sqlite3_column_name(row, i);

		if (!strcmp(name, "currency"))
			m->currency = (const char *)sqlite3_column_text(row, i);
		else if (!strcmp(name, "cost_currency"))
			m->cost_currency = (const char *)sqlite3_column_text(row, i);
		else if (!strcmp(name, "price_nano"))
			m->price_nano = sqlite3_column_int64(row, i);
		else if (!strcmp(name, "cost_nano"))
			m->cost_nano = sqlite3_column_int64(row, i);
	}
}

int cdr_digest_add(struct cdr_digest *d, struct sqlite3_stmt *row, int64_t seq, const char *hash)
{
	struct money_columns m;
	int err;

	columns_find(&m, row);

	if (!d->rows++)
		d->first_seq = seq;
	d->last_seq = seq;
	str_ncpy(d->hash, hash, sizeof(d->hash));

	err = sum_add(d->pricev, m.currency, m.price_nano);

	return err ? err : sum_add(d->costv, m.cost_currency, m.cost_nano);
}

/* ---------------------------------------------------------------- written and read */

static int sums_print(struct re_printf *pf, const struct cdr_digest_sum *sumv)
{
	char amount[MONEY_STRSIZE];
	size_t i;
	int err = re_hprintf(pf, "{");

	for (i = 0; i < DIGEST_CURRENCIES && sumv[i].currency[0]; i++) {
		money_encode(amount, sumv[i].nano);
		err |= re_hprintf(pf, "%s\"%s\": \"%s\"", i ? ", " : "", sumv[i].currency, amount);
	}

	return err | re_hprintf(pf, "}");
}

int cdr_digest_fields_print(struct re_printf *pf, const struct cdr_digest *d)
{
	return re_hprintf(pf,
			  "\"first_seq\": %lld, \"last_seq\": %lld, \"rows\": %llu, \"hash\": \"%s\", "
			  "\"price\": %H, "
			  "\"cost\": %H",
			  d->first_seq, d->last_seq, d->rows, d->hash, sums_print, d->pricev, sums_print,
			  d->costv);
}

int cdr_digest_print(struct re_printf *pf, const struct cdr_digest *d)
{
	return re_hprintf(pf, "{%H}", cdr_digest_fields_print, d);
}

static int sums_read(struct cdr_digest_sum *sumv, const struct odict *o, const char *key)
{
	const struct odict_entry *sums = odict_lookup(o, key);
	const struct le *le;
	int64_t nano;
	struct pl pl;

	if (!sums || sums->type != ODICT_OBJECT)
		return EBADMSG;

	for (le = sums->u.odict->lst.head; le; le = le->next) {

		const struct odict_entry *e = le->data;

		if (e->type != ODICT_STRING)
			return EBADMSG;

		pl_set_str(&pl, e->u.str);
		if (money_decode(&nano, &pl) || sum_add(sumv, e->key, nano))
			return EBADMSG;
	}

	return 0;
}

static int fields_read(struct cdr_digest *d, const struct odict *o)
{
	const char *hash = odict_string(o, "hash");
	uint64_t first = 0, last = 0;

	if (!hash || strlen(hash) != CHAIN_HASH_SIZE - 1 || !odict_get_number(o, &first, "first_seq") ||
	    !odict_get_number(o, &last, "last_seq") || !odict_get_number(o, &d->rows, "rows"))
		return EBADMSG;

	d->first_seq = (int64_t)first;
	d->last_seq = (int64_t)last;
	str_ncpy(d->hash, hash, sizeof(d->hash));

	return sums_read(d->pricev, o, "price") || sums_read(d->costv, o, "cost") ? EBADMSG : 0;
}

int cdr_digest_read(struct cdr_digest *d, const char *text, size_t len)
{
	struct json_fault fault;
	struct odict *o = NULL;
	int err;

	memset(d, 0, sizeof(*d));

	err = json_read(&o, ODICT_OBJECT, text, len, &fault);
	err = err ? err : fields_read(d, o);
	mem_deref(o);

	return err;
}

/* ---------------------------------------------------------------- compared */

static bool sums_differ(const struct cdr_digest_sum *was, const struct cdr_digest_sum *is)
{
	size_t i, k;

	for (i = 0; i < DIGEST_CURRENCIES && was[i].currency[0]; i++) {

		for (k = 0; k < DIGEST_CURRENCIES && strcmp(is[k].currency, was[i].currency); k++)
			;
		if (k == DIGEST_CURRENCIES || is[k].nano != was[i].nano)
			return true;
	}

	return false;
}

const char *cdr_digest_difference(const struct cdr_digest *was, const struct cdr_digest *is,
				  int64_t removed_seq)
{
	if (was->last_seq <= removed_seq)
		return "its records were in archives that were deleted for their age";
	if (is->last_seq < was->last_seq)
		return "the newest of its records are gone";
	if (strcmp(was->hash, is->hash))
		return "its last record has another hash: records were replaced, and the chain made anew";
	if (was->first_seq <= removed_seq && is->first_seq == removed_seq + 1)
		return NULL;
	if (is->rows != was->rows)
		return "there are not as many records";
	if (sums_differ(was->pricev, is->pricev) || sums_differ(is->pricev, was->pricev))
		return "they do not come to the same price";
	if (sums_differ(was->costv, is->costv) || sums_differ(is->costv, was->costv))
		return "they do not come to the same cost";

	return NULL;
}
