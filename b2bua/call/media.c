/**
 * @file media.c  A call's media session over NG: offers and answers cross by way of the relay
 */
#include <errno.h>
#include <re.h>
#include "log.h"
#include "../leg/sdp.h"
#include "../leg/sdp_precondition.h"
#include "media_core.h"

static void answer_send(struct media_step *step);

static void step_destructor(void *arg)
{
	struct media_step *step = arg;

	list_unlink(&step->le);
	mem_deref(step->op);
	mem_deref(step->sdp);
	mem_deref(step->result);
}

void media_relay_set(struct media *m, struct relay_client *rc)
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
	media_relay_set(m, NULL);
	for (unsigned i = 0; i < MEDIA_ENDS; i++)
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

struct said *media_said_of(struct media *m, const struct media_side *side)
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
	struct said *said = media_said_of(m, side);

	return said && said_agree(said);
}

bool media_held(const struct media *m)
{
	for (unsigned i = 0; i < MEDIA_ENDS; i++) {
		const struct pl sdp = said_text(m->saidv[i].agreed);

		if (sdp_held(&sdp))
			return true;
	}

	return false;
}

/* What of an SDP the other side is to hear: who has no part in preconditions is told of none (RFC 3312 11).
 * Where that is less, it lies in *mbp. */
static int audible(struct mbuf **mbp, struct pl *sdp, const struct media_side *hears)
{
	struct mbuf *mb;

	if (hears->preconditions == MEDIA_PRECONDITIONS_PASSED ||
	    sdp_preconditions(sdp) == SDP_PRECONDITIONS_NONE)
		return 0;

	mb = mbuf_alloc(sdp->l);
	if (!mb || sdp_without_preconditions(mb, sdp)) {
		mem_deref(mb);
		return ENOMEM;
	}

	*sdp = said_text(mb);
	*mbp = mb;

	return 0;
}

/* ------------------------------------------------------------------ the end of an exchange */

static void step_end(struct media_step *step, int err, const struct pl *sdp)
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

/* What this side is told of preconditions, in the words of its own last SDP. */
static int serve(struct mbuf **mbp, struct pl *sdp, const struct said *said)
{
	const struct pl theirs = said_text(said->proposed ? said->proposed : said->agreed);
	struct mbuf *mb = mbuf_alloc(sdp->l + 256);

	if (!mb || sdp_preconditions_serve(mb, sdp, &theirs)) {
		mem_deref(mb);
		return ENOMEM;
	}

	*sdp = said_text(mb);
	*mbp = mb;

	return 0;
}

/* The SDP in a reply, as it is to be given to `to`. */
static int sdp_take(struct media *m, const struct media_side *to, const struct ng_msg *reply, struct pl *sdp,
		    struct mbuf **mbp)
{
	struct said *said = media_said_of(m, to);
	struct mbuf *served = NULL;
	int err = 0;

	if (bval_str(reply->dict, "sdp", sdp))
		return EBADMSG;

	if (said && to->preconditions == MEDIA_PRECONDITIONS_SERVED)
		err = serve(&served, sdp, said);
	if (!err && said)
		err = origin_keep(&said->origin, sdp, mbp);

	if (served && !*mbp)
		*mbp = served;
	else
		mem_deref(served);

