/**
 * @file guard.h  What TCP and TLS connections may cost
 *
 * libre takes every connection, holds half a message for as long as the peer likes, decodes it anew with every byte
 * that comes, and waits minutes for who does not answer. The guard stands between the socket and libre, behind TLS:
 *
 *   so many connections in all and from one source; the next are refused
 *   a message is passed on when it is whole; who does not complete it in time is cut
 *   who takes nothing of what we send is cut by the kernel
 *   who is connected to and does not answer, or not with TLS, is given up in seconds
 *
 * Works where libre calls tcp_accept, tcp_connect and fd_close through its PLT
 * (docs/decisions/0010-libre-guards.md).
 */
#ifndef TANDEM_GUARD_H
#define TANDEM_GUARD_H

#include <re.h>

struct guard;

struct guard_counts {
	uint32_t open;    /* now */
	uint64_t refused; /* over a limit */
	uint64_t cut;     /* stopped in the middle of a message or a handshake, or sent what is none */
};

/**
 * Guard the connections of this thread from now on; one at a time.
 *
 * @param max         in all; fewer where the process may have fewer descriptors
 * @param source_max  accepted from one address (IPv6: from one /64)
 */
int guard_alloc(struct guard **gp, uint32_t max, uint32_t source_max);

/** Guard a connection that libre has just begun to open (connect.c); without a guard nothing happens. ENOMEM. */
int guard_connected(struct tcp_conn *tc);

const struct guard_counts *guard_counts(const struct guard *g);

#endif
