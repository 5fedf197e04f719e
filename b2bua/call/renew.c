/**
 * @file renew.c  A call whose relay forgot it, or died, gets its media back: both sides are offered new ports
 *
 *   IDLE ─queue─► QUEUED ─turn─► RELAY ─made anew─► LEGS ─both said─► IDLE
 *                  ▲  │ its relay may know it still: ASKING ─no─► RELAY, ─yes─► IDLE
 *                  │  │ a transaction is under way, the relay will not, a side said 491 or 500:
 *                  └──┴──► LATER
 *
 * The session is made anew from what both sides last said; each gets a re-INVITE. What they answer is told
 * to the relay once more where it is not what they said before (AGREEING). A side that refuses keeps its dialog:
 * if no media comes of it, the media time-out ends the call.
 *
 * So many calls are begun each turn as SIP and the relay digest beside their other work.
 */
#include <re.h>
#include "log.h"
#include "wheel.h"
#include "../store/writer.h"
#include "core.h"

enum {
	TURN_MS = 20,
	TURN_CALLS = 10,
	BUSY_MS = 200, /* a transaction is under way: look again */
	RELAY_WAIT_MS = 1000,
	TRIES = 3,
	SCAN_MS = 1000,
	GONE_MS = 2000, /* a relay that is down for so long is not waited for, where there is another */
	DETAIL_SIZE = 256,
};

static void renewed_handler(int err, const struct pl *sdpa, const struct pl *sdpb, void *arg);

static struct leg *leg_at(const struct call *call, unsigned i)
{
	return i ? call->b : call->a;
}

static void later_handler(void *arg)
{
	struct call *call = arg;

	call->renewal.state = RENEW_IDLE;
	renew_queue(call, call->renewal.doubt);
}

static void later(struct call *call, uint64_t delay_ms)
{
	call->renewal.state = RENEW_LATER;
	tmr_start(&call->renewal.tmr, delay_ms, later_handler, call);
}

/* ------------------------------------------------------------------ how it ended */

static void recovery_record(struct call *call, bool whole)
{
	const struct relay_client *rc = media_relay(call->media);
	const struct renewal *r = &call->renewal;
	struct calls *cs = call->calls;
	char detail[DETAIL_SIZE];

	if (re_snprintf(detail, sizeof(detail),
			"{\"relay\":\"%s\",\"a_code\":%u,\"b_code\":%u,\"took_ms\":%llu}",
			rc ? relay_name(rc) : "", r->legv[0].scode, r->legv[1].scode,
			clock_mono_ms() - r->since_ms) > 0)
		(void)writer_event(cs->e->writer, whole ? "MEDIA_RECOVERED" : "MEDIA_LOST", call->cdr->cdr_id,
				   detail);

	++*(whole ? &cs->stats.media_recovered : &cs->stats.media_lost);
	++*(whole ? &call->cdr->media_recovered : &call->cdr->media_lost);
	if (!whole)
		log_peer(LOG_WARN,
			 "call %s: its media session was lost, and it could not be told to both sides "
			 "(%u, %u); it ends when no media comes",
			 call->cdr->cdr_id, r->legv[0].scode, r->legv[1].scode);
}

static void finish(struct call *call)
{
	struct renewal *r = &call->renewal;
	const bool whole = r->legv[0].state == RENEW_LEG_DONE && r->legv[1].state == RENEW_LEG_DONE;

	if (r->reason == RENEW_JOINS && !whole) {
		*r = (struct renewal){.state = RENEW_IDLE};
		(void)call_release(call, "transfer_failed");
		return;
	}

	if (r->reason == RENEW_TELLS && !whole)
		log_peer(LOG_WARN,
			 "call %s: the caller would not hear by re-INVITE (%u) what the callee answered "
			 "after "
			 "another had been taken for the answer; its media may not be heard",
			 call->cdr->cdr_id, r->legv[0].scode);
	if (r->reason == RENEW_LOST)
		recovery_record(call, whole);

	*r = (struct renewal){.state = RENEW_IDLE};
}

static void agreed_handler(int err, const struct pl *sdpa, const struct pl *sdpb, void *arg)
{
	(void)err;
	(void)sdpa;
	(void)sdpb;
	finish(arg);
}

static bool any_leg(const struct renewal *r, enum renew_leg_state state)
{
	return r->legv[0].state == state || r->legv[1].state == state;
}

