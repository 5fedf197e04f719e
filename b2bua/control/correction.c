/**
 * @file correction.c  What a call costs is corrected
 */
#include <string.h>
#include <re.h>
#include "money.h"
#include "store/correction.h"
#include "core.h"

enum { HASH_SIZE = 16 };

/** One under way; what was asked is in the request until it is answered. */
struct correct {
	struct control_req *req;
	struct correction correction;
};

static int amount_add(struct odict *o, const char *key, int64_t nano)
{
	char text[MONEY_STRSIZE];

	money_encode(text, nano);

	return odict_entry_add(o, key, ODICT_STRING, text);
}

static int receipt_describe(struct odict *o, const struct correct *c, const struct correction_receipt *r)
{
	int err;

	err = odict_entry_add(o, "id", ODICT_STRING, c->correction.cdr_id);
	err |= odict_entry_add(o, "account", ODICT_STRING, r->account);
	err |= odict_entry_add(o, "currency", ODICT_STRING, r->payment.currency);
	err |= amount_add(o, "was", r->was_nano);
	err |= amount_add(o, "price", c->correction.price_nano);
	err |= odict_entry_add(o, "repeated", ODICT_BOOL, r->payment.repeated);
	err |= amount_add(o, "balance", r->payment.balance_nano);

	return err;
}

static void corrected_handler(int err, const char *errstr, const struct correction_receipt *receipt,
			      void *arg)
{
	struct correct *c = arg;
	struct odict *result = NULL;

	if (err) {
		control_error(c->req, method_code(err), "%s", errstr);
	}
	else {
		err = odict_alloc(&result, HASH_SIZE);
		err = err ? err : receipt_describe(result, c, receipt);
		method_reply(c->req, err, result);
	}

	mem_deref(c);
}

/** What is wrong with it, or NULL. */
static const char *correction_read(struct correction *c, const struct odict *params)
{
	const char *price = odict_string(params, "price");
	struct pl pl;

	c->cdr_id = odict_string(params, "id");
	c->key = odict_string(params, "key");
	c->note = odict_string(params, "note");

	if (!c->cdr_id)
		return "\"id\" is missing; give the cdr_id of the call";
	if (!price)
		return "\"price\" is missing; give it as text, such as \"0.30\"";

	pl_set_str(&pl, price);
	if (money_decode(&c->price_nano, &pl) || c->price_nano < 0)
		return "\"price\" is no price; give it as text, such as \"0.30\", not below 0, with nine "
		       "decimals at most";
	if (!control_text_is_plain(c->key, PAYMENT_KEY_MAX) || !str_isset(c->key))
		return "\"key\" must be a text of 1 to 128 bytes that nothing else is booked by; asked again "
		       "with the same key, it is booked once";
	if (!control_text_is_plain(c->note, PAYMENT_NOTE_MAX))
		return "\"note\" must be a text of one line, at most 1024 bytes";

	return NULL;
}

void method_correct(struct engine *e, struct control_req *req, const struct odict *params)
{
	struct correct *c = mem_zalloc(sizeof(*c), NULL);
	const char *wrong;
	int err;

	if (!c) {
		method_reply(req, ENOMEM, NULL);
		return;
	}

	c->req = req;
	wrong = correction_read(&c->correction, params);
	if (wrong) {
		mem_deref(c);
		control_error(req, CONTROL_INVALID_PARAMS, "%s", wrong);
		return;
	}

	err = correction_book(e->payments, store_background(e->store), e->cfg->data_dir, &c->correction,
			      corrected_handler, c);
	if (err) {
		mem_deref(c);
		method_reply(req, err, NULL);
	}
}
