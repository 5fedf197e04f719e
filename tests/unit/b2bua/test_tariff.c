/**
 * @file test_tariff.c  Tariffs as operators write them: what is refused, in which words, and the normal form
 */
#include <string.h>
#include <re.h>
#include "unit.h"
#include "provision_fixture.h"

enum { TEXT_SIZE = 1024 };

static bool message_is(const char *errstr, const char *want)
{
	const char *dots = strstr(want, "...");

	return dots ? !strncmp(errstr, want, (size_t)(dots - want)) : !strcmp(errstr, want);
}

/* What comes of these rates, written with ' for "; rates in normal form, or the fault. */
static void tariff_apply(char text[TEXT_SIZE], const char *fields)
{
	struct provision p = {0};
	char json[TEXT_SIZE];
	const char *rates;
	size_t i;

	(void)re_snprintf(json, sizeof(json), "{'tariffs': [{'name': 't', 'currency': 'CNY', %s}]}", fields);
	for (i = 0; json[i]; i++)
		if (json[i] == '\'')
			json[i] = '"';

	if (provision_apply(&p, json, false)) {
		str_ncpy(text, p.errstr, TEXT_SIZE);
	}
	else {
		const struct odict *tariffs = document_objects(p.draft->doc, kind_find("tariff"));

		rates = odict_string(odict_lookup(tariffs, "t")->u.odict, "rates");
		str_ncpy(text, rates ? rates : "null", TEXT_SIZE);
	}

	provision_close(&p);
}

struct vector {
	const char *fields, *want;
};

static void check(const struct vector *v, size_t n)
{
	char text[TEXT_SIZE];
	size_t i;

	for (i = 0; i < n; i++) {
		tariff_apply(text, v[i].fields);
		CU_ASSERT(message_is(text, v[i].want));
		if (!message_is(text, v[i].want))
			(void)re_fprintf(stderr, "  json: %s\n  got:  %s\n  want: %s\n", v[i].fields, text,
					 v[i].want);
	}
}

#define RATES(rows) "'rates': [" rows "]"
#define RATE(fields) RATES("{'prefix': '86', 'per_minute': '1', " fields "}")

