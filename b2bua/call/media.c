/**
 * @file media.c  A call's media session over NG
 */
#include <string.h>
#include <re.h>
#include "log.h"
#include "../leg/sdp.h"
#include "media_request.h"
#include "media_said.h"
#include "quality.h"

enum { ENDS = 2 };

struct media {
	struct relay_farm *farm; /* NULL: SDP passes as it is */
	struct relay_client *rc; /* that has the session; NULL: none yet */
	uint32_t generation;     /* of `rc`, when it took the last offer */
	uint32_t tried;          /* relays that would not have it: bit by index */
	char call_id[UUID_STRSIZE];
	bool answered;                /* both sides have ports: the session stays where it is */
	bool lost;                    /* … and its relay does not know it any more */
	struct said saidv[ENDS];      /* the caller's, and the callee's as of the last attempt */
	unsigned offerer;             /* whose offer was answered last: index of saidv */
	struct cdr_media seenv[ENDS]; /* what the relay counted when it was last asked */
	struct cdr_media pastv[ENDS]; /* what was counted in sessions that were lost */
	struct list stepl;            /* struct step: what is under way */
	media_end_h *endh;
	void *end_arg;
};

/** One exchange with the relay under way. */
struct step {
	struct le le;
	struct relay_op *op;
	struct media *m;
	struct media_exchange x;
	struct mbuf *sdp;    /* an answer that waits for its offer to be repeated */
	struct mbuf *result; /* renewal: the SDP of the offer, for the side that answers */
	media_h *h;
	media_renew_h *renewh;
	relay_reply_h *queryh;
	void *arg;
};

static void offer_send(struct step *step);
static void answer_send(struct step *step);
static void session_over(struct media *m);

static void step_destructor(void *arg)
{
	struct step *step = arg;

	list_unlink(&step->le);
	mem_deref(step->op);
	mem_deref(step->sdp);
	mem_deref(step->result);
}

static void relay_set(struct media *m, struct relay_client *rc)
{
	if (m->rc)
		relay_call_add(m->rc, -1);
	if (rc)
		relay_call_add(rc, 1);
	m->rc = rc;
}

static void destructor(void *arg)
{
	struct media *m = arg;

	list_flush(&m->stepl);
	relay_set(m, NULL);
	for (unsigned i = 0; i < ENDS; i++)
		said_reset(&m->saidv[i]);
}

int media_alloc(struct media **mp, struct relay_farm *farm, const char *call_id)
{
	struct media *m;

	m = mem_zalloc(sizeof(*m), destructor);
	if (!m)
		return ENOMEM;

	m->farm = farm;
	str_ncpy(m->call_id, call_id, sizeof(m->call_id));
	str_ncpy(m->saidv[0].tag, "a", sizeof(m->saidv[0].tag));
	*mp = m;

	return 0;
}

bool media_anchored(const struct media *m)
{
	return m && m->farm;
}

struct relay_client *media_relay(const struct media *m)
{
	return m ? m->rc : NULL;
}

/* ------------------------------------------------------------------ what the sides say */

static unsigned end_index(const struct media_side *side)
{
	return str_cmp(side->tag, "a") != 0;
}

/* Where to note what a side says. */
static struct said *said_at(struct media *m, const struct media_side *side)
{
	return &m->saidv[end_index(side)];
}

/* What it has said; NULL: it is the side of a candidate that was given up. */
static struct said *said_of(struct media *m, const struct media_side *side)
{
	struct said *said = said_at(m, side);

	return str_cmp(said->tag, side->tag) ? NULL : said;
}

/* Its offer or answer that is not agreed on yet. */
static const struct mbuf *proposed_by(const struct media *m, const struct media_side *side)
{
	const struct said *said = &m->saidv[end_index(side)];

	return str_cmp(said->tag, side->tag) ? NULL : said->proposed;
}

static bool agree(struct media *m, const struct media_side *side)
{
	struct said *said = said_of(m, side);

	return said && said_agree(said);
}

bool media_held(const struct media *m)
{
	for (unsigned i = 0; i < ENDS; i++) {
		const struct pl sdp = said_text(m->saidv[i].agreed);

		if (sdp_held(&sdp))
			return true;
	}

	return false;
}

