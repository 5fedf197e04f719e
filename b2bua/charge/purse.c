/**
 * @file purse.c  What is set aside for each call of an account
 */
#include <errno.h>
#include "purse_part.h"

/* ---------------------------------------------------------------- who is told */

/* Who is told may give back any hold. */
static void tell_those(const struct list *untoldl)
{
	while (!list_isempty(untoldl)) {

		struct hold *h = list_ledata(list_head(untoldl));

		list_unlink(&h->untold);
		h->told_nano = h->nano;
		if (h->terms.changeh)
			h->terms.changeh(h, h->terms.arg);
	}
}

/* In this order what all have been told comes to no more than there is, at any moment. */
static void tell(const struct purse *p)
{
	tell_those(&p->lessl);
	tell_those(&p->morel);
}

/* There is more than before. */
static void relieve(struct purse *p, uint64_t now_ms)
{
	if (p->is_short)
		purse_share(p, now_ms);
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
	const bool was_unlimited = purse_is_unlimited(p);

	p->spendable_nano = spendable_nano;
	/* without a limit nothing was set aside */
	p->is_short |= was_unlimited != purse_is_unlimited(p) || spendable_nano < p->held_nano;
	relieve(p, now_ms);
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

	list_unlink(&h->untold);
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
	const int64_t want = purse_is_unlimited(p) ? 0 : hold_wanted(h, now_ms);

	if (want <= h->nano || want - h->nano <= MAX(p->spendable_nano, 0) - p->held_nano) {
		hold_set(h, MAX(want, h->nano));
		return 0;
	}

	if (purse_claims(p, now_ms) > p->spendable_nano)
		return EDQUOT;
	purse_share(p, now_ms);

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

	err = hold_capped(h, hold_owed(h, now_ms)) < hold_owed(h, now_ms) ? EDQUOT : slice_take(h, now_ms);
	list_unlink(&h->untold); /* who makes it knows */
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
	if (!err && !purse_is_unlimited(p))
		p->spendable_nano -= price->amount_nano;
	give_back(h);

	return err;
}
