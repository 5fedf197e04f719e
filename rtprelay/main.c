/**
 * @file main.c  tandem-rtprelay: configuration, privileges, sockets, workers, loop, stop
 */
#include <re.h>
#include "daemon.h"
#include "log.h"
#include "relay.h"
#include "wheel.h"

/* Four sockets for each m-line of each call. */
enum { FILES_WANTED = 1 << 19 };

static void stop_handler(void *arg)
{
	(void)arg;
	re_cancel();
}

static int run(const struct config *cfg)
{
	struct relay *relay = NULL;
	int err;

	if (!wheel_replaces_libre())
		log_debug("libre keeps its own timers here");

	log_debug("up to %lu open files", daemon_files_raise(FILES_WANTED));

	/* first: the control socket must belong to that user */
	err = daemon_privileges_drop(cfg->user);
	err = err ? err : relay_alloc(&relay, cfg);
	err = err ? err : relay_start(relay);

	if (!err) {
		err = daemon_serve(stop_handler, NULL);
		log_info("stopped");
	}
	else {
		log_error("cannot start: %m", err);
	}

	mem_deref(relay);

	return err;
}

int main(int argc, char *argv[])
{
	static const struct daemon tandem_rtprelay = {
		.name = "tandem-rtprelay",
		.purpose = "Relays RTP and RTCP between call legs, told what to do by the NG protocol.",
	};
	struct config *cfg;
	int status;

	if (libre_init())
		return DAEMON_EXIT_FAILED;

	if (daemon_begin(&cfg, &status, &tandem_rtprelay, argc, argv))
		status = run(cfg) ? DAEMON_EXIT_FAILED : 0;

	mem_deref(cfg);
	libre_close();

	return status;
}
