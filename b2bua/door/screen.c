/**
 * @file screen.c  Screening of requests
 */
#include <re.h>
#include "log.h"
#include "../call/call.h"
#include "../leg/content.h"
#include "../leg/header.h"
#include "../leg/stack.h"
#include "fault.h"
#include "screen.h"

/* What is answered at the door keeps no transaction: a flood of strangers must not fill the memory with
 * transactions that last 32 s each (RFC 3261 8.2.7 allows it). */
static void options_answer(const struct door *d, struct sip *sip, const struct sip_msg *msg)
{
	if (header_refuse_required(sip, msg, 0))
		return;

	/* who probes us with OPTIONS looks for another node before calls fail */
	if (door_engine(d)->draining) {
		(void)sip_replyf(sip, msg, 503, "Service Unavailable",
				 "Retry-After: 10\r\nContent-Length: 0\r\n\r\n");
		return;
	}

	(void)sip_replyf(sip, msg, 200, "OK",
			 "Allow: %s\r\n%sAccept-Language: en\r\nSupported: 100rel, timer\r\nContent-Length: "
			 "0\r\n\r\n",
			 stack_allow, content_accepted);
}

/* Methods that there are (RFC 3261 21.4.6); what is none of them is not implemented by anybody (21.5.2). */
static bool method_is_known(const struct pl *met)
{
	static const char *const metv[] = {
		"REGISTER", "SUBSCRIBE", "NOTIFY", "PUBLISH", "REFER", "MESSAGE",
	};

	for (size_t i = 0; i < ARRAY_SIZE(metv); i++)
		if (!pl_strcmp(met, metv[i]))
			return true;

	return false;
}

/* These are nothing without a dialog, so there is one that we do not know. */
static bool method_needs_dialog(const struct pl *met)
{
	static const char *const metv[] = {"CANCEL", "BYE", "PRACK", "UPDATE", "INFO"};

	for (size_t i = 0; i < ARRAY_SIZE(metv); i++)
		if (!pl_strcmp(met, metv[i]))
			return true;

	return false;
}

static void method_refuse(struct sip *sip, const struct trunk *trunk, const struct sip_msg *msg)
{
	const bool known = method_is_known(&msg->met);
	const char *more = trunk ? trunk->methods_outside : "";

	(void)sip_replyf(sip, msg, known ? 405 : 501, known ? "Method Not Allowed" : "Not Implemented",
			 "Allow: %s%s%s\r\nContent-Length: 0\r\n\r\n", stack_allow, *more ? ", " : "", more);
}

/* RFC 3261 8.1.1.6: absent counts as 70. */
static bool hops_left(const struct sip_msg *msg)
{
	return !pl_isset(&msg->maxfwd) || pl_u32(&msg->maxfwd) > 0;
}

static bool scheme_is_known(const struct uri *uri)
{
	return !pl_strcasecmp(&uri->scheme, "sip") || !pl_strcasecmp(&uri->scheme, "sips") ||
	       !pl_strcasecmp(&uri->scheme, "tel");
}

static void refuse_unknown(struct door *d, struct sip *sip, const struct model *m, const struct sip_msg *msg)
{
	door_count(d, DOOR_UNKNOWN);
	log_peer(LOG_WARN,
		 "INVITE from %J: no trunk of this interface matches it; refused. Add its address to a "
		 "trunk's \"match\"",
		 &msg->src);

	if (m->refuse_unknown)
		(void)sip_reply(sip, msg, 403, "Forbidden");
}

static bool is_media_port(const struct engine *e, const struct model *m, const struct sip_msg *msg)
{
	const uint16_t port = sa_port(&msg->src);

	return msg->tp == SIP_TRANSP_UDP && port >= e->cfg->rtp_port_min && port <= e->cfg->rtp_port_max &&
	       model_has_media(m, &msg->src);
}

static bool names_port(const struct trunk *trunk, uint16_t port)
{
	for (size_t i = 0; i < trunk->matchc; i++)
		if (sa_port(&trunk->matchv[i].addr) == port)
			return true;

	return false;
}

/*
 * A party may name our own listener as its media address, and its other party write what the relay sends there: in a
 * fax any bytes. So nobody is a trunk at a media port of ours by the address alone.
 */
static const struct trunk *trunk_of(const struct iface *iface, const struct model *m,
				    const struct sip_msg *msg)
{
	const struct trunk *trunk = model_match(m, iface_name(iface), &msg->src);

	if (trunk && is_media_port(door_engine(iface_door(iface)), m, msg) &&
	    !names_port(trunk, sa_port(&msg->src)))
		return NULL;

	return trunk;
}

static void invite(struct iface *iface, const struct sip_msg *msg)
{
	struct door *d = iface_door(iface);
	struct engine *e = door_engine(d);
	struct model *m = store_model(e->store);
	const struct trunk *trunk = trunk_of(iface, m, msg);

	if (!trunk || !trunk->enabled) {
		refuse_unknown(d, stack_sip(iface_stack(iface)), m, msg);
		return;
	}

	call_incoming(e->calls, iface, trunk, m, msg);
}

/* What needs no call crosses where both trunks let it. */
static void outside(struct iface *iface, const struct sip_msg *msg)
{
	struct door *d = iface_door(iface);
	struct engine *e = door_engine(d);
	struct model *m = store_model(e->store);
	const struct trunk *trunk = trunk_of(iface, m, msg);

	if (trunk && trunk->enabled && calls_outside(e->calls, iface, trunk, m, msg))
		return;

	door_count(d, DOOR_METHOD);
	method_refuse(stack_sip(iface_stack(iface)), trunk, msg);
}

static void in_dialog(struct iface *iface, const struct sip_msg *msg)
{
	if (stack_request(iface_stack(iface), msg))
		return;

	door_count(iface_door(iface), DOOR_STRAY);
	if (pl_strcmp(&msg->met, "ACK"))
		(void)sip_reply(stack_sip(iface_stack(iface)), msg, 481, "Call/Transaction Does Not Exist");
}

void screen_request(struct iface *iface, const struct sip_msg *msg)
{
	struct sip *sip = stack_sip(iface_stack(iface));
	struct door *d = iface_door(iface);
	const char *reason = fault_of(msg);
	bool ack = !pl_strcmp(&msg->met, "ACK");

	if (reason) {
		door_count(d, DOOR_MALFORMED);
		log_peer(LOG_INFO, "%r from %J: %s; refused with 400", &msg->met, &msg->src, reason);
		if (!ack)
			(void)sip_reply(sip, msg, 400, reason);
		return;
	}

	if (ack || pl_isset(&msg->to.tag)) {
		in_dialog(iface, msg);
		return;
	}

	if (!pl_strcmp(&msg->met, "INVITE")) {
		invite(iface, msg);
		return;
	}

	if (!hops_left(msg)) {
		door_count(d, DOOR_HOPS);
		(void)sip_reply(sip, msg, 483, "Too Many Hops");
		return;
	}

	if (!scheme_is_known(&msg->uri)) {
		(void)sip_reply(sip, msg, 416, "Unsupported URI Scheme");
		return;
	}

	if (!pl_strcmp(&msg->met, "OPTIONS")) {
		options_answer(d, sip, msg);
		return;
	}

	if (method_needs_dialog(&msg->met)) {
		door_count(d, DOOR_STRAY);
		(void)sip_reply(sip, msg, 481, "Call/Transaction Does Not Exist");
		return;
	}

	outside(iface, msg);
}