/* ------------------------------------------------------------------ the end of an exchange */

static void step_end(struct step *step, int err, const struct pl *sdp)
{
	media_h *h = step->h;
	media_renew_h *renewh = step->renewh;
	struct mbuf *result = mem_ref(step->result);
	const bool caller_offers = end_index(&step->x.from) == 0;
	const struct pl other = said_text(result);
	void *arg = step->arg;

	mem_deref(step);

	if (h)
		h(err, sdp, arg);
	else
		renewh(err, caller_offers ? sdp : &other, caller_offers ? &other : sdp, arg);

	mem_deref(result);
}

/* The SDP in a reply, as it is to be given to `to`. */
static int sdp_take(struct media *m, const struct media_side *to, const struct ng_msg *reply, struct pl *sdp,
		    struct mbuf **mbp)
{
	struct said *said = said_of(m, to);

	if (bval_str(reply->dict, "sdp", sdp))
		return EBADMSG;

	return said ? origin_keep(&said->origin, sdp, mbp) : 0;
}

static int fault_of(const struct media *m, int err, const struct ng_msg *reply)
{
	char text[64];
	struct pl reason;

	(void)re_snprintf(text, sizeof(text), "%m", err);
	pl_set_str(&reason, text);
	if (reply)
		(void)ng_result(reply, &reason);

	log_peer(LOG_WARN, "relay %s: call %s: %r", m->rc ? relay_name(m->rc) : "none", m->call_id, &reason);

	return reply ? media_fault(err, &reason) : err;
}

/* ------------------------------------------------------------------ offer */

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

static bool move(struct media *m, int err)
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
	relay_set(m, next);
	m->generation = relay_generation(next);

	return true;
}

/* Who was promised ports of a run of the relay that is over does not have them. */
static void offer_taken(struct media *m)
{
	if (m->generation != relay_generation(m->rc))
		media_lose(m);
	m->generation = relay_generation(m->rc);
	m->tried = 0;
}

static void offer_handler(int err, const struct ng_msg *reply, void *arg)
{
	struct step *step = arg;
	struct media *m = step->m;
	struct mbuf *mb = NULL;
	struct pl sdp = PL_INIT;

	if (err) {
		err = fault_of(m, err, reply);
		if (move(m, err))
			offer_send(step);
		else
			step_end(step, err, &sdp);
		return;
	}

	offer_taken(m);
	err = sdp_take(m, &step->x.to, reply, &sdp, &mb);
	if (!err && step->sdp)
		err = said_copy(&step->result, &sdp);

	if (!err && step->sdp)
		answer_send(step);
	else
		step_end(step, err, &sdp);
	mem_deref(mb);
}

static int request_send(struct step *step, const char *command, const struct mbuf *sdp, relay_reply_h *h)
{
	struct media *m = step->m;
	const struct pl pl = said_text(sdp);

	media_request_write(m->rc, command, m->call_id, &step->x, &pl);

	return relay_request_send(m->rc, &step->op, h, step);
}

static void offer_send(struct step *step)
{
	struct media *m = step->m;
	const struct said *from = said_of(m, &step->x.from);
	int err = ENOTCONN;

	if (!m->rc)
		relay_set(m, relay_farm_pick(m->farm, m->tried));
	else if (!relay_up(m->rc))
		(void)move(m, ENOTCONN);

	if (m->rc && from)
		err = request_send(step, "offer", from->proposed ? from->proposed : from->agreed,
				   offer_handler);
	if (err)
		step_end(step, err, &pl_null);
}

static struct step *step_alloc(struct media *m, const struct media_side *from, const struct media_side *to,
			       void *arg)
{
	struct step *step = mem_zalloc(sizeof(*step), step_destructor);

	if (!step)
		return NULL;

	step->m = m;
	if (from && to) {
		step->x.from = *from;
		step->x.to = *to;
	}
	step->arg = arg;
	list_append(&m->stepl, &step->le, step);

	return step;
}

