/**
 * @file account.c  Money that operators move: top up, refund, adjust
 */
#include <string.h>
#include <re.h>
#include "money.h"
#include "store/payment.h"
#include "core.h"

enum { HASH_SIZE = 16 };

/** One under way; what was asked is in the request until it is answered. */
struct moving {
	struct control_req *req;
	const char *account;
	int64_t nano;
};

static int amount_add(struct odict *o, const char *key, int64_t nano)
{
	char text[MONEY_STRSIZE];

	money_encode(text, nano);

	return odict_entry_add(o, key, ODICT_STRING, text);
}

static int receipt_describe(struct odict *o, const struct moving *m, const struct payment_receipt *r)
{
	int err;

	err = odict_entry_add(o, "account", ODICT_STRING, m->account);
	err |= amount_add(o, "amount", m->nano);
	err |= odict_entry_add(o, "currency", ODICT_STRING, r->currency);
	err |= odict_entry_add(o, "entry", ODICT_STRING, r->entry_id);
	err |= odict_entry_add(o, "repeated", ODICT_BOOL, r->repeated);
	err |= amount_add(o, "balance", r->balance_nano);
	err |= amount_add(o, "reserved", r->reserved_nano);
	err |= amount_add(o, "available", r->balance_nano - r->reserved_nano);

	return err;
}

static void moved_handler(int err, const char *errstr, const struct payment_receipt *receipt, void *arg)
{
	struct moving *m = arg;
	struct odict *result = NULL;

	if (err) {
		control_error(m->req, method_code(err), "%s", errstr);
	}
	else {
		err = odict_alloc(&result, HASH_SIZE);
		err = err ? err : receipt_describe(result, m, receipt);
		method_reply(m->req, err, result);
	}

	mem_deref(m);
}

/* ---------------------------------------------------------------- what is asked */

/** What is wrong with it, or NULL. */
static const char *payment_read(struct payment *p, const struct odict *params)
{
	const char *amount = odict_string(params, "amount");
	struct pl pl;

	p->account = odict_string(params, "account");
	p->currency = odict_string(params, "currency");
	p->key = odict_string(params, "key");
	p->note = odict_string(params, "note");

	if (!p->account)
		return "\"account\" is missing; name the account";
	if (!amount)
		return "\"amount\" is missing; give it as text, such as \"12.50\"";

	pl_set_str(&pl, amount);
	if (money_decode(&p->nano, &pl) || p->nano == INT64_MIN)
		return "\"amount\" is no amount; give it as text, such as \"12.50\", with nine decimals at "
		       "most";
	if (!p->nano || (p->nano < 0 && p->kind != PAYMENT_ADJUST))
		return "\"amount\" must be above 0; to take money from an account, adjust it";
	if (!str_isset(p->key) || !control_text_is_plain(p->key, PAYMENT_KEY_MAX))
		return "\"key\" must be a text of 1 to 128 bytes that nothing else is booked by; asked again "
		       "with the same key, it is booked once";
	if (!control_text_is_plain(p->note, PAYMENT_NOTE_MAX))
		return "\"note\" must be a text of one line, at most 1024 bytes";

	return NULL;
}

static void book(struct engine *e, struct control_req *req, const struct odict *params,
		 enum payment_kind kind)
{
	struct payment payment = {.kind = kind};
	const char *wrong = payment_read(&payment, params);
	struct moving *m;
	int err;

	if (wrong) {
		control_error(req, CONTROL_INVALID_PARAMS, "%s", wrong);
		return;
	}

	m = mem_zalloc(sizeof(*m), NULL);
	if (m)
		*m = (struct moving){req, payment.account, payment.nano};

	err = m ? payment_book(e->payments, &payment, moved_handler, m) : ENOMEM;
	if (err) {
		mem_deref(m);
		method_reply(req, err, NULL);
	}
}

void method_topup(struct engine *e, struct control_req *req, const struct odict *params)
{
	book(e, req, params, PAYMENT_TOPUP);
}

void method_refund(struct engine *e, struct control_req *req, const struct odict *params)
{
	book(e, req, params, PAYMENT_REFUND);
}

void method_adjust(struct engine *e, struct control_req *req, const struct odict *params)
{
	book(e, req, params, PAYMENT_ADJUST);
}
