/**
 * @file session_timer.c  Session timer of one leg (RFC 4028)
 */
#include <re.h>
#include "log.h"
#include "wheel.h"
#include "core.h"

enum {
	MIN_SE_S = 90, /* where none is said (RFC 4028 5) */
	EXPIRES_MAX_S = 86400,
	AHEAD_MAX_S = 32, /* the BYE leaves so long before the session ends, at most a third of it (10) */
	BUSY_MS = 1000,   /* another request is under way */
	RETRY_MS = 5000,
	DIGITS_MAX = 9,
};

static void timeout(void *arg);

/* ------------------------------------------------------------------ headers */

int session_expires_decode(struct session_expires *se, const struct pl *val)
{
	struct pl digits, params, who;

	if (re_regex(val->p, val->l, "[0-9]+[ \t]*[^]*", &digits, NULL, &params) || digits.p != val->p ||
	    digits.l > DIGITS_MAX || (pl_isset(&params) && params.p[0] != ';'))
		return EBADMSG;

	se->seconds = pl_u32(&digits);
	se->refresher = SESSION_ANY;

	if (!msg_param_decode(&params, "refresher", &who)) {
		if (!pl_strcasecmp(&who, "uac"))
			se->refresher = SESSION_UAC;
		else if (!pl_strcasecmp(&who, "uas"))
			se->refresher = SESSION_UAS;
	}

	return 0;
}

static bool header_read(struct session_expires *se, const struct sip_msg *msg, enum sip_hdrid id)
{
	const struct sip_hdr *hdr = sip_msg_hdr(msg, id);

	return hdr && !session_expires_decode(se, &hdr->val);
}

uint32_t session_refusal(const struct session_policy *policy, const struct sip_msg *msg)
{
	struct session_expires se;

	if (policy->use == SESSION_OFF || !header_read(&se, msg, SIP_HDR_SESSION_EXPIRES))
		return 0;

	/* 422 means nothing to who does not know it: a proxy asked for it */
	return se.seconds < policy->min_se_s && sip_msg_hdr_has_value(msg, SIP_HDR_SUPPORTED, "timer")
		       ? policy->min_se_s
		       : 0;
}

/* ------------------------------------------------------------------ the clock */

static void arm(struct leg *leg)
{
	struct session_timer *st = &leg->session;
	const uint64_t whole_ms = (uint64_t)st->expires_s * 1000;

	if (!st->expires_s) {
		if (st->policy.probe_s)
			tmr_start(&st->tmr, (uint64_t)st->policy.probe_s * 1000, timeout, leg);
		else
			tmr_cancel(&st->tmr);
		return;
	}

	st->over_ms = clock_mono_ms() + whole_ms - MIN(whole_ms / 3, (uint64_t)AHEAD_MAX_S * 1000);
	tmr_start(&st->tmr, st->ours ? whole_ms / 2 : st->over_ms - clock_mono_ms(), timeout, leg);
}

static uint64_t left_ms(const struct session_timer *st)
{
	const uint64_t now = clock_mono_ms();

	return st->over_ms > now ? st->over_ms - now : 0;
}

static void again(struct leg *leg, uint64_t ms)
{
	tmr_start(&leg->session.tmr, MIN(ms, left_ms(&leg->session)), timeout, leg);
}

void session_stop(struct leg *leg)
{
	tmr_cancel(&leg->session.tmr);
}

/* ------------------------------------------------------------------ refresh */

static void refresh_send(struct leg *leg)
{
	const bool update = leg_peer_allows(leg, "UPDATE") || !leg->exchange.ours;
	struct content c = content_sdp(&pl_null);
	char *sdp = update ? NULL : mem_ref(leg->exchange.ours);
	struct pl pl;
	int err;

	if (sdp) {
		pl_set_str(&pl, sdp);
		c = content_sdp(&pl);
	}

	leg->session.refreshing = true;
	err = leg_modify(leg, update ? "UPDATE" : "INVITE", &c);
	leg->session.refreshing = !err;
	again(leg, err == EINPROGRESS ? BUSY_MS : err ? RETRY_MS : left_ms(&leg->session));
	mem_deref(sdp);
}

/* RFC 3261 14.1: who owns the Call-ID waits longer. */
static uint64_t glare_ms(const struct leg *leg)
{
	return leg->uac ? 2100 + rand_u32() % 1900 : rand_u32() % 2000;
}

void session_refreshed(struct leg *leg, int err, const struct sip_msg *msg)
{
	struct session_timer *st = &leg->session;
	const uint16_t scode = msg ? msg->scode : 0;

	st->refreshing = false;
	if (err || scode < 300 || leg->state != LEG_UP || !st->expires_s)
		return;

	if (scode == 491) {
		again(leg, glare_ms(leg));
	}
	else if ((scode == 405 || scode == 501) && !pl_strcmp(&msg->cseq.met, "UPDATE")) {
		leg->allow &= ~out_method_bit(&msg->cseq.met);
		again(leg, 0);
	}
	else {
		again(leg, RETRY_MS);
	}
}

static void probed(int err, const struct sip_msg *msg, void *arg)
{
	struct leg *leg = arg;

	(void)err;
	(void)msg;
	leg->session.probing = false;
}

