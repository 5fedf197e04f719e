/**
 * @file fuzz_comma.c  Any header value divided, and any message mended
 */
#include <stdlib.h>
#include <re.h>
#include "door/comma.h"

static void must(bool ok)
{
	if (!ok)
		abort();
}

/* As many as are counted, in order, without blanks around them, and none of them more than one. */
static void values(const struct pl *val)
{
	const size_t n = comma_count(val);
	const char *p = val->p;
	struct pl rest = *val, item;

	for (size_t i = 0; i < n; i++) {
		must(comma_next(&item, &rest));
		must(item.p >= p && item.p + item.l <= val->p + val->l);
		must(comma_count(&item) == 1);
		p = item.p + item.l;
	}
	must(!n || !comma_next(&item, &rest));
}

static bool inside(const struct sip_hdr *hdr, const struct sip_msg *msg, void *arg)
{
	const struct pl *all = arg;

	(void)msg;
	must(!hdr->val.l || (hdr->val.p >= all->p && hdr->val.p + hdr->val.l <= all->p + all->l));

	return false;
}

static void message(const uint8_t *data, size_t size)
{
	static const enum sip_hdrid idv[] = {SIP_HDR_CONTACT, SIP_HDR_ROUTE, SIP_HDR_RECORD_ROUTE,
					     SIP_HDR_PATH};
	struct mbuf *mb = mbuf_alloc(size + 32);
	struct sip_msg *msg = NULL;
	struct pl all;

	(void)mbuf_write_str(mb, "X a:b SIP/2.0\r\n");
	(void)mbuf_write_mem(mb, data, size);
	(void)mbuf_write_str(mb, "\r\n\r\n");
	mb->pos = 0;
	all = (struct pl){(const char *)mb->buf, mb->end};

	if (!sip_msg_decode(&msg, mb)) { /* which mends it */
		for (size_t i = 0; i < ARRAY_SIZE(idv); i++)
			(void)sip_msg_hdr_apply(msg, true, idv[i], inside, &all);
		comma_mend(msg);
	}
	mem_deref(msg);
	mem_deref(mb);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct pl val = {(const char *)data, size};

	values(&val);
	message(data, size);

	return 0;
}