/* RFC 3261 14.1: who owns the Call-ID waits longer; a party that was called may be either leg after a transfer. */
static uint64_t glare_ms(const struct call *call)
{
	const struct renewal *r = &call->renewal;

	for (unsigned i = 0; i < ARRAY_SIZE(r->legv); i++)
		if (r->legv[i].state == RENEW_LEG_AGAIN && leg_was_called(leg_at(call, i)))
			return 2100 + rand_u32() % 1900;

	return rand_u32() % 2000;
}

static void settle(struct call *call)
{
	struct renewal *r = &call->renewal;

	if (r->state != RENEW_LEGS || any_leg(r, RENEW_LEG_ASKED))
		return;

	if (media_lost(call->media)) { /* once more, meanwhile */
		r->state = RENEW_IDLE;
		renew_queue(call, false);
	}
	else if (any_leg(r, RENEW_LEG_AGAIN) && ++r->tries < TRIES) {
		later(call, glare_ms(call));
	}
	else if (r->changed) {
		r->state = RENEW_AGREEING;
		media_renew(call->media, &call->side_a, &call->side_b, agreed_handler, call);
	}
	else {
		finish(call);
	}
}

/* ------------------------------------------------------------------ both sides */

bool renew_answered(struct call *call, struct leg *leg, int err, const struct sip_msg *msg)
{
	struct renewal *r = &call->renewal;
	struct renewal_leg *rl = &r->legv[leg == call->b];
	const uint16_t scode = err ? 408 : msg->scode;
	struct pl sdp;

	if (r->state != RENEW_LEGS || rl->state != RENEW_LEG_ASKED)
		return false;

	rl->scode = scode;

	if (scode < 300) {
		sdp = content_sdp_of(msg);
		rl->state = RENEW_LEG_DONE;
		r->changed |= media_said(call->media, call_side(call, leg), &sdp);
	}
	else {
		rl->state = scode == 491 || scode == 500 ? RENEW_LEG_AGAIN : RENEW_LEG_REFUSED;
	}

	settle(call);

	return true;
}

static void leg_ask(struct call *call, unsigned i, const struct pl *sdp)
{
	struct renewal_leg *rl = &call->renewal.legv[i];
	const struct content c = content_sdp(sdp);

	if (rl->state == RENEW_LEG_DONE || rl->state == RENEW_LEG_REFUSED)
		return;

	rl->state = leg_modify(leg_at(call, i), "INVITE", &c) ? RENEW_LEG_AGAIN : RENEW_LEG_ASKED;
}

static void renewed_handler(int err, const struct pl *sdpa, const struct pl *sdpb, void *arg)
{
	struct call *call = arg;
	struct renewal *r = &call->renewal;

	if (err == ENOTCONN) { /* when a relay is there, we shall hear of it */
		r->state = RENEW_IDLE;
		return;
	}

	if (err) {
		if (err != ENOENT && ++r->tries < TRIES)
			later(call, RELAY_WAIT_MS);
		else
			finish(call);
		return;
	}

	r->state = RENEW_LEGS;
	leg_ask(call, 0, sdpa);
	leg_ask(call, 1, sdpb);
	settle(call);
}

/* ------------------------------------------------------------------ a call's turn */

static bool is_busy(const struct call *call)
{
	return call->state != CALL_UP || call->mod.req || call->mod.counter || leg_state(call->a) != LEG_UP ||
	       leg_state(call->b) != LEG_UP || leg_modifying(call->a) || leg_modifying(call->b);
}

/* Its relay is dead, and there is another. */
static bool is_orphan(const struct call *call)
{
	const struct relay_client *rc = media_relay(call->media);
	const uint64_t down_ms = rc ? relay_down_ms(rc) : 0;

	return down_ms && clock_mono_ms() - down_ms >= GONE_MS && relay_farm_up(call->calls->e->relays);
}

static void make_anew(struct call *call)
{
	struct renewal *r = &call->renewal;

	if (!r->since_ms)
		r->since_ms = clock_mono_ms();
	r->state = RENEW_RELAY;
	media_renew(call->media, &call->side_a, &call->side_b, renewed_handler, call);
}

static void known_handler(int err, const struct ng_msg *reply, void *arg)
{
	struct call *call = arg;
	struct renewal *r = &call->renewal;

	(void)reply;
	r->doubt = false;
	if (err == ENOENT) {
		media_lose(call->media);
		make_anew(call);
	}
	else {
		r->state = RENEW_IDLE;
	}
}

