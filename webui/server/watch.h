/**
 * @file watch.h  Whether the b2bua and the database answer, looked at once a second
 *
 * /ready, /metrics and the status page answer from what was seen last, so that however often they are
 * asked, the b2bua and the disk are asked once a second.
 */
#ifndef TANDEM_WEBUI_WATCH_H
#define TANDEM_WEBUI_WATCH_H

#include <re.h>

struct watch;
struct rpc;
struct query;

enum { WATCH_INTERVAL_MS = 1000, WATCH_TIMEOUT_MS = 3000 };

/** Look at once and then each second. Does not hold rpc and query: free it before them. */
int watch_alloc(struct watch **wp, struct rpc *rpc, struct query *query);

/** The b2bua's last `status`, or NULL and why there is none. */
const struct odict *watch_status(const struct watch *w, const char **why);

/** Whether the database could be read at the last look, and why not. */
bool watch_database(const struct watch *w, const char **why);

#endif
