/**
 * @file test_sdp_told.c  What a party is told in o= and s= goes on as one session
 */
#include <string.h>
#include <re.h>
#include "sdp.h"
#include "unit.h"

enum { COUNTED = RSDP_REPLACE_VERSION, FORCED = RSDP_REPLACE_VERSION_FORCE };

static int decode(struct rsdp *sdp, const char *text, char why[RSDP_ERROR_SIZE])
{
	struct pl pl;

	pl_set_str(&pl, text);

	return rsdp_decode(sdp, &pl, why);
}

/* Tell a party `text`, and give back its o= line and s= line as "o|s". */
static void tell(struct rsdp_told *told, const char *text, unsigned replace, char *line, size_t size)
{
	struct rsdp_target target = {.replace = replace};
	struct mbuf *mb = mbuf_alloc(64);
	char why[RSDP_ERROR_SIZE];
	struct pl o = PL_INIT, s = PL_INIT;
	struct rsdp sdp;

	CU_ASSERT_EQUAL_FATAL(decode(&sdp, text, why), 0);
	(void)sa_set_str(&target.local, "192.0.2.7", 0);
	target.mediav[0].rtp = target.local;
	sa_set_port(&target.mediav[0].rtp, 20000);
	CU_ASSERT_EQUAL_FATAL(rsdp_rewrite(mb, told, &sdp, &target, why), 0);
	CU_ASSERT_EQUAL_FATAL(re_regex((char *)mb->buf, mb->end, "o=[^\r]+\r\ns=[^\r]+\r\nc=IN IP4 192.0.2.7",
				       &o, &s),
			      0);
	(void)re_snprintf(line, size, "%r|%r", &o, &s);
	mem_deref(mb);
}

static const struct {
	const char *o;
	const char *s;
	const char *a; /* what else is in the body */
	unsigned replace;
	bool anew; /* another party than before */
	const char *told;
} rowv[] = {
	/* as it came, unless asked for */
	{"al 1 7 IN IP4 10.0.0.1", "x", "a", 0, true, "al 1 7 IN IP4 10.0.0.1|x"},
	{"bo 2 3 IN IP4 10.0.0.1", "y", "b", 0, false, "bo 2 3 IN IP4 10.0.0.1|y"},
	/* the same body, the same version; another body, the next */
	{"al 1 8 IN IP4 10.0.0.1", "x", "a", COUNTED, true, "al 1 8 IN IP4 10.0.0.1|x"},
	{"al 1 11 IN IP4 10.0.0.1", "x", "a", COUNTED, false, "al 1 8 IN IP4 10.0.0.1|x"},
	{"al 1 5 IN IP4 10.0.0.1", "x", "b", COUNTED, false, "al 1 9 IN IP4 10.0.0.1|x"},
	{"al 1 5 IN IP4 10.0.0.1", "x", "c", COUNTED, false, "al 1 10 IN IP4 10.0.0.1|x"},
	{"al 1 5 IN IP4 10.0.0.1", "x", "c", COUNTED, false, "al 1 10 IN IP4 10.0.0.1|x"},
	{"al 2 5 IN IP4 10.0.0.1", "x", "c", COUNTED, false, "al 2 11 IN IP4 10.0.0.1|x"},
	/* raised each time */
	{"al 2 5 IN IP4 10.0.0.1", "x", "c", FORCED, false, "al 2 12 IN IP4 10.0.0.1|x"},
	{"al 2 5 IN IP4 10.0.0.1", "x", "c", FORCED, false, "al 2 13 IN IP4 10.0.0.1|x"},
	{"al 2 5 IN IP4 10.0.0.1", "x", "c", FORCED, true, "al 2 5 IN IP4 10.0.0.1|x"},
	/* what passed before counts too */
	{"al 1 30 IN IP4 10.0.0.1", "x", "a", 0, true, "al 1 30 IN IP4 10.0.0.1|x"},
	{"al 1 4 IN IP4 10.0.0.1", "x", "b", COUNTED, false, "al 1 31 IN IP4 10.0.0.1|x"},
	/* a version that is no number of 62 bits starts anew */
	{"al 1 x IN IP4 10.0.0.1", "x", "a", COUNTED, true, "al 1 1 IN IP4 10.0.0.1|x"},
	{"al 1 99999999999999999999 IN IP4 10.0.0.1", "x", "a", COUNTED, true, "al 1 1 IN IP4 10.0.0.1|x"},
	{"al 1 999999999999999999 IN IP4 10.0.0.1", "x", "a", COUNTED, true,
	 "al 1 999999999999999999 IN IP4 10.0.0.1|x"},
	{"al 1 0 IN IP4 10.0.0.1", "x", "b", COUNTED, false, "al 1 1000000000000000000 IN IP4 10.0.0.1|x"},
	/* user, session id and name as first told */
	{"al 1 7 IN IP4 10.0.0.1", "x", "a", RSDP_REPLACE_USERNAME, true, "al 1 7 IN IP4 10.0.0.1|x"},
	{"bo 2 8 IN IP4 10.0.0.1", "y", "a", RSDP_REPLACE_USERNAME, false, "al 2 8 IN IP4 10.0.0.1|y"},
	{"bo 2 8 IN IP4 10.0.0.1", "y", "a", 0, false, "bo 2 8 IN IP4 10.0.0.1|y"},
	{"al 1 7 IN IP4 10.0.0.1", "x", "a", RSDP_REPLACE_SESSION_NAME, true, "al 1 7 IN IP4 10.0.0.1|x"},
	{"bo 2 8 IN IP4 10.0.0.1", "y", "a", RSDP_REPLACE_SESSION_NAME, false, "bo 2 8 IN IP4 10.0.0.1|x"},
	{"al 1 7 IN IP4 10.0.0.1", "x", "a", RSDP_REPLACE_ORIGIN_FULL, true, "al 1 7 IN IP4 192.0.2.7|x"},
	{"bo 2 3 IN IP4 10.0.0.2", "y", "b", RSDP_REPLACE_ORIGIN_FULL, false, "al 1 8 IN IP4 192.0.2.7|y"},
};

