/**
 * @file webhooks.h  All webhooks: found in the database, led to look for events, reported to the b2bua
 */
#ifndef TANDEM_WEBUI_WEBHOOKS_H
#define TANDEM_WEBUI_WEBHOOKS_H

#include <re.h>

struct webhooks;
struct rpc;
struct query;

enum {
	WEBHOOKS_TICK_MS = 250,
	WEBHOOKS_IDLE_MS = 1000,    /* the same while there is none */
	WEBHOOKS_REPORT_MS = 10000, /* a report at least so often */
};

/** Begin to deliver. Does not hold rpc and query: free it before them. */
int webhooks_alloc(struct webhooks **wp, struct rpc *rpc, struct query *query);

/** Add "delivery": how it goes with the one of this name (as webhook_describe()), null when it is not enabled. */
int webhooks_describe(const struct webhooks *w, struct odict *o, const char *name);

#endif
