/**
 * @file fuzz_refer.c  Any headers as those of a REFER: refused, or a URI of one line and a dialog of one line
 */
#include <stdlib.h>
#include <string.h>
#include <re.h>
#include "leg/refer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void one_line(const char *text)
{
	for (; text && *text; text++)
		if ((unsigned char)*text < 0x20)
			abort();
}

static void replaces(const char *text, size_t size)
{
	const struct pl pl = {text, size};
	struct refer_replaces r;

	if (!refer_replaces_decode(&r, &pl) && (!r.callid.l || !r.to_tag.l || !r.from_tag.l))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char line[] = "REFER sip:h SIP/2.0\r\n";
	struct mbuf *mb = mbuf_alloc(sizeof(line) + size);
	struct sip_msg *msg = NULL;
	struct refer r;

	if (!mb || mbuf_write_str(mb, line) || mbuf_write_mem(mb, data, size))
		abort();

	mb->pos = 0;
	if (!sip_msg_decode(&msg, mb) && !refer_decode(&r, msg)) {
		one_line(r.uri);
		one_line(r.replaces);
		if (r.replaces)
			replaces(r.replaces, strlen(r.replaces));
		refer_reset(&r);
	}
	mem_deref(msg);
	mem_deref(mb);
	replaces((const char *)data, size);

	return 0;
}
