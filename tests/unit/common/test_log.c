/**
 * @file test_log.c  The log: what stands in a line, what is held back, and threads
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <re.h>
#define DEBUG_MODULE "test"
#define DEBUG_LEVEL 5
#include <re_dbg.h>
#include "clock.h"
#include "log.h"
#include "unit.h"

/* What is written to stderr between begin and end. */
struct capture {
	FILE *file;
	int stderr_fd;
	char *text;
};

static void capture_begin(struct capture *cap, enum log_format format, enum log_level level)
{
	cap->file = tmpfile();
	CU_ASSERT_PTR_NOT_NULL_FATAL(cap->file);
	(void)fflush(stderr);
	cap->stderr_fd = dup(STDERR_FILENO);
	(void)dup2(fileno(cap->file), STDERR_FILENO);
	log_init("prog", format, level);
}

static void capture_end(struct capture *cap)
{
	long size;

	(void)fflush(stderr);
	(void)dup2(cap->stderr_fd, STDERR_FILENO);
	(void)close(cap->stderr_fd);
	log_init("unit", LOG_TEXT, LOG_ERROR);

	(void)fseek(cap->file, 0, SEEK_END);
	size = ftell(cap->file);
	rewind(cap->file);
	cap->text = calloc(1, (size_t)size + 1);
	CU_ASSERT_PTR_NOT_NULL_FATAL(cap->text);
	CU_ASSERT_EQUAL(fread(cap->text, 1, (size_t)size, cap->file), (size_t)size);
	(void)fclose(cap->file);
}

static void capture_free(struct capture *cap)
{
	free(cap->text);
}

static size_t count_lines(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n';

	return n;
}

static void test_text_line(void)
{
	struct pl year, rest;
	struct capture cap;
	struct sa sa;

	(void)sa_set_str(&sa, "::1", 5060);
	capture_begin(&cap, LOG_TEXT, LOG_INFO);
	log_warn("peer %J: code %u, %s", &sa, 404, "gone");
	capture_end(&cap);

	CU_ASSERT_EQUAL(re_regex(cap.text, strlen(cap.text),
				 "[0-9]4-[0-9]2-[0-9]2T[0-9]2:[0-9]2:[0-9]2.[0-9]3Z[^]*", &year, NULL, NULL,
				 NULL, NULL, NULL, NULL, &rest),
			0);
	CU_ASSERT_EQUAL(pl_strcmp(&rest, " WARN  prog: peer [::1]:5060: code 404, gone\n"), 0);
	CU_ASSERT_PTR_EQUAL(year.p, cap.text);
	capture_free(&cap);
}

static void test_escaped(void)
{
	static const char hostile[] = "\r\nINJECTED \x1b[2J\xff\xc3\xbc";
	struct capture cap;

	capture_begin(&cap, LOG_TEXT, LOG_INFO);
	log_info("ua=%s", hostile);
	capture_end(&cap);

	CU_ASSERT_EQUAL(count_lines(cap.text), 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(cap.text, "ua=\\x0d\\x0aINJECTED \\x1b[2J\\xff\xc3\xbc\n"));
	capture_free(&cap);
}

static void test_json_line(void)
{
	struct odict *od = NULL;
	struct capture cap;

	capture_begin(&cap, LOG_JSON, LOG_INFO);
	log_error("said \"%s\" \\ %s", "no", "\n");
	capture_end(&cap);

	CU_ASSERT_EQUAL(count_lines(cap.text), 1);
	CU_ASSERT_EQUAL_FATAL(json_decode_odict(&od, 8, cap.text, strlen(cap.text), 4), 0);
	CU_ASSERT_STRING_EQUAL(odict_string(od, "level"), "error");
	CU_ASSERT_STRING_EQUAL(odict_string(od, "program"), "prog");
	CU_ASSERT_STRING_EQUAL(odict_string(od, "message"), "said \"no\" \\ \\x0a");
	CU_ASSERT_EQUAL(strlen(odict_string(od, "time")), strlen("2026-01-02T03:04:05.678Z"));
	mem_deref(od);
	capture_free(&cap);
}

static void test_levels(void)
{
	enum log_level level = LOG_ERROR;
	struct capture cap;

	CU_ASSERT_TRUE(log_level_decode(&level, "warn"));
	CU_ASSERT_EQUAL(level, LOG_WARN);
	CU_ASSERT_STRING_EQUAL(log_level_name(LOG_DEBUG), "debug");
	CU_ASSERT_FALSE(log_level_decode(&level, "WARN"));
	CU_ASSERT_FALSE(log_level_decode(&level, NULL));
	CU_ASSERT_EQUAL(level, LOG_WARN);

	capture_begin(&cap, LOG_TEXT, LOG_WARN);
	log_debug("one");
	log_info("two");
	log_warn("three");
	log_level_set(LOG_DEBUG);
	log_debug("four");
	capture_end(&cap);

	CU_ASSERT_EQUAL(count_lines(cap.text), 2);
	CU_ASSERT_PTR_NOT_NULL(strstr(cap.text, "three"));
	CU_ASSERT_PTR_NOT_NULL(strstr(cap.text, "DEBUG prog: four"));
	capture_free(&cap);
}

