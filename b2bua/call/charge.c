/**
 * @file charge.c  A call's money while it talks, and what it came to at its end
 */
#include <re.h>
#include "json.h"
#include "log.h"
#include "wheel.h"
#include "../charge/book.h"
#include "../charge/rater.h"
#include "charge_part.h"
#include "core.h"

enum {
	LEAD_MS = 5000, /* more is set aside so long before what is paid for ends */
	WHY_SIZE = 512,
};

/* ---------------------------------------------------------------- while it talks */

static int64_t elapsed_ms(const struct call *call)
{
	return call->answer_ms ? (int64_t)(clock_mono_ms() - call->answer_ms) : 0;
}

static void time_handler(void *arg);

/* Once before what is paid for ends, to set more aside, and then at its very end. */
static void arm(struct call *call)
{
	struct charging *c = &call->charging;
	const int64_t paid_ms = hold_paid_ms(c->hold);
	const int64_t left_ms = MAX(paid_ms - elapsed_ms(call), 0);

	if (paid_ms == INT64_MAX)
		tmr_cancel(&c->tmr);
	else
		tmr_start(&c->tmr, (uint64_t)(left_ms > LEAD_MS ? left_ms - LEAD_MS : left_ms), time_handler,
			  call);
}

static void time_handler(void *arg)
{
	struct call *call = arg;
	struct book_account *money = book_account(call->calls->e->book, call->cdr->account);
	struct hold *hold = call->charging.hold;

	if (money)
		book_day_turn(money, clock_wall_us(), clock_mono_ms());
	hold_extend(hold, clock_mono_ms());

	if (elapsed_ms(call) >= hold_paid_ms(hold))
		(void)call_release(call, "prepaid_exhausted");
	else
		arm(call);
}

void charge_hold_note(const struct call *call, int64_t nano)
{
	const int err = writer_hold(call->calls->e->writer, call->cdr, nano);

	if (err)
		log_warn("call %s: what is set aside for it is not in the ledger yet: %m", call->cdr->cdr_id,
			 err);
}

void charge_hold_changed(struct hold *hold, void *arg)
{
	struct call *call = arg;

	charge_hold_note(call, hold_nano(hold));
	if (call->answer_ms)
		arm(call);
}

/* ---------------------------------------------------------------- answer and end */

static const struct rating *cost_of(const struct call *call)
{
	const struct route *route = call->attempt.route;
	size_t i;

	for (i = 0; route && i < route->trunkc && i < CHARGE_COSTS_MAX; i++)
		if (route->trunkv[i] == call->dst)
			return call->charging.costv[i];

	return NULL;
}

void charge_answered(struct call *call)
{
	const struct rating *cost = cost_of(call);
	struct charging *c = &call->charging;
	struct cdr *cdr = call->cdr;

	if (cost && cost->found) {
		(void)cdr_set_str(&cdr->cost_tariff, cost->tariff);
		(void)cdr_set_str(&cdr->cost_currency, cost->currency);
		(void)charge_snapshot(&cdr->cost_rate, cost);
	}

	fraud_answered(call);
	if (!c->hold)
		return;

	/* dearer than when it was let through, and no more money: the timer ends it at once */
	(void)hold_answer(c->hold, cdr->answer_us, call->answer_ms);
	arm(call);
}

static int rating_print(struct mbuf *mb, const char *name, const struct rating *rating)
{
	int err;

	err = mbuf_printf(mb, ",\"%s\":{\"tariff\":", name);
	err |= json_write_str(mb, rating->tariff, str_len(rating->tariff));
	if (rating->found)
		err |= mbuf_printf(mb, ",\"prefix\":\"%s\"", rating->rate.prefix);

	return err | mbuf_write_u8(mb, '}');
}

/* How route and price came about. */
static void why_set(struct call *call)
{
	const struct rating *cost = cost_of(call), *price = call->charging.price;
	struct mbuf *mb = mbuf_alloc(WHY_SIZE);
	struct pl pl;
	int err;

	if (!mb)
		return;

	err = mbuf_printf(mb, "{\"route\":\"%s\"", call->attempt.route->prefix);
	if (price)
		err |= rating_print(mb, "price", price);
	if (cost)
		err |= rating_print(mb, "cost", cost);
	err |= mbuf_write_u8(mb, '}');

	pl.p = (const char *)mb->buf;
	pl.l = mb->end;
	if (!err)
		(void)cdr_set(&call->cdr->why, &pl);
	mem_deref(mb);
}

/* Until the CDR charges its price that much stays set aside for it; only then may other calls have of the rest. */
static void price_settle(struct call *call, int64_t duration_ms)
{
	const bool is_noted = hold_nano(call->charging.hold) > 0;
	struct rate_price price = {0};
	struct cdr *cdr = call->cdr;
	int err;

	err = hold_settle(call->charging.hold, duration_ms, &price);
	if (err)
		log_error("call %s: its price cannot be worked out: %m; see to it by hand", cdr->cdr_id, err);

	cdr->price_nano = price.amount_nano;
	cdr->billed_s = price.billed_s;
	if (is_noted)
		charge_hold_note(call, price.amount_nano);
	book_charge(call->calls->e->book, cdr->account, price.amount_nano, cdr->start_us, clock_mono_ms());
}

static void all_release(const struct call *call)
{
	if (hold_nano(call->charging.hold))
		charge_hold_note(call, 0);
	hold_release(call->charging.hold, clock_mono_ms());
}

static void cost_settle(struct call *call, int64_t duration_ms)
{
	const struct rating *cost = cost_of(call);
	struct rate_price price = {0};

	if (!cost || !cost->found)
		return;

	if (rate_price(&price, &cost->rate, &cost->terms, call->cdr->answer_us, duration_ms))
		log_error("call %s: its cost cannot be worked out; see to it by hand", call->cdr->cdr_id);
	call->cdr->cost_nano = price.amount_nano;
}

void charge_ended(struct call *call)
{
	struct charging *c = &call->charging;
	const int64_t duration_ms = call->answer_ms ? (int64_t)(call->end_ms - call->answer_ms) : 0;

	c->query = mem_deref(c->query);
	tmr_cancel(&c->tmr);
	fraud_ended(call);
	if (c->price || cost_of(call))
		why_set(call);

	if (c->hold && call->answer_ms)
		price_settle(call, duration_ms);
	else if (c->hold)
		all_release(call);
	c->hold = mem_deref(c->hold);

	if (call->answer_ms)
		cost_settle(call, duration_ms);
}

void charge_drop(struct call *call)
{
	struct charging *c = &call->charging;
	size_t i;

	tmr_cancel(&c->tmr);
	fraud_ended(call);
	c->query = mem_deref(c->query);
	c->hold = mem_deref(c->hold);
	c->price = mem_deref(c->price);
	for (i = 0; i < CHARGE_COSTS_MAX; i++)
		c->costv[i] = mem_deref(c->costv[i]);
}
