/**
 * @file media_lost.c  A media session whose relay is dead, full or forgetful: it moves, or is made anew
 */
#include <errno.h>
#include <re.h>
#include "log.h"
#include "media_core.h"

/* ------------------------------------------------------------------ to another relay */

/* It may have carried the request out, and only its reply was lost. */
static void abandon(struct media *m)
{
	bwrite_str(relay_request(m->rc, "delete"), "call-id", m->call_id);
	(void)relay_request_send(m->rc, NULL, NULL, NULL);
}

/* Where nobody has ports yet a session moves freely, later only from a relay that is dead. */
static bool may_move(const struct media *m, int err)
{
	if (m->answered)
		return err == ENOTCONN && !relay_up(m->rc);

	return err == ENOTCONN || err == ETIMEDOUT || err == ENOSPC;
}

bool media_move(struct media *m, int err)
{
	struct relay_client *next;

	if (!m->rc || !may_move(m, err))
		return false;

	m->tried |= 1u << relay_index(m->rc);
	next = relay_farm_pick(m->farm, m->tried);
	if (!next)
		return false;

	log_peer(LOG_INFO, "relay %s: call %s goes to %s instead", relay_name(m->rc), m->call_id,
		 relay_name(next));
	relay_failover_add(m->rc);
	if (err == ETIMEDOUT)
		abandon(m);
	media_lose(m);
	media_relay_set(m, next);
	m->generation = relay_generation(next);

	return true;
}

/* ------------------------------------------------------------------ is it there still */

bool media_lost(const struct media *m)
{
	return m && m->rc && m->answered && (m->lost || relay_generation(m->rc) != m->generation);
}

void media_lose(struct media *m)
{
	media_count_keep(m);
	m->lost = m->answered;
}

void media_offer_taken(struct media *m)
{
	if (m->generation != relay_generation(m->rc))
		media_lose(m);
	m->generation = relay_generation(m->rc);
	m->tried = 0;
}

bool media_forgotten(const struct media *m, int err)
{
	return err == ENOENT || !relay_up(m->rc) || relay_generation(m->rc) != m->generation;
}

/* ------------------------------------------------------------------ anew */

/* What was proposed and refused since is not what they send. */
static void proposals_drop(struct media *m)
{
	for (unsigned i = 0; i < MEDIA_ENDS; i++)
		m->saidv[i].proposed = mem_deref(m->saidv[i].proposed);
}

struct pl media_agreed(struct media *m, const struct media_side *side)
{
	const struct said *said = m ? media_said_of(m, side) : NULL;

	return said_text(said ? said->agreed : NULL);
}

static int prime(struct media *m, const struct media_side *side, const struct mbuf *sdp, unsigned end)
{
	const struct pl pl = said_text(sdp);
	int err = said_propose(&m->saidv[end], side, &pl);

	if (!err)
		(void)said_agree(&m->saidv[end]);

	return err;
}

int media_prime(struct media *m, const struct media_side *a, const struct mbuf *sdpa,
		const struct media_side *b, const struct mbuf *sdpb)
{
	int err = prime(m, a, sdpa, 0);

	return err ? err : prime(m, b, sdpb, 1);
}

void media_renew(struct media *m, const struct media_side *a, const struct media_side *b, media_renew_h *h,
		 void *arg)
{
	const struct media_side *from = m->offerer ? b : a, *to = m->offerer ? a : b;
	const struct said *offers = media_said_of(m, from), *answers = media_said_of(m, to);
	const bool agreed = offers && offers->agreed && answers && answers->agreed;
	const struct pl answer = said_text(agreed ? answers->agreed : NULL);
	struct media_step *step = agreed ? media_step_alloc(m, from, to, arg) : NULL;

	if (!step || said_copy(&step->sdp, &answer)) {
		mem_deref(step);
		h(ENOENT, NULL, NULL, arg);
		return;
	}

	proposals_drop(m);
	/* one that is there still is changed: without its tag the other side would be taken for a new one */
	step->x.to_known = m->answered && !media_lost(m) && relay_up(m->rc);
	step->renewh = h;
	media_step_offer(step);
}

bool media_said(struct media *m, const struct media_side *side, const struct pl *sdp)
{
	struct said *said = media_said_of(m, side);

	return said && said_change(said, side, sdp);
}
