/**
 * @file relay_socket.h  The datagram socket towards one media relay
 */
#ifndef TANDEM_CALL_RELAY_SOCKET_H
#define TANDEM_CALL_RELAY_SOCKET_H

#include <sys/socket.h>
#include <sys/un.h>
#include <re.h>
#include "ng_target.h"

struct relay_socket {
	int fd;             /* -1: not open */
	char own_path[108]; /* our address, unlinked at the end; "" for UDP */
	union {
		struct sockaddr_un un;
		struct sockaddr_storage ss;
	} dst;
	socklen_t dst_len;
	bool here; /* the relay runs on this machine: it has the addresses that our interfaces have */
};

/**
 * Open; errstr says what failed and the remedy.
 *
 * @param index  of the relay: what our own name in `run_dir` is told apart by
 */
int relay_socket_open(struct relay_socket *s, const struct ng_target *target, const char *run_dir,
		      unsigned index, char *errstr, size_t errsize);
void relay_socket_close(struct relay_socket *s);

/** 0; EMSGSIZE: it fits no datagram; ENOTCONN: nobody is there. What finds a full buffer counts as sent. */
int relay_socket_send(const struct relay_socket *s, const struct mbuf *mb);

#endif
