/**
 * @file api_move.c  Money that operators move, each time once by its key
 */
#include <string.h>
#include <re.h>
#include "api.h"
#include "api_ask.h"
#include "request.h"
#include "web.h"

enum { KEY_SIZE = 256, NAMES_MAX = 3 };

/** What the control socket calls the thing in the path, and what the body may say: all of it texts. */
struct form {
	const char *subject;
	const char *namev[NAMES_MAX + 1];
	const char *help;
};

static const struct form payment = {
	.subject = "account",
	.namev = {"amount", "note", "currency", NULL},
	.help = "the body takes amount, note and currency as texts, such as {\"amount\": \"12.50\"}",
};

static const struct form correction = {
	.subject = "id",
	.namev = {"price", "note", NULL},
	.help = "the body takes price and note as texts, such as {\"price\": \"0.30\"}",
};

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

/* An amount that is a number may have lost digits on its way. */
static bool entry_fits(const struct form *f, const struct odict_entry *e)
{
	const char *const *name;

	for (name = f->namev; *name; name++)
		if (!strcmp(e->key, *name))
			return e->type == ODICT_STRING;

	return false;
}

static bool body_fits(const struct form *f, const struct odict *body)
{
	const struct le *le;

	for (le = list_head(&body->lst); le; le = le->next)
		if (!entry_fits(f, le->data))
			return false;

	return true;
}

static int params_fill(struct odict *params, const struct form *f, const struct odict *body, const char *key)
{
	const char *const *name;
	int err;

	err = api_param_add(params, "key", key);
	for (name = f->namev; *name && !err; name++)
		err = api_param_add(params, *name, odict_string(body, *name));

	return err;
}

static void move(struct web *w, struct request *req, const char *method, const struct form *f)
{
	struct odict *params;
	char key[KEY_SIZE];

	if (!body_fits(f, req->body)) {
		request_error(req, 400, "bad_body", "%s", f->help);
		return;
	}
	if (key_get(key, req)) {
		request_error(req, 400, "key_missing",
			      "name the operation in one header Idempotency-Key, 1 to 128 bytes; asked again "
			      "with the same key it is booked once");
		return;
	}

	params = api_param_make(req, f->subject, req->id);
	if (!params)
		return;

	if (params_fill(params, f, req->body, key)) {
		mem_deref(params);
		request_error(req, 500, "no_memory", "out of memory");
		return;
	}

	api_ask(w, req, method, params, API_ANSWER_TIMEOUT_MS);
}

void api_account_topup(struct web *w, struct request *req)
{
	move(w, req, "topup", &payment);
}

void api_account_refund(struct web *w, struct request *req)
{
	move(w, req, "refund", &payment);
}

void api_account_adjust(struct web *w, struct request *req)
{
	move(w, req, "adjust", &payment);
}

void api_cdr_correct(struct web *w, struct request *req)
{
	move(w, req, "correct", &correction);
}
