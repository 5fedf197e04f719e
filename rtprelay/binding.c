/**
 * @file binding.c  A STUN Binding request and its response on the wire (RFC 8489), without allocation
 */
#include <string.h>
#include <openssl/crypto.h>
#include <re.h>
#include "binding.h"
#include "packet.h"

enum {
	COOKIE = 0x2112a442,
	TYPE_REQUEST = 0x0001,
	TYPE_SUCCESS = 0x0101,
	TYPE_ERROR = 0x0111,
	TYPE_METHOD_MASK = 0xfeef, /* a type without its two class bits */
	TAG_SIZE = 20,
	INTEGRITY_SIZE = STUN_ATTR_HEADER_SIZE + TAG_SIZE,
	FINGERPRINT_SIZE = STUN_ATTR_HEADER_SIZE + 4,
	FINGERPRINT_XOR = 0x5354554e,
};

/* RFC 8489 14.7 wants the CRC of ITU-T V.42; some hundred bytes, so no table */
static uint32_t crc32_v42(const uint8_t *p, size_t len)
{
	uint32_t crc = 0xffffffff;
	unsigned bit;

	while (len--) {

		crc ^= *p++;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}

	return ~crc;
}

static void put_u16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put_u32(uint8_t *p, uint32_t v)
{
	put_u16(p, (uint16_t)(v >> 16));
	put_u16(p + 2, (uint16_t)v);
}

static bool is_stun(const uint8_t *p, size_t len)
{
	return len >= STUN_HEADER_SIZE && len <= BINDING_SIZE_MAX && packet_u32(p + 4) == COOKIE &&
	       !(len & 3) && packet_u16(p + 2) == len - STUN_HEADER_SIZE;
}

bool binding_is_silent(const uint8_t *p, size_t len)
{
	return is_stun(p, len) && (packet_u16(p) & TYPE_METHOD_MASK) == TYPE_REQUEST &&
	       packet_u16(p) != TYPE_REQUEST;
}

/* The CRC covers the message up to the attribute, whose length the header counts already. */
static bool fingerprint_fits(const struct binding *b, size_t pos)
{
	return packet_u32(b->p + pos + STUN_ATTR_HEADER_SIZE) == (crc32_v42(b->p, pos) ^ FINGERPRINT_XOR);
}

/* The upper half of the types may be ignored by who does not know them. */
static void unknown_note(struct binding *b, uint16_t type)
{
	if (!(type & 0x8000) && b->unknownc < BINDING_UNKNOWN_MAX)
		b->unknownv[b->unknownc++] = type;
}

/* One attribute at `pos`, whose `len` bytes of value are there. */
static int attribute_read(struct binding *b, size_t pos, uint16_t type, size_t len)
{
	const uint8_t *value = b->p + pos + STUN_ATTR_HEADER_SIZE;

	switch (type) {

	case STUN_ATTR_USERNAME:
		b->username.p = (const char *)value;
		b->username.l = len;
		return 0;

	case STUN_ATTR_MSG_INTEGRITY:
		b->integrity = pos;
		return len == TAG_SIZE ? 0 : EBADMSG;

	case STUN_ATTR_FINGERPRINT:
		b->fingerprint = len == 4 && fingerprint_fits(b, pos);
		return b->fingerprint ? 0 : EBADMSG;

	case STUN_ATTR_USE_CAND:
		b->use_candidate = true;
		return 0;

	case STUN_ATTR_CONTROLLED:
		b->controlled = true;
		return len == 8 ? 0 : EBADMSG;

	case STUN_ATTR_PRIORITY:
		b->priority = len == 4 ? packet_u32(value) : 0;
		return len == 4 ? 0 : EBADMSG;

	default:
		unknown_note(b, type);
		return 0;
	}
}

int binding_decode(struct binding *b, const uint8_t *p, size_t len)
{
	size_t pos = STUN_HEADER_SIZE;
	int err = 0;

	memset(b, 0, sizeof(*b));
	b->p = p;

	if (!is_stun(p, len) || packet_u16(p) != TYPE_REQUEST)
		return EBADMSG;

	while (pos < len && !err) {

		const uint16_t type = packet_u16(p + pos);
		const size_t value = packet_u16(p + pos + 2), padded = (value + 3) & ~(size_t)3;

		if (b->fingerprint || STUN_ATTR_HEADER_SIZE + padded > len - pos)
			return EBADMSG;

		/* RFC 8489 14.5: behind MESSAGE-INTEGRITY only FINGERPRINT means anything */
		if (!b->integrity || type == STUN_ATTR_FINGERPRINT)
			err = attribute_read(b, pos, type, value);

		pos += STUN_ATTR_HEADER_SIZE + padded;
	}

	return err;
}

