/**
 * @file call.c  The call's state table, and the calls there are
 *
 *   NEW ─START─► RATING ─RATED─► OFFERING ─OFFERED─► HUNTING ─ANSWER─► CONNECTING ─CONNECTED─► UP
 *                  │              │   ▲              │ │                   │                    │
 *                  │              │   └─ATTEMPT_OVER─┘ │                   │                    │
 *                  └──────────────┴─ REFUSE, A_GONE, B_GONE, RELEASE ──────┴────────────────────┴─► ENDING
 *                                                                                   OVER ◄─COUNTED─┘
 *
 *   A transfer: UP ─LEFT─► LEFT (its party waits for the target), UP or LEFT ─HANDED─► HANDED ─ONWARD_OVER─► ENDING;
 *   and NEW or RATING ─JOINED─► UP, a call made of legs that were up. One that is picked up while it rings:
 *   HUNTING ─PICKED─► CONNECTING; who picks it up is in RATING until that is UP, and then in HANDED.
 */
#include <re.h>
#include "log.h"
#include "wheel.h"
#include "../door/trace.h"
#include "../leg/header.h"
#include "../route/number.h"
#include "core.h"
#include "quality.h"
#include "subscription.h"

enum {
	CALL_HASH_SIZE = 16384,
	LOAD_HASH_SIZE = 256,
};

static const char *const states[CALL_STATEC] = {
	"new", "rating", "offering", "hunting", "connecting", "up", "left", "handed over", "ending", "over",
};

static const char *const events[CALL_EVENTC] = {
	"start",        "rated",       "offered",     "progress",    "answer",  "connected",
	"attempt over", "refuse",      "caller gone", "callee gone", "release", "referrer gone",
	"handed over",  "onward over", "picked up",   "joined",      "counted",
};

static const struct state_row rows[] = {
	{CALL_NEW, CALL_EV_START, CALL_RATING, setup_act_start},
	{CALL_NEW, CALL_EV_JOINED, CALL_UP, setup_act_joined},
	{CALL_NEW, CALL_EV_REFUSE, CALL_ENDING, close_act_refuse},

	{CALL_RATING, CALL_EV_RATED, CALL_OFFERING, hunt_act_next},
	{CALL_RATING, CALL_EV_JOINED, CALL_UP, setup_act_answer},
	{CALL_RATING, CALL_EV_REFUSE, CALL_ENDING, close_act_refuse},
	{CALL_RATING, CALL_EV_A_GONE, CALL_ENDING, close_act_a_gone},
	{CALL_RATING, CALL_EV_RELEASE, CALL_ENDING, close_act_release},

	{CALL_OFFERING, CALL_EV_OFFERED, CALL_HUNTING, hunt_act_dial},
	{CALL_OFFERING, CALL_EV_ATTEMPT_OVER, CALL_OFFERING, hunt_act_next},
	{CALL_OFFERING, CALL_EV_REFUSE, CALL_ENDING, close_act_refuse},
	{CALL_OFFERING, CALL_EV_A_GONE, CALL_ENDING, close_act_a_gone},
	{CALL_OFFERING, CALL_EV_RELEASE, CALL_ENDING, close_act_release},

	{CALL_HUNTING, CALL_EV_PROGRESS, CALL_HUNTING, setup_act_progress},
	{CALL_HUNTING, CALL_EV_ANSWER, CALL_CONNECTING, setup_act_connect},
	{CALL_HUNTING, CALL_EV_PICKED, CALL_CONNECTING, pickup_act_picked},
	{CALL_HUNTING, CALL_EV_ATTEMPT_OVER, CALL_OFFERING, hunt_act_next},
	{CALL_HUNTING, CALL_EV_REFUSE, CALL_ENDING, close_act_refuse},
	{CALL_HUNTING, CALL_EV_A_GONE, CALL_ENDING, close_act_a_gone},
	{CALL_HUNTING, CALL_EV_RELEASE, CALL_ENDING, close_act_release},

	{CALL_CONNECTING, CALL_EV_CONNECTED, CALL_UP, setup_act_answer},
	{CALL_CONNECTING, CALL_EV_REFUSE, CALL_ENDING, close_act_refuse},
	{CALL_CONNECTING, CALL_EV_A_GONE, CALL_ENDING, close_act_a_gone},
	{CALL_CONNECTING, CALL_EV_B_GONE, CALL_ENDING, close_act_b_gone},
	{CALL_CONNECTING, CALL_EV_RELEASE, CALL_ENDING, close_act_release},

	{CALL_UP, CALL_EV_A_GONE, CALL_ENDING, close_act_a_gone},
	{CALL_UP, CALL_EV_B_GONE, CALL_ENDING, close_act_b_gone},
	{CALL_UP, CALL_EV_RELEASE, CALL_ENDING, close_act_release},

	{CALL_UP, CALL_EV_LEFT, CALL_LEFT, NULL},
	{CALL_UP, CALL_EV_HANDED, CALL_HANDED, handover_act_handed},

	{CALL_LEFT, CALL_EV_HANDED, CALL_HANDED, handover_act_handed},
	{CALL_LEFT, CALL_EV_A_GONE, CALL_ENDING, close_act_a_gone},
	{CALL_LEFT, CALL_EV_B_GONE, CALL_ENDING, close_act_b_gone},
	{CALL_LEFT, CALL_EV_RELEASE, CALL_ENDING, close_act_release},

	{CALL_HANDED, CALL_EV_A_GONE, CALL_HANDED, handover_act_a_left},
	{CALL_HANDED, CALL_EV_B_GONE, CALL_HANDED, handover_act_b_left},
	{CALL_HANDED, CALL_EV_ONWARD_OVER, CALL_ENDING, close_act_onward_over},
	{CALL_HANDED, CALL_EV_RELEASE, CALL_ENDING, close_act_release},

	{CALL_ENDING, CALL_EV_COUNTED, CALL_OVER, close_act_counted},
};

