/**
 * @file latch.c  Whom a socket listens to and where it sends: symmetric RTP, learnt once, then guarded
 */
#include <string.h>
#include <re.h>
#include "latch.h"

/* RFC 3550 appendix A.1: what may be missing between two packets of one source */
enum { MAX_DROPOUT = 3000 };

static bool locked(const struct latch *l)
{
	return l->passed >= LATCH_WINDOW;
}

static void latch_take(struct latch *l, const struct sa *src, enum latch_rank rank,
		       const struct packet_rtp *rtp)
{
	l->peer = *src;
	l->rank = (uint8_t)rank;
	l->passed = 1;
	l->ssrc = rtp ? rtp->ssrc : 0;
	l->seq = rtp ? rtp->seq : 0;
	l->again = false;
	sa_init(&l->leaving, AF_UNSPEC);
	memset(l->probev, 0, sizeof(l->probev));
}

static enum latch_rank source_rank(const struct latch *l, const struct sa *src, const struct latch_hint *hint)
{
	const bool kin = hint->kin && sa_cmp(hint->kin, src, SA_ADDR);

	if (hint->authentic)
		return LATCH_RANK_AUTHENTIC;

	if (sa_cmp(&l->announced, src, SA_ALL) || sa_cmp(&l->guess, src, SA_ALL))
		return LATCH_RANK_EXACT;

	if (l->rules.asymmetric && l->rules.strict)
		return LATCH_RANK_NONE;

	if (kin || sa_cmp(&l->announced, src, SA_ADDR))
		return LATCH_RANK_HOST;

	/* the other socket already knows the peer's host, and it is not this one */
	if (hint->kin || !hint->plausible)
		return LATCH_RANK_NONE;

	return LATCH_RANK_ANY;
}

static bool seq_follows(uint16_t seq, uint16_t before)
{
	const uint16_t delta = (uint16_t)(seq - before);

	return delta > 0 && delta < MAX_DROPOUT;
}

/* A source that changes its SSRC or repeats itself does not win the window: it stays replaceable. */
static void window_count(struct latch *l, const struct packet_rtp *rtp)
{
	if (!rtp || l->rank >= LATCH_RANK_EXACT) {
		++l->passed;
		return;
	}

	if (rtp->ssrc != l->ssrc)
		l->passed = 1;
	else if (seq_follows(rtp->seq, l->seq))
		++l->passed;

	l->ssrc = rtp->ssrc;
	l->seq = rtp->seq;
}

static struct latch_probe *probe_find(struct latch *l, uint32_t id)
{
	struct latch_probe *probe;
	unsigned i;

	for (i = 0; i < LATCH_PROBES; i++)
		if (l->probev[i].used && l->probev[i].id == id)
			return &l->probev[i];

	probe = &l->probev[l->probe_next++ % LATCH_PROBES];
	probe->used = false;

	return probe;
}

/* Two sources that share an id prove each other: it takes a guess of 32 bits, and gains one packet. */
static bool proven(struct latch *l, const struct sa *src, const struct latch_hint *hint)
{
	const struct packet_rtp *rtp = hint->rtp;
	const uint32_t id = sa_hash(src, SA_ALL) ^ (rtp ? rtp->ssrc : 0);
	const uint16_t seq = rtp ? rtp->seq : hint->digest;
	struct latch_probe *probe = probe_find(l, id);
	const bool follows =
		probe->used && (rtp ? seq_follows(rtp->seq, probe->seq) : hint->digest != probe->seq);

	probe->used = true;
	probe->id = id;
	probe->seq = seq;

	return follows;
}

/* The old source still sends until it has read the new SDP. If it never stops, it is the peer. */
static enum latch_verdict leaving_judge(struct latch *l, enum latch_rank rank, const struct packet_rtp *rtp)
{
	const struct sa src = l->leaving;

	if (++l->left < LATCH_LEAVING)
		return LATCH_PASS;

