/**
 * @file ng_session.c  The NG commands query, delete and list
 */
#include <errno.h>
#include <re.h>
#include "describe.h"
#include "ng_request.h"
#include "relay.h"

enum { LIST_LIMIT = 32 };

static const char no_match[] = "Call-ID not found or tags didn't match";

int ng_query_run(struct ng_request *req)
{
	const struct ng_flags *flags = &req->flags;
	struct session *s;
	const int err = ng_session(req, &s);

	if (err)
		return err;

	ng_ok(req);
	session_describe(s, flags->to_tag.l ? &flags->to_tag : &flags->from_tag, &req->w);

	return 0;
}

/* Which party is to go; NULL: all of them. False: the request names somebody who is not there. */
static bool party_named(struct party **pp, const struct session *s, const struct ng_flags *flags)
{
	const bool to_meant = flags->to_tag.l && (!flags->as_string || flags->to_tag_meant);
	const struct party *from = party_by_tag(&s->partyl, &flags->from_tag);

	*pp = to_meant ? party_by_tag(&s->partyl, &flags->to_tag) : NULL;
	if (!*pp && flags->branch.l) {
		*pp = party_by_branch(&s->partyl, &flags->branch);
		return *pp != NULL;
	}

	return *pp || from || !flags->from_tag.l;
}

/* A fork goes alone while there are others; without the caller, or with nobody left to talk to it, all ends. */
static bool party_goes_alone(const struct session *s, const struct party *p)
{
	return p && p != list_ledata(list_head(&s->partyl)) && list_count(&s->partyl) > 2;
}

int ng_delete_run(struct ng_request *req)
{
	const struct ng_flags *flags = &req->flags;
	const uint32_t delay_s = flags->delete_delay_s >= 0 ? (uint32_t)flags->delete_delay_s
							    : req->relay->cfg->delete_delay_s;
	struct party *p;
	struct session *s;
	int err;

	err = ng_session(req, &s);
	if (err == EINVAL)
		return err;

	if (err || !party_named(&p, s, flags)) {

		if (flags->fatal)
			return ng_fail(req, ENOENT, no_match);

		ng_ok(req);
		req->warning = no_match;
		return 0;
	}

	ng_ok(req);
	session_describe(s, &pl_null, &req->w);

	if (party_goes_alone(s, p))
		party_remove(p);
	else
		session_delete(s, delay_s);

	return 0;
}

struct lister {
	struct bwriter *w;
	uint32_t left;
};

static bool list_handler(struct session *s, void *arg)
{
	struct lister *lister = arg;

	bwrite_str(lister->w, NULL, s->call_id);

	return --lister->left == 0;
}

int ng_list_run(struct ng_request *req)
{
	struct lister lister = {.w = &req->w, .left = req->flags.limit ? req->flags.limit : LIST_LIMIT};

	ng_ok(req);
	bwrite_list(&req->w, "calls");
	sessions_apply(req->relay->sessions, list_handler, &lister);
	bwrite_end_list(&req->w);

	return 0;
}