const struct statetable call_table = {
	.name = "call",
	.statev = states,
	.eventv = events,
	.statec = CALL_STATEC,
	.eventc = CALL_EVENTC,
	.rowv = rows,
	.rowc = sizeof(rows) / sizeof(rows[0]),
};

int call_step(struct call *call, enum call_event ev, struct call_event_arg *arg)
{
	struct call_event_arg none = {0};
	int err;

	mem_ref(call);
	err = statetable_step(&call_table, &call->state, (uint8_t)ev, call, arg ? arg : &none,
			      call->cdr ? call->cdr->cdr_id : "");
	mem_deref(call);

	return err;
}

void call_refuse(struct call *call, uint16_t scode, const char *reason, const char *tag)
{
	struct call_event_arg ev = {
		.scode = scode,
		.reason = reason,
		.tag = tag,
		.disposition = scode >= 500 ? CDR_FAILED : CDR_REJECTED,
		.released_by = CDR_TANDEM,
	};

	/* an earlier candidate's reasons are not ours */
	call->attempt.reasons = mem_deref(call->attempt.reasons);
	call->attempt.refusal = mem_deref(call->attempt.refusal);
	call->attempt.contacts = mem_deref(call->attempt.contacts);
	call->attempt.q850 = 0;

	(void)call_step(call, CALL_EV_REFUSE, &ev);
}

void call_media_refuse(struct call *call, int err)
{
	if (err == EREMOTEIO)
		call_refuse(call, 488, "Not Acceptable Here", "bad_sdp");
	else if (err == EACCES)
		call_refuse(call, 488, "Not Acceptable Here", "srtp_policy");
	else
		call_refuse(call, 503, "Service Unavailable", err == ENOSPC ? "relay_full" : "relay_down");
}

enum leg_prack call_prack(enum prack_policy policy)
{
	switch (policy) {

	case PRACK_SUPPORTED:
		return LEG_PRACK_SUPPORTED;

	case PRACK_REQUIRED:
		return LEG_PRACK_REQUIRED;

	default:
		return LEG_PRACK_OFF;
	}
}

struct leg *call_other(const struct call *call, const struct leg *leg)
{
	return leg == call->a ? call->b : call->a;
}

struct media_side *call_side(struct call *call, const struct leg *leg)
{
	return leg == call->a ? &call->side_a : &call->side_b;
}

void call_side_set(struct media_side *side, const char *tag, const struct trunk *trunk, int af)
{
	const struct interface *iface = trunk->interface;
	bool six = af == AF_INET6 ? sa_isset(&iface->media6, SA_ADDR) : !sa_isset(&iface->media4, SA_ADDR);

	str_ncpy(side->tag, tag, sizeof(side->tag));
	side->interface = iface->name;
	side->srtp = trunk->srtp;
	side->laddr = six ? iface->media6 : iface->media4;
	side->laddr_other = six ? iface->media4 : iface->media6;
}

