/**
 * @file test_cdr.c  A packed CDR is read back as it was, and damage never gets through
 */
#include <string.h>
#include "cdr_field.h"
#include "store_fixture.h"
#include "unit.h"

static struct cdr *full_cdr(void)
{
	struct cdr *cdr = fixture_cdr(7);

	fixture_answer(cdr);
	fixture_end(cdr, CDR_ANSWERED);
	cdr->q850_cause = 16;
	cdr->recovered = 1;
	cdr->b.lost = INT64_MIN;
	cdr->a.rx_bytes = INT64_MAX;

	return cdr;
}

static bool same(const struct cdr *x, const struct cdr *y)
{
	struct mbuf *mx = mbuf_alloc(64), *my = mbuf_alloc(64);
	bool equal;

	CU_ASSERT_EQUAL(cdr_pack(mx, x), 0);
	CU_ASSERT_EQUAL(cdr_pack(my, y), 0);
	equal = mx->end == my->end && !memcmp(mx->buf, my->buf, mx->end);
	mem_deref(mx);
	mem_deref(my);

	return equal;
}

static void test_round_trip(void)
{
	struct cdr *cdr = full_cdr(), *back = NULL;
	struct mbuf *mb = mbuf_alloc(16);

	CU_ASSERT_EQUAL(cdr_pack(mb, cdr), 0);
	mb->pos = 0;
	CU_ASSERT_EQUAL_FATAL(cdr_unpack(&back, mb), 0);

	CU_ASSERT_TRUE(same(cdr, back));
	CU_ASSERT_EQUAL(mbuf_get_left(mb), 0);
	CU_ASSERT_STRING_EQUAL(back->cdr_id, cdr->cdr_id);
	CU_ASSERT_STRING_EQUAL(back->caller, cdr->caller);
	CU_ASSERT_PTR_NULL(back->icid);
	CU_ASSERT_EQUAL(back->b.lost, INT64_MIN);
	CU_ASSERT_EQUAL(back->a.rx_bytes, INT64_MAX);
	CU_ASSERT_EQUAL(back->disposition, CDR_ANSWERED);

	mem_deref(back);
	mem_deref(cdr);
	mem_deref(mb);
}

static void test_cut_short_is_refused(void)
{
	struct cdr *cdr = full_cdr(), *back = NULL;
	struct mbuf *mb = mbuf_alloc(16);
	size_t end, len;

	CU_ASSERT_EQUAL(cdr_pack(mb, cdr), 0);
	end = mb->end;
	for (len = 0; len < end; len++) {
		mb->pos = 0;
		mb->end = len;
		CU_ASSERT_EQUAL(cdr_unpack(&back, mb), EBADMSG);
	}

	mem_deref(cdr);
	mem_deref(mb);
}

/* Any byte may change: the record is refused or read, both readers agreeing, never read out of bounds. */
static void test_mutations_are_bounded(void)
{
	struct cdr *cdr = full_cdr();
	struct mbuf *mb = mbuf_alloc(16);
	struct cdr_value valuev[CDR_FIELDC];
	unsigned refused = 0, i;

	CU_ASSERT_EQUAL(cdr_pack(mb, cdr), 0);

	for (i = 0; i < 20000; i++) {

		uint8_t *p = &mb->buf[rand_u32() % mb->end];
		const uint8_t before = *p;
		struct cdr *back = NULL;
		int err;

		*p = (uint8_t)rand_u16();
		mb->pos = 0;
		err = cdr_unpack(&back, mb);
		mb->pos = 0;
		CU_ASSERT_EQUAL(cdr_values(valuev, mb), err);
		refused += err != 0;
		mem_deref(back);
		*p = before;
	}

	CU_ASSERT_TRUE(refused > 100);
	mem_deref(cdr);
	mem_deref(mb);
}