static void an_o_line_goes_on_as_one_session(void)
{
	struct rsdp_told told = {.hash = 0};
	char text[512], line[128];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rowv); i++) {

		if (rowv[i].anew)
			rsdp_told_reset(&told);
		(void)re_snprintf(text, sizeof(text),
				  "v=0\r\no=%s\r\ns=%s\r\nc=IN IP4 10.0.0.1\r\nm=audio 4000 RTP/AVP 0\r\n"
				  "a=%s\r\n",
				  rowv[i].o, rowv[i].s, rowv[i].a);
		tell(&told, text, rowv[i].replace, line, sizeof(line));
		CU_ASSERT_STRING_EQUAL(line, rowv[i].told);
		if (strcmp(line, rowv[i].told))
			(void)fprintf(stderr, "\n    row %u: got '%s'\n", (unsigned)i, line);
	}

	rsdp_told_reset(&told);
	CU_ASSERT_PTR_NULL(told.fieldv[RSDP_TOLD_USERNAME]);
}

/* What is refused must not count as told. */
static void what_was_not_written_was_not_told(void)
{
	static const char text[] =
		"v=0\r\no=a 1 1 IN IP4 10.0.0.1\r\nc=IN IP4 10.0.0.1\r\nm=audio 4000 RTP/AVP 0\r\n";
	struct pl all = PL("all");
	const struct rsdp_filter filter = {.strip = {.v = &all, .c = 1}};
	struct rsdp_target target = {.filter = &filter, .replace = RSDP_REPLACE_ORIGIN_FULL};
	struct rsdp_told told = {.hash = 0};
	struct mbuf *mb = mbuf_alloc(64);
	char why[RSDP_ERROR_SIZE];
	struct rsdp sdp;

	CU_ASSERT_EQUAL_FATAL(decode(&sdp, text, why), 0);
	(void)sa_set_str(&target.mediav[0].rtp, "192.0.2.7", 20000);
	target.local = target.mediav[0].rtp;
	CU_ASSERT_EQUAL(rsdp_rewrite(mb, &told, &sdp, &target, why), ENOTSUP);
	CU_ASSERT_EQUAL(told.hash, 0);
	CU_ASSERT_PTR_NULL(told.fieldv[RSDP_TOLD_USERNAME]);
	mem_deref(mb);
}

static const struct unit_test testv[] = {
	{"an o= line goes on as one session", an_o_line_goes_on_as_one_session},
	{"what was not written was not told", what_was_not_written_was_not_told},
	{NULL, NULL},
};

const struct unit_suite sdp_told_suite = {"sdp_told", testv};
