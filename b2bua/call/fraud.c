/**
 * @file fraud.c  A call that its account is not known to make: to a country that is new, or one of a burst
 */
#include <re.h>
#include "country.h"
#include "json.h"
#include "log.h"
#include "wheel.h"
#include "../charge/admission.h"
#include "../charge/book.h"
#include "../charge/habit.h"
#include "charge_part.h"
#include "core.h"

enum { DETAIL_SIZE = 256 };

static const struct admission passes = {0};

/* NULL: it is nobody's, or the account has just gone. */
static struct habit *habit_of(const struct call *call)
{
	const struct account *account = call->src->account;
	struct book_account *ba = account ? book_account(call->calls->e->book, account->name) : NULL;

	return ba ? book_habit(ba) : NULL;
}

/* ---------------------------------------------------------------- what is told */

static int detail_begin(struct mbuf *mb, const struct call *call)
{
	const char *account = call->src->account->name;
	int err;

	err = mbuf_write_str(mb, "{\"account\":");
	err |= json_write_str(mb, account, str_len(account));
	err |= mbuf_write_str(mb, ",\"number\":");

	return err | json_write_str(mb, call->cdr->callee, str_len(call->cdr->callee));
}

/* `fmt` says what else there is to it, as members of an object. */
static void tell(const struct call *call, const char *kind, const char *fmt, ...)
{
	struct mbuf *mb = mbuf_alloc(DETAIL_SIZE);
	va_list ap;
	int err;

	err = mb ? detail_begin(mb, call) : ENOMEM;
	if (!err) {
		va_start(ap, fmt);
		err = mbuf_vprintf(mb, fmt, ap);
		va_end(ap);
	}
	err = err ? err : mbuf_write_mem(mb, (const uint8_t *)"}", 2);
	err = err ? err
		  : writer_event(call->calls->e->writer, kind, call->cdr->cdr_id, (const char *)mb->buf);
	if (err)
		log_error("call %s: event %s is lost: %m", call->cdr->cdr_id, kind, err);
	mem_deref(mb);
}

/* ---------------------------------------------------------------- new countries */

static bool is_known(const struct call *call, const struct habit *habit, const struct pl *country)
{
	const struct account *account = call->src->account;
	size_t i;

	for (i = 0; i < account->countryc; i++)
		if (!pl_strcmp(country, account->countryv[i]))
			return true;

	return habit_knows(habit, country, call->cdr->start_us);
}

struct admission fraud_number(struct call *call)
{
	const struct account *account = call->src->account;
	struct habit *habit = habit_of(call);
	const struct pl country = country_of(call->cdr->callee);

	if (!habit || account->new_country == NEW_COUNTRY_ALLOW || !pl_isset(&country) ||
	    is_known(call, habit, &country))
		return passes;

	if (account->new_country == NEW_COUNTRY_LIMIT && habit_new_take(habit)) {
		call->charging.has_new = true;
		return passes;
	}

	if (habit_refused(habit, &country)) {
		tell(call, "FRAUD_SUSPECT", ",\"why\":\"new_country\",\"country\":\"%r\"", &country);
		log_warn("account %s: calls to country code %r are refused, for it is new to the account; "
			 "add it to "
			 "its \"countries\" if the customer means it",
			 account->name, &country);
	}

	return (struct admission){403, "New Country", "new_country"};
}

void fraud_answered(struct call *call)
{
	struct habit *habit = habit_of(call);
	const struct pl country = country_of(call->cdr->callee);

	if (!habit || !pl_isset(&country) || model_is_emergency(call->model, call->cdr->callee))
		return;

	if (habit_learn(habit, &country, call->cdr->answer_us))
		tell(call, "NEW_COUNTRY", ",\"country\":\"%r\"", &country);
}

void fraud_ended(struct call *call)
{
	struct habit *habit = call->charging.has_new ? habit_of(call) : NULL;

	call->charging.has_new = false;
	if (habit)
		habit_new_give(habit);
}

/* ---------------------------------------------------------------- bursts */

struct admission fraud_price(struct call *call)
{
	const struct account *account = call->src->account;
	struct habit *habit = habit_of(call);
	enum habit_verdict verdict;
	int64_t until_us;

	if (!habit || !account->burst.calls ||
	    !admission_is_dear(account, call->charging.price, call->cdr->start_us))
		return passes;

	verdict = habit_call(habit, &account->burst, clock_mono_ms());
	if (verdict == HABIT_PASS)
		return passes;

	if (verdict == HABIT_BURST) {
		until_us = clock_wall_us() + INT64_C(1000000) * account->burst.block_s;
		tell(call, "FRAUD_SUSPECT", ",\"why\":\"burst\",\"until_us\":%lld", (long long)until_us);
		log_warn("account %s: more than %u dear calls within %u s: such calls are refused for %u s; "
			 "\"tandemctl account unblock\" lets them pass",
			 account->name, account->burst.calls, account->burst.window_s,
			 account->burst.block_s);
	}

	return (struct admission){403, "Too Many Such Calls", "burst"};
}