static void test_text_is_cleaned(void)
{
	static const struct {
		const char *text, *want;
	} v[] = {
		{"plain", "plain"},
		{"'; DROP TABLE cdr; --", "'; DROP TABLE cdr; --"},
		{"a\r\nb\x1b[2J", "a??b?[2J"},
		{"caf\xc3\xa9", "caf\xc3\xa9"},
		{"\xff\xfe", "??"},
		{"\xc2\x9b"
		 "31m",
		 "??31m"},
	};
	char *field = NULL;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(v); i++) {
		CU_ASSERT_EQUAL(cdr_set_str(&field, v[i].text), 0);
		CU_ASSERT_STRING_EQUAL(field, v[i].want);
	}

	CU_ASSERT_EQUAL(cdr_set_str(&field, NULL), 0);
	CU_ASSERT_PTR_NULL(field);
}

static void test_text_is_cut_between_characters(void)
{
	char text[CDR_TEXT_MAX + 8];
	char *field = NULL;

	memset(text, 'x', sizeof(text));
	memcpy(text + CDR_TEXT_MAX - 1, "\xe4\xb8\xad", 4);
	CU_ASSERT_EQUAL(cdr_set_str(&field, text), 0);
	CU_ASSERT_EQUAL(strlen(field), CDR_TEXT_MAX - 1);
	mem_deref(field);
}