	latch_take(l, &src, rank, rtp);

	return LATCH_MOVED;
}

void latch_open(struct latch *l, const struct sa *announced)
{
	const struct latch_rules rules = l->rules;

	memset(l, 0, sizeof(*l));
	l->rules = rules;
	if (announced)
		l->announced = *announced;
}

static bool announced_same(const struct latch *l, const struct sa *announced)
{
	if (!announced || !sa_isset(announced, SA_ADDR))
		return !sa_isset(&l->announced, SA_ADDR);

	return sa_cmp(&l->announced, announced, SA_ALL);
}

static void window_reopen(struct latch *l)
{
	if (l->rank != LATCH_RANK_ANY && l->rank != LATCH_RANK_HOST)
		return;

	l->again = true;
	l->passed = 0;
}

void latch_announce(struct latch *l, const struct sa *announced)
{
	struct sa leaving = l->peer;
	const bool known = l->rank != LATCH_RANK_NONE;

	l->mute = announced && sa_is_any(announced);
	if (l->mute)
		return;

	if (announced_same(l, announced)) {
		window_reopen(l);
		return;
	}

	latch_open(l, announced);
	if (known)
		l->leaving = leaving;
}

void latch_guess(struct latch *l, const struct sa *guess)
{
	l->guess = *guess;
}

bool latch_hears(const struct latch *l, const struct sa *src)
{
	return locked(l) && sa_cmp(&l->peer, src, SA_ALL);
}

/* May a source that fits so well replace the peer? */
static bool may_take(const struct latch *l, enum latch_rank rank, const struct latch_hint *hint)
{
	const bool may_move = l->rules.handover || (l->again && !locked(l));
	const bool follows = may_move && hint->familiar && rank >= LATCH_RANK_ANY;

	if (rank == LATCH_RANK_AUTHENTIC)
		return true;

	if (l->rank == LATCH_RANK_AUTHENTIC)
		return false;

	if (l->rank != LATCH_RANK_NONE && follows)
		return true;

	return rank > (enum latch_rank)l->rank && (!locked(l) || rank == LATCH_RANK_EXACT);
}

enum latch_verdict latch_judge(struct latch *l, const struct sa *src, const struct latch_hint *hint)
{
	const enum latch_rank rank = source_rank(l, src, hint);

	if (l->rank != LATCH_RANK_NONE && sa_cmp(&l->peer, src, SA_ALL)) {
		if (!locked(l))
			window_count(l, hint->rtp);
		return LATCH_PASS;
	}

	if (l->rank == LATCH_RANK_NONE && rank < LATCH_RANK_EXACT && sa_cmp(&l->leaving, src, SA_ALL))
		return leaving_judge(l, rank, hint->rtp);

	if (!may_take(l, rank, hint))
		return LATCH_STRANGER;

	if (l->rank == LATCH_RANK_NONE && rank == LATCH_RANK_ANY && !proven(l, src, hint))
		return LATCH_UNPROVEN;

	latch_take(l, src, rank, hint->rtp);

	return LATCH_MOVED;
}

bool latch_nominate(struct latch *l, const struct sa *src, uint32_t priority)
{
	const bool same = l->rank == LATCH_RANK_AUTHENTIC && sa_cmp(&l->peer, src, SA_ALL);

	if (same || priority < l->nominated)
		return false;

	latch_take(l, src, LATCH_RANK_AUTHENTIC, NULL);
	l->passed = LATCH_WINDOW;
	l->nominated = priority;

	return true;
}

void latch_ice_restart(struct latch *l)
{
	l->nominated = 0;
}

const struct sa *latch_target(const struct latch *l)
{
	if (l->mute)
		return NULL;

	if (l->rank != LATCH_RANK_NONE && !l->rules.asymmetric)
		return &l->peer;

	if (latch_usable(&l->guess) && !l->rules.asymmetric)
		return &l->guess;

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
