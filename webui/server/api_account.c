/**
 * @file api_account.c  Accounts: what they have, and what was booked
 */
#include <re.h>
#include "api.h"
#include "api_page.h"
#include "query_ledger.h"
#include "request.h"
#include "web.h"

enum { LIMIT = 50, ACCOUNTS_LIMIT = 200, TEXT_SIZE = 256, CURSOR_SIZE = 128 };

/* ---------------------------------------------------------------- what they have */

void api_accounts(struct web *w, struct request *req)
{
	static const struct api_page page = {.key = "accounts", .cursor = "name"};
	char after[TEXT_SIZE], begins[TEXT_SIZE];
	struct query_question question = {
		.sql = SQL_ACCOUNT_PAGE,
		.valuev = {{":after", after, 0}, {":begins", begins, 0}},
	};
	uint64_t limit = ACCOUNTS_LIMIT;

	if (param_number(&limit, &req->msg->prm, "limit", 1, QUERY_ROWS_MAX) ||
	    api_text_get(after, sizeof(after), req, "after") ||
	    api_text_get(begins, sizeof(begins), req, "begins")) {
		request_error(req, 400, "bad_parameter",
			      "limit is a number from 1 to 500; after and begins are at most 255 bytes of "
			      "UTF-8");
		return;
	}

	question.limit = (uint32_t)limit;
	api_page_answer(w, req, &question, &page);
}

/* The account that the path names, NULL after its absence was answered. */
static struct odict *account_get(struct web *w, struct request *req)
{
	const struct query_question question = {
		.sql = SQL_ACCOUNT_WHOLE,
		.valuev = {{":account", req->id, 0}},
		.limit = 1,
	};

	return api_row_get(w, req, &question, "there is no such account; GET /api/v1/accounts lists them");
}

void api_account(struct web *w, struct request *req)
{
	struct odict *account = account_get(w, req);

	if (account)
		request_json(req, 200, account);

	mem_deref(account);
}

/* ---------------------------------------------------------------- what was booked */

/* What is wrong with it, or NULL. */
static const char *ledger_get(struct query_ledger *want, const struct request *req)
{
	char cursor[CURSOR_SIZE];
	uint64_t limit = LIMIT;

	if (param_number(&limit, &req->msg->prm, "limit", 1, QUERY_ROWS_MAX))
		return "limit is a number from 1 to 500";
	if (api_text_get(cursor, sizeof(cursor), req, "before") ||
	    (cursor[0] && query_ledger_cursor(want, cursor)))
		return "before is the \"next\" of an earlier page";

	want->account = req->id;
	want->limit = (uint32_t)limit;

	return NULL;
}

static void ledger_answer(struct web *w, struct request *req, const struct query_ledger *want)
{
	struct odict *page = NULL;
	char errstr[512] = "out of memory";

	if (query_ledger(w->query, &page, want, errstr, sizeof(errstr)))
		request_error(req, 503, "database", "%s", errstr);
	else
		request_json(req, 200, page);

	mem_deref(page);
}

void api_account_ledger(struct web *w, struct request *req)
{
	struct query_ledger want = {0};
	const char *wrong = ledger_get(&want, req);
	struct odict *account;

	if (wrong) {
		request_error(req, 400, "bad_parameter", "%s", wrong);
		return;
	}

	account = account_get(w, req);
	if (account)
		ledger_answer(w, req, &want);

	mem_deref(account);
}
