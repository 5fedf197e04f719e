/**
 * @file referral.c  Who asked for a transfer hears by NOTIFY how it goes (RFC 3515 2.4.4, RFC 4488)
 */
#include <re.h>
#include "../leg/header.h"
#include "core.h"
#include "referral.h"

enum {
	LEAVE_MS = 5000,      /* who asked hangs up; else we do */
	SUBSCRIPTION_S = 180, /* what the NOTIFYs say; the last one ends it anyway */
};

static void destructor(void *arg)
{
	struct transfer *t = arg;

	tmr_cancel(&t->tmr);
	mem_deref(t->referrer);
}

/* The id names the REFER; the first one in a dialog may go without, and some know none (RFC 3515 2.4.6). */
struct transfer *referral_alloc(struct leg *referrer, const struct sip_msg *msg, bool first, bool silent)
{
	struct transfer *t = mem_zalloc(sizeof(*t), destructor);

	if (!t)
		return NULL;

	t->referrer = mem_ref(referrer);
	t->silent = silent;
	if (first)
		str_ncpy(t->event, "refer", sizeof(t->event));
	else
		(void)re_snprintf(t->event, sizeof(t->event), "refer;id=%u", msg->cseq.num);

	return t;
}

void referral_notify(struct transfer *t, uint16_t scode)
{
	static const struct pl type = PL("message/sipfrag;version=2.0");
	struct content c = {.type = type};
	char hdrs[160], body[80], state[48] = "terminated;reason=noresource";

	if (t->silent || t->over)
		return;

	t->over = scode >= 200;
	if (!t->over)
		(void)re_snprintf(state, sizeof(state), "active;expires=%u", SUBSCRIPTION_S);
	(void)re_snprintf(hdrs, sizeof(hdrs), "Event: %s\r\nSubscription-State: %s\r\n", t->event, state);
	(void)re_snprintf(body, sizeof(body), "SIP/2.0 %u %s\r\n", scode,
			  scode == 100 ? "Trying" : header_phrase(scode));
	pl_set_str(&c.hdrs, hdrs);
	pl_set_str(&c.body, body);

	(void)leg_send(t->referrer, "NOTIFY", &c, NULL, NULL);
}

static void leave_handler(void *arg)
{
	struct transfer *t = arg;

	close_leg(t->referrer, 16);
}

void referral_succeeded(struct transfer *t)
{
	referral_notify(t, 200);
	tmr_start(&t->tmr, LEAVE_MS, leave_handler, t);
}
