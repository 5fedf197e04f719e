/**
 * @file api_webhook.c  Webhooks: what is provisioned, and how delivery goes
 */
#include <re.h>
#include "api.h"
#include "query.h"
#include "request.h"
#include "web.h"
#include "webhooks.h"

static int deliveries_add(const struct odict *rows, const struct webhooks *webhooks)
{
	const struct le *le;
	int err = 0;

	for (le = list_head(&rows->lst); le && !err; le = le->next) {

		struct odict *row = ((const struct odict_entry *)le->data)->u.odict;

		err = webhooks_describe(webhooks, row, odict_string(row, "name"));
	}

	return err;
}

void api_webhooks(struct web *w, struct request *req)
{
	const struct query_question question = {.sql = SQL_WEBHOOK_PAGE, .limit = QUERY_ROWS_MAX};
	char errstr[512] = "out of memory";
	struct odict *o = NULL, *rows = NULL;
	bool more = false;
	int err;

	err = odict_alloc(&o, 2);
	err = err ? err : odict_alloc(&rows, 2);
	err = err ? err : query_rows(w->query, rows, &more, &question, errstr, sizeof(errstr));
	err = err ? err : deliveries_add(rows, w->webhooks);
	err = err ? err : odict_entry_add(o, "webhooks", ODICT_ARRAY, rows);

	if (err)
		request_error(req, 503, "database", "%s", errstr);
	else
		request_json(req, 200, o);

	mem_deref(rows);
	mem_deref(o);
}
