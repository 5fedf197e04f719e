/**
 * @file charge.c  Rates, money and the end of money in a call's life
 */
#include <re.h>
#include "json.h"
#include "log.h"
#include "wheel.h"
#include "../charge/admission.h"
#include "../charge/book.h"
#include "../charge/rate_text.h"
#include "../charge/rater.h"
#include "charge.h"
#include "core.h"

enum {
	LEAD_MS = 5000, /* more is set aside so long before what is paid for ends */
	SNAPSHOT_SIZE = 512,
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
	struct hold *hold = call->charging.hold;

	hold_extend(hold, clock_mono_ms());

	if (elapsed_ms(call) >= hold_paid_ms(hold))
		call_release(call, "prepaid_exhausted");
	else
		arm(call);
}

static void held_note(const struct call *call, int64_t nano)
{
	const int err = writer_hold(call->calls->e->writer, call->cdr, nano);

	if (err)
		log_warn("call %s: what is set aside for it is not in the ledger yet: %m", call->cdr->cdr_id,
			 err);
}

static void change_handler(struct hold *hold, void *arg)
{
	struct call *call = arg;

	held_note(call, hold_nano(hold));
	if (call->answer_ms)
		arm(call);
}

/* ---------------------------------------------------------------- before it is dialled */

static int snapshot_set(char **field, const struct rating *rating)
{
	struct mbuf *mb = mbuf_alloc(SNAPSHOT_SIZE);
	struct pl pl;
	int err;

	if (!mb)
		return ENOMEM;

	err = rate_snapshot_encode(mb, &rating->rate, &rating->terms, rating->zone_name);
	pl.p = (const char *)mb->buf;
	pl.l = mb->end;
	err = err ? err : cdr_set(field, &pl);
	mem_deref(mb);

	return err;
}

static struct admission set_aside(struct call *call, const struct account *account)
{
	struct book_account *money = book_account(call->calls->e->book, account->name);
	struct charging *c = &call->charging;
	const struct hold_terms terms = {.rate = &c->price->rate,
					 .terms = &c->price->terms,
					 .slice_s = call->model->reserve_s,
					 .most_nano = account->max_spend_call_nano,
					 .changeh = change_handler,
					 .arg = call};
	int err;

	err = money ? hold_alloc(&c->hold, book_purse(money), &terms, clock_wall_us(), clock_mono_ms())
		    : ENOENT;
	if (err == EDQUOT)
		return (struct admission){402, "Payment Required", "no_credit"};
	if (err)
		return (struct admission){503, "Service Unavailable", "charging"};

	if (hold_nano(c->hold))
		held_note(call, hold_nano(c->hold));

	return (struct admission){0};
}

static struct admission admit(struct call *call)
{
	const struct account *account = call->src->account;
	const struct rating *price = call->charging.price;
	struct admission a = {0};

	if (!price)
		return a;

	a = admission_price(account, price, clock_wall_us());
	if (a.scode)
		return a;

	(void)cdr_set_str(&call->cdr->tariff, price->tariff);
	(void)cdr_set_str(&call->cdr->currency, account->currency);
	if (snapshot_set(&call->cdr->rate, price))
		return (struct admission){503, "Service Unavailable", "charging"};

	return set_aside(call, account);
}

static bool is_charged(const struct call *call)
{
	return call->src->account && call->src->account->tariff;
}

/* What is asked: the account's tariff, then those of the trunks that cost something, in their order. */
static size_t tariffs_list(const char *tariffv[1 + CHARGE_COSTS_MAX], const struct call *call)
{
	const struct route *route = call->attempt.route;
	size_t n = 0, i;

	if (is_charged(call))
		tariffv[n++] = call->src->account->tariff;

	for (i = 0; i < route->trunkc && i < CHARGE_COSTS_MAX; i++)
		if (route->trunkv[i]->cost_tariff)
			tariffv[n++] = route->trunkv[i]->cost_tariff;

	return n;
}

static struct rating *rating_keep(struct rating *rating)
{
	rating_hold(rating);

	return mem_ref(rating);
}

static void ratings_take(struct call *call, struct rating *const ratingv[])
{
	const struct route *route = call->attempt.route;
	struct charging *c = &call->charging;
	size_t n = 0, i;

	if (is_charged(call))
		c->price = rating_keep(ratingv[n++]);

	for (i = 0; i < route->trunkc && i < CHARGE_COSTS_MAX; i++)
		if (route->trunkv[i]->cost_tariff)
			c->costv[i] = rating_keep(ratingv[n++]);
}

static void rated_handler(int err, struct rating *const ratingv[], size_t ratingc, void *arg)
{
	struct call *call = arg;
	struct admission a = {503, "Service Unavailable", "charging"};

	(void)ratingc;
	call->charging.query = mem_deref(call->charging.query);

	if (err) {
		log_error("call %s: its rates cannot be read: %m", call->cdr->cdr_id, err);
	}
	else {
		ratings_take(call, ratingv);
		a = admit(call);
	}

	if (a.scode)
		call_refuse(call, a.scode, a.reason, a.tag);
	else
		(void)call_step(call, CALL_EV_RATED, NULL);
}

/* What is known of it before its price. */
static struct admission admit_unpriced(const struct call *call)
{
	const struct account *account = call->src->account;
	struct book_account *money;

	if (!account)
		return (struct admission){0};

	money = book_account(call->calls->e->book, account->name);
	if (money && book_call_begin(money, clock_wall_us(), clock_mono_ms()))
		return (struct admission){503, "Too Many Calls", "account_cps"};

	return admission_number(account, call->cdr->callee);
}

static void rates_ask(struct call *call)
{
	const char *tariffv[1 + CHARGE_COSTS_MAX];
	const size_t tariffc = tariffs_list(tariffv, call);
	int err;

	if (!tariffc) {
		(void)call_step(call, CALL_EV_RATED, NULL);
		return;
	}

	err = rater_ask(&call->charging.query, call->calls->e->rater, call->cdr->callee, tariffv, tariffc,
			call->cdr->start_us, rated_handler, call);
	if (err)
		call_refuse(call, 503, "Service Unavailable", "charging");
}

void charge_begin(struct call *call)
{
	struct admission a;

	if (model_is_emergency(call->model, call->cdr->callee)) {
		(void)call_step(call, CALL_EV_RATED, NULL);
		return;
	}

	a = admit_unpriced(call);
	if (a.scode)
		call_refuse(call, a.scode, a.reason, a.tag);
	else
		rates_ask(call);
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
		(void)snapshot_set(&cdr->cost_rate, cost);
	}

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
	struct mbuf *mb = mbuf_alloc(SNAPSHOT_SIZE);
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
		held_note(call, price.amount_nano);
	book_charge(call->calls->e->book, cdr->account, price.amount_nano, cdr->end_us, clock_mono_ms());
}

static void all_release(const struct call *call)
{
	if (hold_nano(call->charging.hold))
		held_note(call, 0);
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
	c->query = mem_deref(c->query);
	c->hold = mem_deref(c->hold);
	c->price = mem_deref(c->price);
	for (i = 0; i < CHARGE_COSTS_MAX; i++)
		c->costv[i] = mem_deref(c->costv[i]);
}
