/**
 * @file api_cdr.c  What the database answers
 */
#include <re.h>
#include "api.h"
#include "api_page.h"
#include "query_cdr.h"
#include "request.h"
#include "web.h"

enum { LIMIT = 50, TEXT_SIZE = 256, CURSOR_SIZE = 48, EVENTS_MAX = 200 };

/* The texts that a struct query_cdr points to. */
struct filter {
	struct query_cdr want;
	char account[TEXT_SIZE];
	char callee[TEXT_SIZE];
};

/* A text parameter; one that is empty counts as not given. */
static int text_get(const char **textp, char buf[TEXT_SIZE], const struct request *req, const char *name)
{
	const int err = param_text(buf, TEXT_SIZE, &req->msg->prm, name);

	*textp = !err && buf[0] ? buf : NULL;

	return err == ENOENT ? 0 : err;
}

static int cursor_get(struct query_cdr *want, const struct request *req)
{
	char cursor[CURSOR_SIZE];
	const int err = param_text(cursor, sizeof(cursor), &req->msg->prm, "before");

	want->before_us = INT64_MAX;
	want->before_seq = INT64_MAX;

	if (err)
		return err == ENOENT ? 0 : err;

	return query_cursor(want, cursor);
}

/* The name of the parameter that is wrong, or NULL. */
static const char *filter_get(struct filter *f, const struct request *req)
{
	uint64_t limit = LIMIT;

	if (param_number(&limit, &req->msg->prm, "limit", 1, QUERY_ROWS_MAX))
		return "limit is a number from 1 to 500";
	if (cursor_get(&f->want, req))
		return "before is the \"next\" of an earlier page";
	if (text_get(&f->want.account, f->account, req, "account"))
		return "account is one name, at most 255 bytes of UTF-8";
	if (text_get(&f->want.callee, f->callee, req, "callee"))
		return "callee is one number, at most 255 bytes of UTF-8";

	f->want.limit = (uint32_t)limit;

	return NULL;
}

void api_cdrs(struct web *w, struct request *req)
{
	struct odict *page = NULL;
	char errstr[512] = "";
	struct filter f;
	const char *wrong = filter_get(&f, req);

	if (wrong)
		request_error(req, 400, "bad_parameter", "%s", wrong);
	else if (query_cdrs(w->query, &page, &f.want, errstr, sizeof(errstr)))
		request_error(req, 503, "database", "%s", errstr);
	else
		request_json(req, 200, page);

	mem_deref(page);
}

/* ---------------------------------------------------------------- one */

/* Add what belongs to the call: {KEY: [rows]}. */
static int rows_add(struct odict *o, struct web *w, const char *key, const struct query_question *question,
		    char *errstr, size_t errsize)
{
	struct odict *array = NULL;
	bool more;
	int err;

	err = odict_alloc(&array, 2);
	err = err ? err : query_rows(w->query, array, &more, question, errstr, errsize);
	err = err ? err : odict_entry_add(o, key, ODICT_ARRAY, array);
	mem_deref(array);

	return err;
}

static void cdr_answer(struct web *w, struct request *req, const struct odict *cdr)
{
	const char *id = odict_string(cdr, "cdr_id");
	const struct query_question events = {SQL_CDR_EVENTS, {{":cdr_id", id, 0}}, EVENTS_MAX, 0};
	const struct query_question corrections = {SQL_CDR_CORRECTIONS, {{":cdr_id", id, 0}}, EVENTS_MAX, 0};
	struct odict *o = NULL;
	char errstr[512] = "out of memory";
	int err;

	err = odict_alloc(&o, 4);
	err = err ? err : odict_entry_add(o, "cdr", ODICT_OBJECT, cdr);
	err = err ? err : rows_add(o, w, "events", &events, errstr, sizeof(errstr));
	err = err ? err : rows_add(o, w, "corrections", &corrections, errstr, sizeof(errstr));

	if (err)
		request_error(req, 503, "database", "%s", errstr);
	else
		request_json(req, 200, o);

	mem_deref(o);
}

void api_cdr(struct web *w, struct request *req)
{
	const struct query_question question = {SQL_CDR_ONE, {{":cdr_id", req->id, 0}}, 1, 0};
	struct odict *cdr = api_row_get(w, req, &question,
					"there is no record of this call; a call that is up has none yet");

	if (cdr)
		cdr_answer(w, req, cdr);

	mem_deref(cdr);
}
