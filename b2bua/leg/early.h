/**
 * @file early.h  The early dialogs that one INVITE of ours made, where a proxy on the way forked it
 *
 * One is in force: its data stands in the leg itself (dlg, exchange, allow, early). The others are parked and come
 * into force when a message of theirs arrives, so that whatever is sent, counted or agreed on is always their own.
 * A 2xx ends them all but its own (RFC 3261 13.2.2.4). Lists of more than EARLY_MAX lose the oldest.
 */
#ifndef TANDEM_LEG_EARLY_H
#define TANDEM_LEG_EARLY_H

#include <re.h>

struct leg;

enum { EARLY_MAX = 16 };

/** Of the early dialog in force. */
struct early {
	uint32_t rseq;        /* RSeq of its last reliable response; 0: none yet */
	struct sip_msg *said; /* its last provisional response with SDP; NULL */
};

struct forks {
	struct list parkedl; /* struct parked */
	char *offer;         /* SDP of the INVITE, which each dialog answers; NULL: it had none */
	bool forked;         /* there was more than one */
};

/** Bring the early dialog with this remote tag into force; a new one begins where the INVITE left it. Nothing
 *  happens where there is no tag or only one dialog. */
void early_enter(struct leg *leg, const struct pl *rtag);
/** The same for a dialog that is known already, before a request is looked at that may be of it. */
void early_enter_known(struct leg *leg, const struct pl *rtag);
/** True if this is the remote tag of one of the early dialogs, or of the dialog. */
bool early_has(const struct leg *leg, const struct pl *rtag);
/** RFC 6228: the early dialog with this tag is no more; the one heard last is in force again. */
void early_terminated(struct leg *leg, const struct pl *rtag);
/** Note a provisional response. */
void early_said(struct leg *leg, const struct sip_msg *msg);
/** The INVITE is answered: only the dialog in force is left. */
void early_reset(struct leg *leg);

#endif
