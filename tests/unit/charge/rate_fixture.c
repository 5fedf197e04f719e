/**
 * @file rate_fixture.c  A database with rates in it, and which of them the rule says
 */
#include <stdlib.h>
#include <string.h>
#include "migrate.h"
#include "rate_fixture.h"
#include "unit.h"

void rates_open(struct rates *r)
{
	fixture_init(&r->f);
	CU_ASSERT_EQUAL_FATAL(db_open(&r->db, fixture_path(&r->f, "tandem.db"), DB_WRITE, r->f.errstr,
				      sizeof(r->f.errstr)),
			      0);
	CU_ASSERT_EQUAL_FATAL(migrate_run(r->db, r->f.errstr, sizeof(r->f.errstr)), 0);
	CU_ASSERT_EQUAL_FATAL(rate_table_alloc(&r->table, r->db), 0);
	CU_ASSERT_EQUAL(db_exec(r->db,
				"INSERT INTO tariff (name, currency, list) VALUES ('other', 'EUR', 1), "
				"('t', 'CNY', 2), ('empty', 'CNY', NULL), ('after', 'USD', 3);"
				"INSERT INTO rate_row (list, prefix, per_minute_nano) VALUES (1, '', 1), "
				"(1, '861', 1), (3, '', 3);"),
			0);
}

void rates_close(struct rates *r)
{
	r->table = mem_deref(r->table);
	r->db = mem_deref(r->db);
	fixture_close(&r->f);
}

void rates_add(const struct rates *r, const char *prefix, int64_t from_us, int64_t until_us, int64_t nano)
{
	char sql[256], until[24] = "NULL";

	if (until_us)
		(void)re_snprintf(until, sizeof(until), "%lld", (long long)until_us);
	(void)re_snprintf(sql, sizeof(sql),
			  "INSERT INTO rate_row (list, prefix, valid_from_us, valid_until_us, "
			  "per_minute_nano) "
			  "VALUES (2, '%s', %lld, %s, %lld);",
			  prefix, (long long)from_us, until, (long long)nano);
	CU_ASSERT_EQUAL_FATAL(db_exec(r->db, sql), 0);
}

int64_t rates_longest(const struct rates_row rowv[], size_t rowc, const char *number, int64_t at_us)
{
	int64_t best = -1;
	size_t i, len = 0;

	for (i = 0; i < rowc; i++) {

		const struct rates_row *row = &rowv[i];
		const size_t l = strlen(row->prefix);

		if (strncmp(row->prefix, number, l) || at_us < row->from_us ||
		    (row->until_us && at_us >= row->until_us) || (best >= 0 && l <= len))
			continue;
		best = (int64_t)i;
		len = l;
	}

	return best;
}

void rates_digits(char *text, size_t most)
{
	size_t n = (size_t)random() % (most + 1);

	for (*text = '\0'; n--; text[1] = '\0', text++)
		*text = (char)('0' + random() % 3);
}

/* Three periods that cannot overlap, some of them open. */
static void row_draw(struct rates_row *row)
{
	rates_digits(row->prefix, 6);
	row->from_us = random() % 3 * 100 + random() % 50;
	row->until_us = row->from_us >= 200 && random() % 2 ? 0 : row->from_us + random() % 50 + 1;
}

static bool is_taken(const struct rates_row rowv[], size_t rowc, const struct rates_row *row)
{
	size_t i;

	for (i = 0; i < rowc; i++)
		if (!strcmp(rowv[i].prefix, row->prefix) && rowv[i].from_us / 100 == row->from_us / 100)
			return true;

	return false;
}

void rates_random(const struct rates *r, struct rates_row rowv[], size_t rowc)
{
	size_t i;

	CU_ASSERT_EQUAL(db_exec(r->db, "BEGIN"), 0);
	for (i = 0; i < rowc; i++) {

		do
			row_draw(&rowv[i]);
		while (is_taken(rowv, i, &rowv[i]));
		rates_add(r, rowv[i].prefix, rowv[i].from_us, rowv[i].until_us, (int64_t)i);
	}
	CU_ASSERT_EQUAL(db_exec(r->db, "COMMIT"), 0);
}
