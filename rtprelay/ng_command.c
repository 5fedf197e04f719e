/**
 * @file ng_command.c  The NG commands: one table
 */
#include <string.h>
#include <re.h>
#include "describe.h"
#include "log.h"
#include "ng_command.h"
#include "offer.h"
#include "relay.h"
#include "statistics.h"

enum { LIST_LIMIT = 32, LIST_LIMIT_MAX = 1024 };

/** A request on its way through its handler; the reply's dictionary is open. */
struct command {
	struct relay *relay;
	const struct bval *dict;
	const struct ng_peer *from;
	struct bwriter w;
	char why[SESSION_WHY_SIZE]; /* set on error: error-reason */
};

static int fail(struct command *cmd, int err, const char *why)
{
	(void)re_snprintf(cmd->why, sizeof(cmd->why), "%s", why);

	return err;
}

static void ok(struct command *cmd)
{
	bwrite_str(&cmd->w, "result", "ok");
}

static int key_missing(struct command *cmd, const char *key)
{
	(void)re_snprintf(cmd->why, sizeof(cmd->why), "No %s in the request", key);

	return EINVAL;
}

static int id_decode(struct command *cmd, const char *key, struct pl *id)
{
	if (bval_str(cmd->dict, key, id) || !id->l)
		return key_missing(cmd, key);

	if (id->l > SESSION_ID_MAX) {
		(void)re_snprintf(cmd->why, sizeof(cmd->why), "%s is longer than %u bytes", key,
				  SESSION_ID_MAX);
		return EINVAL;
	}

	return 0;
}

static int ping_run(struct command *cmd)
{
	bwrite_str(&cmd->w, "result", "pong");

	return 0;
}

static bool flag_is_set(const struct command *cmd, const char *key, const char *word)
{
	return bval_list_has(cmd->dict, key, word);
}

/* What an offer or answer must have. */
static int exchange_decode(struct command *cmd, struct ng_flags *flags)
{
	const int err = ng_flags_decode(flags, cmd->dict, cmd->why);

	if (err)
		return err;

	if (!flags->call_id.l)
		return key_missing(cmd, "call-id");

	if (!flags->from_tag.l)
		return key_missing(cmd, "from-tag");

	return flags->sdp.p ? 0 : key_missing(cmd, "sdp");
}

/* Who speaks last is told of silence. */
static void client_note(const struct command *cmd, const struct ng_flags *flags, struct session *s)
{
	if (flags->notify >= 0)
		s->notify = flags->notify != 0;
	if (flags->timeout_s)
		s->timeout_s = flags->timeout_s;

	s->client = *cmd->from;
}

typedef int(exchange_h)(struct session **sp, struct sessions *ss, const struct ng_flags *flags,
			struct mbuf *mb, char why[SESSION_WHY_SIZE]);

static int exchange_run(struct command *cmd, const struct ng_flags *flags, exchange_h *h)
{
	struct session *s;
	struct mbuf *sdp;
	struct pl pl;
	int err;

	sdp = mbuf_alloc(flags->sdp.l + 256);
	if (!sdp)
		return fail(cmd, ENOMEM, "Out of memory");

	err = h(&s, cmd->relay->sessions, flags, sdp, cmd->why);
	if (err)
		goto out;

	client_note(cmd, flags, s);
	ok(cmd);
	pl.p = (const char *)sdp->buf;
	pl.l = sdp->end;
	bwrite_pl(&cmd->w, "sdp", &pl);

out:
	mem_deref(sdp);

	return err;
}

static int offer_run(struct command *cmd)
{
	struct ng_flags flags;
	const int err = exchange_decode(cmd, &flags);

	return err ? err : exchange_run(cmd, &flags, session_offer);
}

static int answer_run(struct command *cmd)
{
	struct ng_flags flags;
	const int err = exchange_decode(cmd, &flags);

	if (err)
		return err;

	if (!flags.to_tag.l)
		return key_missing(cmd, "to-tag");

	return exchange_run(cmd, &flags, session_answer);
}

