/**
 * @file zone_rule.c  Summer time by rule
 */
#include <errno.h>
#include "zone_rule.h"

enum {
	DAY_S = 86400,
	HOUR_S = 3600,
	MINUTE_S = 60,
	CHANGE_AT_S = 2 * HOUR_S,
	SUMMER_S = HOUR_S,
	OFFSET_HOURS_MAX = 24,
	TIME_HOURS_MAX = 167,
	MONTHS = 12,
	WEEK = 7,
	LAST_WEEK = 5,
	YEAR_0 = 1970,
	DAYS_400_YEARS = 146097,
};

static const int days_before[MONTHS + 1] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};

/* ---------------------------------------------------------------- the calendar */

static bool is_leap(int64_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* Days from 1970 to the first of a year. */
static int64_t year_begin(int64_t year)
{
	const int64_t before = year - 1;

	return 365 * (year - YEAR_0) + floor_div(before, 4) - floor_div(before, 100) +
	       floor_div(before, 400) - (1969 / 4 - 1969 / 100 + 1969 / 400);
}

static int64_t year_of(int64_t at_s)
{
	int64_t year = YEAR_0 + floor_div(floor_div(at_s, DAY_S) * 400, DAYS_400_YEARS);

	while (year_begin(year) * DAY_S > at_s)
		--year;
	while (year_begin(year + 1) * DAY_S <= at_s)
		++year;

	return year;
}

static int64_t week_day(const struct zone_day *d, int64_t year)
{
	const int leap = is_leap(year);
	const int64_t first = year_begin(year) + days_before[d->month - 1] + (leap && d->month > 2);
	const int length = days_before[d->month] - days_before[d->month - 1] + (leap && d->month == 2);
	const int weekday = (int)(((first + 4) % WEEK + WEEK) % WEEK); /* 1 January 1970 was a Thursday */
	int day = (d->weekday - weekday + WEEK) % WEEK + (d->week - 1) * WEEK;

	while (day >= length)
		day -= WEEK;

	return first + day;
}

/* The moment in local time, as seconds. */
static int64_t change_local(const struct zone_day *d, int64_t year)
{
	int64_t day;

	switch (d->form) {

	case ZONE_DAY_WEEK:
		day = week_day(d, year);
		break;
	case ZONE_DAY_NO_LEAP:
		day = year_begin(year) + d->day - 1 + (is_leap(year) && d->day > days_before[2]);
		break;
	default:
		day = year_begin(year) + d->day;
		break;
	}

	return day * DAY_S + d->time_s;
}

/* ---------------------------------------------------------------- reading */

struct cursor {
	const char *p, *end;
	bool bad;
};

static char peek(const struct cursor *c)
{
	return c->p < c->end ? *c->p : '\0';
}

static bool take(struct cursor *c, char what)
{
	if (peek(c) != what)
		return false;
	++c->p;

	return true;
}

static void expect(struct cursor *c, char what)
{
	c->bad |= !take(c, what);
}

static bool is_digit(char ch)
{
	return ch >= '0' && ch <= '9';
}

static int number(struct cursor *c, int min, int max)
{
	int n = 0;

	c->bad |= !is_digit(peek(c));
	while (is_digit(peek(c)) && n <= max)
		n = n * 10 + (*c->p++ - '0');
	c->bad |= n < min || n > max;

	return n;
}

/* [+-]hh[:mm[:ss]] */
static int32_t time_of_day(struct cursor *c, int hours_max)
{
	const bool negative = take(c, '-');
	int32_t s;

	if (!negative)
		(void)take(c, '+');

	s = number(c, 0, hours_max) * HOUR_S;
	if (take(c, ':'))
		s += number(c, 0, MINUTE_S - 1) * MINUTE_S;
	if (take(c, ':'))
		s += number(c, 0, MINUTE_S - 1);

	return negative ? -s : s;
}

/* Letters, or anything between < and >. */
static void name(struct cursor *c)
{
	const bool quoted = take(c, '<');
	const char *begin = c->p;

	while (c->p < c->end && (quoted ? *c->p != '>' : (*c->p | 0x20) >= 'a' && (*c->p | 0x20) <= 'z'))
		++c->p;
	c->bad |= c->p == begin;
	if (quoted)
		expect(c, '>');
}

static void day(struct cursor *c, struct zone_day *d)
{
	if (take(c, 'M')) {
		d->form = ZONE_DAY_WEEK;
		d->month = number(c, 1, MONTHS);
		expect(c, '.');
		d->week = number(c, 1, LAST_WEEK);
		expect(c, '.');
		d->weekday = number(c, 0, WEEK - 1);
	}
	else if (take(c, 'J')) {
		d->form = ZONE_DAY_NO_LEAP;
		d->day = number(c, 1, 365);
	}
	else {
		d->form = ZONE_DAY_OF_YEAR;
		d->day = number(c, 0, 365);
	}

	d->time_s = take(c, '/') ? time_of_day(c, TIME_HOURS_MAX) : CHANGE_AT_S;
}

int zone_rule_decode(struct zone_rule *rule, const struct pl *text)
{
	struct cursor c = {.p = text->p, .end = text->p + text->l};
	struct zone_rule r = {0};

	name(&c);
	r.standard_s = -time_of_day(&c, OFFSET_HOURS_MAX);
	r.has_summer = !c.bad && c.p < c.end;

	if (r.has_summer) {
		name(&c);
		r.summer_s = peek(&c) == ',' ? r.standard_s + SUMMER_S : -time_of_day(&c, OFFSET_HOURS_MAX);
		expect(&c, ',');
		day(&c, &r.begin);
		expect(&c, ',');
		day(&c, &r.end);
	}

	if (c.bad || c.p != c.end)
		return EBADMSG;
	*rule = r;

	return 0;
}

/* ---------------------------------------------------------------- use */

/* Changes of a few years lie around the moment: the last one before it is in force, the first one after it
 * ends that. Near New Year that may be one of another year. */
int32_t zone_rule_offset(const struct zone_rule *rule, int64_t at_s, int64_t *until_s)
{
	int64_t year, last = INT64_MIN, next = INT64_MAX;
	int32_t offset_s = rule->standard_s;
	int i;

	if (!rule->has_summer) {
		*until_s = INT64_MAX;
		return rule->standard_s;
	}

	year = year_of(at_s);
	for (i = -1; i <= 1; i++) {
		const int64_t begin = change_local(&rule->begin, year + i) - rule->standard_s;
		const int64_t end = change_local(&rule->end, year + i) - rule->summer_s;
		int64_t changev[2] = {begin, end};
		int k;

		for (k = 0; k < 2; k++) {
			if (changev[k] > at_s)
				next = MIN(next, changev[k]);
			else if (changev[k] >= last) {
				last = changev[k];
				offset_s = k ? rule->standard_s : rule->summer_s;
			}
		}
	}

	*until_s = next;

	return offset_s;
}
