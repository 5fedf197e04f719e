/**
 * @file test_frame.c  Messages in a stream
 */
#include <string.h>
#include <re.h>
#include "door/frame.h"
#include "unit.h"

#define HEAD "OPTIONS sip:a@b SIP/2.0\r\nCall-ID: 1\r\n"
#define MESSAGE HEAD "Content-Length: 0\r\n\r\n"

static const struct {
	const char *text;
	enum frame_kind kind;
	size_t len;
} casev[] = {
	{MESSAGE, FRAME_MESSAGE, sizeof(MESSAGE) - 1},
	{MESSAGE MESSAGE, FRAME_MESSAGE, sizeof(MESSAGE) - 1},
	{MESSAGE "rest", FRAME_MESSAGE, sizeof(MESSAGE) - 1},
	{"SIP/2.0 200 OK\r\nl:0\r\n\r\n", FRAME_MESSAGE, 23},
	{HEAD "content-LENGTH :\t3 \r\n\r\nabcd", FRAME_MESSAGE, sizeof(HEAD) - 1 + 27 - 1},
	{HEAD "l: 3\n\nabc", FRAME_MESSAGE, sizeof(HEAD) - 1 + 9},
	{HEAD "l: 3\r\nContent-Length: 3\r\n\r\nabc", FRAME_MESSAGE, sizeof(HEAD) - 1 + 30},
	/* what is to come */
	{"", FRAME_PART, 0},
	{"\r", FRAME_PART, 0},
	{"OPTIONS", FRAME_PART, 0},
	{HEAD, FRAME_PART, 0},
	{HEAD "l: 3\r\n\r\nab", FRAME_PART, 0},
	/* empty lines, all that there are */
	{"\r\n", FRAME_KEEPALIVE, 2},
	{"\r\n\r\n", FRAME_KEEPALIVE, 4},
	{"\r\n\r\n\r", FRAME_KEEPALIVE, 4},
	{"\r\n" MESSAGE, FRAME_KEEPALIVE, 2},
	/* where the next begins, nobody knows */
	{HEAD "\r\n", FRAME_JUNK, 0},
	{HEAD "l: x\r\n\r\n", FRAME_JUNK, 0},
	{HEAD "l: -1\r\n\r\n", FRAME_JUNK, 0},
	{HEAD "l: 1 2\r\n\r\n", FRAME_JUNK, 0},
	{HEAD "l:\r\n\r\n", FRAME_JUNK, 0},
	{HEAD "l: 3\r\nl: 4\r\n\r\nabcd", FRAME_JUNK, 0},
	{HEAD "l: 65535\r\n\r\n", FRAME_JUNK, 0},
	{HEAD "l: 18446744073709551616\r\n\r\n", FRAME_JUNK, 0},
	{"GET / HTTP/1.1\r\nContent-Length: 0\r\n\r\n", FRAME_JUNK, 0},
	{"\n\n", FRAME_JUNK, 0},
};

static void test_frames(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(casev); i++) {
		struct frame f = {.whole = 0};
		size_t len = 99;

		CU_ASSERT_EQUAL(frame_find(&len, &f, (const uint8_t *)casev[i].text, strlen(casev[i].text)),
				casev[i].kind);
		CU_ASSERT_EQUAL(len, casev[i].len);
	}
}

/* In whichever pieces it comes, the verdict falls with the same byte, and is the same. */
static void test_byte_by_byte(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(casev); i++) {
		const size_t size = strlen(casev[i].text);
		enum frame_kind kind = FRAME_PART;
		struct frame f = {.whole = 0};
		size_t len = 0;

		if (casev[i].kind == FRAME_KEEPALIVE)
			continue;

		for (size_t n = 1; n <= size && kind == FRAME_PART; n++)
			kind = frame_find(&len, &f, (const uint8_t *)casev[i].text, n);

		CU_ASSERT_EQUAL(kind, casev[i].kind);
		CU_ASSERT_EQUAL(len, casev[i].len);
	}
}

static void test_longest(void)
{
	static uint8_t buf[FRAME_MAX + 2];
	struct frame f = {.whole = 0};
	size_t len;

	memset(buf, 'a', sizeof(buf));
	CU_ASSERT_EQUAL(frame_find(&len, &f, buf, FRAME_MAX), FRAME_PART);
	CU_ASSERT_EQUAL(frame_find(&len, &f, buf, FRAME_MAX + 1), FRAME_JUNK);
}

static const struct unit_test tests[] = {
	{"a message ends where its Content-Length says", test_frames},
	{"pieces make no difference", test_byte_by_byte},
	{"64 KiB without an end are no message", test_longest},
	{NULL, NULL},
};

const struct unit_suite frame_suite = {"frame", tests};
