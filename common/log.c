/**
 * @file log.c  The daemons' log
 *
 * A line is built in stack buffers and leaves in one write(2), so lines of different threads never
 * mix and nothing is allocated. Lines are shorter than PIPE_BUF for the same reason.
 */
#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <re.h>
#define DEBUG_MODULE "log"
#define DEBUG_LEVEL 5
#include <re_dbg.h>
#include "clock.h"
#include "escape.h"
#include "log.h"

enum {
	LOG_LINE_SIZE = PIPE_BUF,
	LOG_MESSAGE_SIZE = 1800, /* in JSON a quote doubles: twice this and the frame fit in a line */
};

struct message {
	char text[LOG_MESSAGE_SIZE];
	size_t len;
	bool cut;
};

struct line {
	char text[LOG_LINE_SIZE];
	size_t len;
};

static const char *const levelv[LOG_LEVELC] =
	{[LOG_DEBUG] = "debug", [LOG_INFO] = "info", [LOG_WARN] = "warn", [LOG_ERROR] = "error"};

/* Set by log_init before the first thread starts; the level may change at any time. */
static char log_program[32] = "tandem";
static enum log_format log_format_now = LOG_TEXT;
static atomic_int log_level_now = LOG_INFO;

/* Lines held back by log_limit_pass, to be said in the line that follows it. */
static _Thread_local uint32_t log_held;

/* libre's own warnings name addresses and tokens of peers: limited and escaped like all others. */
static void libre_debug_handler(int level, const char *p, size_t len, void *arg)
{
	struct pl text = {p, len};

	if (len && p[len - 1] == '\n')
		--text.l;

	log_peer(level <= DBG_WARNING ? LOG_WARN : LOG_DEBUG, "libre: %r", &text);
}

/** Name the program and how it logs; also takes over what libre prints for debugging. */
void log_init(const char *program, enum log_format format, enum log_level level)
{
	(void)str_ncpy(log_program, program, sizeof(log_program));
	log_format_now = format;
	log_level_set(level);
	dbg_handler_set(libre_debug_handler, NULL);
}

void log_level_set(enum log_level level)
{
	atomic_store_explicit(&log_level_now, (int)level, memory_order_relaxed);
}

enum log_level log_level_get(void)
{
	return (enum log_level)atomic_load_explicit(&log_level_now, memory_order_relaxed);
}

bool log_level_decode(enum log_level *level, const char *name)
{
	int i;

	for (i = 0; name && i < LOG_LEVELC; i++) {
		if (0 == strcmp(levelv[i], name)) {
			*level = (enum log_level)i;
			return true;
		}
	}

	return false;
}

const char *log_level_name(enum log_level level)
{
	return (unsigned)level < LOG_LEVELC ? levelv[level] : "?";
}

/* Takes what fits and marks the rest as cut: a print handler's error would lose all of it. */
static int message_append(const char *p, size_t size, void *arg)
{
	struct message *msg = arg;
	const size_t room = sizeof(msg->text) - msg->len;
	const size_t n = MIN(size, room);

	memcpy(msg->text + msg->len, p, n);
	msg->len += n;
	msg->cut |= n < size;

	return 0;
}

static void line_add(struct line *line, const char *p, size_t len)
{
	const size_t n = MIN(len, sizeof(line->text) - line->len);

	memcpy(line->text + line->len, p, n);
	line->len += n;
}

static void line_add_str(struct line *line, const char *str)
{
	line_add(line, str, strlen(str));
}

/* UTC with milliseconds, RFC 3339. */
static void line_add_time(struct line *line)
{
	const int64_t now_us = clock_wall_us();
	const time_t now_s = (time_t)(now_us / 1000000);
	char str[32], ms[16];
	struct tm tm;

	if (!gmtime_r(&now_s, &tm) || !strftime(str, sizeof(str), "%FT%T", &tm))
		return;

	(void)snprintf(ms, sizeof(ms), ".%03uZ", (unsigned)(now_us / 1000 % 1000));
	line_add_str(line, str);
	line_add_str(line, ms);
}

static void line_begin_text(struct line *line, enum log_level level)
{
	char head[64];
	size_t i;

	(void)snprintf(head, sizeof(head), " %-5s %s: ", log_level_name(level), log_program);
	for (i = 1; i < 6; i++)
		head[i] = (char)(head[i] >= 'a' ? head[i] - 'a' + 'A' : head[i]);

	line_add_time(line);
	line_add_str(line, head);
}

static void line_begin_json(struct line *line, enum log_level level)
{
	char head[96];

	(void)snprintf(head, sizeof(head), "\",\"level\":\"%s\",\"program\":\"%s\",\"message\":\"",
		       log_level_name(level), log_program);
	line_add_str(line, "{\"time\":\"");
	line_add_time(line);
	line_add_str(line, head);
}

static void line_add_quoted(struct line *line, const char *str)
{
	size_t n;

	for (; *str; str += n + 1) {
		n = strcspn(str, "\"\\");
		line_add(line, str, n);
		if (!str[n])
			break;
		line_add(line, "\\", 1);
		line_add(line, str + n, 1);
	}
}

static void line_write(const struct line *line)
{
	ssize_t n;

	do
		n = write(STDERR_FILENO, line->text, line->len);
	while (n < 0 && errno == EINTR);
}

static void message_write(enum log_level level, const struct message *msg)
{
	char plain[LOG_MESSAGE_SIZE];
	struct line line = {.len = 0};
	const size_t taken = escape_text(plain, sizeof(plain), msg->text, msg->len);
	const char *mark = msg->cut || taken < msg->len ? " ..." : "";

	if (log_format_now == LOG_JSON) {
		line_begin_json(&line, level);
		line_add_quoted(&line, plain);
		line_add_str(&line, mark);
		line_add_str(&line, "\"}\n");
	}
	else {
		line_begin_text(&line, level);
		line_add_str(&line, plain);
		line_add_str(&line, mark);
		line_add_str(&line, "\n");
	}

	line_write(&line);
}

static void message_add_held(struct message *msg)
{
	char note[64];
	int n;

	if (!log_held)
		return;

	n = snprintf(note, sizeof(note), " (%u more like this held back)", log_held);
	log_held = 0;
	(void)message_append(note, (size_t)n, msg);
}

/** Write one line if `level` is enabled. Any thread may call it. */
void log_write(enum log_level level, const char *fmt, ...)
{
	struct message msg;
	va_list ap;

	if (level < log_level_get())
		return;

	msg.len = 0;
	msg.cut = false;

	va_start(ap, fmt);
	(void)re_vhprintf(fmt, ap, message_append, &msg);
	va_end(ap);

	message_add_held(&msg);
	message_write(level, &msg);
}

bool log_limit_pass(struct log_limit *ll)
{
	const uint64_t now_s = clock_mono_ms() / 1000;

	if (ll->second != now_s) {
		ll->second = now_s;
		ll->passed = 0;
	}

	if (ll->passed >= LOG_LIMIT_PER_S) {
		++ll->held;
		return false;
	}

	++ll->passed;
	log_held = ll->held;
	ll->held = 0;

	return true;
}
