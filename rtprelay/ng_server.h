/**
 * @file ng_server.h  The sockets on which NG requests come in, and the replies that go back
 */
#ifndef TANDEM_NG_SERVER_H
#define TANDEM_NG_SERVER_H

#include <stdint.h>
#include <re.h>
#include "ng.h"
#include "ng_peer.h"

struct ng_server;

/**
 * Carry out a request and write the reply.
 *
 * @return true if the reply must be kept for a repeated request: it was more than a question
 */
typedef bool(ng_request_h)(const struct ng_msg *msg, const struct ng_peer *from, struct mbuf *reply,
			   void *arg);

/** True for a UDP source whose datagrams are not a client's, though its address is one of ng_allow. */
typedef bool(ng_foreign_h)(const struct sa *src, void *arg);

struct ng_server_stats {
	uint64_t requests;
	uint64_t repeated; /* answered from what was kept */
	uint64_t malformed;
	uint64_t forbidden; /* by UDP, from an address that is not in ng_allow */
	uint64_t unsent;    /* replies the client's socket would not take */
};

int ng_server_alloc(struct ng_server **nsp, ng_request_h *h, ng_foreign_h *foreignh, void *arg);

/**
 * Listen on a unix datagram socket, mode 0660; removed again by mem_deref.
 *
 * @return 0, EADDRINUSE (another process answers there), or another errno; what to do is logged
 */
int ng_server_listen_unix(struct ng_server *ns, const char *path);

/** Listen on UDP, "ADDR:PORT", to the addresses and networks of `allow` only; the rest is dropped and counted. */
int ng_server_listen_udp(struct ng_server *ns, const char *addr, const char *allow);

/** Send a whole message to a client. */
void ng_server_send(struct ng_server *ns, const struct ng_peer *to, const struct mbuf *mb);

/** Let go of old replies; once a second. */
void ng_server_tick(struct ng_server *ns);

void ng_server_stats(const struct ng_server *ns, struct ng_server_stats *stats);

#endif
