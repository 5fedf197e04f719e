/**
 * @file latch.c  Whom a socket listens to and where it sends: symmetric RTP, learnt once, then guarded
 */
#include <string.h>
#include <re.h>
#include "latch.h"

static void latch_take(struct latch *l, const struct sa *src, enum latch_rank rank)
{
	l->peer = *src;
	l->rank = (uint8_t)rank;
	l->passed = 1;
	sa_init(&l->leaving, AF_UNSPEC);
}

static enum latch_rank source_rank(const struct latch *l, const struct sa *src, const struct latch_hint *hint)
{
	const bool kin = hint->kin && sa_cmp(hint->kin, src, SA_ADDR);

	if (sa_cmp(&l->announced, src, SA_ALL))
		return LATCH_RANK_EXACT;

	if (kin || sa_cmp(&l->announced, src, SA_ADDR))
		return LATCH_RANK_HOST;

	/* the other socket already knows the peer's host, and it is not this one */
	if (hint->kin || !hint->plausible)
		return LATCH_RANK_NONE;

	return LATCH_RANK_ANY;
}

/* The old source still sends until it has read the new SDP. If it never stops, it is the peer. */
static enum latch_verdict leaving_judge(struct latch *l, enum latch_rank rank)
{
	const struct sa src = l->leaving;

	if (++l->left < LATCH_LEAVING)
		return LATCH_PASS;

	latch_take(l, &src, rank);

	return LATCH_MOVED;
}

void latch_open(struct latch *l, const struct sa *announced)
{
	memset(l, 0, sizeof(*l));
	if (announced)
		l->announced = *announced;
}

static bool announced_same(const struct latch *l, const struct sa *announced)
{
	if (!announced || !sa_isset(announced, SA_ADDR))
		return !sa_isset(&l->announced, SA_ADDR);

	return sa_cmp(&l->announced, announced, SA_ALL);
}

void latch_announce(struct latch *l, const struct sa *announced)
{
	struct sa leaving = l->peer;
	const bool known = l->rank != LATCH_RANK_NONE;

	l->mute = announced && sa_is_any(announced);
	if (l->mute)
		return;

	if (announced_same(l, announced))
		return;

	latch_open(l, announced);
	if (known)
		l->leaving = leaving;
}

bool latch_hears(struct latch *l, const struct sa *src)
{
	if (l->rank == LATCH_RANK_NONE || !sa_cmp(&l->peer, src, SA_ALL))
		return false;

	if (l->passed < LATCH_WINDOW)
		++l->passed;

	return true;
}

enum latch_verdict latch_judge(struct latch *l, const struct sa *src, const struct latch_hint *hint)
{
	const enum latch_rank rank = source_rank(l, src, hint);

	if (l->rank == LATCH_RANK_NONE && rank != LATCH_RANK_EXACT && sa_cmp(&l->leaving, src, SA_ALL))
		return leaving_judge(l, rank);

	if (rank <= (enum latch_rank)l->rank)
		return LATCH_STRANGER;

	if (l->passed >= LATCH_WINDOW && rank != LATCH_RANK_EXACT)
		return LATCH_STRANGER;

	latch_take(l, src, rank);

	return LATCH_MOVED;
}

const struct sa *latch_target(const struct latch *l)
{
	if (l->mute)
		return NULL;

	if (l->rank != LATCH_RANK_NONE)
		return &l->peer;

	return latch_usable(&l->announced) ? &l->announced : NULL;
}

bool latch_usable(const struct sa *sa)
{
	if (!sa_isset(sa, SA_ALL) || sa_is_any(sa))
		return false;

	if (sa_af(sa) == AF_INET)
		return sa_in(sa) >> 24 != 0 && sa_in(sa) >> 28 < 0xe; /* 0/8; class D, class E, broadcast */

	return sa->u.in6.sin6_addr.s6_addr[0] != 0xff;
}
