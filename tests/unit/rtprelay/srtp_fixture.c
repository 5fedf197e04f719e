/**
 * @file srtp_fixture.c  Keys, packets and directions for the tests of SRTP
 */
#include <string.h>
#include <re.h>
#include "srtp_cipher.h"
#include "srtp_fixture.h"
#include "unit.h"

struct rsrtp_key fixture_key(enum rsrtp_suite suite, uint8_t seed)
{
	struct rsrtp_key key = {.suite = suite};
	size_t i;

	for (i = 0; i < sizeof(key.master); i++)
		key.master[i] = (uint8_t)(seed + 7 * i);

	return key;
}

void fixture_pair_open(struct fixture_pair *f, const struct rsrtp_key *key)
{
	f->tx = f->rx = NULL;
	CU_ASSERT_EQUAL_FATAL(rsrtp_alloc(&f->tx, key), 0);
	CU_ASSERT_EQUAL_FATAL(rsrtp_alloc(&f->rx, key), 0);
}

void fixture_pair_close(struct fixture_pair *f)
{
	f->tx = mem_deref(f->tx);
	f->rx = mem_deref(f->rx);
}

struct fixture_packet fixture_rtp(uint32_t ssrc, uint16_t seq)
{
	struct fixture_packet pkt = {.p = {0x80, 0x08, (uint8_t)(seq >> 8), (uint8_t)seq}, .len = 172};
	size_t i;

	rsrtp_word_write(pkt.p + 4, (uint32_t)seq * 160);
	rsrtp_word_write(pkt.p + 8, ssrc);
	for (i = 12; i < pkt.len; i++)
		pkt.p[i] = (uint8_t)(i * seq);

	return pkt;
}

struct fixture_packet fixture_rtcp(uint32_t ssrc)
{
	static const uint8_t cname[] = {0x81, 202, 0, 3, 0, 0, 0, 0, 1, 4, 'm', 'a', 'r', 's', 0, 0};
	struct fixture_packet pkt = {.p = {0x80, 200, 0, 6}, .len = 28 + sizeof(cname)};
	size_t i;

	for (i = 8; i < 28; i++)
		pkt.p[i] = (uint8_t)i;
	memcpy(pkt.p + 28, cname, sizeof(cname));
	rsrtp_word_write(pkt.p + 4, ssrc);
	rsrtp_word_write(pkt.p + 32, ssrc);

	return pkt;
}

struct fixture_packet fixture_srtp(struct rsrtp *tx, uint32_t ssrc, uint16_t seq)
{
	struct fixture_packet pkt = fixture_rtp(ssrc, seq);

	CU_ASSERT_EQUAL_FATAL(rsrtp_protect(tx, pkt.p, &pkt.len, sizeof(pkt.p)), 0);

	return pkt;
}

struct fixture_packet fixture_srtcp(struct rsrtp *tx, uint32_t ssrc)
{
	struct fixture_packet pkt = fixture_rtcp(ssrc);

	CU_ASSERT_EQUAL_FATAL(rsrtcp_protect(tx, pkt.p, &pkt.len, sizeof(pkt.p)), 0);

	return pkt;
}

int fixture_try(struct rsrtp *rx, const struct fixture_packet *pkt)
{
	struct fixture_packet copy = *pkt;

	return rsrtp_unprotect(rx, copy.p, &copy.len);
}

int fixture_try_rtcp(struct rsrtp *rx, const struct fixture_packet *pkt)
{
	struct fixture_packet copy = *pkt;

	return rsrtcp_unprotect(rx, copy.p, &copy.len);
}

bool fixture_same(const struct fixture_packet *a, const struct fixture_packet *b)
{
	return a->len == b->len && 0 == memcmp(a->p, b->p, a->len);
}

size_t fixture_hex(uint8_t *p, size_t size, const char *text)
{
	const size_t len = strlen(text) / 2;

	CU_ASSERT_FATAL(len <= size);
	CU_ASSERT_EQUAL_FATAL(str_hex(p, len, text), 0);

	return len;
}
