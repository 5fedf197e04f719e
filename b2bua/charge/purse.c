/**
 * @file purse.c  What is set aside for each call of an account
 */
#include <errno.h>
#include <re.h>
#include "purse.h"

static const int64_t horizon_ms = (int64_t)RATE_HORIZON_S * 1000;

struct purse {
	struct list holdl; /* struct hold, the oldest first */
	int64_t spendable_nano;
	int64_t held_nano;
	unsigned gone; /* holds given back, ever */
	bool is_short; /* some hold has less than a slice ahead */
};

struct hold {
	struct le le;
	struct purse *purse; /* NULL: given back */
	struct hold_terms terms;
	int64_t answer_us;
	uint64_t answer_ms; /* 0: not answered yet */
	int64_t nano;
	int64_t paid_ms;
	int64_t told_nano; /* what its owner knows of */
	bool changed;      /* and not told yet */

	/* while it is shared out */
	int64_t owed_nano, want_nano, share_nano;
};

static bool is_unlimited(const struct purse *p)
{
	return p->spendable_nano == INT64_MAX;
}

/* ---------------------------------------------------------------- one hold */

static int64_t elapsed_ms(const struct hold *h, uint64_t now_ms)
{
	return h->answer_ms && now_ms > h->answer_ms ? (int64_t)(now_ms - h->answer_ms) : 0;
}

static int64_t price_of(const struct hold *h, int64_t duration_ms)
{
	struct rate_price price;

	if (rate_price(&price, h->terms.rate, h->terms.terms, h->answer_us, duration_ms))
		return INT64_MAX;

	return price.amount_nano;
}

/* The interval it is in is to be paid, and the first one that is not for nothing from the start on; never more than
 * was set aside for it. */
static int64_t owed(const struct hold *h, uint64_t now_ms)
{
	const int64_t first_ms = (int64_t)h->terms.rate->grace_s * 1000 + 1;
	const int64_t at_ms = MAX(MIN(elapsed_ms(h, now_ms), h->paid_ms), first_ms);

	return price_of(h, rate_interval_end_ms(h->terms.rate, at_ms));
}

static int64_t capped(const struct hold *h, int64_t nano)
{
	return h->terms.most_nano ? MIN(nano, h->terms.most_nano) : nano;
}

/* With a slice ahead of it. */
static int64_t wanted(const struct hold *h, uint64_t now_ms)
{
	const int64_t ahead_ms = elapsed_ms(h, now_ms) + (int64_t)h->terms.slice_s * 1000;

	return MAX(capped(h, price_of(h, ahead_ms)), owed(h, now_ms));
}

static int64_t lasts(const struct hold *h, int64_t nano)
{
	return rate_affords_ms(h->terms.rate, h->terms.terms, h->answer_us, capped(h, nano));
}

static void hold_set(struct hold *h, int64_t nano)
{
	const int64_t paid_ms = lasts(h, is_unlimited(h->purse) ? INT64_MAX : nano);

	h->changed |= nano != h->nano || paid_ms != h->paid_ms;
	h->purse->held_nano += nano - h->nano;
	h->nano = nano;
	h->paid_ms = paid_ms;
}

/* ---------------------------------------------------------------- sharing out */

/* Equal parts of what is left over what is owed; nobody gets more than he wants. */
static int64_t level(const struct purse *p, int64_t rest_nano)
{
	int64_t part = 0, before = -1;
	const struct le *le;

	while (part != before) {

		int64_t left = rest_nano, open = 0;

		for (le = p->holdl.head; le; le = le->next) {
			const struct hold *h = le->data;
			const int64_t more = h->want_nano - h->owed_nano;

			if (more > part)
				++open;
			else
				left -= more;
		}

		before = part;
		if (open)
			part = MAX(left / open, part);
	}

	return part;
}

