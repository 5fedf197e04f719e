/**
 * @file test_srtp_vectors.c  Key derivation, keystreams and packets against RFC 3711, 6188 and 7714
 */
#include <stdlib.h>
#include <string.h>
#include <re.h>
#include "packet.h"
#include "srtp_cipher.h"
#include "srtp_fixture.h"
#include "unit.h"

#define KEY_128 "000102030405060708090a0b0c0d0e0f"
#define KEY_256 KEY_128 "101112131415161718191a1b1c1d1e1f"
#define SALT_96 "517569642070726f2071756f"
#define SALT_112 "f0f1f2f3f4f5f6f7f8f9fafbfcfd"

/** Master keys, and what is derived from them for SRTP. */
static void session_keys_are_those_of_the_rfcs(void)
{
	static const struct {
		const char *name;
		enum rsrtp_suite suite;
		const char *master, *enc, *auth, *salt;
	} vectorv[] = {
		{"RFC 3711 B.3", RSRTP_AES_CM_128_HMAC_SHA1_80,
		 "e1f97a0d3e018be0d64fa32c06de41390ec675ad498afeebb6960b3aabe6",
		 "c61e7a93744f39ee10734afe3ff7a087", "cebe321f6ff7716b6fd4ab49af256a156d38baa4",
		 "30cbbc08863d8c85d49db34a9ae1"},
		{"RFC 6188 7.2", RSRTP_AES_256_CM_HMAC_SHA1_80,
		 "f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6"
		 "3b04803de51ee7c96423ab5b78d2",
		 "5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4",
		 "fd9c32d39ed5fbb5a9dc96b30818454d1313dc05", "fa31791685ca444a9e07c6c64e93"},
		{"RFC 6188 7.4", RSRTP_AES_192_CM_HMAC_SHA1_80,
		 "73edc66c4fa15776fb57f9505c17136550ffda71f3e8e5f1c8522f3acd4ce86d5add78edbb11",
		 "31874736a8f1143870c26e4857d8a5b2c4a354407faadabb",
		 "355b10973cd95b9eacf4061c7e1a7151e7cfbfcb", "2372b82d639b6d8503a47adc0a6c"},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(vectorv); i++) {

		struct rsrtp_key key = {.suite = vectorv[i].suite};
		struct rsrtp_session_keys keys;
		uint8_t want[RSRTP_MASTER_SIZE_MAX];
		size_t len;

		(void)fixture_hex(key.master, sizeof(key.master), vectorv[i].master);
		CU_ASSERT_EQUAL_FATAL(rsrtp_keys_derive(&keys, &key, RSRTP_LABEL_RTP), 0);

		len = fixture_hex(want, sizeof(want), vectorv[i].enc);
		CU_ASSERT_ROW(0 == memcmp(keys.enc, want, len), vectorv[i].name);
		len = fixture_hex(want, sizeof(want), vectorv[i].auth);
		CU_ASSERT_ROW(0 == memcmp(keys.auth, want, len), vectorv[i].name);
		len = fixture_hex(want, sizeof(want), vectorv[i].salt);
		CU_ASSERT_ROW(0 == memcmp(keys.salt, want, len), vectorv[i].name);
	}
}

static struct rsrtp_cipher *cipher_make(enum rsrtp_suite suite, enum rsrtp_label label, const char *key,
					const char *salt)
{
	struct rsrtp_session_keys keys;
	struct rsrtp_cipher *c = NULL;

	memset(&keys, 0, sizeof(keys));
	(void)fixture_hex(keys.enc, sizeof(keys.enc), key);
	(void)fixture_hex(keys.salt, sizeof(keys.salt), salt);
	CU_ASSERT_EQUAL_FATAL(rsrtp_cipher_alloc(&c, suite, label, &keys), 0);

	return c;
}

