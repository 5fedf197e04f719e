/**
 * @file rerate.c  A period's calls are corrected to the prices of another tariff, a part at a time
 */
#include <re.h>
#include "clock.h"
#include "books/rerating.h"
#include "core.h"

enum { HASH_SIZE = 16, NAME_MAX_LEN = 255 };

static int report_describe(struct odict *o, const struct rerating_report *r)
{
	int err;

	err = method_uint_add(o, "calls", r->calls);
	err |= method_uint_add(o, "corrected", r->counts.corrected);
	err |= method_uint_add(o, "repeated", r->counts.repeated);
	err |= method_uint_add(o, "unrated", r->unrated);
	err |= method_uint_add(o, "uncharged", r->uncharged);
	err |= method_uint_add(o, "left", r->counts.left);
	err |= odict_entry_add(o, "after_us", ODICT_INT, r->place.us);
	err |= odict_entry_add(o, "after_seq", ODICT_INT, r->place.seq);
	err |= odict_entry_add(o, "finished", ODICT_BOOL, r->finished);

	return err;
}

static void step_fail(struct control_req *req, int err)
{
	switch (err) {

	case ENOENT:
		control_error(req, CONTROL_NOT_FOUND,
			      "there is no such tariff, or its time zone is not on this system");
		break;
	case EBADMSG:
		control_error(req, CONTROL_FAILED, "a rate of the tariff cannot be read; import it anew");
		break;
	case EEXIST:
		control_error(req, CONTROL_FAILED,
			      "the key was used to re-rate by another tariff; use a key of its own");
		break;
	case ERANGE:
		control_error(req, CONTROL_FAILED, "the balance of an account would be beyond all money");
		break;
	default:
		control_error(req, CONTROL_FAILED,
			      "it could not be booked: %m; see the log of tandem-b2bua, and ask again with "
			      "the same run",
			      err);
		break;
	}
}

static void step_handler(int err, const struct rerating_report *report, void *arg)
{
	struct control_req *req = arg;
	struct odict *result = NULL;

	if (err) {
		step_fail(req, err);
		return;
	}

	err = odict_alloc(&result, HASH_SIZE);
	err = err ? err : report_describe(result, report);
	method_reply(req, err, result);
}

static bool time_read(int64_t *us, const struct odict *params, const char *key)
{
	uint64_t number = 0;

	if (!odict_get_number(params, &number, key))
		return false;

	*us = (int64_t)number;

	return *us >= 0;
}

/** What is wrong with it, or NULL. */
static const char *rerating_read(struct rerating *r, const struct odict *params)
{
	struct rerate_period *p = &r->period;

	p->tariff = odict_string(params, "tariff");
	p->account = odict_string(params, "account");
	r->run = odict_string(params, "run");
	r->note = odict_string(params, "note");

	if (!str_isset(p->tariff) || !control_text_is_plain(p->tariff, NAME_MAX_LEN))
		return "\"tariff\" is missing; name the tariff whose prices count";
	if (!control_text_is_plain(p->account, NAME_MAX_LEN))
		return "\"account\" must be the name of an account";
	if (!time_read(&p->from_us, params, "from_us") || !time_read(&p->until_us, params, "until_us") ||
	    p->from_us >= p->until_us)
		return "\"from_us\" and \"until_us\" must be times in microseconds since 1970, the second "
		       "later";
	if (p->until_us > clock_wall_us())
		return "\"until_us\" (--to) is not over: calls would still come in to be corrected; name a "
		       "time that is over";
	if (!str_isset(r->run) || !control_text_is_plain(r->run, CORRECTION_RUN_MAX))
		return "\"run\" must be a text of 1 to 64 bytes that stands for this re-rating for ever";
	if (!control_text_is_plain(r->note, PAYMENT_NOTE_MAX))
		return "\"note\" must be a text of one line, at most 1024 bytes";

	r->after.us = p->from_us;
	if (odict_lookup(params, "after_us") &&
	    (!time_read(&r->after.us, params, "after_us") || !time_read(&r->after.seq, params, "after_seq")))
		return "\"after_us\" and \"after_seq\" must be as the part before answered";

	return NULL;
}

void method_rerate(struct engine *e, struct control_req *req, const struct odict *params)
{
	struct rerating rerating = {0};
	const char *wrong = rerating_read(&rerating, params);
	int err;

	if (wrong) {
		control_error(req, CONTROL_INVALID_PARAMS, "%s", wrong);
		return;
	}

	err = rerating_step(e->payments, store_background(e->store), e->cfg->data_dir, &rerating,
			    step_handler, req);
	if (err)
		method_reply(req, err, NULL);
}
