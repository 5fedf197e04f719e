/**
 * @file webhook_message.h  What a webhook is sent: an event and its call as JSON, and the signature over it
 */
#ifndef TANDEM_WEBUI_WEBHOOK_MESSAGE_H
#define TANDEM_WEBUI_WEBHOOK_MESSAGE_H

#include <re.h>
#include "db.h"

enum { WEBHOOK_SIGNATURE_SIZE = 2 * 32 + 1 };

/**
 * Append the event that a statement `webhook_events` stands on, with what the same transaction knows of its call:
 * {"id", "seq", "node", "kind", "at", "at_us", "call", "detail"}. EBADMSG, ENOMEM, or db_errno().
 */
int webhook_message_write(struct mbuf *mb, struct db *db, struct sqlite3_stmt *event);

/** HMAC-SHA256 (RFC 2104) with `secret` over TIMESTAMP "." BODY, in hex. ENOMEM. */
int webhook_sign(char hex[WEBHOOK_SIGNATURE_SIZE], const char *secret, int64_t timestamp_s,
		 const struct mbuf *body);

#endif
