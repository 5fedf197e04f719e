/**
 * @file purse_share.c  What each call needs, and how what there is is shared out among them
 */
#include "purse_part.h"

static const int64_t horizon_ms = (int64_t)RATE_HORIZON_S * 1000;

bool purse_is_unlimited(const struct purse *p)
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
int64_t hold_owed(const struct hold *h, uint64_t now_ms)
{
	const int64_t first_ms = (int64_t)h->terms.rate->grace_s * 1000 + 1;
	const int64_t at_ms = MAX(MIN(elapsed_ms(h, now_ms), h->paid_ms), first_ms);

	return price_of(h, rate_interval_end_ms(h->terms.rate, at_ms));
}

int64_t hold_capped(const struct hold *h, int64_t nano)
{
	return h->terms.most_nano ? MIN(nano, h->terms.most_nano) : nano;
}

int64_t hold_wanted(const struct hold *h, uint64_t now_ms)
{
	const int64_t ahead_ms = elapsed_ms(h, now_ms) + (int64_t)h->terms.slice_s * 1000;

	return MAX(hold_capped(h, price_of(h, ahead_ms)), hold_owed(h, now_ms));
}

static int64_t lasts(const struct hold *h, int64_t nano)
{
	return rate_affords_ms(h->terms.rate, h->terms.terms, h->answer_us, hold_capped(h, nano));
}

void hold_set(struct hold *h, int64_t nano)
{
	const int64_t paid_ms = lasts(h, purse_is_unlimited(h->purse) ? INT64_MAX : nano);

	if (nano == h->nano && paid_ms == h->paid_ms)
		return;

	h->purse->held_nano += nano - h->nano;
	h->nano = nano;
	h->paid_ms = paid_ms;
	list_unlink(&h->untold);
	list_append(nano < h->told_nano ? &h->purse->lessl : &h->purse->morel, &h->untold, h);
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

			more = hold_capped(h,
					   price_of(h, rate_interval_end_ms(h->terms.rate, lasts_ms + 1))) -
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

int64_t purse_claims(struct purse *p, uint64_t now_ms)
{
	int64_t sum = 0;
	struct le *le;

	LIST_FOREACH(&p->holdl, le)
	{
		struct hold *h = le->data;

		h->owed_nano = hold_owed(h, now_ms);
		h->want_nano = hold_wanted(h, now_ms);
		sum = h->owed_nano > INT64_MAX - sum ? INT64_MAX : sum + h->owed_nano;
	}

	return sum;
}

void purse_share(struct purse *p, uint64_t now_ms)
{
	const int64_t owed_nano = purse_claims(p, now_ms);
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
