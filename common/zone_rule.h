/**
 * @file zone_rule.h  When summer time begins and ends in years to come: the last line of a zone's file
 */
#ifndef TANDEM_ZONE_RULE_H
#define TANDEM_ZONE_RULE_H

#include <re.h>

enum zone_day_form {
	ZONE_DAY_WEEK,    /* Mm.w.d: the w-th (5: last) day d of a month */
	ZONE_DAY_NO_LEAP, /* Jn: 1 to 365, 29 February is not counted */
	ZONE_DAY_OF_YEAR, /* n: 0 to 365 */
};

/** A day of each year, and the local time the clock is changed at. */
struct zone_day {
	enum zone_day_form form;
	int month, week, weekday; /* 1 = January; 0 = Sunday */
	int day;
	int32_t time_s; /* may be below zero, or past the day's end */
};

struct zone_rule {
	int32_t standard_s, summer_s; /* ahead of UTC */
	bool has_summer;
	struct zone_day begin, end;
};

/** Read a TZ string as POSIX and RFC 9636 3.3.1 have it: "CET-1CEST,M3.5.0,M10.5.0/3". EBADMSG. */
int zone_rule_decode(struct zone_rule *rule, const struct pl *text);

/** As zone_offset(). */
int32_t zone_rule_offset(const struct zone_rule *rule, int64_t at_s, int64_t *until_s);

#endif
