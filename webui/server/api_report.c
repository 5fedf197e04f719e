/**
 * @file api_report.c  What came of the calls of some days: by day, account or trunk, as JSON or CSV
 */
#include <string.h>
#include <re.h>
#include "api.h"
#include "api_page.h"
#include "csv.h"
#include "request.h"
#include "time_text.h"
#include "web.h"

enum { DAY_SIZE = 11, BY_SIZE = 16, CELL_SIZE = 64, ROWS_MAX = 10000 };

static const char *const columnv[] = {
	"name",           "attempts", "answered", "asr_percent", "ner_percent",   "acd_s",  "minutes",
	"billed_minutes", "price",    "currency", "cost",        "cost_currency", "margin",
};

struct report {
	char by[BY_SIZE];
	char from[DAY_SIZE], to[DAY_SIZE];
	bool csv;
};

/* ---------------------------------------------------------------- what is asked */

static bool day_get(char day[DAY_SIZE], const struct request *req, const char *name)
{
	struct pl pl;
	int64_t us;

	if (api_text_get(day, DAY_SIZE, req, name) || strlen(day) != DAY_SIZE - 1)
		return false;

	pl_set_str(&pl, day);

	return !time_text_decode(&us, &pl);
}

static bool word_get(char *word, size_t size, const struct request *req, const char *name,
		     const char *const wordv[], size_t wordc)
{
	size_t i;

	if (api_text_get(word, size, req, name))
		return false;
	if (!word[0])
		str_ncpy(word, wordv[0], size);

	for (i = 0; i < wordc; i++)
		if (!strcmp(word, wordv[i]))
			return true;

	return false;
}

/* What is wrong with it, or NULL. */
static const char *report_get(struct report *r, const struct request *req)
{
	static const char *const byv[] = {"day", "account", "trunk", "source"};
	static const char *const formatv[] = {"json", "csv"};
	char format[BY_SIZE];

	if (!word_get(r->by, sizeof(r->by), req, "by", byv, ARRAY_SIZE(byv)))
		return "by is day, account, trunk (the calls went to) or source (the trunk they came from)";
	if (!word_get(format, sizeof(format), req, "format", formatv, ARRAY_SIZE(formatv)))
		return "format is json or csv";
	if (!day_get(r->from, req, "from") || !day_get(r->to, req, "to"))
		return "from and to are days (UTC), such as 2026-08-31";
	if (strcmp(r->from, r->to) > 0)
		return "from is after to";

	r->csv = !strcmp(format, "csv");

	return NULL;
}

/* ---------------------------------------------------------------- CSV */

static int number_print(char cell[CELL_SIZE], const struct odict_entry *e)
{
	if (e->type == ODICT_INT)
		return re_snprintf(cell, CELL_SIZE, "%lld", (long long)e->u.integer);

	return snprintf(cell, CELL_SIZE, "%.2f", e->u.dbl);
}

static int cell_write(struct mbuf *mb, const struct odict_entry *e)
{
	char cell[CELL_SIZE];
	struct pl pl;

	if (!e || e->type == ODICT_NULL)
		return 0;

	if (e->type == ODICT_STRING) {
		pl_set_str(&pl, e->u.str);
	}
	else {
		(void)number_print(cell, e);
		pl_set_str(&pl, cell);
	}

	return csv_write(mb, &pl, ',');
}

/* A row of values, or without `row` that of their names. */
static int line_write(struct mbuf *mb, const struct odict *row)
{
	size_t i;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(columnv) && !err; i++) {

		err = i ? mbuf_write_u8(mb, ',') : 0;
		if (row)
			err = err ? err : cell_write(mb, odict_lookup(row, columnv[i]));
		else
			err = err ? err : mbuf_write_str(mb, columnv[i]);
	}

	return err ? err : mbuf_write_str(mb, "\r\n");
}

static void csv_answer(struct request *req, const struct report *r, const struct odict *rows)
{
	struct mbuf *mb = mbuf_alloc(4096);
	struct answer answer = {.status = 200, .type = "text/csv; charset=utf-8"};
	const struct le *le;
	char header[200];
	int err;

	err = mb ? line_write(mb, NULL) : ENOMEM;
	for (le = list_head(&rows->lst); le && !err; le = le->next)
		err = line_write(mb, ((const struct odict_entry *)le->data)->u.odict);

	if (err) {
		request_error(req, 500, "no_memory", "out of memory");
	}
	else {
		(void)re_snprintf(header, sizeof(header),
				  "Cache-Control: no-store\r\n"
				  "Content-Disposition: attachment; filename=\"tandem-%s-%s-%s.csv\"\r\n",
				  r->by, r->from, r->to);
		answer.header = header;
		answer.body = mb->buf;
		answer.size = mb->end;
		request_answer(req, &answer);
	}

	mem_deref(mb);
}

/* ---------------------------------------------------------------- the answer */

static void json_answer(struct request *req, const struct report *r, const struct odict *rows)
{
	struct odict *o = NULL;
	int err;

	err = odict_alloc(&o, 4);
	err = err ? err : odict_entry_add(o, "by", ODICT_STRING, r->by);
	err = err ? err : odict_entry_add(o, "from", ODICT_STRING, r->from);
	err = err ? err : odict_entry_add(o, "to", ODICT_STRING, r->to);
	err = err ? err : odict_entry_add(o, "rows", ODICT_ARRAY, rows);

	if (err)
		request_error(req, 500, "no_memory", "out of memory");
	else
		request_json(req, 200, o);

	mem_deref(o);
}

static void report_answer(struct web *w, struct request *req, const struct report *r)
{
	const struct query_question question = {
		.sql = SQL_REPORT,
		.valuev = {{":by", r->by, 0}, {":from", r->from, 0}, {":to", r->to, 0}},
		.limit = ROWS_MAX,
		.time_ms = QUERY_TIME_LONG_MS,
	};
	char errstr[512] = "out of memory";
	struct odict *rows = NULL;
	bool more = false;
	int err;

	err = odict_alloc(&rows, 16);
	err = err ? err : query_rows(w->query, rows, &more, &question, errstr, sizeof(errstr));

	/* half of a report is none */
	if (err)
		request_error(req, 503, "database", "%s", errstr);
	else if (more)
		request_error(req, 422, "too_many", "this report has over %u rows; ask for fewer days",
			      ROWS_MAX);
	else if (r->csv)
		csv_answer(req, r, rows);
	else
		json_answer(req, r, rows);

	mem_deref(rows);
}

void api_report(struct web *w, struct request *req)
{
	struct report r;
	const char *wrong = report_get(&r, req);

	if (wrong)
		request_error(req, 400, "bad_parameter", "%s", wrong);
	else
		report_answer(w, req, &r);
}
