/**
 * @file call_media.h  What a call's relay says of its media just now
 */
#ifndef TANDEM_CONTROL_CALL_MEDIA_H
#define TANDEM_CONTROL_CALL_MEDIA_H

#include "call/call.h"
#include "core.h"

/** Answer with `result`, which is consumed, once the call's relay was asked: its key "media", null where unknown. */
void call_media_reply(struct control_req *req, struct odict *result, const struct call *call);

#endif
