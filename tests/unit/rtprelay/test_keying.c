/**
 * @file test_keying.c  SDES between a party and us: whose key is whose, and what stays
 */
#include <string.h>
#include <re.h>
#include "keying.h"
#include "unit.h"

#define KEY_1 "inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj"
#define KEY_2 "inline:NzB4d1BINUAvLEw6UzF3WSJ+PSdFcGdUJShpX1Zj"
#define CM_80 "AES_CM_128_HMAC_SHA1_80 "
#define CM_32 "AES_CM_128_HMAC_SHA1_32 "

struct lines {
	char *v[KEYING_LINES_MAX];
	unsigned c;
};

static void lines_reset(struct lines *lines)
{
	unsigned i;

	for (i = 0; i < lines->c; i++)
		lines->v[i] = mem_deref(lines->v[i]);
	lines->c = 0;
}

static struct keying *keying(void)
{
	struct keying *k = NULL;

	CU_ASSERT_EQUAL_FATAL(keying_alloc(&k), 0);

	return k;
}

static int offer_read(struct keying *k, const char *line)
{
	struct pl pl;

	pl_set_str(&pl, line);

	return keying_offer_read(k, &pl, 1, keying_suites_all());
}

static int answer_read(struct keying *k, const char *line)
{
	struct pl pl;

	pl_set_str(&pl, line);

	return keying_answer_read(k, &pl, 1);
}

static void of_what_is_offered_the_first_known_suite_counts(void)
{
	static const char *const textv[] = {"1 F8_128_HMAC_SHA1_80 " KEY_1, "x", "3 " CM_32 KEY_2,
					    "4 " CM_80 KEY_1};
	struct pl linev[ARRAY_SIZE(textv)];
	struct keying *k = keying();
	char *line = NULL;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(textv); i++)
		pl_set_str(&linev[i], textv[i]);

	CU_ASSERT_EQUAL(keying_offer_read(k, linev, 2, keying_suites_all()), ENOTSUP);
	CU_ASSERT_EQUAL(keying_answer_write(k, &line), ENOENT);
	CU_ASSERT_EQUAL(keying_offer_read(k, linev, ARRAY_SIZE(linev), keying_suites_all()), 0);
	CU_ASSERT_EQUAL(keying_offered(k),
			1U << RSRTP_AES_CM_128_HMAC_SHA1_32 | 1U << RSRTP_AES_CM_128_HMAC_SHA1_80);
	CU_ASSERT_EQUAL_FATAL(keying_answer_write(k, &line), 0);
	CU_ASSERT_EQUAL(strncmp(line, "3 " CM_32 "inline:", 2 + strlen(CM_32) + 7), 0);
	CU_ASSERT_PTR_NULL(strstr(line, "NzB4d1B"));
	mem_deref(line);
	mem_deref(k);
}

static void an_answer_must_take_a_suite_that_was_offered_under_whatever_tag(void)
{
	static const struct keying_suites two = {.v = {RSRTP_AES_CM_128_HMAC_SHA1_80,
						       RSRTP_AES_CM_128_HMAC_SHA1_32},
						 .c = 2};
	static const struct {
		const char *line;
		int err;
	} vectorv[] = {
		{"1 " CM_80 KEY_1, 0}, {"2 " CM_32 KEY_1, 0},   {"1 " CM_32 KEY_1, 0},
		{"3 " CM_80 KEY_1, 0}, {"2 nonsense", EBADMSG}, {"1 AEAD_AES_256_GCM " KEY_1, EBADMSG},
	};
	struct keying *k = keying();
	struct lines lines;
	size_t i;

	CU_ASSERT_EQUAL(answer_read(k, "1 " CM_80 KEY_1), EBADMSG); /* nothing was */
	CU_ASSERT_EQUAL_FATAL(keying_offer_write(k, &two, lines.v, &lines.c), 0);
	CU_ASSERT_EQUAL(lines.c, 2);
	for (i = 0; i < ARRAY_SIZE(vectorv); i++)
		CU_ASSERT_EQUAL(answer_read(k, vectorv[i].line), vectorv[i].err);

	lines_reset(&lines);
	mem_deref(k);
}

