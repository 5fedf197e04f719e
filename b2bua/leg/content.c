/**
 * @file content.c  Extra headers and body of a message
 */
#include <re.h>
#include "content.h"
#include "header.h"
#include "parts.h"

const struct pl content_sdp_type = PL("application/sdp");
const char content_accepted[] = "Accept: application/sdp, multipart/mixed\r\nAccept-Encoding: identity\r\n";

struct content content_sdp(const struct pl *sdp)
{
	struct content c = {.around = NULL};

	if (pl_isset(sdp)) {
		c.type = content_sdp_type;
		c.body = *sdp;
	}

	return c;
}

/* Bytes of a datagram beyond Content-Length are no part of the message (RFC 3261 18.3). */
static struct pl body_of(const struct sip_msg *msg)
{
	struct pl body;

	pl_set_mbuf(&body, msg->mb);

	if (pl_isset(&msg->clen) && pl_u32(&msg->clen) < body.l)
		body.l = pl_u32(&msg->clen);

	return body;
}

struct content content_of(const struct sip_msg *msg)
{
	struct content c = {.around = NULL};
	const struct sip_hdr *hdr = sip_msg_hdr(msg, SIP_HDR_CONTENT_TYPE);
	struct pl body = body_of(msg);

	if (!hdr || !body.l)
		return c;

	c.type = hdr->val;
	c.body = body;

	return c;
}

static bool is_multipart(const struct sip_msg *msg)
{
	return !pl_strcasecmp(&msg->ctyp.type, "multipart");
}

static int parts_of(struct pl *sdp, const struct sip_msg *msg)
{
	const struct content c = content_of(msg);

	*sdp = pl_null;

	return pl_isset(&c.type) ? parts_find(sdp, &c.type, &c.body) : 0;
}

struct pl content_sdp_of(const struct sip_msg *msg)
{
	struct pl body = body_of(msg), sdp;

	if (msg_ctype_cmp(&msg->ctyp, "application", "sdp") && body.l)
		return body;

	return is_multipart(msg) && !parts_of(&sdp, msg) ? sdp : pl_null;
}

struct content content_around(const struct pl *sdp, const struct sip_msg *msg)
{
	struct content c = content_sdp(sdp);
	struct pl theirs;

	if (pl_isset(sdp) && msg && is_multipart(msg) && !parts_of(&theirs, msg) && pl_isset(&theirs))
		c.around = msg;

	return c;
}

/* A session is described by SDP alone; what else there is goes beside it. */
static bool is_strange(const struct sip_msg *msg)
{
	return !pl_strcmp(&msg->met, "INVITE") && content_of(msg).body.l && !content_sdp_of(msg).l;
}

uint16_t content_refusal(const struct sip_msg *msg, const char **reason)
{
	const struct sip_hdr *encoding = sip_msg_hdr(msg, SIP_HDR_CONTENT_ENCODING);
	struct pl sdp;
	int err;

	*reason = "Unsupported Media Type";
	if (!is_multipart(msg) && !content_sdp_of(msg).l)
		return is_strange(msg) ? 415 : 0;

	if (encoding && pl_strcasecmp(&encoding->val, "identity"))
		return 415;

	if (!is_multipart(msg))
		return 0;

	err = parts_of(&sdp, msg);
	if (err == EBADMSG)
		*reason = "Malformed Multipart Body";

	return !err ? 0 : err == EBADMSG ? 400 : 415;
}

static int around_print(struct re_printf *pf, const struct content *c)
{
	const struct content whole = content_of(c->around);
	struct mbuf *mb = mbuf_alloc(1024);
	int err;

	if (!mb)
		return ENOMEM;

	err = parts_print(mb, &whole.type, &whole.body, &c->body);
	err = err ? err
		  : re_hprintf(pf, "Content-Type: %H\r\nContent-Length: %zu\r\n\r\n", header_print_clean,
			       &whole.type, mb->end);
	err = err ? err : pf->vph((const char *)mb->buf, mb->end, pf->arg);
	mem_deref(mb);

	return err;
}

struct pl content_sdp_in(const struct content *c)
{
	return c && !pl_cmp(&c->type, &content_sdp_type) ? c->body : pl_null;
}

/* A range of media types in an Accept header (RFC 3261 20.1). */
static bool takes_sdp(const struct sip_hdr *hdr, const struct sip_msg *msg, void *arg)
{
	static const char *const rangev[] = {"application/sdp", "application/*", "*/*"};
	struct pl range;

	(void)msg;
	(void)arg;
	if (re_regex(hdr->val.p, hdr->val.l, "[^; \t\r\n]+", &range))
		return false;

	for (size_t i = 0; i < ARRAY_SIZE(rangev); i++)
		if (!pl_strcasecmp(&range, rangev[i]))
			return true;

	return false;
}

bool content_sdp_accepted(const struct sip_msg *msg)
{
	return !sip_msg_hdr(msg, SIP_HDR_ACCEPT) ||
	       sip_msg_hdr_apply(msg, true, SIP_HDR_ACCEPT, takes_sdp, NULL);
}

int content_print(struct re_printf *pf, const struct content *c)
{
	int err = 0;

	if (c && pl_isset(&c->hdrs))
		err |= re_hprintf(pf, "%r", &c->hdrs);

	if (!c || !pl_isset(&c->type))
		return err | re_hprintf(pf, "Content-Length: 0\r\n\r\n");

	if (c->around)
		return err | around_print(pf, c);

	err |= re_hprintf(pf, "Content-Type: %H\r\nContent-Length: %zu\r\n\r\n", header_print_clean, &c->type,
			  c->body.l);

	return err | pf->vph(c->body.p, c->body.l, pf->arg);
}
