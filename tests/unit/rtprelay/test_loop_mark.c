/**
 * @file test_loop_mark.c  The mark by which a relay knows its own SDP again
 */
#include <string.h>
#include <re.h>
#include "loop_mark.h"
#include "unit.h"

#define HEAD "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n"
#define MARK "a=tandem-relay:0123\r\n"
#define MEDIA "m=audio 4000 RTP/AVP 0\r\na=sendrecv\r\n"

/* clang-format off */
static const struct {
	const char *before, *after;
} addv[] = {
	{HEAD MEDIA,          HEAD MARK MEDIA},
	{HEAD MARK MEDIA,     HEAD MARK MEDIA},        /* once is enough */
	{HEAD MEDIA MEDIA,    HEAD MARK MEDIA MEDIA},
	{HEAD,                HEAD MARK},
	{HEAD "a=x:m=audio\r\n" MEDIA, HEAD "a=x:m=audio\r\n" MARK MEDIA},
	{"",                  MARK},
};

static const struct {
	const char *sdp;
	bool in;
} findv[] = {
	{HEAD MARK MEDIA, true},
	{HEAD MEDIA MARK, true},
	{"v=0\na=tandem-relay:0123\nm=audio 4000 RTP/AVP 0\n", true},
	{HEAD "a=tandem-relay:0124\r\n" MEDIA, false},
	{HEAD "a=tandem-relay:012", false},
	{HEAD "b=a=tandem-relay:0123\r\n", false},
	{HEAD MEDIA, false},
	{"", false},
};
/* clang-format on */

static void it_stands_before_the_first_m_line_once(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(addv); i++) {

		const size_t len = strlen(addv[i].before);
		struct mbuf *mb = mbuf_alloc(len + 1);

		(void)mbuf_write_str(mb, addv[i].before);
		CU_ASSERT_EQUAL(loop_mark_add(mb, "0123"), 0);
		CU_ASSERT_EQUAL_FATAL(mb->end, strlen(addv[i].after));
		CU_ASSERT_EQUAL(memcmp(mb->buf, addv[i].after, mb->end), 0);
		mem_deref(mb);
	}
}

static void only_ones_own_is_known_again(void)
{
	struct pl pl;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(findv); i++) {
		pl_set_str(&pl, findv[i].sdp);
		CU_ASSERT_EQUAL(loop_mark_is_in(&pl, "0123"), findv[i].in);
	}
}

static const struct unit_test testv[] = {
	{"it stands before the first m-line, once", it_stands_before_the_first_m_line_once},
	{"only one's own is known again", only_ones_own_is_known_again},
	{NULL, NULL},
};

const struct unit_suite loop_mark_suite = {"loop mark", testv};
