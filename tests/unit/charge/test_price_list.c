/**
 * @file test_price_list.c  Price lists: what is read of a file, and what it makes of the rates in force
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "charge/price_merge.h"
#include "unit.h"

enum { TEXT_SIZE = 4096, ROWS_MAX = 32, RANDOM_LISTS = 2000, PREFIXES = 3, TIMES = 40, TIMES_SEEN = 80 };

/** Text that grows. */
struct text {
	char p[TEXT_SIZE];
	size_t n;
};

static void text_add(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = re_vsnprintf(t->p + t->n, sizeof(t->p) - t->n, fmt, ap);
	va_end(ap);
	CU_ASSERT_FATAL(n >= 0);
	t->n += (size_t)n;
}

static int row_write(const struct price_row *row, void *arg)
{
	struct mbuf *mb = mbuf_alloc(128);
	struct text *t = arg;

	CU_ASSERT_EQUAL(price_row_write(mb, row), 0);
	text_add(t, "%b", mb->buf, mb->end);
	mem_deref(mb);

	return 0;
}

static void fault_handler(size_t row, const struct pl *column, const struct pl *text, const char *complaint,
			  void *arg)
{
	struct text *t = arg;

	text_add(t, "%zu %b|", row, complaint, MIN(strlen(complaint), (size_t)12));
}

/* Lines of our own form, or what is wrong. */
static void file_read(struct text *t, const char *csv, const struct price_file_form *form)
{
	const struct price_line *linev;
	struct price_file *f = NULL;
	char copy[TEXT_SIZE];
	size_t linec, i;
	int err;

	t->n = 0;
	t->p[0] = '\0';
	str_ncpy(copy, csv, sizeof(copy));
	err = price_file_read(&f, copy, strlen(copy), form, fault_handler, t);
	CU_ASSERT_EQUAL(err, t->n ? EBADMSG : 0);
	if (err)
		return;

	linev = price_file_lines(f, &linec);
	for (i = 0; i < linec; i++)
		(void)row_write(&linev[i].row, t);
	mem_deref(f);
}

static void test_read(void)
{
	static const struct {
		const char *csv, *want;
		struct price_file_form form;
	} v[] = {
		{"prefix,per_minute\n9,1\n86,0.5\n",
		 "86,0.50,,1,1,,,0,0,,,\n9,1.00,,1,1,,,0,0,,,\n",
		 {.decimal = '.'}},
		{"Code;Rate;Increment\n+49;1,5;60\n", "49,1.50,,60,60,,,0,0,,,\n", {.decimal = ','}},
		{"code,rate,increment\n49,1,60/6\n5,1,\n",
		 "49,1.00,,60,6,,,0,0,,,\n5,1.00,,1,1,,,0,0,,,\n",
		 {.decimal = '.'}},
		{"code,rate,increment\n49,1,60/\n5,1,/\n6,1,0/0\n",
		 "2 is not a num|3 is not a num|4 is not a num|",
		 {.decimal = '.'}},
		{"code,rate,first,next\n49,1,,60\n5,1,1,60/6\n", "3 is not a num|", {.decimal = '.'}},
		{"RATE/MIN,Dial-Code\n1,49\n", "49,1.00,,1,1,,,0,0,,,\n", {.decimal = '.'}},
		{"x,y\n49,1\n", "49,1.00,,1,1,,,0,0,,,\n", {.decimal = '.', .map = "prefix=1,per_minute=y"}},
		{"prefix,rate,begin\n1,1,2026-07-01\n2,1,\n",
		 "1,1.00,,1,1,,,0,0,,2026-07-01T00:00:00Z,\n2,1.00,,1,1,,,0,0,,2026-01-01T00:00:00Z,\n",
		 {.decimal = '.', .from_us = INT64_C(1767225600000000)}},
		{"prefix,rate,blocked\nany,0,yes\n", "any,0.00,,1,1,,,0,1,,,\n", {.decimal = '.'}},
		{"prefix,rate\n1,1.5\n", "2 is not an am|", {.decimal = ','}},
		{"prefix,rate\n1,x.5\n", "2 is not an am|", {.decimal = '.'}},
		{"prefix;rate\n1;1.234,50\n2;1 234,50\n3;1,234.50\n",
		 "2 has thousand|3 has thousand|4 has thousand|",
		 {.decimal = ','}},
		{"prefix;rate\n1;1.234,50\n2;1'234.50\n3;1.234.500\n",
		 "2 has thousand|3 has thousand|4 has thousand|",
		 {.decimal = '.'}},
		{"prefix,rate\n+33 6,1\n+336,1\n", "2 is not a pre|", {.decimal = '.'}},
		{"prefix,rate\n1,x\n1,y\n", "2 is not an am|3 is not an am|", {.decimal = '.'}},
		{"prefix,rate\n1,1\n2,1\n1,2\n", "4 has its pref|", {.decimal = '.'}},
		{"prefix,rate,begin\n1,1,\n1,2,2026-07-01\n", "3 has its pref|", {.decimal = '.'}},
		{"prefix,rate,end,begin\n1,1,2026-07-01,\n1,2,,2026-07-01\n",
		 "1,1.00,,1,1,,,0,0,,,2026-07-01T00:00:00Z\n1,2.00,,1,1,,,0,0,,2026-07-01T00:00:00Z,\n",
		 {.decimal = '.'}},
		{"prefix,rate\n1,1\n", "0 is no column|", {.decimal = '.', .map = "prefix=3"}},
		{"prefix,rate\n1,1\n", "0 is no mappin|", {.decimal = '.', .map = "prefix"}},
	};
	struct text t;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(v); i++) {
		file_read(&t, v[i].csv, &v[i].form);
		CU_ASSERT_STRING_EQUAL(t.p, v[i].want);
		if (strcmp(t.p, v[i].want) != 0)
			(void)re_fprintf(stderr, "%s got  %s\n want %s\n", v[i].csv, t.p, v[i].want);
	}
}

