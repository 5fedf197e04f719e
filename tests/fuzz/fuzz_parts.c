/**
 * @file fuzz_parts.c  Any bytes as a multipart body: refused, or another SDP takes the place of the one in it
 *
 * The first line is the Content-Type, the rest is the body.
 */
#include <stdlib.h>
#include <string.h>
#include <re.h>
#include "leg/parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What went on has exactly the new SDP in it, where it is found again; what else it says is not longer. */
static void check_replaced(const struct pl *type, const struct pl *body, const struct pl *old)
{
	const struct pl instead = PL("v=0\r\ns=new\r\n");
	struct mbuf *mb = mbuf_alloc(512);
	struct pl again, sdp;

	if (!mb || parts_print(mb, type, body, &instead))
		abort();
	if (mb->end + old->l > body->l + instead.l)
		abort();

	again = (struct pl){(const char *)mb->buf, mb->end};
	if (parts_find(&sdp, type, &again) || pl_cmp(&sdp, &instead))
		abort();

	mem_deref(mb);
}

static void check(const struct pl *type, const struct pl *body)
{
	struct pl sdp;
	int err = parts_find(&sdp, type, body);

	if (err && err != EBADMSG && err != ENOTSUP)
		abort();
	if (err && pl_isset(&sdp))
		abort();
	if (!err && pl_isset(&sdp))
		check_replaced(type, body, &sdp);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = malloc(size ? size : 1), *end;
	struct pl type, body;

	if (!copy)
		abort();
	if (size)
		memcpy(copy, data, size);

	end = size ? memchr(copy, '\n', size) : NULL;
	if (end) {
		type = (struct pl){copy, (size_t)(end - copy)};
		body = (struct pl){end + 1, size - type.l - 1};
		check(&type, &body);
	}

	free(copy);

	return 0;
}
