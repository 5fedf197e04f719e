/**
 * @file relay.c  The one context of tandem-rtprelay: who is made of what, and the tick of every second
 */
#include <string.h>
#include <unistd.h>
#include <re.h>
#include "clock.h"
#include "log.h"
#include "ng_command.h"
#include "notify.h"
#include "relay.h"
#include "statistics.h"

enum { TICK_MS = 1000 };

/* Sessions hand their streams to the workers, so they go first; what comes back is freed last. */
static void relay_destructor(void *arg)
{
	struct relay *relay = arg;
	unsigned i;

	tmr_cancel(&relay->tick);
	mem_deref(relay->ng);
	mem_deref(relay->sessions);

	for (i = 0; i < relay->workerc; i++)
		mem_deref(relay->workerv[i]);

	if (relay->done)
		worker_reap(relay->done);
	mem_deref(relay->done);
	mem_deref(relay->ports);
	mem_deref(relay->locals);
}

static void workers_flush(const struct relay *relay)
{
	unsigned i;

	for (i = 0; i < relay->workerc; i++)
		worker_flush(relay->workerv[i]);
}

/* Ports come back first, so that a want of them is a real one. */
static bool request_handler(const struct ng_msg *msg, const struct ng_peer *from, struct mbuf *reply,
			    void *arg)
{
	struct relay *relay = arg;
	bool changes;

	worker_reap(relay->done);
	changes = ng_command_run(relay, msg, from, reply);
	workers_flush(relay);

	return changes;
}

/* A call that names our control port as its address has us send there what its other party says. */
static bool foreign_handler(const struct sa *src, void *arg)
{
	const struct relay *relay = arg;

	return ports_is_ours(relay->ports, src);
}

static void tick_handler(void *arg)
{
	struct relay *relay = arg;
	struct load_total total;

	tmr_start(&relay->tick, TICK_MS, tick_handler, relay);
	statistics_total(relay, &total);
	load_tick(&relay->load, &total, clock_mono_ms());
	worker_reap(relay->done);
	sessions_sweep(relay->sessions);
	workers_flush(relay);
	ng_server_tick(relay->ng);
}

static int listen_all(struct relay *relay)
{
	const struct config *cfg = relay->cfg;
	int err;

	err = ng_server_alloc(&relay->ng, request_handler, foreign_handler, relay);
	err = err ? err : ng_server_listen_unix(relay->ng, cfg->ng_socket);
	if (!err && str_isset(cfg->ng_udp))
		err = ng_server_listen_udp(relay->ng, cfg->ng_udp, cfg->ng_allow);

	return err;
}

int relay_alloc(struct relay **relayp, const struct config *cfg)
{
	const struct ports_config ports_cfg = {
		.port_min = cfg->rtp_port_min,
		.port_max = cfg->rtp_port_max,
		.quarantine_s = cfg->port_quarantine_s,
		.tos = (int)cfg->rtp_tos,
	};
	struct relay *relay;
	char why[128];
	int err;

	relay = mem_zalloc(sizeof(*relay), relay_destructor);
	if (!relay)
		return ENOMEM;

	relay->cfg = cfg;
	relay->start_us = clock_mono_us();
	(void)re_snprintf(relay->instance, sizeof(relay->instance), "%016llx", rand_u64());
	tmr_init(&relay->tick);

	err = locals_alloc(&relay->locals, cfg->rtp_interfaces, why, sizeof(why));
	if (err)
		log_error("rtp_interfaces: %s", why);

	err = err ? err : ports_alloc(&relay->ports, &ports_cfg);
	err = err ? err : queue_alloc(&relay->done, false);
	err = err ? err : listen_all(relay);

	if (err)
		mem_deref(relay);
	else
		*relayp = relay;

	return err;
}

static int workers_start(struct relay *relay)
{
	const long cores = sysconf(_SC_NPROCESSORS_ONLN);
	uint32_t n = relay->cfg->rtp_workers ? relay->cfg->rtp_workers : cores > 0 ? (uint32_t)cores : 1;
	int err = 0;

	n = MIN(n, (uint32_t)RELAY_WORKER_MAX);

	while (!err && relay->workerc < n) {

		err = worker_alloc(&relay->workerv[relay->workerc], &io_epoll, relay->ports, relay->done);
		if (!err)
			++relay->workerc;
	}

	return err;
}

int relay_start(struct relay *relay)
{
	struct sessions_config cfg = {
		.ports = relay->ports,
		.locals = relay->locals,
		.timeout_s = relay->cfg->media_timeout_s,
		.hairpin = relay->cfg->rtp_hairpin != 0,
		.keepalive_s = relay->cfg->rtp_keepalive_s,
		.watch =
			{
				.mos_min_x100 = relay->cfg->alarm_mos_x100,
				.one_way_s = relay->cfg->alarm_one_way_s,
				.plc = relay->cfg->g711_plc,
			},
		.tos = (int)relay->cfg->rtp_tos,
		.silenth = notify_silent,
		.watchh = notify_watch,
		.arg = relay,
	};
	int err;

	err = workers_start(relay);
	if (err)
		return err;

	cfg.workerv = relay->workerv;
	cfg.workerc = relay->workerc;
	err = sessions_alloc(&relay->sessions, &cfg);
	if (err)
		return err;

	tmr_start(&relay->tick, TICK_MS, tick_handler, relay);

	return 0;
}