static void call_destructor(void *arg)
{
	struct call *call = arg;

	list_unlink(&call->le);
	hash_unlink(&call->he);
	tmr_cancel(&call->tmr);
	tmr_cancel(&call->attempt.tmr);
	renew_drop(call);
	watch_stop(call);
	charge_drop(call);
	mem_deref(call->attempt.reasons);
	mem_deref(call->attempt.refusal);
	mem_deref(call->attempt.contacts);
	redirect_reset(&call->attempt.redirect);
	mem_deref(call->mod.req);
	mem_deref(call->media);
	mem_deref(call->a);
	mem_deref(call->b);
	mem_deref(call->invite);
	mem_deref(call->answer);
	mem_deref(call->correction);
	mem_deref(call->said);
	mem_deref(call->attempts);
	mem_deref(call->transfer);
	mem_deref(call->refer);
	mem_deref(call->replaced);
	list_unlink(&call->former_le);
	list_clear(&call->formerl);
	mem_deref(call->load_src);
	mem_deref(call->load_dst);
	mem_deref(call->load_account);
	mem_deref(call->cdr);
	mem_deref(call->iface_b);
	mem_deref(call->iface_a);
	mem_deref(call->model);
}

static void destructor(void *arg)
{
	struct calls *cs = arg;

	relay_farm_handlers_set(cs->e->relays, NULL, NULL, NULL);
	tmr_cancel(&cs->tmr_renew);
	tmr_cancel(&cs->tmr_scan);
	subscriptions_close(cs);
	list_flush(&cs->calll);
	hash_flush(cs->ht_load);
	mem_deref(cs->ht_call);
	mem_deref(cs->ht_load);
}

static bool id_handler(struct le *le, void *arg)
{
	const struct call *call = le->data;

	return !pl_strcmp(arg, call->cdr->cdr_id);
}

static struct call *find_by_id(const struct calls *cs, const struct pl *id)
{
	return list_ledata(hash_lookup(cs->ht_call, hash_joaat_pl(id), id_handler, (void *)id));
}

static void quality_record(const struct call *call, const struct pl *event, const struct bval *dict)
{
	struct mbuf *detail = mbuf_alloc(256);
	const char *kind = detail ? quality_event(detail, event, dict) : NULL;
	char *text = NULL;

	if (kind)
		mbuf_set_pos(detail, 0);
	if (kind && !mbuf_strdup(detail, &text, mbuf_get_left(detail)))
		(void)writer_event(call->calls->e->writer, kind, call->cdr->cdr_id, text);

	mem_deref(text);
	mem_deref(detail);
}

/* A session nobody knows is one that a call left behind, perhaps for another relay. */
static void notify_handler(struct relay_client *rc, const struct pl *event, const struct pl *call_id,
			   const struct bval *dict, void *arg)
{
	struct call *call = find_by_id(arg, call_id);

	if (!call || media_relay(call->media) != rc) {
		bwrite_pl(relay_request(rc, "delete"), "call-id", call_id);
		(void)relay_request_send(rc, NULL, NULL, NULL);
	}
	else if (!pl_strcmp(event, "media-timeout")) {
		(void)call_release(call, "media_timeout");
	}
	else {
		quality_record(call, event, dict);
	}
}

static void news_handler(struct relay_client *rc, enum relay_news news, void *arg)
{
	renew_news(arg, rc, news);
}

int calls_alloc(struct calls **csp, struct engine *e)
{
	struct calls *cs;
	int err;

	if (statetable_check(&call_table) || statetable_check(&subscription_table))
		return EINVAL;

	cs = mem_zalloc(sizeof(*cs), destructor);
	if (!cs)
		return ENOMEM;

	cs->e = e;
	err = hash_alloc(&cs->ht_call, CALL_HASH_SIZE);
	err = err ? err : hash_alloc(&cs->ht_load, LOAD_HASH_SIZE);
	if (err) {
		mem_deref(cs);
		return err;
	}

	relay_farm_handlers_set(e->relays, notify_handler, news_handler, cs);
	*csp = cs;

	return 0;
}

void calls_stats(const struct calls *cs, struct call_stats *stats)
{
	*stats = cs->stats;
}

void calls_on_trunk(const struct calls *cs, const char *trunk, struct load_figures *lf)
{
	load_figures(lf, cs->ht_load, "trunk", trunk);
}

struct call *calls_apply(const struct calls *cs, call_each_h *h, void *arg)
{
	struct le *le = list_head(&cs->calll);

