/**
 * @file ng_clients.h  What each NG client asked for: how often, how long it took, how often in vain
 */
#ifndef TANDEM_NG_CLIENTS_H
#define TANDEM_NG_CLIENTS_H

#include <stdint.h>
#include <re.h>
#include "bencode.h"
#include "ng_peer.h"

enum { NG_CLIENTS_MAX = 16, NG_COMMANDS_MAX = 32 };

struct ng_client_count {
	uint64_t runs;
	uint64_t took_us;
};

struct ng_client {
	struct sa addr; /* without a port: a client sends from many; no family: by the unix socket */
	struct ng_client_count commandv[NG_COMMANDS_MAX];
	uint64_t errors;
};

/** Bounded: when all places are taken, further clients are counted together in the last one. */
struct ng_clients {
	struct ng_client v[NG_CLIENTS_MAX];
	unsigned c;
};

/**
 * Count a request.
 *
 * @param command  its row in the table of commands; NG_COMMANDS_MAX: none of them
 */
void ng_clients_count(struct ng_clients *clients, const struct ng_peer *from, unsigned command,
		      uint64_t took_us, bool failed);

/** Write rtpengine's controlstatistics; `namev` has the short names of the commands. */
void ng_clients_write(const struct ng_clients *clients, struct bwriter *w, const char *const namev[],
		      unsigned namec);

#endif
