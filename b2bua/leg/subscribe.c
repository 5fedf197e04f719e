/**
 * @file subscribe.c  The dialog of a subscription that belongs to no call (RFC 6665)
 */
#include <re.h>
#include "log.h"
#include "core.h"

int leg_subscribed(struct leg **legp, struct leg_request **reqp, struct stack *stack,
		   const struct sip_msg *msg, const struct leg_handlers *h, void *arg)
{
	struct leg *leg = NULL;
	int err;

	err = uas_alloc(&leg, stack, msg, h, arg);
	err = err ? err : request_take(reqp, leg, msg);
	if (err) {
		mem_deref(leg);
		return err;
	}

	leg_enlist(leg);
	(void)leg_step(leg, LEG_EV_SUBSCRIBE, NULL);
	*legp = leg;

	return 0;
}

int leg_subscribe(struct leg **legp, struct stack *stack, const struct leg_dial *dial,
		  const struct leg_handlers *h, leg_response_h *resph, void *arg)
{
	struct leg *leg = NULL;
	int err;

	err = uac_alloc(&leg, stack, dial, h, arg);
	if (err)
		return err;

	(void)leg_step(leg, LEG_EV_SUBSCRIBE, NULL);
	err = request_send(leg, "SUBSCRIBE", dial->max_forwards, &dial->content, resph, arg);
	if (err)
		mem_deref(leg);
	else
		*legp = leg;

	return err;
}

/* Both SUBSCRIBE and NOTIFY refresh the target (RFC 6665 3.1, 4.4.1). */
static bool is_of_subscription(const struct pl *met)
{
	return !pl_strcmp(met, "NOTIFY") || !pl_strcmp(met, "SUBSCRIBE");
}

int subscribe_request(struct leg *leg, const struct sip_msg *msg)
{
	if (!is_of_subscription(&msg->met))
		return 0;

	leg_peer_learn(leg, msg);

	return leg->dlg.rtag ? dialog_refresh(&leg->dlg, msg) : dialog_confirm_by_request(&leg->dlg, msg);
}

void subscribe_response(struct leg *leg, const struct sip_msg *msg)
{
	int err;

	if (msg->scode >= 300)
		return;

	/* of another branch than the one whose NOTIFY came first: that one stays */
	if (leg->dlg.rtag && pl_strcmp(&msg->to.tag, leg->dlg.rtag))
		return;

	leg_peer_learn(leg, msg);
	err = leg->dlg.rtag ? dialog_refresh(&leg->dlg, msg) : dialog_confirm(&leg->dlg, msg);
	if (err)
		log_peer(LOG_WARN,
			 "%u response from %J to subscription %s: no usable Contact or Record-Route (%m)",
			 msg->scode, &msg->src, leg->dlg.callid, err);
}