	while (le) {
		struct call *call = le->data, *next = list_ledata(le->next);
		bool found, gone;

		mem_ref(next);
		found = h(call, arg);
		/* it went with the other one, where a transfer had tied them together: nobody else holds it */
		gone = mem_nrefs(next) == 1;
		mem_deref(next);
		le = gone ? list_head(&cs->calll) : next ? &next->le : NULL;

		if (found)
			return call;
	}

	return NULL;
}

static bool callid_handler(struct call *call, void *arg)
{
	return !str_cmp(leg_callid(call->a), arg) || !str_cmp(leg_callid(call->b), arg);
}

struct call *calls_find(const struct calls *cs, const char *id)
{
	struct call *call;
	struct pl pl;

	if (!str_isset(id))
		return NULL;

	pl_set_str(&pl, id);
	call = find_by_id(cs, &pl);

	return call ? call : calls_apply(cs, callid_handler, (void *)id);
}

int call_release(struct call *call, const char *tag)
{
	struct call_event_arg ev = {
		.scode = 503,
		.reason = "Service Unavailable",
		.tag = tag,
		.disposition = CDR_FAILED,
		.released_by = CDR_TANDEM,
	};

	return call_step(call, CALL_EV_RELEASE, &ev);
}

static int call_alloc(struct call **callp, const struct call_opening *o)
{
	struct call *call;
	int err;

	call = mem_zalloc(sizeof(*call), call_destructor);
	if (!call)
		return ENOMEM;

	call->calls = o->cs;
	call->model = mem_ref(o->model);
	call->iface_a = mem_ref(o->iface);
	call->src = o->src;
	call->trunk_a = o->trunk_a;
	call->invite = mem_ref((void *)o->msg);
	call->start_ms = clock_mono_ms();

	err = record_open(call, o->msg);
	if (!err && o->former)
		err = cdr_set_str(&call->cdr->transfer_of, o->former->cdr->cdr_id);
	if (!err && o->joined)
		err = cdr_set_str(&call->cdr->account, NULL);
	if (err) {
		mem_deref(call);
		return err;
	}

	*callp = call;

	return 0;
}

static void enlist(struct calls *cs, struct call *call)
{
	list_append(&cs->calll, &call->le, call);
	hash_append(cs->ht_call, hash_joaat_str(call->cdr->cdr_id), &call->he, call);
	++cs->stats.active;
	++cs->stats.attempts;
}

static const char *no_record(int err)
{
	switch (err) {
	case ENOSPC:
		return "the spool is full: free the disk of the data folder";
	case EIO:
		return "neither tandem.db nor the spool can be written: check the disk of the data folder";
	default:
		return "out of memory";
	}
}

int call_open(struct call **callp, const struct call_opening *o)
{
	struct call *call = NULL;
	int err;

	err = call_alloc(&call, o);
	err = err ? err : writer_call_open(o->cs->e->writer, call->cdr);
	if (err) {
		log_peer(LOG_ERROR, "a call cannot be recorded (%s); refused", no_record(err));
		mem_deref(call);
		return err;
	}

	enlist(o->cs, call);
	trace_caller(call, &o->msg->callid);
	*callp = call;

	return 0;
}

static void unavailable(struct iface *iface, const struct sip_msg *msg)
{
	(void)sip_treplyf(NULL, NULL, stack_sip(iface_stack(iface)), msg, false, 503, "Service Unavailable",
			  "Retry-After: 10\r\nContent-Length: 0\r\n\r\n");
}

void call_incoming(struct calls *cs, struct iface *iface, const struct trunk *trunk, struct model *model,
		   const struct sip_msg *msg)
{
	const struct call_opening o =
		{.cs = cs, .iface = iface, .src = trunk, .trunk_a = trunk, .model = model, .msg = msg};
	struct call *call = NULL;
	int err;

	if (call_open(&call, &o)) {
		unavailable(iface, msg);
		return;
	}

	log_debug("call %s: from trunk %s (%J) to %r, Call-ID %r", call->cdr->cdr_id, trunk->name, &msg->src,
		  &msg->uri.user, &msg->callid);

	err = leg_incoming(&call->a, iface_stack(iface), msg, call_prack(trunk->prack_in), &call_a_handlers,
			   call);
	if (err == EBADMSG) {
		call_refuse(call, 400, "Bad Request", "malformed");
		return;
	}
	if (err) {
		unavailable(iface, msg);
		call_refuse(call, 503, "Service Unavailable", "out_of_memory");
		return;
	}

	leg_tls_set(call->a, trunk->tls);
	leg_session_set(call->a, &trunk->session);
	leg_allow_set(call->a, trunk->allow);
	(void)call_step(call, CALL_EV_START, NULL);
}
