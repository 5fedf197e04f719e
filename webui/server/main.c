/**
 * @file main.c  tandem-webui: configuration, listener, privileges, loop, stop
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <re.h>
#include "capture.h"
#include "daemon.h"
#include "log.h"
#include "password.h"
#include "post.h"
#include "server.h"
#include "web.h"
#include "wheel.h"

enum {
	OWN_FILES = 32,                 /* beside the connections: database, control socket, log, … */
	POST_FILES = 3 * POST_CONN_MAX, /* a socket each, and a pair of them while its name is looked up */
};

static void stop_handler(void *arg)
{
	(void)arg;
	re_cancel();
}

/* libre says on stderr what a client did wrong. */
static void libre_line(const char *line, void *arg)
{
	log_peer(LOG_DEBUG, "libre: %s", line);
}

static int start(struct web **wp, struct config *cfg)
{
	char errstr[512] = "";
	int err;

	err = web_alloc(wp, cfg, errstr, sizeof(errstr));
	err = err ? err : daemon_privileges_drop(cfg->user);
	err = err ? err : web_start(*wp, errstr, sizeof(errstr));
	err = err ? err : capture_stderr(libre_line, NULL);
	if (err)
		log_error("%s", errstr[0] ? errstr : "cannot start: see above");

	return err;
}

static int run(struct config *cfg)
{
	struct web *w = NULL;
	int err;

	if (!wheel_replaces_libre())
		log_debug("libre keeps its own timers here");

	/* libre refuses connections beyond these by itself */
	err = fd_setsize(SERVER_CONN_MAX + POST_FILES + OWN_FILES);
	err = err ? err : start(&w, cfg);

	if (!err) {
		err = daemon_serve(stop_handler, NULL);
		(void)capture_stderr(NULL, NULL);
		log_info("stopped");
	}

	mem_deref(w);

	return err;
}

/* ---------------------------------------------------------------- --set-password */

static int password_take(char *password, size_t size)
{
	if (!fgets(password, (int)size, stdin))
		password[0] = '\0';

	password[strcspn(password, "\r\n")] = '\0';

	if (strlen(password) >= PASSWORD_LEN_MIN && strlen(password) <= PASSWORD_LEN_MAX)
		return 0;

	(void)fprintf(stderr, "tandem-webui: give a password of %d to %d bytes on standard input\n",
		      PASSWORD_LEN_MIN, PASSWORD_LEN_MAX);

	return EINVAL;
}

static int password_set(const struct config *cfg)
{
	char password[PASSWORD_LEN_MAX + 2], line[PASSWORD_HASH_SIZE], path[4096];
	int err;

	err = password_take(password, sizeof(password));
	if (err)
		return err;

	if (re_snprintf(path, sizeof(path), "%s/web.password", cfg->data_dir) < 0)
		return ENAMETOOLONG;

	/* the daemon's user must be able to read it */
	err = daemon_privileges_drop(cfg->user);
	err = err ? err : password_hash(line, sizeof(line), password);
	err = err ? err : password_write(path, line);
	if (err)
		(void)fprintf(stderr, "tandem-webui: %s: %s\n", path, strerror(err));

	return err;
}

int main(int argc, char *argv[])
{
	bool set_password = false;
	const struct daemon_flag flag = {
		.name = "set-password",
		.help = "read a new password from standard input, and exit",
		.given = &set_password,
	};
	const struct daemon tandem_webui = {
		.name = "tandem-webui",
		.purpose = "Serves the web UI, the REST API, /health, /ready and /metrics.",
		.flag = &flag,
	};
	struct config *cfg;
	int status;

	if (libre_init())
		return DAEMON_EXIT_FAILED;

	if (daemon_begin(&cfg, &status, &tandem_webui, argc, argv))
		status = (set_password ? password_set(cfg) : run(cfg)) ? DAEMON_EXIT_FAILED : 0;

	mem_deref(cfg);
	libre_close();

	return status;
}
