/**
 * @file api_cdr.c  What the database answers
 */
#include <re.h>
#include "api.h"
#include "query_cdr.h"
#include "request.h"
#include "web.h"

enum { LIMIT = 50, TEXT_SIZE = 256, CURSOR_SIZE = 48 };

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
