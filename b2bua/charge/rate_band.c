/**
 * @file rate_band.c  A price at some times of the week, as text
 */
#include <errno.h>
#include <re.h>
#include "money.h"
#include "rate_band.h"

enum { DAYS = 7, HOUR_MIN = 60, DAY_MIN = 1440 };

static const char *const dayv[DAYS] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

static int day_find(const struct pl *text)
{
	int i;

	for (i = 0; i < DAYS; i++)
		if (!pl_strcasecmp(text, dayv[i]))
			return i;

	return -1;
}

/* "mon", "mon-fri", "sat-mon" */
static int span_decode(uint8_t *days, const struct pl *text)
{
	struct pl from = {text->p, 3}, to = from;
	int day, last;

	if (text->l == 7 && text->p[3] == '-')
		to.p = text->p + 4;
	else if (text->l != 3)
		return EINVAL;

	day = day_find(&from);
	last = day_find(&to);
	if (day < 0 || last < 0)
		return EINVAL;

	for (; day != last; day = (day + 1) % DAYS)
		*days |= (uint8_t)(1U << day);
	*days |= (uint8_t)(1U << last);

	return 0;
}

static int days_decode(uint8_t *days, struct pl text)
{
	*days = 0;

	for (;;) {
		const char *comma = pl_strchr(&text, ',');
		struct pl span = {text.p, comma ? (size_t)(comma - text.p) : text.l};

		if (span_decode(days, &span))
			return EINVAL;
		if (!comma)
			return 0;
		pl_advance(&text, (ssize_t)span.l + 1);
	}
}

/* "00:00" to "24:00" */
static int minute_decode(uint32_t *minute, const char *p)
{
	uint32_t hours, minutes;
	size_t i;

	for (i = 0; i < 5; i++)
		if (i == 2 ? p[i] != ':' : p[i] < '0' || p[i] > '9')
			return EINVAL;

	hours = (uint32_t)(p[0] - '0') * 10 + (uint32_t)(p[1] - '0');
	minutes = (uint32_t)(p[3] - '0') * 10 + (uint32_t)(p[4] - '0');
	*minute = hours * HOUR_MIN + minutes;

	return minutes < HOUR_MIN && *minute <= DAY_MIN ? 0 : EINVAL;
}

static int hours_decode(struct rate_band *band, const struct pl *text)
{
	uint32_t from, to;

	if (text->l != 11 || text->p[5] != '-' || minute_decode(&from, text->p) ||
	    minute_decode(&to, text->p + 6) || from == DAY_MIN)
		return EINVAL;

	band->from_min = (uint16_t)from;
	band->length_min = (uint16_t)(to > from ? to - from : to + DAY_MIN - from);

	return 0;
}

/* The next word, words being one space apart. */
static struct pl word(struct pl *text)
{
	const char *space = pl_strchr(text, ' ');
	struct pl pl = {text->p, space ? (size_t)(space - text->p) : text->l};

	pl_advance(text, (ssize_t)(space ? pl.l + 1 : pl.l));

	return pl;
}

int rate_band_decode(struct rate_band *band, const struct pl *text)
{
	struct pl rest = *text, days = word(&rest), hours = word(&rest);

	if (days_decode(&band->days, days) || hours_decode(band, &hours) ||
	    money_decode(&band->per_minute_nano, &rest) || band->per_minute_nano < 0)
		return EINVAL;

	return 0;
}

int rate_bands_decode(struct rate *r, const struct odict *array)
{
	const struct le *le;

	for (le = array->lst.head; le; le = le->next) {

		const struct odict_entry *e = le->data;
		struct pl text;

		if (e->type != ODICT_STRING || r->bandc == RATE_BAND_MAX)
			return EBADMSG;

		pl_set_str(&text, e->u.str);
		if (rate_band_decode(&r->bandv[r->bandc++], &text))
			return EBADMSG;
	}

	return 0;
}

static int days_print(struct re_printf *pf, uint8_t days)
{
	const char *comma = "";
	int err = 0, day;

	for (day = 0; day < DAYS; day++)
		if (days & 1U << day) {
			err |= re_hprintf(pf, "%s%s", comma, dayv[day]);
			comma = ",";
		}

	return err;
}

int rate_band_encode(struct re_printf *pf, const struct rate_band *band)
{
	const unsigned end = band->from_min + band->length_min;
	const unsigned to = end > DAY_MIN ? end - DAY_MIN : end;
	char amount[MONEY_STRSIZE];
	int err;

	money_encode(amount, band->per_minute_nano);
	err = days_print(pf, band->days);
	err |= re_hprintf(pf, " %02u:%02u-%02u:%02u %s", band->from_min / HOUR_MIN, band->from_min % HOUR_MIN,
			  to / HOUR_MIN, to % HOUR_MIN, amount);

	return err;
}
