/**
 * @file day.c  Days of records are closed, for who wants their files
 */
#include <re.h>
#include "clock.h"
#include "books/day.h"
#include "core.h"

enum { HASH_SIZE = 4 };

struct closing {
	struct control_req *req;
	int64_t now_us;
	struct days_closed closed;
};

static int close_job(struct sqlite3 *db, void *arg)
{
	struct closing *c = arg;

	return days_close(db, c->now_us, &c->closed);
}

static void closed_handler(int err, void *arg)
{
	struct closing *c = arg;
	struct odict *result = NULL;

	err = err ? err : odict_alloc(&result, HASH_SIZE);
	err = err ? err : method_uint_add(result, "closed", c->closed.days);
	method_reply(c->req, err, result);
	mem_deref(c);
}

void method_day_close(struct engine *e, struct control_req *req, const struct odict *params)
{
	struct closing *c = mem_zalloc(sizeof(*c), NULL);
	int err = ENOMEM;

	if (c) {
		c->req = req;
		c->now_us = clock_wall_us();
		err = writer_submit(e->writer, close_job, closed_handler, c);
	}

	if (err) {
		mem_deref(c);
		method_reply(req, err, NULL);
	}
}
