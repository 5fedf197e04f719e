/**
 * @file status.c  The state of the system and its counters
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <re.h>
#include "clock.h"
#include "log.h"
#include "wheel.h"
#include "call/call.h"
#include "call/relay_farm.h"
#include "door/door.h"
#include "store/webhooks.h"
#include "core.h"

enum { HASH_SIZE = 16 };

/** Add an object that a function describes. */
typedef int(describe_h)(struct odict *o, struct engine *e);

static int part_add(struct odict *o, const char *key, describe_h *h, struct engine *e)
{
	struct odict *part = NULL;
	int err;

	err = odict_alloc(&part, HASH_SIZE);
	err = err ? err : h(part, e);
	err = err ? err : odict_entry_add(o, key, ODICT_OBJECT, part);
	mem_deref(part);

	return err;
}

static int calls_describe(struct odict *o, struct engine *e)
{
	struct call_stats stats;
	int err;

	calls_stats(e->calls, &stats);

	err = method_uint_add(o, "active", stats.active);
	err |= method_uint_add(o, "answered", stats.answered);
	err |= method_uint_add(o, "attempts", stats.attempts);
	err |= method_uint_add(o, "answers", stats.answers);
	err |= method_uint_add(o, "failures", stats.failures);
	err |= method_uint_add(o, "media_recovered", stats.media_recovered);
	err |= method_uint_add(o, "media_lost", stats.media_lost);
	err |= method_uint_add(o, "subscriptions", stats.subscriptions);
	err |= odict_entry_add(o, "attempts_per_s", ODICT_DOUBLE, control_cps(e->control));

	return err;
}

static int writer_describe(struct odict *o, struct engine *e)
{
	struct writer_stats stats;
	int err;

	writer_stats(e->writer, &stats);

	err = odict_entry_add(o, "state", ODICT_STRING, stats.degraded ? "degraded" : "ok");
	err |= odict_entry_add(o, "ready", ODICT_BOOL, writer_ready(e->writer));
	err |= method_uint_add(o, "records", stats.records);
	err |= method_uint_add(o, "commits", stats.commits);
	err |= method_uint_add(o, "failures", stats.failures);
	err |= method_uint_add(o, "spool_used", stats.spool_used);
	err |= method_uint_add(o, "spool_size", stats.spool_size);
	err |= method_uint_add(o, "recovered", stats.recovered);
	err |= odict_entry_add(o, "last_commit_took_ms", ODICT_DOUBLE, (double)stats.last_commit_us / 1000);

	return err;
}

/* ---------------------------------------------------------------- what is wrong */

static bool writer_is_degraded(const struct engine *e)
{
	struct writer_stats stats;

	writer_stats(e->writer, &stats);

	return stats.degraded;
}

static bool spool_is_lost(const struct engine *e)
{
	struct writer_stats stats;

	writer_stats(e->writer, &stats);

	return stats.spool_lost;
}

static bool writer_is_full(const struct engine *e)
{
	return !writer_ready(e->writer);
}

static bool relay_is_down(const struct engine *e)
{
	return !relay_farm_up(e->relays);
}

static bool relays_are_short(const struct engine *e)
{
	return relay_farm_up(e->relays) && !relay_farm_whole(e->relays);
}

static bool engine_is_draining(const struct engine *e)
{
	return e->draining;
}

static bool webhooks_are_silent(const struct engine *e)
{
	return store_model(e->store)->webhookc && webhooks_silent(e->webhooks);
}

static bool webhook_is_failing(const struct engine *e)
{
	return webhooks_failing(e->webhooks);
}

static const struct problem {
	bool (*is_h)(const struct engine *e);
	const char *text;
} problemv[] = {
	{engine_is_draining, "it stops: new calls are refused"},
	{writer_is_full, "new calls are refused, for they could not be recorded: free the disk of the data "
			 "folder, and see the log"},
	{writer_is_degraded,
	 "the database cannot be written, records wait in the spool: free the disk of the "
	 "data folder, and see the log"},
	{spool_is_lost, "the spool's file cannot be reached any more, records are in memory alone until the "
			"database has them: "
			"repair the disk of the data folder, then restart tandem-b2bua"},
	{relay_is_down, "the media relay does not answer: start tandem-rtprelay, or see its log"},
	{relays_are_short,
	 "a media relay does not answer, others carry its calls: status names it; see its log"},
	{webhooks_are_silent, "nobody delivers events to the webhooks: start tandem-webui, or see its log"},
	{webhook_is_failing, "a webhook does not take its events: status names it and says why"},
};

static int problems_add(struct odict *o, const struct engine *e)
{
	struct odict *array = NULL;
	size_t i;
	int err;

	err = odict_alloc(&array, HASH_SIZE);
	for (i = 0; i < ARRAY_SIZE(problemv) && !err; i++)
		if (problemv[i].is_h(e))
			err = odict_entry_add(array, "", ODICT_STRING, problemv[i].text);

	err = err ? err : odict_entry_add(o, "problems", ODICT_ARRAY, array);
	mem_deref(array);

	return err;
}

/* ---------------------------------------------------------------- the parts */

static int relay_part(struct odict *o, struct engine *e)
{
	return relay_farm_describe(e->relays, o);
}

static int door_part(struct odict *o, struct engine *e)
{
	return door_describe(e->door, o);
}

static int webhooks_add(struct odict *o, const struct engine *e)
{
	struct odict *array = NULL;
	int err;

	err = odict_alloc(&array, HASH_SIZE);
	err = err ? err : webhooks_describe(e->webhooks, array);
	err = err ? err : odict_entry_add(o, "webhooks", ODICT_ARRAY, array);
	mem_deref(array);

	return err;
}

static uint64_t rss_bytes(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	char line[128] = "", *second;

	if (!f)
		return 0;

	(void)!fgets(line, sizeof(line), f);
	(void)fclose(f);

	/* pages: the whole, then what is resident */
	second = strchr(line, ' ');

	return second ? strtoull(second, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

static int process_describe(struct odict *o, struct engine *e)
{
	int err;

	err = method_uint_add(o, "pid", (uint64_t)getpid());
	err |= method_uint_add(o, "rss_bytes", rss_bytes());
	err |= method_uint_add(o, "timers", wheel_pending());
	err |= odict_entry_add(o, "log_level", ODICT_STRING, log_level_name(log_level_get()));

	return err;
}

static int status_describe(struct odict *o, struct engine *e)
{
	int err;

	err = odict_entry_add(o, "version", ODICT_STRING, TANDEM_VERSION);
	err |= odict_entry_add(o, "node", ODICT_STRING, e->cfg->node);
	err |= odict_entry_add(o, "state", ODICT_STRING, e->draining ? "draining" : "running");
	err |= problems_add(o, e);
	err |= odict_entry_add(o, "started_us", ODICT_INT, e->started_us);
	err |= method_uint_add(o, "uptime_s", (clock_mono_ms() - e->started_ms) / 1000);
	err |= part_add(o, "calls", calls_describe, e);
	err |= part_add(o, "relay", relay_part, e);
	err |= part_add(o, "writer", writer_describe, e);
	err |= part_add(o, "door", door_part, e);
	err |= webhooks_add(o, e);
	err |= part_add(o, "process", process_describe, e);

	return err;
}

void method_status(struct engine *e, struct control_req *req, const struct odict *params)
{
	struct odict *result = NULL;
	int err;

	err = odict_alloc(&result, HASH_SIZE);
	err = err ? err : status_describe(result, e);

	method_reply(req, err, result);
}
