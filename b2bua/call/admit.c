/**
 * @file admit.c  Before a call is dialled: what it may, what it costs, and money set aside for it
 */
#include <re.h>
#include "wheel.h"
#include "log.h"
#include "../charge/admission.h"
#include "../charge/book.h"
#include "../charge/rate_text.h"
#include "../charge/rater.h"
#include "charge_part.h"
#include "core.h"

enum { SNAPSHOT_SIZE = 512 };

int charge_snapshot(char **field, const struct rating *rating)
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

/* It is not the money: what the account may spend a day, or a call, is less. */
static bool is_spend_limit(const struct account *account, const struct book_account *money)
{
	const struct purse *purse = book_purse(money);
	const int64_t left_nano = purse_spendable(purse) - purse_held(purse);

	return book_day_binds(money) ||
	       (account->max_spend_call_nano && account->max_spend_call_nano < left_nano);
}

static struct admission set_aside(struct call *call, const struct account *account)
{
	struct book_account *money = book_account(call->calls->e->book, account->name);
	struct charging *c = &call->charging;
	const struct hold_terms terms = {.rate = &c->price->rate,
					 .terms = &c->price->terms,
					 .slice_s = call->model->reserve_s,
					 .most_nano = account->max_spend_call_nano,
					 .changeh = charge_hold_changed,
					 .arg = call};
	int err;

	err = money ? hold_alloc(&c->hold, book_purse(money), &terms, clock_wall_us(), clock_mono_ms())
		    : ENOENT;
	if (err == EDQUOT && is_spend_limit(account, money))
		return (struct admission){403, "Spend Limit", "spend_limit"};
	if (err == EDQUOT)
		return (struct admission){402, "Payment Required", "no_credit"};
	if (err)
		return (struct admission){503, "Service Unavailable", "charging"};

	if (hold_nano(c->hold))
		charge_hold_note(call, hold_nano(c->hold));

	return (struct admission){0};
}

static struct admission admit(struct call *call)
{
	const struct account *account = call->src->account;
	const struct rating *price = call->charging.price;
	struct admission a = {0};

	if (price)
		a = admission_price(account, price, clock_wall_us());
	if (!a.scode)
		a = fraud_price(call);
	if (a.scode || !price)
		return a;

	(void)cdr_set_str(&call->cdr->tariff, price->tariff);
	(void)cdr_set_str(&call->cdr->currency, account->currency);
	if (charge_snapshot(&call->cdr->rate, price))
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

static void go_on(struct call *call, const struct admission *a)
{
	if (a->scode)
		call_refuse(call, a->scode, a->reason, a->tag);
	else
		(void)call_step(call, CALL_EV_RATED, NULL);
}

static void rated(struct call *call, struct rating *const ratingv[])
{
	struct admission a;

	ratings_take(call, ratingv);
	a = admit(call);
	go_on(call, &a);
}

static void rated_handler(int err, struct rating *const ratingv[], size_t ratingc, void *arg)
{
	struct call *call = arg;

	(void)ratingc;
	call->charging.query = mem_deref(call->charging.query);

	if (!err) {
		rated(call, ratingv);
		return;
	}

	log_error("call %s: its rates cannot be read: %m", call->cdr->cdr_id, err);
	call_refuse(call, 503, "Service Unavailable", "charging");
}

/* What is known of it before its price. */
static struct admission admit_unpriced(struct call *call)
{
	struct admission a = {0};
	const struct account *account = call->src->account;
	struct book_account *money;

	if (!account)
		return a;

	money = book_account(call->calls->e->book, account->name);
	if (money && book_call_begin(money, clock_wall_us(), clock_mono_ms()))
		return (struct admission){503, "Too Many Calls", "account_cps"};

	a = admission_number(account, call->cdr->callee);

	return a.scode ? a : fraud_number(call);
}

static void rates_ask(struct call *call)
{
	struct rater *rater = call->calls->e->rater;
	const char *tariffv[1 + CHARGE_COSTS_MAX];
	struct rating *ratingv[1 + CHARGE_COSTS_MAX];
	const size_t tariffc = tariffs_list(tariffv, call);
	struct admission a;
	int err;

	if (!tariffc) {
		a = admit(call);
		go_on(call, &a);
		return;
	}

	if (rater_knows(rater, ratingv, call->cdr->callee, tariffv, tariffc, call->cdr->start_us)) {
		rated(call, ratingv);
		return;
	}

	err = rater_ask(&call->charging.query, rater, call->cdr->callee, tariffv, tariffc,
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
		go_on(call, &a);
	else
		rates_ask(call);
}
