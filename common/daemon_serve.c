/**
 * @file daemon_serve.c  A daemon's events, until a signal ends it
 *
 * Signals come by a descriptor, so that they are handled between two events like any other.
 */
#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <re.h>
#ifdef HAVE_SYSTEMD
#include <systemd/sd-daemon.h>
#endif
#include "daemon.h"
#include "log.h"

struct stopper {
	daemon_stop_h *stoph;
	void *arg;
	int fd;
};

static void stop_handler(int flags, void *arg)
{
	const struct stopper *st = arg;
	struct signalfd_siginfo info;

	(void)flags;
	if (read(st->fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
		st->stoph(st->arg);
}

static int stopper_open(struct stopper *st)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return errno;

	st->fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);

	return st->fd < 0 ? errno : fd_listen(st->fd, FD_READ, stop_handler, st);
}

static void stopper_close(struct stopper *st)
{
	if (st->fd < 0)
		return;

	fd_close(st->fd);
	(void)close(st->fd);
}

static void ready_say(void)
{
	log_info("ready");
#ifdef HAVE_SYSTEMD
	(void)sd_notify(0, "READY=1");
#endif
}

int daemon_serve(daemon_stop_h *stoph, void *arg)
{
	struct stopper st = {.stoph = stoph, .arg = arg, .fd = -1};
	int err;

	/* first: who waits for the word may stop us at once */
	err = stopper_open(&st);
	if (!err) {
		ready_say();
		err = re_main(NULL);
	}

	stopper_close(&st);

	return err;
}
