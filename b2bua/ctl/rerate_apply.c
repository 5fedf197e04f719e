/**
 * @file rerate_apply.c  `rerate --apply`: tandem-b2bua corrects the calls, a part at a time
 */
#include <stdio.h>
#include <string.h>
#include "json.h"
#include "human.h"
#include "rerate_apply.h"
#include "rpc.h"
#include "show.h"

enum { HASH_SIZE = 16 };

static const char *const countv[] = {"calls", "corrected", "repeated", "unrated", "uncharged", "left"};

struct applying {
	const struct ctl *ctl;
	const struct rerate_period *period;
	uint64_t after_us, after_seq;
	uint64_t sumv[ARRAY_SIZE(countv)];
	bool finished;
};

static int text_add(struct mbuf *mb, const char *key, const char *value)
{
	int err = mbuf_printf(mb, ", \"%s\": ", key);

	return err ? err : json_write_str(mb, value, strlen(value));
}

static int params_write(struct mbuf *mb, const struct applying *a)
{
	const struct rerate_period *p = a->period;
	int err;

	err = mbuf_printf(mb, "{\"from_us\": %lld, \"until_us\": %lld", p->from_us, p->until_us);
	err |= mbuf_printf(mb, ", \"after_us\": %llu, \"after_seq\": %llu", a->after_us, a->after_seq);
	err |= text_add(mb, "tariff", p->tariff);
	err |= text_add(mb, "run", a->ctl->key);
	if (p->account)
		err |= text_add(mb, "account", p->account);
	if (a->ctl->note)
		err |= text_add(mb, "note", a->ctl->note);

	return err | mbuf_write_u8(mb, '}');
}

static bool part_take(struct applying *a, const struct odict *result)
{
	uint64_t count;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(countv); i++) {
		if (!odict_get_number(result, &count, countv[i]))
			return false;
		a->sumv[i] += count;
	}

	return odict_get_boolean(result, &a->finished, "finished") &&
	       odict_get_number(result, &a->after_us, "after_us") &&
	       odict_get_number(result, &a->after_seq, "after_seq");
}

static int part_ask(struct applying *a)
{
	struct mbuf *params = mbuf_alloc(512);
	struct odict *result = NULL;
	int code, err;

	err = params ? params_write(params, a) : ENOMEM;
	code = err ? ctl_error("%m", err) : rpc_call(&result, a->ctl, "rerate", params, RPC_APPLY_TIMEOUT_S);
	if (!code && !part_take(a, result))
		code = ctl_error("the answer of tandem-b2bua cannot be read; are both of one version?");
	mem_deref(params);
	mem_deref(result);

	return code;
}

static int sums_show(const struct applying *a)
{
	struct odict *sums = NULL;
	size_t i;
	int code = CTL_OK, err;

	err = odict_alloc(&sums, HASH_SIZE);
	for (i = 0; i < ARRAY_SIZE(countv) && !err; i++)
		err = odict_entry_add(sums, countv[i], ODICT_INT, (int64_t)a->sumv[i]);

	if (err)
		code = ctl_error("%m", err);
	else if (a->ctl->json)
		code = show_json(sums, ODICT_OBJECT, 0);
	else
		show_object(sums);
	mem_deref(sums);

	return code;
}

int rerate_apply(const struct ctl *ctl, const struct rerate_period *period)
{
	struct applying a = {.ctl = ctl, .period = period, .after_us = (uint64_t)period->from_us};
	int code;

	if (!ctl->key || !ctl->to) {
		(void)ctl_error("--apply books corrections: give --key KEY, which stands for this re-rating "
				"for ever, and --to DAY, so that the same calls are meant when it is asked "
				"again");
		return CTL_USAGE;
	}

	do
		code = part_ask(&a);
	while (!code && !a.finished);

	if (code && a.sumv[1])
		(void)ctl_error("%H corrected; the same again goes on with the rest", human_count_print,
				&(struct human_count){a.sumv[1], "call is", "calls are"});

	return code ? code : sums_show(&a);
}
