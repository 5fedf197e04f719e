/**
 * @file time_text.c  Moments as text (ISO 8601), to the second
 */
#include <errno.h>
#include <time.h>
#include "time_text.h"

static const int64_t second_us = 1000000;

/* So many digits of the text, and the text behind them. */
static int digits_take(int *number, struct pl *text, size_t count)
{
	size_t i;

	*number = 0;
	if (text->l < count)
		return EINVAL;

	for (i = 0; i < count; i++) {
		if (text->p[i] < '0' || text->p[i] > '9')
			return EINVAL;
		*number = *number * 10 + (text->p[i] - '0');
	}

	pl_advance(text, (ssize_t)count);

	return 0;
}

static bool char_take(struct pl *text, char c)
{
	if (!text->l || *text->p != c)
		return false;

	pl_advance(text, 1);

	return true;
}

static int date_take(struct tm *tm, struct pl *text)
{
	if (digits_take(&tm->tm_year, text, 4) || !char_take(text, '-') ||
	    digits_take(&tm->tm_mon, text, 2) || !char_take(text, '-') || digits_take(&tm->tm_mday, text, 2))
		return EINVAL;

	tm->tm_year -= 1900;
	tm->tm_mon -= 1;

	return tm->tm_year < 70 ? EINVAL : 0;
}

static int clock_take(struct tm *tm, struct pl *text)
{
	if (digits_take(&tm->tm_hour, text, 2) || !char_take(text, ':') || digits_take(&tm->tm_min, text, 2))
		return EINVAL;

	return char_take(text, ':') ? digits_take(&tm->tm_sec, text, 2) : 0;
}

/* "", "Z", "+08:00", "+0800", "-03" */
static int offset_take(int64_t *offset_s, struct pl *text)
{
	const bool ahead = char_take(text, '+');
	int hours = 0, minutes = 0;

	*offset_s = 0;
	if (!ahead && !char_take(text, '-')) {
		(void)char_take(text, 'Z');
		return 0;
	}

	if (digits_take(&hours, text, 2))
		return EINVAL;
	if (char_take(text, ':') || text->l) {
		if (digits_take(&minutes, text, 2))
			return EINVAL;
	}
	if (hours > 23 || minutes > 59)
		return EINVAL;

	*offset_s = (ahead ? 1 : -1) * (int64_t)(hours * 3600 + minutes * 60);

	return 0;
}

/* timegm() takes the 30th of February for a day in March. */
static bool same_moment(const struct tm *a, const struct tm *b)
{
	return a->tm_mday == b->tm_mday && a->tm_mon == b->tm_mon && a->tm_hour == b->tm_hour &&
	       a->tm_min == b->tm_min && a->tm_sec == b->tm_sec;
}

int time_text_decode(int64_t *us, const struct pl *text)
{
	struct tm tm = {0}, meant;
	struct pl rest = *text;
	int64_t offset_s = 0;
	time_t s;

	if (date_take(&tm, &rest))
		return EINVAL;
	if ((char_take(&rest, 'T') || char_take(&rest, ' ')) &&
	    (clock_take(&tm, &rest) || offset_take(&offset_s, &rest)))
		return EINVAL;
	if (rest.l)
		return EINVAL;

	meant = tm;
	s = timegm(&tm);
	if (!same_moment(&tm, &meant) || s < offset_s)
		return EINVAL;

	*us = (s - offset_s) * second_us;

	return 0;
}

void time_text_encode(char text[TIME_TEXT_SIZE], int64_t us)
{
	const time_t s = (time_t)(us / second_us);
	struct tm tm;

	if (!gmtime_r(&s, &tm) || !strftime(text, TIME_TEXT_SIZE, "%Y-%m-%dT%H:%M:%SZ", &tm))
		text[0] = '\0';
}