static int session_named(struct command *cmd, struct session **sp)
{
	struct pl call_id;
	const int err = id_decode(cmd, "call-id", &call_id);

	if (!err)
		*sp = session_find(cmd->relay->sessions, &call_id);

	return err;
}

static int query_run(struct command *cmd)
{
	struct session *s;
	const int err = session_named(cmd, &s);

	if (err)
		return err;

	if (!s)
		return fail(cmd, ENOENT, "Unknown call-id");

	ok(cmd);
	session_describe(s, &cmd->w);

	return 0;
}

static int delete_run(struct command *cmd)
{
	struct session *s;
	const int err = session_named(cmd, &s);

	if (err)
		return err;

	if (!s && flag_is_set(cmd, "flags", "fatal"))
		return fail(cmd, ENOENT, "Unknown call-id");

	ok(cmd);

	if (!s) {
		bwrite_str(&cmd->w, "warning", "Unknown call-id");
		return 0;
	}

	session_describe(s, &cmd->w);
	mem_deref(s);

	return 0;
}

struct lister {
	struct bwriter *w;
	int64_t left;
};

static bool list_handler(struct session *s, void *arg)
{
	struct lister *lister = arg;

	bwrite_str(lister->w, NULL, s->call_id);

	return --lister->left == 0;
}

static int list_run(struct command *cmd)
{
	struct lister lister = {.w = &cmd->w, .left = LIST_LIMIT};

	if (bval_get(cmd->dict, "limit") &&
	    (bval_int(cmd->dict, "limit", &lister.left) || lister.left < 1 || lister.left > LIST_LIMIT_MAX))
		return fail(cmd, EINVAL, "limit is not from 1 to 1024");

	ok(cmd);
	bwrite_list(&cmd->w, "calls");
	sessions_apply(cmd->relay->sessions, list_handler, &lister);
	bwrite_end_list(&cmd->w);

	return 0;
}

static int statistics_run(struct command *cmd)
{
	ok(cmd);
	statistics_write(cmd->relay, &cmd->w);

	return 0;
}

static const struct {
	const char *name;
	int (*run)(struct command *cmd); /* on error it has written nothing yet */
	bool changes;
} commandv[] = {
	{"ping", ping_run, false},
	{"offer", offer_run, true},
	{"answer", answer_run, true},
	{"delete", delete_run, true},
	{"query", query_run, false},
	{"list", list_run, false},
	{"statistics", statistics_run, false},
};

bool ng_command_run(struct relay *relay, const struct ng_msg *msg, const struct ng_peer *from,
		    struct mbuf *reply)
{
	struct command cmd = {.relay = relay, .dict = msg->dict, .from = from};
	struct pl name = PL_INIT;
	const size_t start = reply->pos;
	bool changes = false;
	size_t i;
	int err;

	ng_begin(&cmd.w, reply, &msg->cookie, msg->json);
	if (bval_get(msg->dict, "tandem-instance"))
		bwrite_str(&cmd.w, "tandem-instance", relay->instance);

	if (bval_str(msg->dict, "command", &name)) {
		err = key_missing(&cmd, "command");
		goto out;
	}

	err = fail(&cmd, ENOENT, "Unrecognized command");

	for (i = 0; i < ARRAY_SIZE(commandv); i++) {

		if (pl_strcmp(&name, commandv[i].name))
			continue;

		changes = commandv[i].changes;
		err = commandv[i].run(&cmd);
		break;
	}

	err = err ? err : ng_end(&cmd.w);

out:
	if (err) {
		log_peer(LOG_INFO, "NG %r refused: %s", &name, cmd.why);
		reply->pos = reply->end = start;
		(void)ng_error(reply, &msg->cookie, msg->json, cmd.why);
	}

	return changes;
}
