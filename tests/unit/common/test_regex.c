/**
 * @file test_regex.c  What matches is what matches for libre
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <re.h>
#include "unit.h"

enum { PLS = 16, RANDOM_EXPRS = 20000, RANDOM_TEXTS = 20, EXPR_MAX = 24, TEXT_MAX = 24 };

typedef int(regex_h)(const char *ptr, size_t len, const char *expr, ...);

static regex_h *libre_regex(void)
{
	regex_h *h;

	*(void **)&h = dlsym(RTLD_NEXT, "re_regex");

	return h;
}

static int ask(regex_h *h, struct pl plv[PLS], const char *text, size_t len, const char *expr)
{
	size_t i;

	for (i = 0; i < PLS; i++)
		plv[i] = (struct pl){"untouched", 9};

	return h(text, len, expr, &plv[0], &plv[1], &plv[2], &plv[3], &plv[4], &plv[5], &plv[6], &plv[7],
		 &plv[8], &plv[9], &plv[10], &plv[11], &plv[12], &plv[13], &plv[14], &plv[15]);
}

/* Also what was found before it came to nothing. */
static bool is_alike(const char *text, size_t len, const char *expr)
{
	struct pl ours[PLS], theirs[PLS];
	const int our = ask(re_regex, ours, text, len, expr),
		  their = ask(libre_regex(), theirs, text, len, expr);
	size_t i;

	for (i = 0; i < PLS; i++)
		if (ours[i].l != theirs[i].l || (ours[i].p != theirs[i].p && ours[i].l != 9))
			return false;

	return our == their;
}

static void test_replaces_libre(void)
{
	regex_h *bound;

	*(void **)&bound = dlsym(RTLD_DEFAULT, "re_regex");
	CU_ASSERT(bound == re_regex);
	CU_ASSERT(libre_regex() && libre_regex() != re_regex);
}

static const char *const exprv[] = {
	"[^:]+[:]*[0-9]*",
	"\\[[0-9a-f:]+\\][:]*[0-9]*",
	"[^:]+:[^@:]*[:]*[^@]*@[^;? ]+[^;? ]*[^?]*[^]*",
	"[^:]+:[^/;? ]+[^;? ]*[^?]*[^]*",
	"[^;=]+[=]*[^;]*",
	";[^;=]+[=]*[^;]*",
	"[?&]1[^=]+=[^&]+",
	"[~ \t\r\n<]*[ \t\r\n]*<[^>]+>[^]*",
	";[ \t\r\n]*tag[ \t\r\n]*=[ \t\r\n]*[~ \t\r\n;]+",
	"SIP[ \t\r\n]*/[ \t\r\n]*2.0[ \t\r\n]*/[ \t\r\n]*[A-Z]+[ \t\r\n]*[^; \t\r\n]+[ \t\r\n]*[^]*",
	"[0-9]+[ \t\r\n]+[^ \t\r\n]+",
	"[^ \t\r\n]+ [^ \t\r\n]+ SIP/2.0",
	"[^\r\n]*\r\n",
	"[~,]+",
	"",
	"[",
	"[a",
	"[]",
	"[]+",
	"[a]",
	"[a]x",
	"[a]0",
	"[a]\\+",
	"[a]\\\\+",
	"[a-]+",
	"[-a]+",
	"[a-z-9]+",
	"[~~]+",
	"[^~]+",
	"[a~^]+",
	"[\\]\\\\]+",
	"\\",
	"\\\\",
	"a\\",
	"[a]9",
	"[^a]3b",
};

static const char *const textv[] = {
	"",
	"a",
	"A",
	"x",
	"example.com",
	"example.com:5060",
	"[2001:db8::1]:5060",
	"sip:alice@example.com",
	"sip:alice:secret@[::1]:5061;transport=tcp;lr?a=b&c=d",
	"\"A \\\" quoted <name>\" <sip:a@b;x=\"y\">;tag=1928;q",
	"Bob<sip:bob@example.com> ; TAG = \"a b\" ;x",
	"SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK;rport",
	"sip / 2.0 /\tTCP h",
	"4711 INVITE",
	"INVITE sip:a@b SIP/2.0\r\n",
	"\"\"",
	"\"",
	"\\",
	"a,\"b,c\",d",
	"\xc3\xa4\xff\x80",
	"aaaaaaaaaaab",
	"]\\]",
	"-a-z",
};

static void test_expressions_of_sip(void)
{
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(exprv); i++)
		for (j = 0; j < ARRAY_SIZE(textv); j++)
			if (!is_alike(textv[j], strlen(textv[j]), exprv[i])) {
				CU_FAIL("differs from libre");
				(void)re_fprintf(stderr, "'%s' on '%s'\n", exprv[i], textv[j]);
			}
}

static size_t draw(char *text, size_t most, const char *of)
{
	const size_t kinds = strlen(of), len = (size_t)random() % most;
	size_t i;

	for (i = 0; i < len; i++)
		text[i] = of[(size_t)random() % kinds];
	text[len] = '\0';

	return len;
}

static void test_random(void)
{
	char expr[EXPR_MAX], text[TEXT_MAX];
	unsigned i, j, found = 0;

	srandom(20261121);
	for (i = 0; i < RANDOM_EXPRS; i++) {
		(void)draw(expr, sizeof(expr), "[[]]]++*^^~-\\aAbz19;\"");

		for (j = 0; j < RANDOM_TEXTS; j++) {
			struct pl plv[PLS];
			const size_t len = draw(text, sizeof(text), "aaAbBzZ19;;\"\"\\-[]\xe4");

			found += !ask(re_regex, plv, text, len, expr);
			if (!is_alike(text, len, expr)) {
				CU_FAIL("differs from libre");
				(void)re_fprintf(stderr, "'%s' on '%s'\n", expr, text);
			}
		}
	}
	CU_ASSERT(found > RANDOM_EXPRS); /* or nothing was tested */
}

static void test_bounds(void)
{
	struct pl pl = PL_INIT;

	CU_ASSERT_EQUAL(re_regex(NULL, 1, "a"), EINVAL);
	CU_ASSERT_EQUAL(re_regex("a", 1, NULL), EINVAL);
	CU_ASSERT_EQUAL(re_regex("ab", 1, "ab"), ENOENT);
	CU_ASSERT_EQUAL(re_regex("aab", 2, "[ab]+", &pl), 0);
	CU_ASSERT_EQUAL(pl.l, 2);
	CU_ASSERT_EQUAL(re_regex("aab", 3, "[ab]+", NULL), 0);
}

static const struct unit_test testv[] = {
	{"the expressions of SIP find what libre's find", test_expressions_of_sip},
	{"libre's own calls arrive here", test_replaces_libre},
	{"random expressions on random texts find what libre's find", test_random},
	{"no more is read than there is", test_bounds},
	{NULL, NULL},
};

const struct unit_suite regex_suite = {"regex", testv};