/** The first and the last three blocks of a segment as long as the RFCs': 65282 blocks. */
static void keystreams_are_those_of_the_rfcs(void)
{
	enum { SEGMENT = 65282 * 16, PART = 48 };
	static const struct {
		const char *name;
		enum rsrtp_suite suite;
		const char *key, *first, *last;
	} vectorv[] = {
		{"RFC 3711 B.2", RSRTP_AES_CM_128_HMAC_SHA1_80, "2b7e151628aed2a6abf7158809cf4f3c",
		 "e03ead0935c95e80e166b16dd92b4eb4d23513162b02d0f72a43a2fe4a5f97ab41e95b3bb0a2e8dd477901e4fca"
		 "894c0",
		 "ec8cdf7398607cb0f2d21675ea9ea1e4362b7c3c6773516318a077d7fc5073ae6a2cc3787889374fbeb4c81b17b"
		 "a6c44"},
		{"RFC 6188 7.1", RSRTP_AES_256_CM_HMAC_SHA1_80,
		 "57f82fe3613fd170a85ec93c40b1f0922ec4cb0dc025b58272147cc438944a98",
		 "92bdd28a93c3f52511c677d08b5515a49da71b2378a854f67050756ded165bac63c4868b7096d88421b563b8c94"
		 "c9a31",
		 "cea518c90fd91ced9cbb18c078a547113dbc4814f4da5f00a08772b63c6a046d6eb246913062a16891433e97dd0"
		 "1a57f"},
		{"RFC 6188 7.3", RSRTP_AES_192_CM_HMAC_SHA1_80,
		 "eab234764e517b2d3d160d587d8c86219740f65f99b6bcf7",
		 "35096cba4610028dc1b57503804ce37c5de986291dcce161d5165ec4568f5c9a474a40c77894bc17180202272a4"
		 "c264d",
		 "d108d1a31a00bad6367ec23eb044b415c8f57129fdeb970b59f917b257662d4ca5dab625811034e8cebdfeb6dc1"
		 "58dd3"},
	};
	uint8_t *zeros = malloc(SEGMENT), want[PART], tag[RSRTP_TAG_SIZE_MAX];
	size_t i;

	CU_ASSERT_PTR_NOT_NULL_FATAL(zeros);

	for (i = 0; i < ARRAY_SIZE(vectorv); i++) {

		const struct rsrtp_unit unit = {.p = zeros, .len = SEGMENT};
		struct rsrtp_cipher *c =
			cipher_make(vectorv[i].suite, RSRTP_LABEL_RTP, vectorv[i].key, SALT_112);

		memset(zeros, 0, SEGMENT);
		CU_ASSERT_EQUAL(rsrtp_cipher_seal(c, &unit, tag), 0);
		(void)fixture_hex(want, sizeof(want), vectorv[i].first);
		CU_ASSERT_ROW(0 == memcmp(zeros, want, PART), vectorv[i].name);
		(void)fixture_hex(want, sizeof(want), vectorv[i].last);
		CU_ASSERT_ROW(0 == memcmp(zeros + SEGMENT - PART, want, PART), vectorv[i].name);
		mem_deref(c);
	}

	free(zeros);
}

/** HMAC-SHA1 of RFC 2202 case 3, whose key has the length of ours: the packet's last word is the ROC. */
static void the_tag_is_hmac_sha1_over_packet_and_word(void)
{
	struct rsrtp_session_keys keys;
	struct rsrtp_cipher *c = NULL;
	uint8_t text[46], tag[10], want[20];
	const struct rsrtp_unit unit = {.p = text, .len = 46, .clear = 46, .word = 0xdddddddd};

	memset(&keys, 0, sizeof(keys));
	memset(keys.auth, 0xaa, sizeof(keys.auth));
	memset(text, 0xdd, sizeof(text));
	(void)fixture_hex(want, sizeof(want), "125d7342b9ac11cd91a39af48aa17b4f63f175d3");

	CU_ASSERT_EQUAL_FATAL(rsrtp_cipher_alloc(&c, RSRTP_AES_CM_128_HMAC_SHA1_80, RSRTP_LABEL_RTP, &keys),
			      0);
	CU_ASSERT_EQUAL(rsrtp_cipher_tag_size(c), sizeof(tag));
	CU_ASSERT_EQUAL(rsrtp_cipher_seal(c, &unit, tag), 0);
	CU_ASSERT_EQUAL(memcmp(tag, want, sizeof(tag)), 0);
	mem_deref(c);
}

#define RTP                                                                                                  \
	"8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e69732064697669736120696e2070617274657320747265" \
	"73"