static void begin(struct call *call)
{
	struct renewal *r = &call->renewal;
	const bool lost = media_lost(call->media) || is_orphan(call);

	r->state = RENEW_IDLE;

	if (call->state > CALL_UP)
		return;

	if (is_busy(call)) {
		later(call, BUSY_MS);
		return;
	}

	if (lost && r->reason == RENEW_TELLS)
		r->reason = RENEW_LOST;
	if (lost) /* … perhaps once more: then both sides have old ports again */
		r->legv[0].state = r->legv[1].state = RENEW_LEG_TODO;

	if (lost || any_leg(r, RENEW_LEG_AGAIN)) {
		make_anew(call);
	}
	else if (r->doubt) {
		r->state = RENEW_ASKING;
		media_query(call->media, known_handler, call);
	}
}

static void turn(void *arg)
{
	struct calls *cs = arg;

	for (unsigned n = 0; n < TURN_CALLS && cs->renewl.head; n++) {

		struct call *call = cs->renewl.head->data;

		list_unlink(&call->renewal.le);
		begin(call);
	}

	if (cs->renewl.head)
		tmr_start(&cs->tmr_renew, TURN_MS, turn, cs);
}

void renew_queue(struct call *call, bool doubt)
{
	struct renewal *r = &call->renewal;
	struct calls *cs = call->calls;

	r->doubt |= doubt;
	if (r->state != RENEW_IDLE)
		return;

	r->state = RENEW_QUEUED;
	list_append(&cs->renewl, &r->le, call);
	if (!tmr_isrunning(&cs->tmr_renew))
		tmr_start(&cs->tmr_renew, 0, turn, cs);
}

void renew_join(struct call *call, bool a, bool b)
{
	struct renewal *r = &call->renewal;

	renew_drop(call);
	r->reason = RENEW_JOINS;
	r->legv[0].state = a ? RENEW_LEG_AGAIN : RENEW_LEG_DONE;
	r->legv[1].state = b ? RENEW_LEG_AGAIN : RENEW_LEG_DONE;
	renew_queue(call, false);
}

void renew_tell(struct call *call, const struct pl *sdp)
{
	struct renewal *r = &call->renewal;

	renew_drop(call);
	r->reason = RENEW_TELLS;
	r->state = RENEW_LEGS;
	r->legv[0].state = RENEW_LEG_AGAIN;
	r->legv[1].state = RENEW_LEG_DONE;
	leg_ask(call, 0, sdp);
	settle(call);
}

void renew_drop(struct call *call)
{
	list_unlink(&call->renewal.le);
	tmr_cancel(&call->renewal.tmr);
	call->renewal = (struct renewal){.state = RENEW_IDLE};
}

static void told_handler(int err, const struct pl *sdpa, const struct pl *sdpb, void *arg)
{
	(void)err;
	(void)sdpa;
	(void)sdpb;
	(void)arg;
}

void renew_changed(struct call *call, const struct leg *leg, const struct sip_msg *msg)
{
	const struct pl sdp = content_sdp_of(msg);

	if (call->state == CALL_UP && media_anchored(call->media) && !renew_active(call) &&
	    media_said(call->media, call_side(call, leg), &sdp))
		media_renew(call->media, &call->side_a, &call->side_b, told_handler, call);
}

bool renew_active(const struct call *call)
{
	return call->renewal.state >= RENEW_RELAY;
}

/* ------------------------------------------------------------------ all calls */

static bool scan_handler(struct call *call, void *arg)
{
	const struct relay_client *doubted = arg;
	const bool doubt = doubted && media_relay(call->media) == doubted;

	if (doubt || media_lost(call->media) || is_orphan(call))
		renew_queue(call, doubt);

	return false;
}

static void scan(void *arg)
{
	struct calls *cs = arg;

	(void)calls_apply(cs, scan_handler, NULL);
	if (!relay_farm_whole(cs->e->relays))
		tmr_start(&cs->tmr_scan, SCAN_MS, scan, cs);
}

void renew_news(struct calls *cs, struct relay_client *rc, enum relay_news news)
{
	/* one that names its runs has said that it is the same */
	if (news == RELAY_BACK && !relay_is_tandem(rc))
		(void)calls_apply(cs, scan_handler, rc);
	else
		tmr_start(&cs->tmr_scan, news == RELAY_DOWN ? SCAN_MS : 0, scan, cs);
}
