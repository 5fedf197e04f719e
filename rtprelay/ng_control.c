/**
 * @file ng_control.c  The NG commands that block and silence what parties send
 *
 * A request is about a party (by label, by the address in its SDP, by from-tag) or about the whole call.
 * What was asked of a party holds beside what was asked of the call: only `all` ends both.
 */
#include <errno.h>
#include <re.h>
#include "ng_request.h"
#include "relay.h"

/** What of a stream_control a command is about. */
enum control { CONTROL_BLOCK, CONTROL_SILENCE, CONTROL_DTMF };

static int party_named(struct ng_request *req, struct party **pp, const struct session *s)
{
	const struct ng_flags *flags = &req->flags;

	*pp = NULL;
	if (flags->all)
		return 0;

	if (flags->label.l) {
		*pp = party_by_label(&s->partyl, &flags->label);
		return *pp ? 0 : ng_fail(req, ENOENT, "No monologue matching the given label");
	}

	if (sa_isset(&flags->address, SA_ADDR)) {
		*pp = party_by_address(&s->partyl, &flags->address);
		return *pp ? 0 : ng_fail(req, ENOENT, "Failed to match address to any tag");
	}

	if (flags->from_tag.l) {
		*pp = party_by_tag(&s->partyl, &flags->from_tag);
		return *pp ? 0 : ng_fail(req, ENOENT, "From-tag given, but no such tag exists");
	}

	return 0;
}

/* Whom and what the request is about; a new label is given on the way. */
static int subject_find(struct ng_request *req, struct session **sp, struct party **pp)
{
	int err;

	err = ng_session(req, sp);
	if (err == ENOENT)
		return ng_fail(req, err, "Unknown call-ID");

	err = err ? err : party_named(req, pp, *sp);
	if (!err && *pp && req->flags.set_label.l && party_label_set(*pp, &req->flags.set_label))
		err = ng_fail(req, ENOMEM, "Out of memory");

	return err;
}

static void control_set(struct stream_control *c, enum control control, bool on)
{
	switch (control) {

	case CONTROL_BLOCK:
		c->block = on;
		break;

	case CONTROL_SILENCE:
		c->silence = on;
		break;

	case CONTROL_DTMF:
		c->no_dtmf = on;
		break;
	}
}

static int control_run(struct ng_request *req, enum control control, bool on)
{
	struct session *s;
	struct party *p = NULL;
	struct le *le;
	int err;

	err = subject_find(req, &s, &p);
	if (err)
		return err;

	control_set(p ? &p->control : &s->control, control, on);

	for (le = list_head(&s->partyl); le && !on && req->flags.all; le = le->next) {
		p = le->data;
		control_set(&p->control, control, false);
	}

	s->controlled = true;
	if (session_apply(s))
		return ng_fail(req, ENOMEM, "Out of memory");

	ng_ok(req);

	return 0;
}

int ng_block_media_run(struct ng_request *req)
{
	return control_run(req, CONTROL_BLOCK, true);
}

int ng_unblock_media_run(struct ng_request *req)
{
	return control_run(req, CONTROL_BLOCK, false);
}

int ng_silence_media_run(struct ng_request *req)
{
	return control_run(req, CONTROL_SILENCE, true);
}

int ng_unsilence_media_run(struct ng_request *req)
{
	return control_run(req, CONTROL_SILENCE, false);
}

int ng_block_dtmf_run(struct ng_request *req)
{
	return control_run(req, CONTROL_DTMF, true);
}

int ng_unblock_dtmf_run(struct ng_request *req)
{
	return control_run(req, CONTROL_DTMF, false);
}

int ng_unrecord_run(struct ng_request *req)
{
	struct session *s;
	struct party *p;
	const int err = subject_find(req, &s, &p);

	if (!err)
		ng_ok(req);

	return err;
}

/* As rtpengine answers that has nowhere to record to; but its client is told. */
int ng_record_run(struct ng_request *req)
{
	req->warning = "Nothing is recorded or forwarded to a recorder here";

	return ng_unrecord_run(req);
}
