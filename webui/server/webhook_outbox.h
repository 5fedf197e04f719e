/**
 * @file webhook_outbox.h  What is still to be told to a webhook: rows of `event` behind its cursor
 *
 * Nothing is copied for a webhook: the table of events is the outbox, and a number per webhook says how far it is.
 */
#ifndef TANDEM_WEBUI_WEBHOOK_OUTBOX_H
#define TANDEM_WEBUI_WEBHOOK_OUTBOX_H

#include <re.h>

struct query;
struct sqlite3_stmt;

enum {
	OUTBOX_SCAN_MAX = 1000,        /* events looked at in one go */
	OUTBOX_BODY_MAX = 1024 * 1024, /* bytes after which no further event goes into a request */
};

/** What the operator said of a webhook; immutable once made. */
struct webhook_settings {
	char *name, *url, *secret;
	char *tls_ca;         /* NULL: the system's */
	struct odict *events; /* array of kinds, "CALL_*" */
	uint32_t batch, timeout_s, max_age_s;
};

/** From the row that a statement `webhook_enabled` stands on. EBADMSG, ENOMEM. */
int webhook_settings_read(struct webhook_settings **sp, struct sqlite3_stmt *row);
bool webhook_settings_equal(const struct webhook_settings *a, const struct webhook_settings *b);

/** True if one of its kinds is that of an event. */
bool webhook_wants(const struct webhook_settings *s, const char *kind);

struct outbox_batch {
	int64_t passed;    /* up to this event nothing is to be sent, or no more */
	uint64_t skipped;  /* of these: too old */
	struct mbuf *body; /* the next to be sent; NULL: none. The caller's */
	size_t count;      /* events in it */
	int64_t through;   /* the last of them */
	int64_t oldest_us; /* when the first of them happened */
};

/** Read on behind event `after`. Anything but 0: why the database cannot be read. */
int outbox_read(struct outbox_batch *b, struct query *q, const struct webhook_settings *s, int64_t after,
		int64_t now_us);

#endif
