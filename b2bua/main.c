/**
 * @file main.c  tandem-b2bua: configuration, start, privileges, loop, stop
 */
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <re.h>
#include "capture.h"
#include "daemon.h"
#include "log.h"
#include "wheel.h"
#include "door/door.h"
#include "engine.h"
#include "leg/header_id.h"

enum { DESCRIPTORS_MAX = 65536 };

static struct engine *engine; /* for what libre says, which it says to nobody in particular */

static void stop_handler(void *arg)
{
	engine_stop(arg);
}

/* libre says on stderr what it could not decode, and by which a peer could fill the log. */
static void libre_line(const char *line, void *arg)
{
	(void)arg;

	if (engine && strstr(line, "decode err"))
		door_count(engine->door, DOOR_UNDECODABLE);

	log_peer(LOG_DEBUG, "libre: %s", line);
}

static void hangup_handler(int flags, void *arg)
{
	const int *fd = arg;
	struct signalfd_siginfo info;

	(void)flags;
	if (read(*fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
		door_reload(engine->door);
}

/* SIGHUP comes by a descriptor, so that it is handled between two events like any other. It is blocked before
 * there are threads, which inherit that. */
static int hangup_open(int *fd)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return errno;

	*fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);

	return *fd < 0 ? errno : 0;
}

static int run(struct config *cfg)
{
	char errstr[512] = "";
	int err, hangup = -1;

	if (!wheel_replaces_libre())
		log_warn("libre keeps its own timers here; many calls at once will cost more "
			 "(docs/decisions)");
	if (!header_id_guards_libre())
		log_warn("libre tells headers by a short hash here; a peer can pass one off as another "
			 "(docs/decisions)");

	err = fd_setsize((int)daemon_files_raise(DESCRIPTORS_MAX));
	err = err ? err : hangup_open(&hangup);
	err = err ? err : engine_alloc(&engine, cfg, errstr, sizeof(errstr));
	if (err) {
		if (errstr[0])
			log_error("%s", errstr);
		else
			log_error("cannot start: %m", err);
		return err;
	}

	err = daemon_privileges_drop(cfg->user);
	err = err ? err : capture_stderr(libre_line, NULL);
	err = err ? err : fd_listen(hangup, FD_READ, hangup_handler, &hangup);
	err = err ? err : daemon_serve(stop_handler, engine);

	fd_close(hangup);
	(void)close(hangup);
	(void)capture_stderr(NULL, NULL);
	log_info("stopped");
	engine = mem_deref(engine);

	return err;
}

int main(int argc, char *argv[])
{
	static const struct daemon tandem_b2bua = {
		.name = "tandem-b2bua",
		.purpose = "Terminates every SIP call leg, routes, charges and records calls.",
	};
	struct config *cfg;
	int status;

	if (libre_init())
		return DAEMON_EXIT_FAILED;

	if (daemon_begin(&cfg, &status, &tandem_b2bua, argc, argv))
		status = run(cfg) ? DAEMON_EXIT_FAILED : 0;

	mem_deref(cfg);
	libre_close();

	return status;
}
