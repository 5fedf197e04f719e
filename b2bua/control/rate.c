/**
 * @file rate.c  What a call costs, asked beside the loop
 */
#include <string.h>
#include <re.h>
#include "background.h"
#include "clock.h"
#include "time_text.h"
#include "charge/quote.h"
#include "route/number.h"
#include "core.h"

enum { PATH_SIZE = 4096 };

/** One under way; the request, which holds its texts, stays until it is answered. */
struct quoting {
	struct control_req *req;
	struct quote_question question;
	char number[NUMBER_SIZE];
	char path[PATH_SIZE];
	struct odict *answer;
	int err;
	char errstr[QUOTE_ERRSTR_SIZE];
};

static void quoting_destructor(void *arg)
{
	struct quoting *qg = arg;

	mem_deref(qg->answer);
}

static void quote_job(void *arg)
{
	struct quoting *qg = arg;
	struct db *db = NULL;

	qg->err = db_open(&db, qg->path, DB_READ, qg->errstr, sizeof(qg->errstr));
	qg->err = qg->err ? qg->err : quote_make(&qg->answer, db, &qg->question, qg->errstr);
	mem_deref(db);
}

static void quote_done(int err, void *arg)
{
	struct quoting *qg = arg;

	err = err ? err : qg->err;

	if (err)
		control_error(qg->req, method_code(err), "%s", qg->errstr[0] ? qg->errstr : "stopping");
	else
		control_reply(qg->req, mem_ref(qg->answer));

	mem_deref(qg);
}

/** What is wrong with it, or NULL. */
static const char *question_read(struct quoting *qg, const struct odict *params)
{
	const char *number = odict_string(params, "number"), *at = odict_string(params, "at");
	struct quote_question *q = &qg->question;
	uint64_t duration_s = QUOTE_DURATION_S;
	struct pl pl;

	q->account = odict_string(params, "account");
	q->tariff = odict_string(params, "tariff");

	if (!str_isset(number))
		return "\"number\" is missing; give the number that is called";
	if (!q->account == !q->tariff)
		return "whose price? give either \"account\" or \"tariff\"";

	pl_set_str(&pl, number);
	number_normalise(qg->number, &pl);
	q->number = qg->number;

	q->at_us = clock_wall_us();
	pl_set_str(&pl, at);
	if (odict_lookup(params, "at") && (!at || time_text_decode(&q->at_us, &pl)))
		return "\"at\" must be a time such as \"2026-07-01T08:30\" (UTC) or "
		       "\"2026-07-01T08:30+08:00\"";

	if (odict_lookup(params, "duration_s") &&
	    (!odict_get_number(params, &duration_s, "duration_s") || duration_s > RATE_HORIZON_S))
		return "\"duration_s\" must be a whole number from 0 to 2592000 (30 days)";
	q->duration_ms = (int64_t)duration_s * 1000;

	return NULL;
}

void method_rate(struct engine *e, struct control_req *req, const struct odict *params)
{
	struct quoting *qg = mem_zalloc(sizeof(*qg), quoting_destructor);
	const char *wrong;
	int err;

	if (!qg) {
		method_reply(req, ENOMEM, NULL);
		return;
	}

	qg->req = req;
	wrong = question_read(qg, params);
	if (wrong) {
		mem_deref(qg);
		control_error(req, CONTROL_INVALID_PARAMS, "%s", wrong);
		return;
	}

	(void)re_snprintf(qg->path, sizeof(qg->path), "%s/tandem.db", e->cfg->data_dir);
	err = background_run(store_background(e->store), quote_job, quote_done, qg);
	if (err) {
		mem_deref(qg);
		method_reply(req, err, NULL);
	}
}
