/**
 * @file ng_peer.h  A small media relay for tests: it speaks NG on a unix datagram socket and keeps no media
 */
#ifndef TANDEM_TEST_NG_PEER_H
#define TANDEM_TEST_NG_PEER_H

#include <re.h>
#include "config.h"
#include "ng.h"

enum ng_peer_mood {
	NG_PEER_OK,     /* pong, ok, an SDP, counters */
	NG_PEER_REFUSE, /* "error" to all but ping */
	NG_PEER_FULL,   /* "Ran out of ports" to offers */
	NG_PEER_LIMIT,  /* the session limit */
	NG_PEER_LOAD,   /* "load limit" is the result */
	NG_PEER_LOST,   /* "Unknown call-id" to all but offers */
	NG_PEER_EMPTY,  /* ok, and no more */
	NG_PEER_PONG,   /* only pings are answered */
	NG_PEER_SILENT,
};

struct ng_peer {
	char dir[32];
	struct config cfg; /* for relay_farm_alloc: the client finds us by it */
	char path[64];
	int fd;
	enum ng_peer_mood mood;
	char instance[16];        /* what it calls this run of itself; "": it is no relay of ours */
	const char *sdp;          /* that it hands back in good mood */
	int64_t packets;          /* more that the caller sent than it always has */
	char heard[1024];         /* the commands but pings, in their order */
	unsigned pings, commands; /* datagrams received; commands: all that is no ping */
	char offered_to[16];      /* the to-tag of the last offer */
	char last[4096];          /* the last command */
	size_t last_len;
	char client[108];
};

/** SDP that a peer hands back if it is given no other. */
#define NG_PEER_SDP "v=0\r\ns=relayed\r\n"

void ng_peer_open(struct ng_peer *p);
void ng_peer_close(struct ng_peer *p);

/** Die and come back. */
void ng_peer_die(struct ng_peer *p);
void ng_peer_rise(struct ng_peer *p);

/** The relay's configuration for a farm of these peers: their targets, with weights. */
const char *ng_peer_target(const struct ng_peer *p, char target[128], unsigned weight);

/** Send the client these bytes. */
void ng_peer_send(struct ng_peer *p, const void *data, size_t size);

/** Tell the client of an event. */
void ng_peer_notify(struct ng_peer *p, const char *event, const char *call_id);

/** A string of the last command's dictionary; "" when it has none. Lives until the next call. */
const char *ng_peer_str(const struct ng_peer *p, const char *key);
/** True if the list at `key` of the last command is just these two words. */
bool ng_peer_pair(const struct ng_peer *p, const char *key, const char *first, const char *second);

#endif
