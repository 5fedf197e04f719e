/**
 * @file build_account.c  Accounts of a model, and references to them
 */
#include <string.h>
#include <re.h>
#include "money.h"
#include "time_text.h"
#include "build_part.h"

static void prefixes_free(char **v, size_t c)
{
	size_t i;

	for (i = 0; i < c; i++)
		mem_deref(v[i]);
	mem_deref(v);
}

static void account_destructor(void *arg)
{
	struct account *a = arg;

	list_unlink(&a->le);
	mem_deref(a->name);
	mem_deref(a->currency);
	mem_deref(a->tariff);
	prefixes_free(a->allowv, a->allowc);
	prefixes_free(a->denyv, a->denyc);
	prefixes_free(a->countryv, a->countryc);
}

static int money_get(int64_t *nano, const struct build *b, const char *field, int64_t def)
{
	const char *text = odict_string(b->o, field);
	struct pl pl;

	*nano = def;
	if (!text)
		return 0;

	pl_set_str(&pl, text);

	return money_decode(nano, &pl);
}

struct prefixes {
	char **v;
	size_t c;
};

static int prefix_add(const char *text, size_t index, void *arg)
{
	struct prefixes *p = arg;

	(void)index;

	return str_dup(&p->v[p->c++], text);
}

int build_prefixes_get(char ***vp, size_t *cp, const struct build *b, const char *field)
{
	struct prefixes p = {mem_zalloc((build_list_size(b->o, field) + 1) * sizeof(char *), NULL), 0};
	int err;

	if (!p.v)
		return ENOMEM;

	err = object_items(b->o, field, prefix_add, &p);
	*vp = p.v;
	*cp = p.c;

	return err;
}

static int until_get(int64_t *us, const struct build *b, const char *field)
{
	const char *text = odict_string(b->o, field);
	struct pl pl;

	*us = INT64_MAX;
	if (!text)
		return 0;

	pl_set_str(&pl, text);

	return time_text_decode(us, &pl);
}

static int guards_build(struct account *a, const struct build *b)
{
	const char *policy = odict_string(b->o, "new_country");
	int err;

	a->new_country = !str_cmp(policy, "deny")    ? NEW_COUNTRY_DENY
			 : !str_cmp(policy, "limit") ? NEW_COUNTRY_LIMIT
						     : NEW_COUNTRY_ALLOW;
	a->burst.calls = build_uint_get(b->o, "burst_calls");
	a->burst.window_s = build_uint_get(b->o, "burst_window_s");
	a->burst.block_s = build_uint_get(b->o, "burst_block_s");
	err = money_get(&a->burst_price_nano, b, "burst_price", 0);

	return err ? err : build_prefixes_get(&a->countryv, &a->countryc, b, "countries");
}

static int limits_build(struct account *a, const struct build *b)
{
	int err;

	a->max_calls = build_uint_get(b->o, "max_calls");
	a->max_cps = build_uint_get(b->o, "max_cps");
	err = money_get(&a->max_spend_call_nano, b, "max_spend_call", 0);
	err |= money_get(&a->max_spend_day_nano, b, "max_spend_day", 0);
	err |= money_get(&a->max_per_minute_nano, b, "max_per_minute", 0);
	err |= money_get(&a->low_balance_nano, b, "low_balance", INT64_MIN);
	err |= build_prefixes_get(&a->allowv, &a->allowc, b, "allow");
	err |= build_prefixes_get(&a->denyv, &a->denyc, b, "deny");

	return err;
}

/* Calls of an account are charged in its own currency. What was there before is not refused at start, its calls are. */
static int tariff_check(const struct build *b, const struct account *a)
{
	const struct kind *kind = kind_find("tariff");
	const struct path at = {&b->at, "tariff", 0};
	const struct odict_entry *e;
	const char *currency;

	e = a->tariff ? odict_lookup(document_objects(b->draft->doc, kind), a->tariff) : NULL;
	currency = e ? odict_string(e->u.odict, "currency") : NULL;
	if (!currency || !strcmp(currency, a->currency))
		return 0;
	if (b->at.key && draft_origin(b->draft, kind, a->tariff) < 0)
		return 0;

	return fault_at(b->fault, &at, "%H has prices in %s, the account has %s; name a tariff in %s",
			quote_print, a->tariff, currency, a->currency, a->currency);
}

int build_account(const struct build *b)
{
	struct account *a;
	int err;

	a = mem_zalloc(sizeof(*a), account_destructor);
	if (!a)
		return ENOMEM;

	a->prepaid = !str_cmp(odict_string(b->o, "kind"), "prepaid");
	a->enabled = build_bool_get(b->o, "enabled");

	err = build_str_take(&a->name, b->o, "name");
	err |= build_str_take(&a->currency, b->o, "currency");
	err |= build_str_take(&a->tariff, b->o, "tariff");
	err |= money_get(&a->balance_nano, b, "balance", 0);
	err |= money_get(&a->credit_nano, b, "credit_limit", 0);
	err |= until_get(&a->valid_until_us, b, "valid_until");
	err |= limits_build(a, b);
	err |= guards_build(a, b);
	if (!err)
		err = tariff_check(b, a);
	if (!err)
		err = build_tariff_note(b, "tariff", a->tariff);
	if (!err)
		err = model_name_add(b->m, NAME_ACCOUNT, a->name, a);

	if (err)
		mem_deref(a);
	else
		list_append(&b->m->accountl, &a->le, a);

	return err;
}

int build_account_resolve(const struct build *b, const struct account **ap, const char *field)
{
	const struct path at = {&b->at, field, 0};
	const char *name = odict_string(b->o, field);

	if (!name)
		return 0;

	*ap = model_account(b->m, name);

	return *ap ? 0 : build_reference_fault(b, &at, "account", name);
}

int build_prepaid_note(const struct build *b)
{
	const struct kind *kind = kind_find("account");
	const struct account *first = NULL;
	const struct le *le;
	size_t count = 0;

	for (le = b->m->accountl.head; le; le = le->next) {

		const struct account *a = le->data;

		if (!a->prepaid || a->tariff || draft_origin(b->draft, kind, a->name) < 0)
			continue;

		first = first ? first : a;
		++count;
	}

	if (!first)
		return 0;

	return array_append(b->draft->notes,
			    "accounts: %H%s prepaid without a tariff, so calls are refused; name a "
			    "\"tariff\", or "
			    "make \"kind\" \"postpaid\"",
			    quote_print, first->name, count == 1 ? " is" : " and others are");
}
