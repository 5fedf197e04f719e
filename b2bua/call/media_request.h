/**
 * @file media_request.h  What an NG request for a call says, to a relay of ours and to rtpengine
 */
#ifndef TANDEM_CALL_MEDIA_REQUEST_H
#define TANDEM_CALL_MEDIA_REQUEST_H

#include <re.h>
#include "media.h"

/** Who tells whom something of the media. */
struct media_exchange {
	struct media_side from; /* who offers, also in an answer */
	struct media_side to;
	bool to_known; /* the dialog with `to` exists */
};

/** Write `command`, "offer" or "answer", up to relay_request_send. */
void media_request_write(struct relay_client *rc, const char *command, const char *call_id,
			 const struct media_exchange *x, const struct pl *sdp);
void media_delete_write(struct relay_client *rc, const char *call_id);

/**
 * What a relay's reason for its refusal means: ENOSPC (no room: another relay may have some), ENOENT (it does
 * not know the call), or `err`.
 */
int media_fault(int err, const struct pl *reason);

#endif