	return err;
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

static void offer_handler(int err, const struct ng_msg *reply, void *arg)
{
	struct media_step *step = arg;
	struct media *m = step->m;
	struct mbuf *mb = NULL;
	struct pl sdp = PL_INIT;

	if (err) {
		err = fault_of(m, err, reply);
		if (media_move(m, err))
			media_step_offer(step);
		else
			step_end(step, err, &sdp);
		return;
	}

	media_offer_taken(m);
	err = sdp_take(m, &step->x.to, reply, &sdp, &mb);
	if (!err && step->sdp)
		err = said_copy(&step->result, &sdp);

	if (!err && step->sdp)
		answer_send(step);
	else
		step_end(step, err, &sdp);
	mem_deref(mb);
}

static int request_send(struct media_step *step, const char *command, const struct media_side *hears,
			const struct mbuf *said, relay_reply_h *h)
{
	struct media *m = step->m;
	struct pl sdp = said_text(said);
	struct mbuf *mb = NULL;
	int err;

	err = audible(&mb, &sdp, hears);
	if (err)
		return err;

	media_request_write(m->rc, command, m->call_id, &step->x, &sdp);
	mem_deref(mb);

	return relay_request_send(m->rc, &step->op, h, step);
}

/* Which of the interface's addresses a side is shown: its signalling told one, its own SDP knows better. */
static void laddr_choose(struct media *m, struct media_side *side)
{
	const struct said *said;
	int af;

	if (!sa_isset(&side->laddr_other, SA_ADDR))
		return;

	said = media_said_of(m, side);
	af = said ? said_family(said) : AF_UNSPEC;
	if (af == sa_af(&side->laddr_other))
		side->laddr = side->laddr_other;
}

void media_step_offer(struct media_step *step)
{
	struct media *m = step->m;
	const struct said *from = media_said_of(m, &step->x.from);
	int err = ENOTCONN;

	laddr_choose(m, &step->x.from);
	laddr_choose(m, &step->x.to);

	if (!m->rc)
		media_relay_set(m, relay_farm_pick(m->farm, m->tried));
	else if (!relay_up(m->rc))
		(void)media_move(m, ENOTCONN);

	if (m->rc && from)
		err = request_send(step, "offer", &step->x.to, from->proposed ? from->proposed : from->agreed,
				   offer_handler);
	if (err)
		step_end(step, err, &pl_null);
}

struct media_step *media_step_alloc(struct media *m, const struct media_side *from,
				    const struct media_side *to, void *arg)
{
	struct media_step *step = mem_zalloc(sizeof(*step), step_destructor);

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

/* Without a relay. */
static void pass(const struct media_side *hears, const struct pl *said, media_h *h, void *arg)
{
	struct pl sdp = *said;
	struct mbuf *mb = NULL;
	int err = audible(&mb, &sdp, hears);

	h(err, &sdp, arg);
	mem_deref(mb);
}

void media_offer(struct media *m, const struct media_side *from, const struct media_side *to, bool again,
		 const struct pl *sdp, media_h *h, void *arg)
{
	const bool allowed = policy_allows(m, from, to, sdp);
	struct media_step *step;

	if (!allowed) {
		h(EACCES, sdp, arg);
		return;
	}

	if (!m->farm) {
		pass(to, sdp, h, arg);
		return;
	}

	step = media_step_alloc(m, from, to, arg);
	if (!step || said_propose(said_at(m, from), from, sdp)) {
		mem_deref(step);
		h(ENOMEM, NULL, arg);
		return;
	}

	said_enter(said_at(m, to), to);
	step->h = h;
	step->x.to_known = again;
	media_step_offer(step);
}

/* ------------------------------------------------------------------ answer */

static bool offer_again(struct media_step *step, int err, const struct pl *sdp)
{
	const struct said *from = media_said_of(step->m, &step->x.from);

	if (step->sdp || !from || !(from->proposed || from->agreed) || said_copy(&step->sdp, sdp))
		return false;

	if (err == ENOENT)
		media_count_keep(step->m);
	step->x.to_known = false;
	media_step_offer(step);

	return true;
}

/* Both sides have ports of the session, unless the offer had to be repeated: then who answered has old ones. */
static void answer_taken(struct media_step *step)
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
	struct media_step *step = arg;
	struct media *m = step->m;
	const struct pl answer = said_text(proposed_by(m, &step->x.to));
	struct mbuf *mb = NULL;
	struct pl sdp = PL_INIT;

	if (err) {
		err = fault_of(m, err, reply);
		if (media_forgotten(m, err) && offer_again(step, err, &answer))
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

static void answer_send(struct media_step *step)
{
	struct media *m = step->m;
	const struct mbuf *sdp = step->sdp ? step->sdp : proposed_by(m, &step->x.to);
	int err;

	step->x.to_known = true;
	err = m->rc ? request_send(step, "answer", &step->x.from, sdp, answer_handler) : ENOTCONN;
	if (err)
		step_end(step, err, &pl_null);
}

void media_answer(struct media *m, const struct media_side *from, const struct media_side *to,
		  const struct pl *sdp, media_h *h, void *arg)
{
	const bool allowed = policy_allows(m, to, from, sdp);
	struct media_step *step;

	if (!allowed) {
		h(EACCES, sdp, arg);
		return;
	}

	if (!m->farm) {
		pass(from, sdp, h, arg);
		return;
	}

	step = media_step_alloc(m, from, to, arg);
	if (!step || said_propose(said_at(m, to), to, sdp)) {
		mem_deref(step);
		h(ENOMEM, NULL, arg);
		return;
	}

	step->h = h;
	answer_send(step);
}