static void test_bands(void)
{
	static const char json[] = "[\"mon 08:00-09:00 1\",\"sat,sun 00:00-24:00 0.5\"]";
	static const char text[] = "mon 08:00-09:00 1 ;sat,sun 00:00-24:00 0.5;",
			  other[] = "mon 08:00-09:00 1; sat,sun "
				    "00:00-24:00 0.5";
	struct mbuf *mb = mbuf_alloc(8);
	struct price_row a, b;
	const char *complaint;
	struct pl pl;

	price_row_init(&a);
	price_row_init(&b);
	CU_ASSERT_EQUAL(price_row_bands_write(mb, &a), 0);
	CU_ASSERT_EQUAL(mb->end, 0);
	pl_set_str(&pl, text);
	CU_ASSERT_EQUAL(price_row_set(&a, PRICE_BANDS, &pl, '.', &complaint), 0);
	CU_ASSERT_FALSE(price_row_bands_equal(&a, &b));
	pl_set_str(&pl, other);
	CU_ASSERT_EQUAL(price_row_set(&b, PRICE_BANDS, &pl, '.', &complaint), 0);
	CU_ASSERT_TRUE(price_row_bands_equal(&a, &b));
	CU_ASSERT_EQUAL(price_row_bands_write(mb, &a), 0);
	CU_ASSERT_EQUAL(mb->end, strlen(json));
	CU_ASSERT_FALSE(memcmp(mb->buf, json, MIN(mb->end, strlen(json))));
	mem_deref(mb);
}

/* ---------------------------------------------------------------- merging, against the rule said another way */

/* Which rate counts for a prefix at a moment: its price, 0 none. */
static int64_t price_at(const struct price_row rowv[], size_t rowc, const char *prefix, int64_t at_us)
{
	size_t i;

	for (i = 0; i < rowc; i++)
		if (!strcmp(rowv[i].prefix, prefix) && rowv[i].from_us <= at_us && at_us < rowv[i].until_us)
			return rowv[i].per_minute_nano;

	return 0;
}

struct rows {
	struct price_row rowv[4 * ROWS_MAX];
	size_t rowc;
};

static int row_keep(const struct price_row *row, void *arg)
{
	struct rows *r = arg;

	CU_ASSERT_FATAL(r->rowc < ARRAY_SIZE(r->rowv));
	CU_ASSERT_PTR_NULL(price_row_check(row));
	if (r->rowc) {
		CU_ASSERT_TRUE(price_row_compare(&r->rowv[r->rowc - 1], row) < 0);
		CU_ASSERT_FALSE(price_row_overlaps(&r->rowv[r->rowc - 1], row));
	}
	r->rowv[r->rowc++] = *row;

	return 0;
}

static size_t random_list(struct price_row rowv[ROWS_MAX], int64_t price)
{
	size_t rowc = 0;
	int prefix;

	for (prefix = 0; prefix < PREFIXES; prefix++) {
		int64_t at_us = random() % 3 ? 0 : random() % TIMES;

		while (random() % 3 && rowc < ROWS_MAX) {

			struct price_row *row = &rowv[rowc++];

			price_row_init(row);
			(void)re_snprintf(row->prefix, sizeof(row->prefix), "%d", prefix);
			row->from_us = at_us;
			row->per_minute_nano = price + random() % 3;
			if (random() % 4 == 0)
				break;
			row->until_us = at_us + 1 + random() % 10;
			at_us = row->until_us + (random() % 2 ? 0 : random() % 10);
		}
	}

	return rowc;
}

