/**
 * @file fuzz_stun.c  STUN from the network: what is answered is well-formed, and only what knows our name
 *
 * The first byte tells whether the rest is taken as it is, or signed with our password first, so that the
 * fuzzer comes past MESSAGE-INTEGRITY.
 */
#include <string.h>
#include <re.h>
#include "ice.h"

static const struct ice_credentials own = {.ufrag = "8hhYxxxx", .pwd = "asd88fgpdd777uzjYhagZabc"};

/* Append a MESSAGE-INTEGRITY to a copy of the datagram; returns the new length. */
static size_t sign(uint8_t *copy, size_t len)
{
	enum { INTEGRITY_SIZE = 24 };

	if (len < STUN_HEADER_SIZE || len & 3)
		return len;

	copy[2] = (uint8_t)((len - STUN_HEADER_SIZE + INTEGRITY_SIZE) >> 8);
	copy[3] = (uint8_t)(len - STUN_HEADER_SIZE + INTEGRITY_SIZE);
	memcpy(copy + len, "\x00\x08\x00\x14", 4);
	hmac_sha1((const uint8_t *)own.pwd, strlen(own.pwd), copy, len, copy + len + 4, 20);

	return len + INTEGRITY_SIZE;
}

static void response_check(const struct ice_response *r)
{
	struct mbuf *mb = mbuf_alloc(sizeof(r->buf));
	struct stun_msg *msg = NULL;

	(void)mbuf_write_mem(mb, r->buf, r->len);
	mb->pos = 0;
	if (stun_msg_decode(&msg, mb, NULL) || stun_msg_chk_fingerprint(msg))
		__builtin_trap();
	mem_deref(msg);
	mem_deref(mb);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ice ice = {.own = own};
	struct ice_response r;
	uint8_t *copy;
	struct sa src;
	size_t len;

	if (!size)
		return 0;

	len = size - 1;
	copy = mem_alloc(len + 24, NULL);
	memcpy(copy, data + 1, len);
	if (data[0] & 1)
		len = sign(copy, len);

	/* no byte behind the end may be read */
	copy = mem_realloc(copy, len ? len : 1);
	(void)sa_set_str(&src, data[0] & 2 ? "2001:db8::1" : "192.0.2.1", 4000);
	(void)ice_handle(&ice, copy, len, &src, 1000000, &r);
	if (r.len)
		response_check(&r);
	mem_deref(copy);

	return 0;
}
