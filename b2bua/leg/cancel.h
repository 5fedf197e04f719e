/**
 * @file cancel.h  A CANCEL of ours with headers of its own (RFC 3261 9.1, RFC 3326)
 *
 * libre's CANCEL carries no Reason. Ours is sent beside its INVITE transaction, which goes on to await the final
 * response; its retransmissions and their end are here.
 */
#ifndef TANDEM_CANCEL_H
#define TANDEM_CANCEL_H

#include <re.h>

struct cancel;

/** Where the INVITE went, and its bytes. */
struct cancel_invite {
	enum sip_transp tp;
	struct sa dst;
	struct mbuf *mb; /* as sent; NULL: not yet */
};

/** No final response to the INVITE came in 64*T1: the transaction is to be given up. */
typedef void(cancel_timeout_h)(void *arg);

/** Send it; a provisional response must have been heard. mem_deref of it when the INVITE has its final response. */
int cancel_send(struct cancel **cancelp, struct sip *sip, const struct cancel_invite *invite,
		const char *hdrs, cancel_timeout_h *timeouth, void *arg);

/** It has a response, so it is not sent again. */
void cancel_answered(struct cancel *cancel);

#endif