/* What a side says must be as its trunk's policy wants it; nobody will translate for one that is not anchored. */
static bool policy_allows(const struct media *m, const struct media_side *says,
			  const struct media_side *hears, const struct pl *sdp)
{
	struct sdp_security sec;

	sdp_security(&sec, sdp);
	if ((sec.secure && says->srtp == SRTP_OFF) || (sec.plain && says->srtp == SRTP_REQUIRED))
		return false;

	return m->farm ||
	       ((!sec.secure || hears->srtp != SRTP_OFF) && (!sec.plain || hears->srtp != SRTP_REQUIRED));
}

void media_offer(struct media *m, const struct media_side *from, const struct media_side *to, bool again,
		 const struct pl *sdp, media_h *h, void *arg)
{
	const bool allowed = policy_allows(m, from, to, sdp);
	struct step *step;

	if (!m->farm || !allowed) {
		h(allowed ? 0 : EACCES, sdp, arg);
		return;
	}

	step = step_alloc(m, from, to, arg);
	if (!step || said_propose(said_at(m, from), from, sdp)) {
		mem_deref(step);
		h(ENOMEM, NULL, arg);
		return;
	}

	said_enter(said_at(m, to), to);
	step->h = h;
	step->x.to_known = again;
	offer_send(step);
}

/* ------------------------------------------------------------------ answer */

/* The relay knows nothing of the offer: it is repeated, and who answers has ports of a session that is gone. */
static bool is_forgotten(const struct media *m, int err)
{
	return err == ENOENT || !relay_up(m->rc) || relay_generation(m->rc) != m->generation;
}

static bool offer_again(struct step *step, int err, const struct pl *sdp)
{
	const struct said *from = said_of(step->m, &step->x.from);

	if (step->sdp || !from || !(from->proposed || from->agreed) || said_copy(&step->sdp, sdp))
		return false;

	if (err == ENOENT)
		session_over(step->m);
	step->x.to_known = false;
	offer_send(step);

	return true;
}

/* Both sides have ports of the session, unless the offer had to be repeated: then who answered has old ones. */
static void answer_taken(struct step *step)
{
	struct media *m = step->m;
	const bool fresh = agree(m, &step->x.from);

	(void)agree(m, &step->x.to);
	m->offerer = end_index(&step->x.from);
	m->answered = true;

	if (step->sdp && !step->renewh)
		m->lost = true;
	else if (fresh || step->renewh)
		m->lost = false;
}

static void answer_handler(int err, const struct ng_msg *reply, void *arg)
{
	struct step *step = arg;
	struct media *m = step->m;
	const struct pl answer = said_text(proposed_by(m, &step->x.to));
	struct mbuf *mb = NULL;
	struct pl sdp = PL_INIT;

	if (err) {
		err = fault_of(m, err, reply);
		if (is_forgotten(m, err) && offer_again(step, err, &answer))
			return;
	}
	else {
		err = sdp_take(m, &step->x.from, reply, &sdp, &mb);
	}

	if (!err)
		answer_taken(step);

	step_end(step, err, &sdp);
	mem_deref(mb);
}

static void answer_send(struct step *step)
{
	struct media *m = step->m;
	const struct mbuf *sdp = step->sdp ? step->sdp : proposed_by(m, &step->x.to);
	int err;

	step->x.to_known = true;
	err = m->rc ? request_send(step, "answer", sdp, answer_handler) : ENOTCONN;
	if (err)
		step_end(step, err, &pl_null);
}

void media_answer(struct media *m, const struct media_side *from, const struct media_side *to,
		  const struct pl *sdp, media_h *h, void *arg)
{
	const bool allowed = policy_allows(m, to, from, sdp);
	struct step *step;

	if (!m->farm || !allowed) {
		h(allowed ? 0 : EACCES, sdp, arg);
		return;
	}

	step = step_alloc(m, from, to, arg);
	if (!step || said_propose(said_at(m, to), to, sdp)) {
		mem_deref(step);
		h(ENOMEM, NULL, arg);
		return;
	}

	step->h = h;
	answer_send(step);
}

/* ------------------------------------------------------------------ a session that was lost */

bool media_lost(const struct media *m)
{
	return m && m->rc && m->answered && (m->lost || relay_generation(m->rc) != m->generation);
}

