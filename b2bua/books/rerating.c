/**
 * @file rerating.c  A period's calls get the prices of another tariff
 */
#include <re.h>
#include "background.h"
#include "log.h"
#include "rerating.h"

enum {
	PART = 500, /* calls: some 30 ms of the writer's thread */
	PATH_SIZE = 4096,
};

/** A part under way: a background job's, then the writer's, in between the loop's. */
struct part {
	struct payments *payments;
	char *data_dir, *tariff, *account;
	struct rerate_period period;
	struct correction_list *list;
	struct rerating_report report;
	rerating_done_h *doneh;
	void *arg;
	int err;
};

static void part_destructor(void *arg)
{
	struct part *part = arg;

	mem_deref(part->payments);
	mem_deref(part->data_dir);
	mem_deref(part->tariff);
	mem_deref(part->account);
	mem_deref(part->list);
}

/* ---------------------------------------------------------------- beside the loop */

static int call_handler(const struct rerate_call *call, void *arg)
{
	struct part *part = arg;
	const struct correction_item item = {.cdr_id = call->cdr_id,
					     .account = call->account,
					     .currency = call->currency,
					     .src_trunk = call->src_trunk,
					     .dst_trunk = call->dst_trunk,
					     .cost_currency = call->cost_currency,
					     .start_us = call->start_us,
					     .was_nano = call->was_nano,
					     .price_nano = call->price_nano};

	++part->report.calls;
	part->report.uncharged += !call->charged;
	part->report.unrated += call->charged && call->fate != RERATE_PRICED;

	/* also one that costs as much already: a run that corrected it before is to find that out */
	return call->charged && call->fate == RERATE_PRICED ? correction_list_add(part->list, &item) : 0;
}

static void read_job(void *arg)
{
	char path[PATH_SIZE], errstr[512] = "";
	struct part *part = arg;
	struct db *db = NULL;
	size_t told = 0;

	(void)re_snprintf(path, sizeof(path), "%s/tandem.db", part->data_dir);
	part->err = db_open(&db, path, DB_READ, errstr, sizeof(errstr));
	if (part->err)
		log_error("rerate: %s", errstr);
	else
		part->err =
			rerate_some(db, &part->period, &part->report.place, PART, call_handler, part, &told);
	part->report.finished = told < PART;
	mem_deref(db);
}

/* ---------------------------------------------------------------- on the loop */

static void part_done(int err, const struct correction_counts *counts, void *arg)
{
	struct part *part = arg;

	if (counts)
		part->report.counts = *counts;

	part->doneh(err, &part->report, part->arg);
	mem_deref(part);
}

static void read_done(int err, void *arg)
{
	struct part *part = arg;

	err = err ? err : part->err;
	err = err ? err : correction_list_book(part->list, part->payments, part_done, part);
	if (err)
		part_done(err, NULL, part);
}

static int part_alloc(struct part **partp, const struct rerating *r, const char *data_dir)
{
	struct part *part = mem_zalloc(sizeof(*part), part_destructor);
	int err;

	if (!part)
		return ENOMEM;

	err = correction_list_alloc(&part->list, r->run, r->period.tariff, r->note);
	err = err ? err : str_dup(&part->data_dir, data_dir);
	err = err ? err : str_dup(&part->tariff, r->period.tariff);
	if (!err && r->period.account)
		err = str_dup(&part->account, r->period.account);

	part->report.place = r->after;
	part->period = r->period;
	part->period.tariff = part->tariff;
	part->period.account = part->account;
	if (err)
		mem_deref(part);
	else
		*partp = part;

	return err;
}

int rerating_step(struct payments *p, struct background *background, const char *data_dir,
		  const struct rerating *rerating, rerating_done_h *doneh, void *arg)
{
	struct part *part = NULL;
	int err;

	if (!p || !background || !data_dir || !rerating || !rerating->period.tariff || !doneh)
		return EINVAL;

	err = part_alloc(&part, rerating, data_dir);
	if (err)
		return err;

	part->payments = mem_ref(p);
	part->doneh = doneh;
	part->arg = arg;

	err = background_run(background, read_job, read_done, part);
	if (err)
		mem_deref(part);

	return err;
}