#define RTCP                                                                                                 \
	"81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeefde" \
	"adbeef"

/** A packet under session keys: sealed it is the other one with its tag, and back. */
static void gcm_packets_are_those_of_rfc_7714(void)
{
	static const struct {
		const char *name;
		enum rsrtp_suite suite;
		enum rsrtp_label label;
		const char *key, *plain;
		size_t clear;
		uint64_t index;
		uint32_t word;
		const char *sealed;
	} vectorv[] = {
		{"16.1", RSRTP_AEAD_AES_128_GCM, RSRTP_LABEL_RTP, KEY_128, RTP, 12, 0xf17b, 0,
		 "8040f17b8041f8d35501a0b2f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36d"
		 "e3adf"
		 "8833899d7f27beb16a9152cf765ee4390cce"},
		{"16.2", RSRTP_AEAD_AES_256_GCM, RSRTP_LABEL_RTP, KEY_256, RTP, 12, 0xf17b, 0,
		 "8040f17b8041f8d35501a0b232b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba"
		 "63799"
		 "b87b7aa3db36dfffd6b0f9bb7878d7a76c13"},
		{"17.1", RSRTP_AEAD_AES_128_GCM, RSRTP_LABEL_RTCP, KEY_128, RTCP, 8, 0x5d4, 0x800005d4,
		 "81c8000d4d61727363e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b46863"
		 "03ded"
		 "0bb9275bc84aa45896cf4d2fc5abf87245d9eade"},
		{"17.2", RSRTP_AEAD_AES_256_GCM, RSRTP_LABEL_RTCP, KEY_256, RTCP, 8, 0x5d4, 0x800005d4,
		 "81c8000d4d617273d50ae4d1f5ce5d304ba297e47d470c282c3ece5dbffe0a50a2eaa5c1110555be8415f658c61"
		 "de047"
		 "6f1b6fad1d1eb30c4446839f57ff6f6cb26ac3be"},
		{"17.3", RSRTP_AEAD_AES_128_GCM, RSRTP_LABEL_RTCP, KEY_128, RTCP, 52, 0x5d4, 0x000005d4,
		 RTCP "841dd9683dd78ec92ae58790125f62b3"},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(vectorv); i++) {

		uint8_t p[128], want[128], plain[128];
		const size_t len = fixture_hex(p, sizeof(p), vectorv[i].plain);
		const size_t ssrc_pos = vectorv[i].label == RSRTP_LABEL_RTP ? 8 : 4;
		const struct rsrtp_unit unit = {.p = p,
						.len = len,
						.clear = vectorv[i].clear,
						.ssrc = packet_u32(p + ssrc_pos),
						.index = vectorv[i].index,
						.word = vectorv[i].word};
		struct rsrtp_cipher *c =
			cipher_make(vectorv[i].suite, vectorv[i].label, vectorv[i].key, SALT_96);

		memcpy(plain, p, len);
		CU_ASSERT_EQUAL(fixture_hex(want, sizeof(want), vectorv[i].sealed), len + 16);
		CU_ASSERT_EQUAL(rsrtp_cipher_seal(c, &unit, p + len), 0);
		CU_ASSERT_ROW(0 == memcmp(p, want, len + 16), vectorv[i].name);
		CU_ASSERT_EQUAL(rsrtp_cipher_open(c, &unit, want + len), 0);
		CU_ASSERT_ROW(0 == memcmp(p, plain, len), vectorv[i].name);
		mem_deref(c);
	}
}

static const struct unit_test testv[] = {
	{"session keys are those of RFC 3711 B.3, RFC 6188 7.2 and 7.4", session_keys_are_those_of_the_rfcs},
	{"keystreams are those of RFC 3711 B.2, RFC 6188 7.1 and 7.3", keystreams_are_those_of_the_rfcs},
	{"the tag is HMAC-SHA1 (RFC 2202) over packet and word", the_tag_is_hmac_sha1_over_packet_and_word},
	{"GCM packets are those of RFC 7714 16 and 17", gcm_packets_are_those_of_rfc_7714},
	{NULL, NULL},
};

const struct unit_suite srtp_vectors_suite = {"srtp_vectors", testv};
