/**
 * @file api_rate.c  Tariffs, and what a call costs by one
 */
#include <string.h>
#include <re.h>
#include "api.h"
#include "api_ask.h"
#include "api_page.h"
#include "clock.h"
#include "request.h"
#include "web.h"

enum { TEXT_SIZE = 256, DURATION_MAX_S = 30 * 86400, TARIFFS_LIMIT = 50, TARIFFS_LIMIT_MAX = 100 };

/* ---------------------------------------------------------------- a price */

/* The parameters that are texts go on as they are: the b2bua says what is wrong with them. */
static int rate_params(struct odict *params, const struct request *req)
{
	static const char *const namev[] = {"number", "account", "tariff", "at"};
	char text[TEXT_SIZE];
	size_t i;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(namev) && !err; i++) {
		err = api_text_get(text, sizeof(text), req, namev[i]);
		err = err ? err : api_param_add(params, namev[i], text[0] ? text : NULL);
	}

	return err;
}

void api_rate(struct web *w, struct request *req)
{
	struct odict *params = NULL;
	uint64_t duration_s = 60;
	int err;

	if (param_number(&duration_s, &req->msg->prm, "duration_s", 0, DURATION_MAX_S)) {
		request_error(req, 400, "bad_parameter", "duration_s is a number from 0 to %u",
			      DURATION_MAX_S);
		return;
	}

	err = odict_alloc(&params, 8);
	err = err ? err : odict_entry_add(params, "duration_s", ODICT_INT, (int64_t)duration_s);
	err = err ? err : rate_params(params, req);
	if (err) {
		mem_deref(params);
		request_error(req, 400, "bad_parameter",
			      "number, account, tariff and at are texts, each given once, at most 255 bytes "
			      "of "
			      "UTF-8");
		return;
	}

	api_ask(w, req, "rate", params, API_ANSWER_TIMEOUT_MS);
}

/* ---------------------------------------------------------------- tariffs */

void api_tariffs(struct web *w, struct request *req)
{
	static const struct api_page page = {.key = "tariffs", .cursor = "name"};
	char after[TEXT_SIZE];
	struct query_question question = {
		.sql = SQL_TARIFF_PAGE,
		.valuev = {{":after", after, 0}, {":now_us", NULL, clock_wall_us()}},
	};
	uint64_t limit = TARIFFS_LIMIT;

	if (param_number(&limit, &req->msg->prm, "limit", 1, TARIFFS_LIMIT_MAX) ||
	    api_text_get(after, sizeof(after), req, "after")) {
		request_error(req, 400, "bad_parameter",
			      "limit is a number from 1 to %u, after the \"next\" of an earlier page",
			      TARIFFS_LIMIT_MAX);
		return;
	}

	question.limit = (uint32_t)limit;
	api_page_answer(w, req, &question, &page);
}
