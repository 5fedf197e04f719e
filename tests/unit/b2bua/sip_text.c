/**
 * @file sip_text.c  SIP messages written in a test as they look on the wire
 */
#include <re.h>
#include "sip_text.h"

static struct mbuf *with_crlf(const char *text)
{
	struct mbuf *mb = mbuf_alloc(1024);

	for (; *text; text++) {
		if (*text == '\n')
			(void)mbuf_write_u8(mb, '\r');
		(void)mbuf_write_u8(mb, (uint8_t)*text);
	}

	mb->pos = 0;

	return mb;
}

static struct mbuf *bytes_of(const char *fmt, va_list ap)
{
	struct mbuf *mb = NULL;
	char *text = NULL;

	if (!re_vsdprintf(&text, fmt, ap))
		mb = with_crlf(text);
	mem_deref(text);

	return mb;
}

struct mbuf *sip_text_bytes(const char *fmt, ...)
{
	struct mbuf *mb;
	va_list ap;

	va_start(ap, fmt);
	mb = bytes_of(fmt, ap);
	va_end(ap);

	return mb;
}

struct sip_msg *sip_text(const char *fmt, ...)
{
	struct sip_msg *msg = NULL;
	struct mbuf *mb;
	va_list ap;

	va_start(ap, fmt);
	mb = bytes_of(fmt, ap);
	va_end(ap);

	if (!sip_msg_decode(&msg, mb)) {
		(void)sa_set_str(&msg->src, "192.0.2.1", 5070);
		(void)sa_set_str(&msg->dst, "192.0.2.9", 5060);
		msg->tp = SIP_TRANSP_UDP;
	}
	mem_deref(mb);

	return msg;
}

const char *sip_text_of(const struct mbuf *mb)
{
	static char text[4096];
	struct pl pl = {(const char *)mb->buf, mb->end};

	if (!mb->end || pl_strcpy(&pl, text, sizeof(text)))
		text[0] = '\0';

	return text;
}
