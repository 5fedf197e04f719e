/**
 * @file log.h  The daemons' log: one line an event, to stderr, escaped and rate-limited
 */
#ifndef TANDEM_LOG_H
#define TANDEM_LOG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG_LEVELC };
enum log_format { LOG_TEXT, LOG_JSON };

/* Formats are libre's (re_printf.c): %s, %u, %d, %zu, %llu, %r (struct pl), %J (struct sa with port),
 * %j (struct sa), %m (errno), %H (print handler). Bytes outside printable ASCII and UTF-8 text are
 * written as \xNN, so text from the network can be logged as it is. */
void log_init(const char *program, enum log_format format, enum log_level level);
void log_level_set(enum log_level level);
enum log_level log_level_get(void);
bool log_level_decode(enum log_level *level, const char *name); /* "debug" "info" "warn" "error" */
const char *log_level_name(enum log_level level);
void log_write(enum log_level level, const char *fmt, ...);

/* At most `LOG_LIMIT_PER_S` lines a second pass for each call site; what was held back is counted
 * and said in the next line that passes. Use for anything a packet from the network can cause. */
enum { LOG_LIMIT_PER_S = 10 };
struct log_limit {
	uint64_t second;
	uint32_t passed;
	uint32_t held;
};
bool log_limit_pass(struct log_limit *ll);

#define log_debug(...)                                     \
	do {                                               \
		if (log_level_get() <= LOG_DEBUG)          \
			log_write(LOG_DEBUG, __VA_ARGS__); \
	} while (0)
#define log_info(...) log_write(LOG_INFO, __VA_ARGS__)
#define log_warn(...) log_write(LOG_WARN, __VA_ARGS__)
#define log_error(...) log_write(LOG_ERROR, __VA_ARGS__)

/** As log_write, for lines that a peer's packet can cause: limited for each call site. */
#define log_peer(level, ...)                                                       \
	do {                                                                       \
		static _Thread_local struct log_limit log_limit_here;              \
		if (log_level_get() <= (level) && log_limit_pass(&log_limit_here)) \
			log_write((level), __VA_ARGS__);                           \
	} while (0)

#endif
