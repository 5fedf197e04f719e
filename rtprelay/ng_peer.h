/**
 * @file ng_peer.h  Where an NG datagram came from, and so where its reply goes
 */
#ifndef TANDEM_NG_PEER_H
#define TANDEM_NG_PEER_H

#include <netinet/in.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

struct ng_peer {
	int fd; /* our socket */
	socklen_t len;
	union {
		struct sockaddr sa;
		struct sockaddr_un un;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} u;
};

#endif
