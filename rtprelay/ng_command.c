/**
 * @file ng_command.c  The NG commands: one table
 */
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <re.h>
#include "clock.h"
#include "log.h"
#include "ng_command.h"
#include "ng_request.h"
#include "relay.h"
#include "statistics.h"

enum { WARNING_SIZE = 1024 };

struct ng_command {
	const char *name;
	ng_run_h *run;
	bool changes;
	const char *abbrev;  /* in statistics */
	const char *not_run; /* why there is no run */
};

int ng_fail(struct ng_request *req, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)re_vsnprintf(req->why, sizeof(req->why), fmt, ap);
	va_end(ap);

	return err;
}

void ng_ok(struct ng_request *req)
{
	bwrite_str(&req->w, "result", "ok");
}

int ng_session(struct ng_request *req, struct session **sp)
{
	if (!req->flags.call_id.l)
		return ng_fail(req, EINVAL, "No call-id in message");

	*sp = session_find(req->relay->sessions, &req->flags.call_id);

	return *sp ? 0 : ng_fail(req, ENOENT, "Unknown call-id");
}

static int ping_run(struct ng_request *req)
{
	bwrite_str(&req->w, "result", "pong");

	return 0;
}

static int statistics_run(struct ng_request *req)
{
	ng_ok(req);
	statistics_write(req->relay, &req->w);

	return 0;
}

static const char no_player[] = "this relay has no media player";
static const char no_subscription[] = "this relay joins two parties, and forks";

/* clang-format off */
static const struct ng_command commandv[] = {
	{"ping",              ping_run,               false, "ping",       NULL},
	{"offer",             ng_offer_run,           true,  "offer",      NULL},
	{"answer",            ng_answer_run,          true,  "answer",     NULL},
	{"delete",            ng_delete_run,          true,  "delete",     NULL},
	{"query",             ng_query_run,           false, "query",      NULL},
	{"list",              ng_list_run,            false, "list",       NULL},
	{"statistics",        statistics_run,         false, "stats",      NULL},
	{"block media",       ng_block_media_run,     true,  "blkmedia",   NULL},
	{"unblock media",     ng_unblock_media_run,   true,  "unblkmedia", NULL},
	{"silence media",     ng_silence_media_run,   true,  "slnmedia",   NULL},
	{"unsilence media",   ng_unsilence_media_run, true,  "unslnmedia", NULL},
	{"block DTMF",        ng_block_dtmf_run,      true,  "blkdtmf",    NULL},
	{"unblock DTMF",      ng_unblock_dtmf_run,    true,  "unblkdtmf",  NULL},
	{"start recording",   ng_record_run,          false, "startrec",   NULL},
	{"stop recording",    ng_unrecord_run,        false, "stoprec",    NULL},
	{"pause recording",   ng_unrecord_run,        false, "pauserec",   NULL},
	{"start forwarding",  ng_record_run,          false, "startfwd",   NULL},
	{"stop forwarding",   ng_unrecord_run,        false, "stopfwd",    NULL},
	{"play media",        NULL,                   false, "playmedia",  no_player},
	{"stop media",        NULL,                   false, "stopmedia",  no_player},
	{"play DTMF",         NULL,                   false, "playdtmf",   no_player},
	{"publish",           NULL,                   false, "pub",        no_subscription},
	{"subscribe request", NULL,                   false, "subreq",     no_subscription},
	{"subscribe answer",  NULL,                   false, "subans",     no_subscription},
	{"unsubscribe",       NULL,                   false, "unsub",      no_subscription},
	{"connect",           NULL,                   false, "connect",    no_subscription},
};
/* clang-format on */

static const struct ng_command *command_find(const struct bval *dict)
{
	struct pl name;
	size_t i;

	if (bval_str(dict, "command", &name))
		return NULL;

	for (i = 0; i < ARRAY_SIZE(commandv); i++)
		if (!pl_strcmp(&name, commandv[i].name))
			return &commandv[i];

	return NULL;
}

/* What is said beside the result: of the command, and of flags that are not done. */
static void warning_write(struct ng_request *req)
{
	const char *own = req->warning ? req->warning : "";
	char warning[WARNING_SIZE];

	req->relay->unknown_flags += req->flags.unknownc;
	if (!req->warning && !req->flags.warningc)
		return;

	(void)re_snprintf(warning, sizeof(warning), "%s%s%H", own, *own && req->flags.warningc ? "; " : "",
			  ng_flags_warn, &req->flags);
	bwrite_str(&req->w, "warning", warning);
}

static int command_run(struct ng_request *req, const struct ng_command *command, const struct bval *dict)
{
	int err;

	if (!bval_get(dict, "command"))
		return ng_fail(req, EINVAL, "No command in message");

	if (!command)
		return ng_fail(req, ENOENT, "Unrecognized command");

	if (!command->run)
		return ng_fail(req, ENOTSUP, "%s is not supported: %s", command->name, command->not_run);

	err = ng_flags_decode(&req->flags, dict, req->why);
	err = err ? err : command->run(req);
	if (err)
		return err;

	warning_write(req);

	return ng_end(&req->w);
}

bool ng_command_run(struct relay *relay, const struct ng_msg *msg, const struct ng_peer *from,
		    struct mbuf *reply)
{
	const struct ng_command *command = command_find(msg->dict);
	struct ng_request req = {.relay = relay, .from = from};
	const uint64_t begin_us = clock_mono_us();
	const size_t start = reply->pos;
	int err;

	ng_begin(&req.w, reply, &msg->cookie, msg->json);
	if (bval_get(msg->dict, "tandem-instance"))
		bwrite_str(&req.w, "tandem-instance", relay->instance);

	(void)ng_fail(&req, 0, "Out of memory");
	err = command_run(&req, command, msg->dict);
	if (err) {
		log_peer(LOG_INFO, "NG %s refused: %s", command ? command->name : "request", req.why);
		reply->pos = reply->end = start;
		(void)ng_error(reply, &msg->cookie, msg->json, req.why);
	}

	ng_clients_count(&relay->clients, from, command ? (unsigned)(command - commandv) : NG_COMMANDS_MAX,
			 clock_mono_us() - begin_us, err != 0);

	return command && command->changes;
}

void ng_command_statistics(const struct relay *relay, struct bwriter *w)
{
	const char *namev[ARRAY_SIZE(commandv)];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commandv); i++)
		namev[i] = commandv[i].abbrev;

	ng_clients_write(&relay->clients, w, namev, ARRAY_SIZE(commandv));
}

_Static_assert(ARRAY_SIZE(commandv) <= NG_COMMANDS_MAX, "every command has its place in the counts");
