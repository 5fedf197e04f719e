/**
 * @file human.c  Values as people read them
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "money.h"
#include "human.h"

#define YEAR_2000_US 946684800000000

typedef void(human_h)(char str[HUMAN_SIZE], int64_t value);

static void duration_ms(char str[HUMAN_SIZE], int64_t ms)
{
	const long long s = ms / 1000;

	if (ms < 1000)
		(void)re_snprintf(str, HUMAN_SIZE, "%lld ms", (long long)ms);
	else if (s < 60)
		(void)re_snprintf(str, HUMAN_SIZE, "%lld.%lld s", s, (long long)(ms % 1000 / 100));
	else if (s < 3600)
		(void)re_snprintf(str, HUMAN_SIZE, "%lld:%02lld min", s / 60, s % 60);
	else if (s < 86400)
		(void)re_snprintf(str, HUMAN_SIZE, "%lld:%02lld:%02lld h", s / 3600, s / 60 % 60, s % 60);
	else
		(void)re_snprintf(str, HUMAN_SIZE, "%lld d %lld:%02lld h", s / 86400, s / 3600 % 24,
				  s / 60 % 60);
}

static void duration_s(char str[HUMAN_SIZE], int64_t s)
{
	if (s >= 0 && s < 60)
		(void)re_snprintf(str, HUMAN_SIZE, "%lld s", (long long)s);
	else
		duration_ms(str, s * 1000);
}

static void time_us(char str[HUMAN_SIZE], int64_t us)
{
	const time_t t = (time_t)(us / 1000000);
	char date[32];
	struct tm tm;

	if (us < YEAR_2000_US && us >= 0 && us < 1000) {
		(void)re_snprintf(str, HUMAN_SIZE, "%lld us", (long long)us);
		return;
	}

	if (us < YEAR_2000_US) {
		duration_ms(str, us / 1000);
		return;
	}

	if (!localtime_r(&t, &tm) || !strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S", &tm)) {
		(void)re_snprintf(str, HUMAN_SIZE, "%lld", (long long)us);
		return;
	}

	(void)re_snprintf(str, HUMAN_SIZE, "%s.%03u", date, (unsigned)(us / 1000 % 1000));
}

static void size_bytes(char str[HUMAN_SIZE], int64_t bytes)
{
	static const char *const unitv[] = {"B", "KiB", "MiB", "GiB", "TiB"};
	int64_t whole = bytes, tenths = 0;
	size_t i = 0;

	while (whole >= 1024 && i + 1 < ARRAY_SIZE(unitv)) {
		tenths = whole % 1024 * 10 / 1024;
		whole /= 1024;
		++i;
	}

	if (i)
		(void)re_snprintf(str, HUMAN_SIZE, "%lld.%lld %s", (long long)whole, (long long)tenths,
				  unitv[i]);
	else
		(void)re_snprintf(str, HUMAN_SIZE, "%lld B", (long long)whole);
}

static void amount_nano(char str[HUMAN_SIZE], int64_t nano)
{
	char amount[MONEY_STRSIZE];

	money_encode(amount, nano);
	str_ncpy(str, amount, HUMAN_SIZE);
}

static void hundredths(char str[HUMAN_SIZE], int64_t value)
{
	(void)re_snprintf(str, HUMAN_SIZE, "%s%lld.%02lld", value < 0 ? "-" : "", llabs(value) / 100,
			  llabs(value) % 100);
}

static const struct unit {
	const char *suffix;
	human_h *h;
} unitv[] = {
	{"_us", time_us},       {"_ms", duration_ms}, {"_bytes", size_bytes},
	{"_nano", amount_nano}, {"_s", duration_s},   {"_x100", hundredths},
};

/** Rates ("attempts_per_s") have no unit of their own, but for money ("max_per_minute_nano"). */
static const struct unit *unit_find(const char *key)
{
	const size_t len = str_len(key);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(unitv); i++) {

		const size_t n = str_len(unitv[i].suffix);

		if (len > n && !strcmp(key + len - n, unitv[i].suffix))
			return unitv[i].h == amount_nano || !strstr(key, "_per_") ? &unitv[i] : NULL;
	}

	return NULL;
}

void human_number(char str[HUMAN_SIZE], const char *key, int64_t value)
{
	const struct unit *unit = unit_find(key);

	if (unit)
		unit->h(str, value);
	else
		(void)re_snprintf(str, HUMAN_SIZE, "%lld", (long long)value);
}

void human_decimal(char str[HUMAN_SIZE], const char *key, double value)
{
	const struct unit *unit = unit_find(key);

	if (unit && (unit->h != duration_ms || value >= 1000))
		unit->h(str, (int64_t)value);
	else
		(void)snprintf(str, HUMAN_SIZE, "%.1f%s", value, unit ? " ms" : "");
}

void human_key(char str[HUMAN_SIZE], const char *key)
{
	const struct unit *unit = unit_find(key);
	char *p;

	str_ncpy(str, key, HUMAN_SIZE);

	if (unit && str_len(str) > str_len(unit->suffix))
		str[str_len(str) - str_len(unit->suffix)] = '\0';

	for (p = str; *p; p++)
		if (*p == '_')
			*p = ' ';
}

int human_count_print(struct re_printf *pf, const struct human_count *count)
{
	return re_hprintf(pf, "%llu %s", count->n, count->n == 1 ? count->one : count->many);
}