/* RFC 8489 14.5: the header says where MESSAGE-INTEGRITY ends, whatever follows it. */
static void tag_make(uint8_t tag[TAG_SIZE], const uint8_t *p, size_t integrity, const char *key)
{
	uint8_t copy[BINDING_SIZE_MAX];

	memcpy(copy, p, integrity);
	put_u16(copy + 2, (uint16_t)(integrity + INTEGRITY_SIZE - STUN_HEADER_SIZE));
	hmac_sha1((const uint8_t *)key, str_len(key), copy, integrity, tag, TAG_SIZE);
}

bool binding_authentic(const struct binding *b, const char *key)
{
	uint8_t tag[TAG_SIZE];

	if (!b->integrity)
		return false;

	tag_make(tag, b->p, b->integrity, key);

	return !CRYPTO_memcmp(tag, b->p + b->integrity + STUN_ATTR_HEADER_SIZE, TAG_SIZE);
}

/* Append an attribute of `len` bytes and return where its value goes; the padding is zero. */
static uint8_t *attribute_add(uint8_t *buf, size_t *pos, uint16_t type, size_t len)
{
	uint8_t *value = buf + *pos + STUN_ATTR_HEADER_SIZE;

	put_u16(buf + *pos, type);
	put_u16(buf + *pos + 2, (uint16_t)len);
	*pos += STUN_ATTR_HEADER_SIZE + ((len + 3) & ~(size_t)3);
	put_u16(buf + 2, (uint16_t)(*pos - STUN_HEADER_SIZE));

	return value;
}

/* RFC 8489 14.2: XORed with the cookie, IPv6 with the transaction ID, too. */
static void mapped_add(uint8_t *buf, size_t *pos, const struct sa *src)
{
	const bool v4 = sa_af(src) == AF_INET;
	uint8_t *value = attribute_add(buf, pos, STUN_ATTR_XOR_MAPPED_ADDR, v4 ? 8 : 20);
	size_t i;

	value[1] = v4 ? STUN_AF_IPv4 : STUN_AF_IPv6;
	put_u16(value + 2, (uint16_t)(sa_port(src) ^ COOKIE >> 16));

	if (v4) {
		put_u32(value + 4, sa_in(src) ^ COOKIE);
		return;
	}

	for (i = 0; i < 16; i++)
		value[4 + i] = src->u.in6.sin6_addr.s6_addr[i] ^ buf[4 + i];
}

static void error_add(uint8_t *buf, size_t *pos, const struct binding *b, uint16_t code)
{
	uint8_t *value = attribute_add(buf, pos, STUN_ATTR_ERR_CODE, 4);
	unsigned i;

	value[2] = (uint8_t)(code / 100);
	value[3] = (uint8_t)(code % 100);

	if (code != 420)
		return;

	value = attribute_add(buf, pos, STUN_ATTR_UNKNOWN_ATTR, 2 * (size_t)b->unknownc);
	for (i = 0; i < b->unknownc; i++)
		put_u16(value + 2 * (size_t)i, b->unknownv[i]);
}

size_t binding_respond(uint8_t buf[BINDING_RESPONSE_MAX], const struct binding *b,
		       const struct binding_response *r)
{
	size_t pos = STUN_HEADER_SIZE, integrity;
	uint8_t *value;

	memset(buf, 0, BINDING_RESPONSE_MAX);
	memcpy(buf, b->p, STUN_HEADER_SIZE); /* cookie and transaction ID are the request's */
	put_u16(buf, r->code ? TYPE_ERROR : TYPE_SUCCESS);

	if (r->code)
		error_add(buf, &pos, b, r->code);
	else
		mapped_add(buf, &pos, r->src);

	if (r->key) {
		integrity = pos;
		value = attribute_add(buf, &pos, STUN_ATTR_MSG_INTEGRITY, TAG_SIZE);
		tag_make(value, buf, integrity, r->key);
	}

	value = attribute_add(buf, &pos, STUN_ATTR_FINGERPRINT, 4);
	put_u32(value, crc32_v42(buf, pos - FINGERPRINT_SIZE) ^ FINGERPRINT_XOR);

	return pos;
}
