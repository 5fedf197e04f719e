/**
 * @file api_account.c  Accounts: what they have, what was booked, and money that is moved
 */
#include <string.h>
#include <re.h>
#include "api.h"
#include "api_ask.h"
#include "api_page.h"
#include "query_ledger.h"
#include "request.h"
#include "web.h"

enum { LIMIT = 50, ACCOUNTS_LIMIT = 200, TEXT_SIZE = 256, KEY_SIZE = 256, CURSOR_SIZE = 128 };

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

/* ---------------------------------------------------------------- money that is moved */

/* The operation's key is a header, so that a proxy or a library may repeat the request as it is. EINVAL: not there. */
static int key_get(char key[KEY_SIZE], const struct request *req)
{
	const struct http_hdr *hdr = http_msg_xhdr(req->msg, "Idempotency-Key");

	if (!hdr || http_msg_xhdr_count(req->msg, "Idempotency-Key") != 1)
		return EINVAL;
	if (!hdr->val.l || hdr->val.l >= KEY_SIZE)
		return EINVAL;

	return pl_strcpy(&hdr->val, key, KEY_SIZE);
}

/* Only these, and as texts: an amount that is a number may have lost digits on its way. */
static const char *body_check(const struct odict *body)
{
	static const char *const namev[] = {"amount", "note", "currency"};
	const struct le *le;

	for (le = list_head(&body->lst); le; le = le->next) {

		const struct odict_entry *e = le->data;
		size_t i;

		for (i = 0; i < ARRAY_SIZE(namev) && strcmp(e->key, namev[i]); i++)
			;
		if (i == ARRAY_SIZE(namev))
			return "the body takes amount, note and currency";
		if (e->type != ODICT_STRING)
			return "amount, note and currency are texts, such as {\"amount\": \"12.50\"}";
	}

	return NULL;
}

static void move(struct web *w, struct request *req, const char *method)
{
	const char *wrong = body_check(req->body);
	struct odict *params;
	char key[KEY_SIZE];
	int err;

	if (wrong) {
		request_error(req, 400, "bad_body", "%s", wrong);
		return;
	}
	if (key_get(key, req)) {
		request_error(req, 400, "key_missing",
			      "name the operation in one header Idempotency-Key, 1 to 128 bytes; asked again "
			      "with the same key it is booked once");
		return;
	}

	params = api_param_make(req, "account", req->id);
	if (!params)
		return;

	err = api_param_add(params, "amount", odict_string(req->body, "amount"));
	err |= api_param_add(params, "note", odict_string(req->body, "note"));
	err |= api_param_add(params, "currency", odict_string(req->body, "currency"));
	err |= api_param_add(params, "key", key);
	if (err) {
		mem_deref(params);
		request_error(req, 500, "no_memory", "out of memory");
		return;
	}

	api_ask(w, req, method, params, API_ANSWER_TIMEOUT_MS);
}

void api_account_topup(struct web *w, struct request *req)
{
	move(w, req, "topup");
}

void api_account_refund(struct web *w, struct request *req)
{
	move(w, req, "refund");
}

void api_account_adjust(struct web *w, struct request *req)
{
	move(w, req, "adjust");
}
