/**
 * @file record.c  What a call leaves in its CDR, at its beginning and at its end
 */
#include <re.h>
#include "wheel.h"
#include "../leg/header.h"
#include "../route/number.h"
#include "core.h"

/* Who was called by whom, before anything can go wrong. */
int record_open(struct call *call, const struct sip_msg *msg)
{
	const struct sip_hdr *ua = sip_msg_hdr(msg, SIP_HDR_USER_AGENT);
	struct pl caller = number_user(&msg->from.uri), callee = number_user(&msg->uri),
		  icid = header_icid(msg);
	char number[NUMBER_SIZE], addr[64];
	struct cdr *cdr;
	int err;

	err = cdr_alloc(&call->cdr, call->calls->e->cfg->node);
	if (err)
		return err;

	cdr = call->cdr;
	cdr->start_us = clock_wall_us();
	err = cdr_set(&cdr->a_call_id, &msg->callid);
	err |= cdr_set_str(&cdr->src_trunk, call->src->name);
	err |= cdr_set_str(&cdr->account, call->src->account ? call->src->account->name : NULL);
	err |= cdr_set(&cdr->caller_in, &caller);
	err |= cdr_set(&cdr->callee_in, &callee);
	number_normalise(number, &caller);
	err |= cdr_set_str(&cdr->caller, number);
	number_normalise(number, &callee);
	err |= cdr_set_str(&cdr->callee, number);
	(void)re_snprintf(addr, sizeof(addr), "%J", &msg->src);
	err |= cdr_set_str(&cdr->a_src, addr);
	if (ua)
		err |= cdr_set(&cdr->a_user_agent, &ua->val);
	if (pl_isset(&icid))
		err |= cdr_set(&cdr->icid, &icid);

	return err;
}

int64_t record_time_us(const struct call *call, uint64_t at_ms)
{
	return call->cdr->start_us + (int64_t)(at_ms - call->start_ms) * 1000;
}

static int64_t span(uint64_t from, uint64_t to)
{
	return from && to >= from ? (int64_t)(to - from) : -1;
}

void record_peer(struct call *call)
{
	char addr[64];

	if (!call->b || !sa_isset(leg_peer(call->b), SA_ADDR))
		return;

	(void)re_snprintf(addr, sizeof(addr), "%J", leg_peer(call->b));
	(void)cdr_set_str(&call->cdr->b_dst, addr);
}

void record_close(struct call *call, const struct cdr_media *a, const struct cdr_media *b)
{
	const uint64_t rung = call->ring_ms ? call->ring_ms : call->answer_ms;
	struct cdr *cdr = call->cdr;

	cdr->a = *a;
	cdr->b = *b;
	cdr->pdd_ms = span(call->start_ms, rung);
	cdr->ring_ms = span(call->ring_ms, call->answer_ms ? call->answer_ms : call->end_ms);
	cdr->duration_ms = span(call->answer_ms, call->end_ms);
	cdr->disposition = call->answer_ms ? CDR_ANSWERED : call->end.disposition;
	cdr->sip_code = call->answer_ms ? 200 : call->end.scode;
	cdr->released_by = call->end.released_by;
	(void)cdr_set_str(&cdr->release_tag, call->end.tag);

	if (media_relay(call->media))
		(void)cdr_set_str(&cdr->relay, relay_name(media_relay(call->media)));

	record_peer(call);

	if (call->attempts && call->attempts->end && !mbuf_write_str(call->attempts, "]")) {
		struct pl pl = {(const char *)call->attempts->buf, call->attempts->end};

		(void)cdr_set(&cdr->attempts, &pl);
	}
}
