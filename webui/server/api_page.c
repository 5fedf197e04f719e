/**
 * @file api_page.c  A request is answered with a page of rows from the database
 */
#include <errno.h>
#include <re.h>
#include "api_page.h"
#include "request.h"
#include "web.h"

enum { ERRSTR_SIZE = 512 };

int api_text_get(char *buf, size_t size, const struct request *req, const char *name)
{
	const int err = param_text(buf, size, &req->msg->prm, name);

	if (err)
		buf[0] = '\0';

	return err == ENOENT ? 0 : err;
}

static void answer_error(struct request *req, const char *errstr)
{
	request_error(req, 503, "database", "%s", errstr[0] ? errstr : "out of memory");
}

static int next_add(struct odict *o, const struct odict *array, const char *cursor, bool more)
{
	const struct odict_entry *last = more && array->lst.tail ? array->lst.tail->data : NULL;
	const char *next = last ? odict_string(last->u.odict, cursor) : NULL;

	return next ? odict_entry_add(o, "next", ODICT_STRING, next) : odict_entry_add(o, "next", ODICT_NULL);
}

void api_page_answer(struct web *w, struct request *req, const struct query_question *question,
		     const struct api_page *page)
{
	struct odict *o = NULL, *array = NULL;
	char errstr[ERRSTR_SIZE] = "";
	bool more = false;
	int err;

	err = odict_alloc(&o, 2);
	err = err ? err : odict_alloc(&array, 2);
	err = err ? err : query_rows(w->query, array, &more, question, errstr, sizeof(errstr));
	err = err ? err : odict_entry_add(o, page->key, ODICT_ARRAY, array);
	if (page->cursor)
		err = err ? err : next_add(o, array, page->cursor, more);

	if (err)
		answer_error(req, errstr);
	else
		request_json(req, 200, o);

	mem_deref(array);
	mem_deref(o);
}

struct odict *api_row_get(struct web *w, struct request *req, const struct query_question *question,
			  const char *missing)
{
	struct odict *array = NULL, *row = NULL;
	char errstr[ERRSTR_SIZE] = "";
	bool more;
	int err;

	err = odict_alloc(&array, 2);
	err = err ? err : query_rows(w->query, array, &more, question, errstr, sizeof(errstr));
	if (err)
		answer_error(req, errstr);
	else if (!array->lst.head)
		request_error(req, 404, "not_found", "%s", missing);
	else
		row = mem_ref(((struct odict_entry *)array->lst.head->data)->u.odict);
	mem_deref(array);

	return row;
}
