/**
 * @file control.c  The control socket: it listens, makes room, and sees to its clients once a second
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <re.h>
#include "clock.h"
#include "call/call.h"
#include "core.h"

enum {
	CLIENTS_MAX = 128,
	JANITOR_MS = 1000,
};

/** Room for one more: who has been silent longest and awaits nothing goes. */
static bool room_make(struct control *control)
{
	struct client *idle = NULL;
	uint64_t since = UINT64_MAX;
	struct le *le;

	if (list_count(&control->clientl) < CLIENTS_MAX)
		return true;

	for (le = control->clientl.head; le; le = le->next) {

		const uint64_t ms = client_silent_since_ms(le->data);

		if (ms < since) {
			since = ms;
			idle = le->data;
		}
	}

	mem_deref(idle);

	return idle;
}

static void accept_event(int flags, void *arg)
{
	struct control *control = arg;
	const int fd = accept4(control->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0)
		return;

	if (!room_make(control) || client_add(control, fd))
		(void)close(fd);
}

static void attempts_sample(struct control *control)
{
	struct call_stats stats;

	calls_stats(control->e->calls, &stats);
	control->sample = (control->sample + 1) % ARRAY_SIZE(control->attemptv);
	control->attemptv[control->sample] = stats.attempts;
}

double control_cps(const struct control *control)
{
	const unsigned oldest = (control->sample + 1) % ARRAY_SIZE(control->attemptv);

	return (double)(control->attemptv[control->sample] - control->attemptv[oldest]) / CONTROL_RATE_S;
}

static void janitor(void *arg)
{
	struct control *control = arg;
	const uint64_t now = clock_mono_ms();
	struct le *le = control->clientl.head;

	tmr_start(&control->tmr_janitor, JANITOR_MS, janitor, control);

	while (le) {
		struct client *c = le->data;

		le = le->next;
		client_sweep(c, now);
	}

	attempts_sample(control);
}

static void control_destructor(void *arg)
{
	struct control *control = arg;

	tmr_cancel(&control->tmr_janitor);
	list_flush(&control->clientl);

	if (control->fd >= 0) {
		fd_close(control->fd);
		(void)close(control->fd);
		(void)unlink(control->path);
	}

	mem_deref(control->path);
}

/** A socket file that nobody answers on was left by a crash. */
static int stale_remove(const struct sockaddr_un *sun)
{
	struct stat st;
	int fd, err;

	if (lstat(sun->sun_path, &st))
		return errno == ENOENT ? 0 : errno;

	if (!S_ISSOCK(st.st_mode))
		return ENOTSOCK;

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return errno;

	err = connect(fd, (const struct sockaddr *)sun, sizeof(*sun)) ? errno : 0;
	(void)close(fd);

	/* EAGAIN: somebody lives there and is busy */
	if (err != ECONNREFUSED)
		return EADDRINUSE;

	return unlink(sun->sun_path) ? errno : 0;
}

static int socket_open(int *fdp, const char *path)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd, err;

	if (str_len(path) >= sizeof(sun.sun_path))
		return ENAMETOOLONG;

	str_ncpy(sun.sun_path, path, sizeof(sun.sun_path));

	err = stale_remove(&sun);
	if (err)
		return err;

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return errno;

	/* the process's umask keeps the world out until the mode is set */
	if (bind(fd, (struct sockaddr *)&sun, sizeof(sun)) || chmod(path, 0660) || listen(fd, CLIENTS_MAX)) {
		err = errno;
		(void)close(fd);
		return err;
	}

	*fdp = fd;

	return 0;
}

int control_alloc(struct control **cp, struct engine *e, const char *path)
{
	struct control *control;
	int err;

	if (!cp || !path)
		return EINVAL;

	control = mem_zalloc(sizeof(*control), control_destructor);
	if (!control)
		return ENOMEM;

	control->e = e;
	control->fd = -1;

	err = str_dup(&control->path, path);
	err = err ? err : socket_open(&control->fd, path);
	err = err ? err : fd_listen(control->fd, FD_READ, accept_event, control);

	if (err) {
		mem_deref(control);
		return err;
	}

	tmr_start(&control->tmr_janitor, JANITOR_MS, janitor, control);
	*cp = control;

	return 0;
}