/* A part that does not fill an interval buys nothing: what is over goes, interval by interval, to who can use it. */
static void leftovers_give(struct purse *p, int64_t left_nano)
{
	bool given = true;
	struct le *le;

	while (given && left_nano > 0) {

		given = false;
		LIST_FOREACH(&p->holdl, le)
		{
			struct hold *h = le->data;
			int64_t more, lasts_ms;

			if (h->share_nano >= h->want_nano)
				continue;

			lasts_ms = lasts(h, h->share_nano);
			if (lasts_ms >= horizon_ms)
				continue;

			more = capped(h, price_of(h, rate_interval_end_ms(h->terms.rate, lasts_ms + 1))) -
			       h->share_nano;
			if (more <= 0 || more > left_nano)
				continue;

			h->share_nano += more;
			left_nano -= more;
			given = true;
		}
	}
}

static void parts_set(struct purse *p, int64_t rest_nano)
{
	const int64_t part = level(p, rest_nano);
	int64_t left = rest_nano;
	struct le *le;

	LIST_FOREACH(&p->holdl, le)
	{
		struct hold *h = le->data;
		const int64_t share = h->owed_nano + MIN(part, h->want_nano - h->owed_nano);
		const int64_t lasts_ms = lasts(h, share);

		h->share_nano = lasts_ms < horizon_ms ? MAX(price_of(h, lasts_ms), h->owed_nano) : share;
		left -= h->share_nano - h->owed_nano;
	}

	leftovers_give(p, left);
}

/* What each owes and wants; the sum of what is owed, INT64_MAX when that is beyond all money. */
static int64_t claims(struct purse *p, uint64_t now_ms)
{
	int64_t sum = 0;
	struct le *le;

	LIST_FOREACH(&p->holdl, le)
	{
		struct hold *h = le->data;

		h->owed_nano = owed(h, now_ms);
		h->want_nano = wanted(h, now_ms);
		sum = h->owed_nano > INT64_MAX - sum ? INT64_MAX : sum + h->owed_nano;
	}

	return sum;
}

/* Who is told may give back any hold. */
static void tell_those(struct purse *p, bool who_have_less)
{
	struct le *le = list_head(&p->holdl);

	while (le) {

		const unsigned gone = p->gone;
		struct hold *h = le->data;

		le = le->next;
		if (!h->changed || (h->nano < h->told_nano) != who_have_less)
			continue;

		h->changed = false;
		h->told_nano = h->nano;
		if (h->terms.changeh)
			h->terms.changeh(h, h->terms.arg);
		if (p->gone != gone)
			le = list_head(&p->holdl);
	}
}

/* In this order what all have been told comes to no more than there is, at any moment. */
static void tell(struct purse *p)
{
	tell_those(p, true);
	tell_those(p, false);
}

static void share(struct purse *p, uint64_t now_ms)
{
	const int64_t owed_nano = claims(p, now_ms);
	struct le *le;

	parts_set(p, p->spendable_nano > owed_nano ? p->spendable_nano - owed_nano : 0);

	p->is_short = false;
	LIST_FOREACH(&p->holdl, le)
	{
		struct hold *h = le->data;

		hold_set(h, h->share_nano);
		p->is_short |= h->nano < h->want_nano;
	}
}

/* There is more than before. */
static void relieve(struct purse *p, uint64_t now_ms)
{
	if (p->is_short)
		share(p, now_ms);
	tell(p);
}

/* ---------------------------------------------------------------- purse */

static void purse_destructor(void *arg)
{
	struct purse *p = arg;

	list_clear(&p->holdl);
}

int purse_alloc(struct purse **pp)
{
	struct purse *p;

	if (!pp)
		return EINVAL;

	p = mem_zalloc(sizeof(*p), purse_destructor);
	if (!p)
		return ENOMEM;

	p->spendable_nano = INT64_MAX;
	*pp = p;

	return 0;
}

void purse_limit_set(struct purse *p, int64_t spendable_nano, uint64_t now_ms)
{
	const bool was_unlimited = is_unlimited(p);

	p->spendable_nano = spendable_nano;
	/* without a limit nothing was set aside */
	p->is_short |= was_unlimited != is_unlimited(p) || spendable_nano < p->held_nano;
	relieve(p, now_ms);
}