static void agreed_is_the_suite_of_the_last_answer_once_it_is_in_force(void)
{
	struct keying *k = keying();
	struct keying_change change;
	struct lines lines;

	CU_ASSERT_EQUAL_FATAL(keying_offer_write(k, keying_suites_all(), lines.v, &lines.c), 0);
	CU_ASSERT_EQUAL_FATAL(answer_read(k, "1 " CM_80 KEY_1), 0);
	CU_ASSERT_EQUAL(keying_agreed(k), 0);
	CU_ASSERT_EQUAL_FATAL(keying_settle(k, &change), 0);
	CU_ASSERT_EQUAL(keying_agreed(k), 1U << RSRTP_AES_CM_128_HMAC_SHA1_80);
	CU_ASSERT_EQUAL_FATAL(answer_read(k, "1 " CM_32 KEY_1), 0);
	CU_ASSERT_EQUAL(keying_agreed(k), 1U << RSRTP_AES_CM_128_HMAC_SHA1_80);
	CU_ASSERT_EQUAL_FATAL(keying_settle(k, &change), 0);
	CU_ASSERT_EQUAL(keying_agreed(k), 1U << RSRTP_AES_CM_128_HMAC_SHA1_32);

	lines_reset(&lines);
	mem_deref(k);
}

/* Or a re-INVITE would break the packets under way. */
static void said_again_it_is_the_same(void)
{
	struct lines first, second;
	struct keying *k = keying();
	unsigned i;

	CU_ASSERT_EQUAL_FATAL(keying_offer_write(k, keying_suites_all(), first.v, &first.c), 0);
	CU_ASSERT_EQUAL_FATAL(keying_offer_write(k, keying_suites_all(), second.v, &second.c), 0);
	CU_ASSERT_EQUAL(first.c, RSRTP_SUITES);
	CU_ASSERT_EQUAL(second.c, first.c);
	for (i = 0; i < first.c; i++) {
		CU_ASSERT_STRING_EQUAL(first.v[i], second.v[i]);
		CU_ASSERT_STRING_NOT_EQUAL(first.v[i], first.v[(i + 1) % first.c]);
	}

	lines_reset(&first);
	lines_reset(&second);
	mem_deref(k);
}

static void only_what_changed_is_put_in_force(void)
{
	struct keying_change change;
	struct keying *k = keying();
	char *line;

	CU_ASSERT_EQUAL(keying_settle(k, &change), ENOENT);

	CU_ASSERT_EQUAL(offer_read(k, "1 " CM_80 KEY_1), 0);
	CU_ASSERT_EQUAL_FATAL(keying_answer_write(k, &line), 0);
	line = mem_deref(line);
	CU_ASSERT_EQUAL(keying_settle(k, &change), 0);
	CU_ASSERT_PTR_NOT_NULL(change.rx);
	CU_ASSERT_PTR_NOT_NULL(change.tx);

	CU_ASSERT_EQUAL(offer_read(k, "5 " CM_80 KEY_1), 0);
	CU_ASSERT_EQUAL_FATAL(keying_answer_write(k, &line), 0);
	line = mem_deref(line);
	CU_ASSERT_EQUAL(keying_settle(k, &change), 0);
	CU_ASSERT_PTR_NULL(change.rx);
	CU_ASSERT_PTR_NULL(change.tx);

	/* a new key of theirs leaves ours alone; a new suite is new both ways */
	CU_ASSERT_EQUAL(offer_read(k, "1 " CM_80 KEY_2), 0);
	CU_ASSERT_EQUAL(keying_settle(k, &change), 0);
	CU_ASSERT_PTR_NOT_NULL(change.rx);
	CU_ASSERT_PTR_NULL(change.tx);

	CU_ASSERT_EQUAL(offer_read(k, "1 " CM_32 KEY_2), 0);
	CU_ASSERT_EQUAL_FATAL(keying_answer_write(k, &line), 0);
	line = mem_deref(line);
	CU_ASSERT_EQUAL(keying_settle(k, &change), 0);
	CU_ASSERT_PTR_NOT_NULL(change.rx);
	CU_ASSERT_PTR_NOT_NULL(change.tx);
	mem_deref(k);
}

static const struct unit_test testv[] = {
	{"of what is offered the first known suite counts", of_what_is_offered_the_first_known_suite_counts},
	{"an answer must take a suite that was offered, under whatever tag",
	 an_answer_must_take_a_suite_that_was_offered_under_whatever_tag},
	{"agreed is the suite of the last answer, once it is in force",
	 agreed_is_the_suite_of_the_last_answer_once_it_is_in_force},
	{"said again it is the same", said_again_it_is_the_same},
	{"only what changed is put in force", only_what_changed_is_put_in_force},
	{NULL, NULL},
};

const struct unit_suite keying_suite = {"keying", testv};
