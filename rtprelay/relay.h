/**
 * @file relay.h  The one context of tandem-rtprelay
 */
#ifndef TANDEM_RELAY_H
#define TANDEM_RELAY_H

#include <stdint.h>
#include <re.h>
#include "config.h"
#include "load.h"
#include "ng_clients.h"
#include "local.h"
#include "ng_server.h"
#include "ports.h"
#include "queue.h"
#include "session.h"
#include "stats.h"
#include "worker.h"

enum { RELAY_WORKER_MAX = 256 };

struct relay {
	const struct config *cfg;
	struct ports *ports;
	struct locals *locals;
	struct queue *done; /* jobs the workers have finished */
	struct worker *workerv[RELAY_WORKER_MAX];
	unsigned workerc;
	struct sessions *sessions;
	struct ng_server *ng;
	struct tmr tick;
	struct ng_clients clients;
	struct load load;
	uint64_t rejected;      /* offers refused because of a limit */
	uint64_t unknown_flags; /* words in requests that nobody knows */
	uint64_t start_us;      /* monotonic */
	char instance[17]; /* of this run: a client that hears another knows that its sessions are gone */
	uint32_t notify_serial;
};

/** Bind the control sockets. What is wrong has been logged. */
int relay_alloc(struct relay **relayp, const struct config *cfg);

/** Start the workers and take requests. */
int relay_start(struct relay *relay);

#endif