void media_lose(struct media *m)
{
	session_over(m);
	m->lost = m->answered;
}

void media_renew(struct media *m, const struct media_side *a, const struct media_side *b, media_renew_h *h,
		 void *arg)
{
	const struct media_side *from = m->offerer ? b : a, *to = m->offerer ? a : b;
	const struct said *offers = said_of(m, from), *answers = said_of(m, to);
	const bool agreed = offers && offers->agreed && answers && answers->agreed;
	const struct pl answer = said_text(agreed ? answers->agreed : NULL);
	struct step *step = agreed ? step_alloc(m, from, to, arg) : NULL;

	if (!step || said_copy(&step->sdp, &answer)) {
		mem_deref(step);
		h(ENOENT, NULL, NULL, arg);
		return;
	}

	/* what was proposed and refused since is not what they send */
	for (unsigned i = 0; i < ENDS; i++)
		m->saidv[i].proposed = mem_deref(m->saidv[i].proposed);

	/* one that is there still is changed: without its tag the other side would be taken for a new one */
	step->x.to_known = !media_lost(m) && relay_up(m->rc);
	step->renewh = h;
	offer_send(step);
}

bool media_said(struct media *m, const struct media_side *side, const struct pl *sdp)
{
	struct said *said = said_of(m, side);

	return said && said_change(said, side, sdp);
}

/* ------------------------------------------------------------------ counters */

static void reply_count(struct cdr_media v[ENDS], const struct ng_msg *reply)
{
	const struct bval *tags = reply ? bval_get(reply->dict, "tags") : NULL, *tag;

	if (!tags)
		return;

	memset(v, 0, ENDS * sizeof(*v));
	for (tag = tags->child; tag; tag = tag->next)
		quality_read(&v[pl_strcmp(&tag->key, "a") != 0], reply->dict, tag);
}

/* What it counted stays. */
static void session_over(struct media *m)
{
	for (unsigned i = 0; i < ENDS; i++) {
		quality_add(&m->pastv[i], &m->seenv[i]);
		memset(&m->seenv[i], 0, sizeof(m->seenv[i]));
	}
}

int64_t media_packets(const struct media *m)
{
	int64_t n = 0;

	for (unsigned i = 0; i < ENDS; i++)
		n += m->seenv[i].rx_packets + m->pastv[i].rx_packets;

	return n;
}

static void query_handler(int err, const struct ng_msg *reply, void *arg)
{
	struct step *step = arg;
	relay_reply_h *h = step->queryh;
	void *h_arg = step->arg;

	if (err && reply) {
		struct pl reason = PL_INIT;

		(void)ng_result(reply, &reason);
		err = media_fault(err, &reason);
	}
	if (!err)
		reply_count(step->m->seenv, reply);

	mem_deref(step);
	h(err, reply, h_arg);
}

void media_query(struct media *m, relay_reply_h *h, void *arg)
{
	struct step *step;

	if (!m->rc) {
		h(ENOTCONN, NULL, arg);
		return;
	}

	step = step_alloc(m, NULL, NULL, arg);
	if (step) {
		step->queryh = h;
		bwrite_str(relay_request(m->rc, "query"), "call-id", m->call_id);
		if (!relay_request_send(m->rc, &step->op, query_handler, step))
			return;
	}

	mem_deref(step);
	h(ENOMEM, NULL, arg);
}

static void end_handler(int err, const struct ng_msg *reply, void *arg)
{
	struct media *m = arg;

	if (!err)
		reply_count(m->seenv, reply);

	session_over(m);
	m->endh(&m->pastv[0], &m->pastv[1], m->end_arg);
}

void media_end(struct media *m, media_end_h *h, void *arg)
{
	static const struct cdr_media none;

	list_flush(&m->stepl);

	if (!m->rc) {
		h(&none, &none, arg);
		return;
	}

	m->endh = h;
	m->end_arg = arg;
	media_delete_write(m->rc, m->call_id);
	if (relay_request_send(m->rc, NULL, end_handler, m))
		end_handler(ENOMEM, NULL, m);
}
