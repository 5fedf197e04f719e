/**
 * @file referral.h  Who asked for a transfer hears by NOTIFY how it goes (RFC 3515 2.4.4, RFC 4488)
 */
#ifndef TANDEM_CALL_REFERRAL_H
#define TANDEM_CALL_REFERRAL_H

#include <re.h>

struct leg;

enum { REFERRAL_EVENT_SIZE = 32 };

struct transfer {
	struct leg *referrer; /* referenced */
	char event[REFERRAL_EVENT_SIZE];
	bool silent; /* it wants no NOTIFYs */
	bool over;   /* the last NOTIFY was sent */
	struct tmr tmr;
};

/** Begin with a REFER. `first`: of its dialog. NULL: no memory. */
struct transfer *referral_alloc(struct leg *referrer, const struct sip_msg *msg, bool first, bool silent);

/** It has come so far; what is final is told once. */
void referral_notify(struct transfer *t, uint16_t scode);

/** The target has answered: who asked hangs up, or is hung up on. */
void referral_succeeded(struct transfer *t);

#endif
