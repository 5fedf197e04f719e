/**
 * @file when.c  Times as operators write them, in UTC
 */
#include <errno.h>
#include <string.h>
#include <time.h>
#include "when.h"

/** strptime() makes the 31st of February a day in March. */
static int moment(int64_t *us, struct tm *tm)
{
	const int day = tm->tm_mday;
	const time_t t = timegm(tm);

	if (tm->tm_mday != day || t < 0)
		return EINVAL;

	*us = (int64_t)t * 1000000;

	return 0;
}

int when_decode(int64_t *us, const char *text)
{
	static const char *const formv[] = {"%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M",
					    "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"};
	size_t i;

	for (i = 0; i < sizeof(formv) / sizeof(formv[0]); i++) {

		struct tm tm = {0};
		const char *end = strptime(text, formv[i], &tm);

		if (end && (!*end || !strcmp(end, "Z")))
			return moment(us, &tm);
	}

	return EINVAL;
}
