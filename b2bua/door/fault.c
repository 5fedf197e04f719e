/**
 * @file fault.c  What is wrong with a request's framing
 */
#include <string.h>
#include <re.h>
#include "../leg/header.h"
#include "fault.h"

static bool scheme_is_sip(const struct uri *uri)
{
	return !pl_strcasecmp(&uri->scheme, "sip") || !pl_strcasecmp(&uri->scheme, "sips");
}

enum {
	HOPS_MAX = 255,         /* RFC 3261 20.22 */
	CSEQ_MAX = 0x7fffffff,  /* 8.1.1.5 */
	LENGTH_MAX = 0xfffffff, /* more than any body that reaches us */
};

/* A URI of ours to be: without what would end it in a header. An addr-spec may have blanks behind it. */
static bool addr_is_sound(const struct sip_taddr *addr)
{
	struct pl uri = addr->auri;
	bool quoted = false;

	if (!pl_isset(&uri))
		return false;

	while (uri.p[-1] != '<' && uri.l && strchr(" \t\r\n", uri.p[uri.l - 1]))
		--uri.l;

	for (size_t i = 0; i < addr->val.l; i++) {
		if (quoted && addr->val.p[i] == '\\')
			++i;
		else if (addr->val.p[i] == '"')
			quoted = !quoted;
	}

	return !quoted && header_uri_is_plain(&uri);
}

/* An IPv6 address stands in brackets (RFC 5118 4.2): a host has one colon behind it, that of its port. */
static bool host_is_sound(const struct sip_msg *msg)
{
	struct pl rest = msg->ruri;
	const char *at = memchr(rest.p, '@', rest.l);
	size_t colons = 0;

	pl_advance(&rest, (ssize_t)(at ? (size_t)(at + 1 - rest.p) : msg->uri.scheme.l + 1));
	if (!pl_isset(&msg->uri.host) || !rest.l || *rest.p == '[')
		return true;

	for (size_t i = 0; i < rest.l && rest.p[i] != ';'; i++)
		colons += rest.p[i] == ':';

	return colons <= 1;
}

/* Digits that say no more than `max`. */
static bool is_number(const struct pl *pl, uint64_t max)
{
	uint64_t n = 0;

	for (size_t i = 0; i < pl->l; i++) {
		if (pl->p[i] < '0' || pl->p[i] > '9')
			return false;

		n = n * 10 + (uint64_t)(pl->p[i] - '0');
		if (n > max)
			return false;
	}

	return pl->l > 0;
}

static bool cseq_is_sound(const struct sip_msg *msg)
{
	const struct sip_hdr *hdr = sip_msg_hdr(msg, SIP_HDR_CSEQ);
	struct pl num;

	if (!hdr || !pl_isset(&msg->cseq.met))
		return false;

	return !re_regex(hdr->val.p, hdr->val.l, "[^ \t\r\n]+", &num) && is_number(&num, CSEQ_MAX);
}

static bool is_repeated(const struct sip_msg *msg, enum sip_hdrid id)
{
	return sip_msg_hdr(msg, id) != sip_msg_hdr_apply(msg, false, id, NULL, NULL);
}

/* A header that may stand once, and stands again with another value, is read by everyone as he likes. */
static const char *repeated(const struct sip_msg *msg)
{
	static const struct {
		enum sip_hdrid id;
		const char *reason;
	} v[] = {
		{SIP_HDR_FROM, "Repeated From"},
		{SIP_HDR_TO, "Repeated To"},
		{SIP_HDR_CALL_ID, "Repeated Call-ID"},
		{SIP_HDR_CSEQ, "Repeated CSeq"},
		{SIP_HDR_MAX_FORWARDS, "Repeated Max-Forwards"},
		{SIP_HDR_CONTENT_LENGTH, "Repeated Content-Length"},
		{SIP_HDR_CONTENT_TYPE, "Repeated Content-Type"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++)
		if (is_repeated(msg, v[i].id))
			return v[i].reason;

	return NULL;
}

static const char *scalar_fault(const struct sip_msg *msg)
{
	if (!cseq_is_sound(msg))
		return "Missing or Malformed CSeq";
	if (pl_cmp(&msg->cseq.met, &msg->met))
		return "CSeq Method Does Not Match";
	if (pl_isset(&msg->maxfwd) && !is_number(&msg->maxfwd, HOPS_MAX))
		return "Malformed Max-Forwards";
	if (pl_isset(&msg->clen) && !is_number(&msg->clen, LENGTH_MAX))
		return "Malformed Content-Length";
	if (pl_isset(&msg->clen) && pl_u32(&msg->clen) > mbuf_get_left(msg->mb))
		return "Content-Length Exceeds Body";

	return NULL;
}

/* What a dialog keeps is kept as strings: NUL, which a quoted text may hold, would end them. */
static bool holds_nul(const struct sip_msg *msg)
{
	const bool dialog = pl_isset(&msg->to.tag) || !pl_strcmp(&msg->met, "INVITE");

	return dialog && msg->mb->pos && memchr(msg->mb->buf, '\0', msg->mb->pos);
}

const char *fault_of(const struct sip_msg *msg)
{
	const char *reason = repeated(msg);

	if (reason)
		return reason;
	if (!pl_isset(&msg->via.sentby))
		return "Missing or Malformed Via";
	if (!pl_isset(&msg->via.branch))
		return "Missing Via Branch";
	if (!pl_isset(&msg->callid))
		return "Missing Call-ID";
	if (!header_uri_is_plain(&msg->ruri) || (scheme_is_sip(&msg->uri) && !host_is_sound(msg)))
		return "Malformed Request-URI";
	if (pl_isset(&msg->uri.headers))
		return "Headers in Request-URI";
	if (!pl_isset(&msg->from.tag) || !addr_is_sound(&msg->from))
		return "Missing or Malformed From";
	if (!addr_is_sound(&msg->to))
		return "Missing or Malformed To";
	if (holds_nul(msg))
		return "NUL in a Header";

	return scalar_fault(msg);
}