static void merge_check(const struct price_merge *m, const struct rows *r)
{
	struct price_row newv[ROWS_MAX];
	int64_t at_us;
	size_t i;
	int k;

	for (i = 0; i < m->newc; i++)
		newv[i] = m->newv[i].row;

	for (k = 0; k < PREFIXES; k++) {
		const char prefix[] = {(char)('0' + k), '\0'};
		int64_t cut_us = m->replace ? m->from_us : INT64_MAX;

		for (i = m->newc; i--;)
			if (!strcmp(newv[i].prefix, prefix))
				cut_us = newv[i].from_us;

		for (at_us = 0; at_us < TIMES_SEEN; at_us++) {
			const int64_t want = at_us < cut_us ? price_at(m->oldv, m->oldc, prefix, at_us)
							    : price_at(newv, m->newc, prefix, at_us);

			CU_ASSERT_EQUAL(price_at(r->rowv, r->rowc, prefix, at_us), want);
		}
	}
}

static void test_merged(void)
{
	static struct price_line linev[ROWS_MAX];
	struct price_row oldv[ROWS_MAX], newv[ROWS_MAX];
	struct price_difference diff;
	struct rows r;
	int n;

	srandom(20261121);
	for (n = 0; n < RANDOM_LISTS; n++) {
		struct price_merge m = {.oldv = oldv,
					.newv = linev,
					.replace = random() % 2,
					.from_us = random() % TIMES};
		size_t i;

		m.oldc = random_list(oldv, 1);
		m.newc = random_list(newv, 1);
		for (i = 0; i < m.newc; i++)
			linev[i].row = newv[i];
		r.rowc = 0;
		CU_ASSERT_EQUAL(price_merge(&diff, &m, row_keep, &r), 0);
		merge_check(&m, &r);
	}
}

static void test_difference(void)
{
	static const struct {
		const char *old, *new;
		bool replace;
		size_t countv[PRICE_CHANGEC]; /* new, dearer, cheaper, other, same, gone */
	} v[] = {
		{"1,1\n", "1,1\n", false, {0, 0, 0, 0, 1, 0}},
		{"1,1\n2,1\n3,1\n", "2,2\n3,0.5\n4,1\n", false, {1, 1, 1, 0, 1, 0}},
		{"1,1\n2,1\n3,1\n", "2,2\n3,0.5\n4,1\n", true, {1, 1, 1, 0, 0, 1}},
		{"1,1,,\n", "1,1,1,\n", false, {0, 0, 0, 1, 0, 0}},
		{"1,1,,1970-01-02\n", "1,1,,\n", false, {1, 0, 0, 0, 0, 0}},
	};
	const struct price_file_form form = {.decimal = '.'};
	size_t i, k;

	for (i = 0; i < ARRAY_SIZE(v); i++) {
		struct price_file *old = NULL, *new = NULL;
		struct price_difference diff;
		const struct price_line *linev;
		struct price_row oldv[ROWS_MAX];
		struct price_merge m = {.oldv = oldv,
					.replace = v[i].replace,
					.now_us = INT64_C(1767225600000000)};
		char a[256], b[256];
		struct text t = {.n = 0};
		const char *head = strchr(v[i].old, ',') == strrchr(v[i].old, ',') || v[i].old[3] == '\n'
					   ? "prefix,rate\n"
					   : "prefix,rate,setup,end\n";

		(void)re_snprintf(a, sizeof(a), "%s%s", head, v[i].old);
		(void)re_snprintf(b, sizeof(b), "%s%s", head, v[i].new);
		CU_ASSERT_EQUAL_FATAL(price_file_read(&old, a, strlen(a), &form, fault_handler, &t), 0);
		CU_ASSERT_EQUAL_FATAL(price_file_read(&new, b, strlen(b), &form, fault_handler, &t), 0);
		linev = price_file_lines(old, &m.oldc);
		for (k = 0; k < m.oldc; k++)
			oldv[k] = linev[k].row;
		m.newv = price_file_lines(new, &m.newc);
		CU_ASSERT_EQUAL(price_merge(&diff, &m, NULL, NULL), 0);
		for (k = 0; k < PRICE_CHANGEC; k++)
			CU_ASSERT_EQUAL(diff.v[k].count, v[i].countv[k]);
		mem_deref(old);
		mem_deref(new);
	}
}

static const struct unit_test testv[] = {
	{"columns are found by their names, rows come by prefix and begin, mistakes all", test_read},
	{"times of the week are the same however they are spaced", test_bands},
	{"what a list makes of another is what its rule says, at every moment", test_merged},
	{"the difference counts each prefix once, by what counts then", test_difference},
	{NULL, NULL},
};

const struct unit_suite price_list_suite = {"price list", testv};
