/**
 * @file fuzz_digest.c  Any text as a challenge: refused, or answered by one line that reads back the same
 */
#include <stdlib.h>
#include <string.h>
#include <re.h>
#include "leg/digest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_one_line(const struct mbuf *mb)
{
	for (size_t i = 0; i < mb->end; i++)
		if (mb->buf[i] < 0x20)
			return false;

	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct digest_request r = {"user", "password", "INVITE", "sip:host", "cnonce", 1};
	struct digest_challenge c, again;
	char *copy = malloc(size ? size : 1);
	struct pl pl = {copy, size};
	struct mbuf *mb;
	int err;

	if (!copy)
		abort();
	if (size)
		memcpy(copy, data, size);

	err = digest_challenge_decode(&c, &pl);
	if (err && err != EBADMSG && err != ENOTSUP)
		abort();
	if (err)
		goto out;

	mb = mbuf_alloc(256);
	if (!mb || digest_print(mb, &c, &r) || !is_one_line(mb))
		abort();

	pl = (struct pl){(const char *)mb->buf, mb->end};
	if (digest_challenge_decode(&again, &pl) || pl_cmp(&c.realm, &again.realm) ||
	    pl_cmp(&c.nonce, &again.nonce) || pl_cmp(&c.opaque, &again.opaque) || c.sess != again.sess ||
	    c.algorithm != again.algorithm)
		abort();

	mem_deref(mb);
out:
	free(copy);

	return 0;
}
