/**
 * @file content.c  Extra headers and body of a message
 */
#include <re.h>
#include "content.h"
#include "header.h"

const struct pl content_sdp_type = PL("application/sdp");

struct content content_sdp(const struct pl *sdp)
{
	struct content c = {PL_INIT, PL_INIT, PL_INIT};

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
	struct content c = {PL_INIT, PL_INIT, PL_INIT};
	const struct sip_hdr *hdr = sip_msg_hdr(msg, SIP_HDR_CONTENT_TYPE);
	struct pl body = body_of(msg);

	if (!hdr || !body.l)
		return c;

	c.type = hdr->val;
	c.body = body;

	return c;
}

struct pl content_sdp_of(const struct sip_msg *msg)
{
	struct pl body = body_of(msg);

	if (msg_ctype_cmp(&msg->ctyp, "application", "sdp") && body.l)
		return body;

	return pl_null;
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

	err |= re_hprintf(pf, "Content-Type: %H\r\nContent-Length: %zu\r\n\r\n", header_print_clean, &c->type,
			  c->body.l);

	return err | pf->vph(c->body.p, c->body.l, pf->arg);
}
