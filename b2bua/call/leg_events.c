/**
 * @file leg_events.c  What the two legs report becomes events of the call
 */
#include <re.h>
#include "core.h"

static void a_cancel(struct leg *leg, void *arg)
{
	struct call_event_arg ev = {
		.scode = 487,
		.reason = "Request Terminated",
		.tag = "caller",
		.disposition = CDR_CANCELLED,
		.released_by = CDR_CALLER,
	};

	(void)leg;
	(void)call_step(arg, CALL_EV_A_GONE, &ev);
}

/* Its transfer goes on without it. */
static bool left(struct call *call, const struct leg *leg, enum call_event event)
{
	if (!transfer_keeps(call, leg))
		return false;

	(void)call_step(call, CALL_EV_LEFT, NULL);
	if (event == CALL_EV_A_GONE)
		call->a = mem_deref(call->a);
	else
		call->b = mem_deref(call->b);

	return true;
}

static void gone(struct call *call, enum call_event event, enum cdr_party party, int err,
		 const struct sip_msg *msg)
{
	struct call_event_arg ev = {
		.msg = msg,
		.err = err,
		.tag = err == ETIME ? "session_timer"
		       : err        ? "dialog_lost"
				    : cdr_party_name(party),
		.disposition = CDR_ANSWERED,
		.released_by = err ? CDR_TANDEM : party,
	};

	(void)call_step(call, event, &ev);
}

/* Before the answer a dialog of the caller is lost by a PRACK that never came. */
static void a_unacknowledged(struct call *call)
{
	struct call_event_arg ev = {
		.scode = 504,
		.err = ETIMEDOUT,
		.tag = "prack_timeout",
		.disposition = CDR_FAILED,
		.released_by = CDR_TANDEM,
	};

	(void)call_step(call, CALL_EV_A_GONE, &ev);
}

static void a_prack(struct leg *leg, const struct sip_msg *msg, void *arg)
{
	(void)leg;
	setup_pracked(arg, msg);
}

static void a_close(struct leg *leg, int err, const struct sip_msg *msg, void *arg)
{
	const struct call *call = arg;

	if (err && !call->answer_ms) {
		a_unacknowledged(arg);
		return;
	}

	if (!left(arg, leg, CALL_EV_A_GONE))
		gone(arg, CALL_EV_A_GONE, CDR_CALLER, err, msg);
}

static void b_close(struct leg *leg, int err, const struct sip_msg *msg, void *arg)
{
	if (!left(arg, leg, CALL_EV_B_GONE))
		gone(arg, CALL_EV_B_GONE, CDR_CALLEE, err, msg);
}

/* It may end the call: an answer in it to an offer that never was cannot be given to the relay. */
static void a_ack(struct leg *leg, const struct sip_msg *msg, void *arg)
{
	struct call *call = mem_ref(arg);

	if (!modify_acked(call, leg, msg))
		setup_acked(call, msg);
	if (media_lost(call->media))
		renew_queue(call, false);
	transfer_resume(call);
	mem_deref(call);
}

static void b_ack(struct leg *leg, const struct sip_msg *msg, void *arg)
{
	if (!modify_acked(arg, leg, msg))
		modify_resume(arg);
}

static void b_progress(struct leg *leg, const struct sip_msg *msg, void *arg)
{
	struct call_event_arg ev = {.msg = msg};
	struct call *call = arg;

	hunt_heard(call);
	if (msg->scode == 199) /* the media of who rings on is heard again */
		ev.msg = leg_is_forked(leg) ? leg_early_said(leg) : NULL;
	if (ev.msg && ev.msg->scode > 100)
		(void)call_step(call, CALL_EV_PROGRESS, &ev);
}

static void b_answer(struct leg *leg, const struct sip_msg *msg, void *arg)
{
	struct call_event_arg ev = {.msg = msg};

	(void)leg;
	(void)call_step(arg, CALL_EV_ANSWER, &ev);
}

static void b_fail(struct leg *leg, int err, const struct sip_msg *msg, void *arg)
{
	(void)leg;
	hunt_failed(arg, err, msg);
}

static void modify(struct leg *leg, struct leg_request *req, const struct sip_msg *msg, void *arg)
{
	modify_begin(arg, leg, req, msg);
}

static void modify_cancelled(struct leg *leg, struct leg_request *req, void *arg)
{
	(void)leg;
	modify_cancel(arg, req);
}

static void modified(struct leg *leg, int err, const struct sip_msg *msg, void *arg)
{
	if (!renew_answered(arg, leg, err, msg))
		modify_end(arg, leg, err, msg);
}

static void changed(struct leg *leg, const struct sip_msg *msg, void *arg)
{
	renew_changed(arg, leg, msg);
}

static void request(struct leg *leg, struct leg_request *req, const struct sip_msg *msg, void *arg)
{
	pass_request(arg, leg, req, msg);
}

const struct leg_handlers call_a_handlers = {
	.cancelh = a_cancel,
	.ackh = a_ack,
	.prackh = a_prack,
	.modifyh = modify,
	.modify_cancelh = modify_cancelled,
	.modifiedh = modified,
	.changedh = changed,
	.requesth = request,
	.closeh = a_close,
};

const struct leg_handlers call_b_handlers = {
	.progressh = b_progress,
	.answerh = b_answer,
	.failh = b_fail,
	.ackh = b_ack,
	.modifyh = modify,
	.modify_cancelh = modify_cancelled,
	.modifiedh = modified,
	.changedh = changed,
	.requesth = request,
	.closeh = b_close,
};