static void test_long_lines(void)
{
	static char giant[20000];
	enum log_format format;

	memset(giant, '"', sizeof(giant) - 1);

	for (format = LOG_TEXT; format <= LOG_JSON; format++) {
		struct capture cap;

		capture_begin(&cap, format, LOG_INFO);
		log_info("%s", giant);
		capture_end(&cap);

		CU_ASSERT_EQUAL(count_lines(cap.text), 1);
		CU_ASSERT(strlen(cap.text) <= 4096);
		CU_ASSERT_PTR_NOT_NULL(strstr(cap.text, format == LOG_TEXT ? "\" ...\n" : "\\\" ...\"}\n"));
		capture_free(&cap);
	}
}

static uint64_t fake_ms;

static uint64_t fake_clock(void)
{
	return fake_ms;
}

static void peer_lines(unsigned count)
{
	while (count--)
		log_peer(LOG_WARN, "bad packet");
}

static void test_limit(void)
{
	struct capture cap;

	fake_ms = 5000;
	clock_mono_set(fake_clock);
	capture_begin(&cap, LOG_TEXT, LOG_INFO);
	peer_lines(LOG_LIMIT_PER_S + 25);
	log_warn("another place");
	fake_ms += 1000;
	peer_lines(2);
	capture_end(&cap);
	clock_mono_set(NULL);

	CU_ASSERT_EQUAL(count_lines(cap.text), LOG_LIMIT_PER_S + 1 + 2);
	CU_ASSERT_PTR_NOT_NULL(strstr(cap.text, "another place\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(cap.text, "bad packet (25 more like this held back)\n"));
	CU_ASSERT_STRING_EQUAL(cap.text + strlen(cap.text) - 11, "bad packet\n");
	capture_free(&cap);
}

static void test_libre_warning(void)
{
	struct capture cap;

	capture_begin(&cap, LOG_TEXT, LOG_INFO);
	dbg_printf(DBG_WARNING, "token %s\n", "\x1b[0m");
	capture_end(&cap);

	CU_ASSERT_EQUAL(count_lines(cap.text), 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(cap.text, "WARN  prog: libre: token \\x1b[0m\n"));
	capture_free(&cap);
}

enum { THREADS = 4, LINES = 500 };

static void *write_lines(void *arg)
{
	const char *name = arg;
	unsigned i;

	for (i = 0; i < LINES; i++)
		log_info("<%s%s%s%s>", name, name, name, name);

	return NULL;
}

static void test_threads(void)
{
	static char namev[THREADS][40];
	pthread_t threadv[THREADS];
	struct capture cap;
	size_t i, whole = 0;
	const char *p;

	capture_begin(&cap, LOG_TEXT, LOG_INFO);
	for (i = 0; i < THREADS; i++) {
		memset(namev[i], 'a' + (int)i, sizeof(namev[i]) - 1);
		CU_ASSERT_EQUAL_FATAL(pthread_create(&threadv[i], NULL, write_lines, namev[i]), 0);
	}
	for (i = 0; i < THREADS; i++)
		(void)pthread_join(threadv[i], NULL);
	capture_end(&cap);

	for (p = cap.text; (p = strchr(p, '<')); p++)
		whole += strspn(p + 1, (char[]){p[1], '\0'}) == 4 * (sizeof(namev[0]) - 1) &&
			 p[1 + 4 * (sizeof(namev[0]) - 1)] == '>';

	CU_ASSERT_EQUAL(count_lines(cap.text), THREADS * LINES);
	CU_ASSERT_EQUAL(whole, THREADS * LINES);
	capture_free(&cap);
}

static const struct unit_test testv[] = {
	{"a text line has time, level, program and message", test_text_line},
	{"text from the network stays on its line, escaped", test_escaped},
	{"a JSON line decodes to what was said", test_json_line},
	{"lines below the level are left out, at run time too", test_levels},
	{"a giant message is cut, marked, and one line", test_long_lines},
	{"a peer causes few lines a second, the rest is counted", test_limit},
	{"libre's warnings come out escaped like our own", test_libre_warning},
	{"lines of several threads never mix", test_threads},
	{NULL, NULL},
};

const struct unit_suite log_suite = {"log", testv};
