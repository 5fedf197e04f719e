/**
 * @file connect.c  libre's connections, told not to wait, and guarded
 */
#include <dlfcn.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <re.h>
#include "connect.h"
#include "guard.h"

typedef int(connect_h)(struct tcp_conn **tcp, const struct sa *peer, tcp_estab_h *eh, tcp_recv_h *rh,
		       tcp_close_h *ch, void *arg);

static connect_h *libre_connect(void)
{
	static _Thread_local connect_h *connecth;

	if (!connecth)
		*(void **)&connecth = dlsym(RTLD_NEXT, "tcp_connect");

	return connecth;
}

void connect_hurry(int fd)
{
	const int on = 1;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

int tcp_connect(struct tcp_conn **tcp, const struct sa *peer, tcp_estab_h *eh, tcp_recv_h *rh,
		tcp_close_h *ch, void *arg)
{
	struct tcp_conn *tc = NULL;
	int err = libre_connect()(&tc, peer, eh, rh, ch, arg);

	if (err)
		return err;

	connect_hurry(tcp_conn_fd(tc));
	err = guard_connected(tc);
	if (err)
		mem_deref(tc);
	else
		*tcp = tc;

	return err;
}
