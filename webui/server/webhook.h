/**
 * @file webhook.h  One webhook: tells its events in their order, one request at a time, again until they are taken
 */
#ifndef TANDEM_WEBUI_WEBHOOK_H
#define TANDEM_WEBUI_WEBHOOK_H

#include <re.h>
#include "statetable.h"
#include "webhook_outbox.h"

enum {
	WEBHOOK_RETRY_MIN_MS = 1000,
	WEBHOOK_RETRY_MAX_MS = 3600 * 1000,
	WEBHOOK_FAILING = 3, /* requests in a row that failed: from now on it counts as failing */
};

struct posts;
struct webhook;

extern const struct statetable webhook_table;

/** `settings` is referenced. `delivered` and `skipped` are where it was when it was last heard of. */
int webhook_alloc(struct webhook **hp, struct list *l, const struct webhook_settings *settings,
		  struct posts *posts, struct query *query, int64_t delivered, int64_t skipped);

const char *webhook_name(const struct webhook *h);

/** Other settings count from the next request on; one that waits to try again does so at once. */
void webhook_set(struct webhook *h, const struct webhook_settings *settings);

/** Look for events to tell. `newest` is the last event there is. */
void webhook_look(struct webhook *h, int64_t newest);

/** As method webhook_report of the control socket wants it (docs/control.md). */
int webhook_describe(const struct webhook *h, struct odict *o);

/** Changes with whatever is worth a report of its own: not with events passed over that it does not want. */
uint64_t webhook_version(const struct webhook *h);

/**
 * Milliseconds until the next try after `failures` (at least 1) in a row: from 1 s, doubled each time up to an hour,
 * drawn from the upper half by `random`, so that who was away is not met by all at once.
 */
uint32_t webhook_retry_ms(uint32_t failures, uint32_t random);

#endif