static void timeout(void *arg)
{
	struct leg_event_arg over = {.err = ETIME};
	struct leg *leg = arg;
	struct session_timer *st = &leg->session;

	if (leg->state == LEG_ANSWERED) { /* its ACK has a clock of its own */
		tmr_start(&st->tmr, BUSY_MS, timeout, leg);
	}
	else if (leg->state != LEG_UP) {
		return;
	}
	else if (!st->expires_s) {
		if (!st->probing)
			st->probing = !leg_send(leg, "OPTIONS", NULL, probed, leg);
		arm(leg);
	}
	else if (!left_ms(st)) {
		log_peer(LOG_INFO, "call %s: %J sent no refresh in time, or took none: the session is over",
			 leg->dlg.callid, &leg->peer);
		(void)leg_step(leg, LEG_EV_LOST, &over);
	}
	else {
		refresh_send(leg);
	}
}

/* ------------------------------------------------------------------ our requests */

static uint32_t wanted_s(const struct session_timer *st)
{
	const uint32_t s = st->expires_s                       ? st->expires_s
			   : st->policy.use == SESSION_REQUEST ? st->policy.expires_s
							       : 0;

	return s ? MAX(s, st->peer_min_s) : 0;
}

bool session_shows(const struct leg *leg, const char *met)
{
	if (leg->session.policy.use == SESSION_OFF)
		return false;

	return !str_cmp(met, "INVITE") || (!str_cmp(met, "UPDATE") && leg->state == LEG_UP);
}

bool session_asks(const struct leg *leg, const char *met)
{
	return session_shows(leg, met) && wanted_s(&leg->session);
}

int session_print_request(struct mbuf *mb, const struct leg *leg, const char *met)
{
	const struct session_timer *st = &leg->session;
	const uint32_t min_s = MAX(st->policy.min_se_s, st->peer_min_s);
	int err = 0;

	if (session_asks(leg, met))
		err = mbuf_printf(mb, "Session-Expires: %u%s\r\n", wanted_s(st),
				  !st->expires_s ? ""
				  : st->ours     ? ";refresher=uac"
						 : ";refresher=uas");
	if (session_shows(leg, met) && min_s > MIN_SE_S)
		err |= mbuf_printf(mb, "Min-SE: %u\r\n", min_s);

	return err;
}

bool session_raise(struct leg *leg, const struct sip_msg *msg)
{
	struct session_timer *st = &leg->session;
	struct session_expires min;

	if (!header_read(&min, msg, SIP_HDR_MIN_SE) || min.seconds <= wanted_s(st) ||
	    min.seconds > EXPIRES_MAX_S)
		return false;

	st->peer_min_s = min.seconds;

	return true;
}

void session_learn(struct leg *leg, const struct sip_msg *msg)
{
	struct session_timer *st = &leg->session;
	struct session_expires se;

	st->known = sip_msg_hdr_has_value(msg, SIP_HDR_REQUIRE, "timer") ||
		    sip_msg_hdr_has_value(msg, SIP_HDR_SUPPORTED, "timer");
	st->expires_s = 0;

	if (st->policy.use != SESSION_OFF && header_read(&se, msg, SIP_HDR_SESSION_EXPIRES)) {
		st->expires_s = MIN(MAX(se.seconds, st->policy.min_se_s), (uint32_t)EXPIRES_MAX_S);
		st->ours = se.refresher != SESSION_UAS;
	}

	arm(leg);
}

/* ------------------------------------------------------------------ the peer's requests */

/* Table 2 of RFC 4028: who does not know timers is refreshed, who does as it asks, or by its own hand. */
static bool is_ours(const struct session_timer *st, enum session_refresher asked)
{
	return !st->known || asked == SESSION_UAS;
}

void session_agree(struct leg *leg, const struct sip_msg *msg)
{
	struct session_timer *st = &leg->session;
	struct session_expires se = {0, SESSION_UAS}, min;

	if (header_read(&min, msg, SIP_HDR_MIN_SE))
		st->peer_min_s = MIN(min.seconds, (uint32_t)EXPIRES_MAX_S);

	st->known = sip_msg_hdr_has_value(msg, SIP_HDR_SUPPORTED, "timer") ||
		    sip_msg_hdr_has_value(msg, SIP_HDR_REQUIRE, "timer");
	st->expires_s = 0;

	if (st->policy.use == SESSION_OFF) {
		arm(leg);
		return;
	}

	if (!header_read(&se, msg, SIP_HDR_SESSION_EXPIRES) && st->known && st->policy.use == SESSION_REQUEST)
		se.seconds = MAX(st->policy.expires_s, st->peer_min_s);

	if (se.seconds) {
		st->expires_s = MIN(MAX(se.seconds, st->policy.min_se_s), (uint32_t)EXPIRES_MAX_S);
		st->ours = is_ours(st, se.refresher);
	}

	arm(leg);
}

int session_print_response(struct re_printf *pf, const struct leg *leg)
{
	const struct session_timer *st = &leg->session;
	int err;

	if (st->policy.use == SESSION_OFF)
		return 0;

	err = re_hprintf(pf, "Supported: timer\r\n");
	if (st->expires_s)
		err |= re_hprintf(pf, "%sSession-Expires: %u;refresher=%s\r\n",
				  st->known ? "Require: timer\r\n" : "", st->expires_s,
				  st->ours ? "uas" : "uac");

	return err;
}