static void refused(void)
{
	static const struct vector v[] = {
		{RATES("{'prefix': '86a', 'per_minute': '1'}"),
		 "tariffs[0].rates[0].prefix: \"86a\" is not a prefix; ..."},
		{RATES("{'prefix': '+86', 'per_minute': '1'}"),
		 "tariffs[0].rates[0].prefix: \"+86\" is not a prefix; ..."},
		{RATES("{'prefix': '', 'per_minute': '1000000.000000001'}"),
		 "tariffs[0].rates[0].per_minute: is too large; give at most \"1000000.00\""},
		{RATES("{'prefix': '', 'per_minute': '99999999999999999999'}"),
		 "tariffs[0].rates[0].per_minute: \"99999999999999999999\" is too large; ..."},
		{RATES("{'prefix': '', 'per_minute': 1}"), "tariffs[0].rates[0].per_minute: has the wrong "
							   "type; give the amount as text in quotes, ..."},
		{RATES("{'prefix': '', 'per_minute': '0.1234567891'}"),
		 "tariffs[0].rates[0].per_minute: \"0.1234567891\" is not an amount; ..."},
		{RATE("'connect_fee': '-0.01'"),
		 "tariffs[0].rates[0].connect_fee: is below zero; give 0 or more"},
		{RATE("'min_charge': '-1'"), "tariffs[0].rates[0].min_charge: is below zero; give 0 or more"},
		{RATE("'max_charge': '1000000.01'"),
		 "tariffs[0].rates[0].max_charge: is too large; give at most \"1000000.00\""},
		{RATE("'grace': 86401"), "tariffs[0].rates[0].grace: 86401 is out of range; give 0 to 86400"},
		{RATE("'next': 0"), "tariffs[0].rates[0].next: 0 is out of range; give 1 to 86400"},
		{RATE("'blocked': 1"),
		 "tariffs[0].rates[0].blocked: has the wrong type; give true or false without quotes"},
		{RATE("'bands': ['mon-fri 18:00-08:00 0.10', 'mon 8:00-9:00 1']"),
		 "tariffs[0].rates[0].bands[1]: \"mon 8:00-9:00 1\" is no price at a time of the week; ..."},
		{RATE("'bands': ['mon 08:00-09:00 1000001']"),
		 "tariffs[0].rates[0].bands[0]: \"mon 08:00-09:00 1000001\" is no price at a time of the "
		 "week; ..."},
		{RATE("'valid_from': '2026-02-30'"),
		 "tariffs[0].rates[0].valid_from: \"2026-02-30\" is not a time; ..."},
		{RATE("'valid_from': 1782864000"),
		 "tariffs[0].rates[0].valid_from: has the wrong type; give a time as text in quotes or null"},
		{RATE("'valid_from': '2026-07-01', 'valid_until': '2026-07-01T00:00:00Z'"),
		 "tariffs[0].rates[0]: ends before it begins; ..."},
		{RATE("'min_charge': '2', 'max_charge': '1.99'"),
		 "tariffs[0].rates[0]: costs at least more than at most; ..."},
		{RATES("{'prefix': '86', 'per_minute': '1'}, {'prefix': '1', 'per_minute': '1'}, "
		       "{'prefix': '86', 'per_minute': '2'}"),
		 "tariffs[0].rates[2].prefix: \"86\" was given before; give each once"},
		{RATES("{'prefix': '86', 'per_minute': '1', 'valid_from': '2026-07-01T08:00:00+08:00'}, "
		       "{'prefix': '86', 'per_minute': '2', 'valid_from': '2026-07-01'}"),
		 "tariffs[0].rates[1].prefix: \"86\" was given before; give each once"},
		{RATES("{'prefix': '86', 'per_minute': '1', 'valid_from': '2026-07-01'}, "
		       "{'prefix': '86', 'per_minute': '2', 'valid_until': '2026-07-01T00:00:01Z'}"),
		 "tariffs[0].rates[0]: overlaps in time with another rate of its prefix; ..."},
		{RATES("{'prefix': '86', 'per_minute': '1'}, "
		       "{'prefix': '86', 'per_minute': '2', 'valid_from': '2026-07-01'}"),
		 "tariffs[0].rates[1]: overlaps in time with another rate of its prefix; ..."},
		{"'zone': 'Mars/Olympus'",
		 "tariffs[0].zone: \"Mars/Olympus\" is not a time zone of this system; ..."},
		{"'zone': '../../../etc/passwd'",
		 "tariffs[0].zone: \"../../../etc/passwd\" is not a time zone of this system; ..."},
		{"'rounding': 'half'",
		 "tariffs[0].rounding: \"half\" is not known; write \"nearest\", \"up\" or \"down\""},
		{"'decimals': 10", "tariffs[0].decimals: 10 is out of range; give 0 to 9"},
	};

	check(v, ARRAY_SIZE(v));
}

static void normal_form(void)
{
	static const struct vector v[] = {
		{"'rates': null", "null"},
		{"'rates': []", "[]"},
		{RATE("'grace': 0, 'bands': [], 'blocked': false, 'min_charge': '0', 'valid_from': null"),
		 "[{\"prefix\": \"86\", \"per_minute\": \"1.00\", \"connect_fee\": \"0.00\", \"first\": 1, "
		 "\"next\": 1}]"},
		{RATES("{'prefix': '86', 'per_minute': '2', 'valid_from': '2026-07-01T08:00:00+08:00', "
		       "'blocked': true}, "
		       "{'prefix': '1', 'per_minute': '1', 'bands': ['mon 08:00-09:00 1']}, "
		       "{'prefix': '86', 'per_minute': '1', 'valid_until': '2026-07-01'}"),
		 "[{\"prefix\": \"1\", \"per_minute\": \"1.00\", \"connect_fee\": \"0.00\", \"first\": 1, "
		 "\"next\": 1, "
		 "\"bands\": [\"mon 08:00-09:00 1\"]},"
		 "{\"prefix\": \"86\", \"per_minute\": \"1.00\", \"connect_fee\": \"0.00\", \"first\": 1, "
		 "\"next\": 1, "
		 "\"valid_until\": \"2026-07-01T00:00:00Z\"},"
		 "{\"prefix\": \"86\", \"per_minute\": \"2.00\", \"connect_fee\": \"0.00\", \"first\": 1, "
		 "\"next\": 1, "
		 "\"blocked\": true, \"valid_from\": \"2026-07-01T00:00:00Z\"}]"},
	};

	check(v, ARRAY_SIZE(v));
}

static const struct unit_test testv[] = {
	{"what no call could be charged by is refused with its path", refused},
	{"rates are sorted by prefix and begin; what is at its default is left out", normal_form},
	{NULL, NULL},
};

const struct unit_suite tariff_suite = {"tariff", testv};
