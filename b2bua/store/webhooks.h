/**
 * @file webhooks.h  How far each webhook has been told: heard from the web server, kept in the database
 *
 * tandem-webui delivers; it reports here what it delivered and what failed. All belongs to the loop.
 */
#ifndef TANDEM_WEBHOOKS_H
#define TANDEM_WEBHOOKS_H

#include <re.h>
#include "writer.h"

struct webhooks;

enum {
	WEBHOOKS_REPORT_MAX = 64,   /* webhooks in one report */
	WEBHOOKS_SILENT_MS = 30000, /* without a report nobody delivers */
};

int webhooks_alloc(struct webhooks **wp, struct writer *writer);

/**
 * Take the state of all webhooks that are enabled: a list of {name, state, delivered, skipped, behind, behind_s,
 * failures, error}. What changed is stored; `state` turning to "failing" or back makes an event.
 *
 * @return 0, EBADMSG (not such a list) or ENOMEM
 */
int webhooks_report(struct webhooks *w, const struct odict *list);

/** Append what was reported last: the list but for `delivered`. */
int webhooks_describe(const struct webhooks *w, struct odict *array);

bool webhooks_failing(const struct webhooks *w);

/** No report came in the last WEBHOOKS_SILENT_MS. */
bool webhooks_silent(const struct webhooks *w);

#endif
