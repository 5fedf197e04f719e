/**
 * @file ng_exchange.c  The NG commands offer and answer
 */
#include <errno.h>
#include <re.h>
#include "loop_mark.h"
#include "ng_request.h"
#include "offer.h"
#include "relay.h"

typedef int(exchange_h)(struct session **sp, struct sessions *ss, const struct ng_flags *flags,
			struct mbuf *mb, char why[SESSION_WHY_SIZE]);

static int keys_check(struct ng_request *req)
{
	const struct ng_flags *flags = &req->flags;

	if (!flags->sdp.l)
		return ng_fail(req, EINVAL, "No SDP body in message");

	if (!flags->call_id.l)
		return ng_fail(req, EINVAL, "No call-id in message");

	return flags->from_tag.l ? 0 : ng_fail(req, EINVAL, "No from-tag in message");
}

/* Who sent the SDP: an answer is the to-tag's. */
static struct party *speaker(const struct session *s, const struct ng_flags *flags, bool answer)
{
	return party_by_tag(&s->partyl, answer ? &flags->to_tag : &flags->from_tag);
}

/* What else a client says of the session and of who speaks. Who speaks last is told of silence. */
static int wishes_take(const struct ng_request *req, struct session *s, bool answer)
{
	const struct ng_flags *flags = &req->flags;
	struct party *p = speaker(s, flags, answer);
	int err = 0;

	if (flags->notify >= 0)
		s->notify = flags->notify != 0;
	if (flags->timeout_s)
		s->timeout_s = flags->timeout_s;
	if (flags->tos != NG_TOS_KEEP)
		s->tos = flags->tos == NG_TOS_DEFAULT ? sessions_config(s->sessions)->tos : flags->tos;
	if (flags->drop != NG_DROP_KEEP)
		s->drop = flags->drop == NG_DROP_START;

	s->controlled = s->controlled || s->drop;
	s->client = *req->from;
	if (p && flags->label.l)
		err = party_label_set(p, &flags->label);

	return err ? err : session_apply(s);
}

/* An SDP that we have rewritten already goes back as it is, and changes nothing. */
static bool loop_reply(struct ng_request *req)
{
	const struct ng_flags *flags = &req->flags;

	if (!flags->loop_protect || !loop_mark_is_in(&flags->sdp, req->relay->instance))
		return false;

	ng_ok(req);
	bwrite_pl(&req->w, "sdp", &flags->sdp);

	return true;
}

static int exchange_run(struct ng_request *req, exchange_h *h, bool answer)
{
	struct session *s;
	struct mbuf *sdp;
	struct pl pl;
	int err;

	if (loop_reply(req))
		return 0;

	sdp = mbuf_alloc(req->flags.sdp.l + 256);
	if (!sdp)
		return ng_fail(req, ENOMEM, "Out of memory");

	err = h(&s, req->relay->sessions, &req->flags, sdp, req->why);
	if (err)
		goto out;

	err = wishes_take(req, s, answer);
	if (!err && req->flags.loop_protect)
		err = loop_mark_add(sdp, req->relay->instance);
	if (err) {
		(void)ng_fail(req, err, "Out of memory");
		goto out;
	}

	pl.p = (const char *)sdp->buf;
	pl.l = sdp->end;
	ng_ok(req);
	bwrite_pl(&req->w, "sdp", &pl);

out:
	mem_deref(sdp);

	return err;
}

/* A client that knows of load tries another relay; for one that does not, the words it knows do the same. */
static int overload_reply(struct ng_request *req, const char *limit)
{
	++req->relay->rejected;
	if (!req->flags.load_limit)
		return ng_fail(req, EBUSY, "Parallel session limit reached");

	bwrite_str(&req->w, "result", "load limit");
	bwrite_str(&req->w, "message", limit);

	return 0;
}

int ng_offer_run(struct ng_request *req)
{
	const struct config *cfg = req->relay->cfg;
	struct sessions_count count;
	const char *limit;
	int err;

	err = keys_check(req);
	if (err)
		return err;

	if (session_find(req->relay->sessions, &req->flags.call_id))
		return exchange_run(req, session_offer, false);

	sessions_count(req->relay->sessions, &count);
	if (cfg->max_sessions && count.now >= cfg->max_sessions) {
		++req->relay->rejected;
		return ng_fail(req, EBUSY, "Parallel session limit reached");
	}

	limit = load_exceeds(&req->relay->load, cfg);

	return limit ? overload_reply(req, limit) : exchange_run(req, session_offer, false);
}

int ng_answer_run(struct ng_request *req)
{
	const int err = keys_check(req);

	if (err)
		return err;

	if (!req->flags.to_tag.l)
		return ng_fail(req, EINVAL, "No to-tag in message");

	return exchange_run(req, session_answer, true);
}