static void test_pack_within_cuts_text_and_drops_json(void)
{
	struct cdr *cdr = full_cdr(), *back = NULL;
	struct mbuf *mb = mbuf_alloc(16);
	char text[CDR_TEXT_MAX + 1];

	memset(text, 'y', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	CU_ASSERT_EQUAL(cdr_set_str(&cdr->reason, text), 0);
	CU_ASSERT_EQUAL(cdr_set_str(&cdr->attempts, text), 0);
	CU_ASSERT_EQUAL(cdr_set_str(&cdr->a_user_agent, text), 0);

	CU_ASSERT_EQUAL(cdr_pack_within(mb, cdr, 1128), 0);
	CU_ASSERT_TRUE(mb->end <= 1000);
	mb->pos = 0;
	CU_ASSERT_EQUAL_FATAL(cdr_unpack(&back, mb), 0);
	CU_ASSERT_PTR_NULL(back->attempts);
	CU_ASSERT_EQUAL(back->reason[0], 'y');
	CU_ASSERT_STRING_EQUAL(back->cdr_id, cdr->cdr_id);

	mbuf_rewind(mb);
	CU_ASSERT_EQUAL(cdr_pack_within(mb, cdr, 100), EOVERFLOW);

	mem_deref(back);
	mem_deref(cdr);
	mem_deref(mb);
}

/* Who pays and by what rate stays whole while anything else can be cut; of an account's name it stays in any case. */
static void test_pack_within_keeps_what_money_depends_on(void)
{
	static const char rate[] = "{\"prefix\":\"86\",\"per_minute\":\"0.30\",\"first\":60,\"next\":60,"
				   "\"bands\":[\"mon-fri 18:00-08:00 0.10\"]}";
	struct cdr *cdr = full_cdr(), *back = NULL;
	struct mbuf *mb = mbuf_alloc(16);
	char text[CDR_TEXT_MAX + 1], account[65];

	memset(text, 'y', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	memset(account, 'a', sizeof(account) - 1);
	account[sizeof(account) - 1] = '\0';
	CU_ASSERT_EQUAL(cdr_set_str(&cdr->a_call_id, text), 0);
	CU_ASSERT_EQUAL(cdr_set_str(&cdr->a_user_agent, text), 0);
	CU_ASSERT_EQUAL(cdr_set_str(&cdr->why, text), 0);
	CU_ASSERT_EQUAL(cdr_set_str(&cdr->account, account), 0);
	CU_ASSERT_EQUAL(cdr_set_str(&cdr->rate, rate), 0);

	CU_ASSERT_EQUAL(cdr_pack_within(mb, cdr, 700), 0);
	mb->pos = 0;
	CU_ASSERT_EQUAL_FATAL(cdr_unpack(&back, mb), 0);
	CU_ASSERT_STRING_EQUAL(back->account, account);
	CU_ASSERT_STRING_EQUAL(back->rate, rate);
	CU_ASSERT_PTR_NULL(back->why);
	back = mem_deref(back);

	CU_ASSERT_EQUAL(cdr_set_str(&cdr->rate, text), 0);
	mbuf_rewind(mb);
	CU_ASSERT_EQUAL(cdr_pack_within(mb, cdr, 700), 0);
	mb->pos = 0;
	CU_ASSERT_EQUAL_FATAL(cdr_unpack(&back, mb), 0);
	CU_ASSERT_STRING_EQUAL(back->account, account);
	CU_ASSERT_PTR_NULL(back->rate);

	mem_deref(back);
	mem_deref(cdr);
	mem_deref(mb);
}

static void test_longest_texts_fit_what_is_held_back(void)
{
	struct cdr *cdr = full_cdr();
	struct mbuf *mb = mbuf_alloc(16);
	char text[CDR_TEXT_MAX + 1];
	size_t i;

	memset(text, 'z', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';

	for (i = 0; i < CDR_FIELDC; i++) {
		void *p = (uint8_t *)cdr + cdr_fields[i].offset;

		if (cdr_kind_is_text(cdr_fields[i].kind))
			CU_ASSERT_EQUAL(cdr_set_str(p, text), 0);
		if (cdr_fields[i].kind == CDR_KIND_NUMBER || cdr_fields[i].kind == CDR_KIND_SOME)
			*(int64_t *)p = INT64_MIN;
	}

	/* an answer's room in writer.c, less the record's header */
	CU_ASSERT_EQUAL(cdr_pack_within(mb, cdr, 1384), 0);
	mem_deref(cdr);
	mem_deref(mb);
}

static void test_unknown_version_is_refused(void)
{
	uint8_t data[] = {2, 1, 0};
	struct mbuf mb = {.buf = data, .size = sizeof(data), .end = sizeof(data)};
	struct cdr *cdr = NULL;

	CU_ASSERT_EQUAL(cdr_unpack(&cdr, &mb), EBADMSG);
}

static void test_older_record_keeps_defaults(void)
{
	struct cdr *cdr = full_cdr(), *back = NULL;
	struct mbuf *mb = mbuf_alloc(16);

	CU_ASSERT_EQUAL(cdr_pack(mb, cdr), 0);
	mb->buf[1] = 12; /* as if the table had ended behind start_us */
	mb->pos = 0;
	CU_ASSERT_EQUAL_FATAL(cdr_unpack(&back, mb), 0);
	CU_ASSERT_EQUAL(back->start_us, cdr->start_us);
	CU_ASSERT_EQUAL(back->duration_ms, -1);
	CU_ASSERT_PTR_NULL(back->reason);

	mem_deref(back);
	mem_deref(cdr);
	mem_deref(mb);
}

static const struct unit_test testv[] = {
	{"a packed record is read back as it was", test_round_trip},
	{"a record cut short is refused at every length", test_cut_short_is_refused},
	{"damaged records are refused or read within bounds, by both readers alike",
	 test_mutations_are_bounded},
	{"control characters and broken UTF-8 are replaced, all else is verbatim", test_text_is_cleaned},
	{"long text is cut between two characters", test_text_is_cut_between_characters},
	{"packing within a size cuts text and leaves out JSON", test_pack_within_cuts_text_and_drops_json},
	{"the longest record fits the room held back for an answer",
	 test_longest_texts_fit_what_is_held_back},
	{"who pays, and by what rate, is cut last, the name not at all",
	 test_pack_within_keeps_what_money_depends_on},
	{"a record of an unknown version is refused", test_unknown_version_is_refused},
	{"an older program's record keeps defaults for newer columns", test_older_record_keeps_defaults},
	{NULL, NULL},
};

const struct unit_suite cdr_suite = {"cdr", testv};