void purse_add(struct purse *p, int64_t nano, uint64_t now_ms)
{
	if (is_unlimited(p))
		return;

	purse_limit_set(p, p->spendable_nano + nano, now_ms);
}

int64_t purse_spendable(const struct purse *p)
{
	return p->spendable_nano;
}

int64_t purse_held(const struct purse *p)
{
	return p->held_nano;
}

size_t purse_holds(const struct purse *p)
{
	return list_count(&p->holdl);
}

/* ---------------------------------------------------------------- holds */

static void give_back(struct hold *h)
{
	if (!h->purse)
		return;

	++h->purse->gone;
	h->purse->held_nano -= h->nano;
	list_unlink(&h->le);
	h->purse = mem_deref(h->purse);
	h->nano = 0;
}

static void hold_destructor(void *arg)
{
	give_back(arg);
}

/* A slice from the free money, or a part of what all have. EDQUOT: there is not even what all owe. */
static int slice_take(struct hold *h, uint64_t now_ms)
{
	struct purse *p = h->purse;
	const int64_t want = is_unlimited(p) ? 0 : wanted(h, now_ms);

	if (want <= h->nano || want - h->nano <= p->spendable_nano - p->held_nano) {
		hold_set(h, MAX(want, h->nano));
		return 0;
	}

	if (claims(p, now_ms) > p->spendable_nano)
		return EDQUOT;
	share(p, now_ms);

	return 0;
}

int hold_alloc(struct hold **hp, struct purse *p, const struct hold_terms *terms, int64_t now_us,
	       uint64_t now_ms)
{
	struct hold *h;
	int err;

	if (!hp || !p || !terms || !terms->rate || !terms->terms)
		return EINVAL;

	h = mem_zalloc(sizeof(*h), hold_destructor);
	if (!h)
		return ENOMEM;

	h->purse = mem_ref(p);
	h->terms = *terms;
	h->answer_us = now_us;
	list_append(&p->holdl, &h->le, h);

	err = capped(h, owed(h, now_ms)) < owed(h, now_ms) ? EDQUOT : slice_take(h, now_ms);
	h->changed = false;
	h->told_nano = h->nano;
	if (err)
		mem_deref(h);
	else
		*hp = h;
	tell(p);

	return err;
}

/* At other prices than before what is held may last less long; not even for the first interval is as good as none. */
int hold_answer(struct hold *h, int64_t answer_us, uint64_t answer_ms)
{
	struct purse *p = mem_ref(h->purse);
	int err;

	if (!p)
		return EINVAL;

	h->answer_us = answer_us;
	h->answer_ms = answer_ms;
	hold_set(h, h->nano);
	err = slice_take(h, answer_ms);
	if (err && h->paid_ms)
		err = 0;

	tell(p);
	mem_deref(p);

	return err;
}

void hold_extend(struct hold *h, uint64_t now_ms)
{
	struct purse *p = mem_ref(h->purse);

	if (!p)
		return;

	(void)slice_take(h, now_ms);
	tell(p);
	mem_deref(p);
}

int64_t hold_paid_ms(const struct hold *h)
{
	return h->paid_ms;
}

int64_t hold_nano(const struct hold *h)
{
	return h->nano;
}

void hold_release(struct hold *h, uint64_t now_ms)
{
	struct purse *p = mem_ref(h->purse);

	if (!p)
		return;

	give_back(h);
	relieve(p, now_ms);
	mem_deref(p);
}

int hold_settle(struct hold *h, int64_t duration_ms, struct rate_price *price)
{
	struct purse *p = h->purse;
	int err;

	if (!p)
		return EINVAL;

	err = rate_price(price, h->terms.rate, h->terms.terms, h->answer_us, MIN(duration_ms, h->paid_ms));
	if (!err && !is_unlimited(p))
		p->spendable_nano -= price->amount_nano;
	give_back(h);

	return err;
}
