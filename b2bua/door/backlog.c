/**
 * @file backlog.c  Whether requests come faster than they are served
 */
#include <linux/sock_diag.h>
#include <sys/socket.h>
#include "backlog.h"

bool backlog_is_long(struct backlog *b, int fd, uint64_t now_ms)
{
	uint32_t memv[SK_MEMINFO_VARS] = {0};
	socklen_t size = sizeof(memv);

	if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, memv, &size) ||
	    memv[SK_MEMINFO_RMEM_ALLOC] <= memv[SK_MEMINFO_RCVBUF] / 2) {
		b->since_ms = 0;
		return false;
	}

	if (!b->since_ms)
		b->since_ms = now_ms;

	return now_ms - b->since_ms > BACKLOG_PATIENCE_MS;
}
