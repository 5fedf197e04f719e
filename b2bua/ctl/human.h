/**
 * @file human.h  Values as people read them: what a key ends in says its unit
 */
#ifndef TANDEM_CTL_HUMAN_H
#define TANDEM_CTL_HUMAN_H

#include <re.h>

enum { HUMAN_SIZE = 64 };

/**
 * Write a number in the form its key's unit asks for: *_us from 2000 on a local time, other *_us a
 * duration, *_ms and *_s durations, *_bytes a size, *_nano an amount, *_x100 a number with two places; anything else as it is.
 */
void human_number(char str[HUMAN_SIZE], const char *key, int64_t value);

/** The same with a fraction: *_ms below a second keep a tenth; without a unit it is a number with one place. */
void human_decimal(char str[HUMAN_SIZE], const char *key, double value);

/** The key without its unit and with spaces: "rss_bytes" is "rss", "start_us" is "start". */
void human_key(char str[HUMAN_SIZE], const char *key);

/** So many of something: "1 entry", "2 entries". */
struct human_count {
	uint64_t n;
	const char *one, *many;
};

/** Print it, for %H. */
int human_count_print(struct re_printf *pf, const struct human_count *count);

#endif
