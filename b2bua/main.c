/**
 * @file main.c  tandem-b2bua: configuration, start, privileges, loop, stop
 */
#include <getopt.h>
#include <pwd.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <re.h>
#ifdef HAVE_SYSTEMD
#include <systemd/sd-daemon.h>
#endif
#include "capture.h"
#include "config.h"
#include "log.h"
#include "wheel.h"
#include "door/door.h"
#include "engine.h"

enum {
	EXIT_USAGE = 2,
	DESCRIPTORS_MAX = 65536,
};

static struct engine *engine; /* for the signal handler, which libre calls from its loop */

static void usage(FILE *f)
{
	(void)fprintf(f,
		      "Usage: tandem-b2bua [--config FILE] [--set KEY=VALUE]... [--check]\n"
		      "\n"
		      "Terminates every SIP call leg, routes and records calls.\n"
		      "\n"
		      "  --config FILE     read FILE (default: built-in defaults, data in ./data)\n"
		      "  --set KEY=VALUE   set one key of the configuration, over the file\n"
		      "  --check           say what is wrong with the configuration, and exit\n"
		      "  --version         print the version, and exit\n"
		      "  --help            print this, and exit\n"
		      "\n"
		      "Keys of the configuration:\n");
	(void)re_fprintf(f, "%H", config_help, NULL);
	(void)fprintf(f, "\nExit status: 0 fine, 1 failed, 2 usage. See docs/operations.md.\n");
}

static int print_stderr(const char *p, size_t size, void *arg)
{
	(void)arg;

	return fwrite(p, 1, size, stderr) == size ? 0 : EIO;
}

struct options {
	const char *config;
	const char *setv[64];
	size_t setc;
	bool check;
};

static void options_read(struct options *o, int argc, char *argv[])
{
	static const struct option longs[] = {
		{"config", required_argument, NULL, 'c'}, {"set", required_argument, NULL, 's'},
		{"check", no_argument, NULL, 'C'},        {"version", no_argument, NULL, 'V'},
		{"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "c:h", longs, NULL)) != -1) {
		switch (c) {

		case 'c':
			o->config = optarg;
			break;

		case 's':
			if (o->setc < ARRAY_SIZE(o->setv))
				o->setv[o->setc++] = optarg;
			break;

		case 'C':
			o->check = true;
			break;

		case 'V':
			(void)printf("tandem-b2bua %s\n", TANDEM_VERSION);
			exit(0);

		case 'h':
			usage(stdout);
			exit(0);

		default:
			(void)fprintf(stderr, "Try tandem-b2bua --help\n");
			exit(EXIT_USAGE);
		}
	}

	if (optind < argc) {
		(void)fprintf(stderr, "tandem-b2bua: what is '%s'? Try --help\n", argv[optind]);
		exit(EXIT_USAGE);
	}
}

static int set_one(struct config *cfg, const char *assignment, struct re_printf *pf)
{
	const char *eq = strchr(assignment, '=');
	char key[64];
	struct pl pl;

	if (!eq) {
		(void)re_hprintf(pf, "--set %s: not KEY=VALUE\n", assignment);
		return EINVAL;
	}

	pl.p = assignment;
	pl.l = (size_t)(eq - assignment);
	(void)pl_strcpy(&pl, key, sizeof(key));

	return config_set(cfg, key, eq + 1, pf);
}

static int config_load(struct config **cfgp, const struct options *o)
{
	struct re_printf pf = {print_stderr, NULL};
	struct config *cfg = NULL;
	int err;

	err = config_read(&cfg, o->config, &pf);
	if (err == ENOENT)
		(void)fprintf(stderr, "%s: no such file\n", o->config);
	if (err)
		return err;

	for (size_t i = 0; i < o->setc && !err; i++)
		err = set_one(cfg, o->setv[i], &pf);

	err = err ? err : config_complete(cfg);
	if (err)
		mem_deref(cfg);
	else
		*cfgp = cfg;

	return err;
}

/* Sockets and files are open by now; what is left needs no privilege. */
static int privileges_drop(const char *user)
{
	const struct passwd *pw;

	if (!str_isset(user) || geteuid() != 0)
		return 0;

	pw = getpwnam(user);
	if (!pw) {
		log_error("user %s: no such user; create it or change \"user\" in tandem.conf", user);
		return ENOENT;
	}

	if (initgroups(user, pw->pw_gid) || setgid(pw->pw_gid) || setuid(pw->pw_uid)) {
		log_error("user %s: %m", user, errno);
		return errno;
	}

	return 0;
}

static int descriptors_raise(void)
{
	struct rlimit rl = {DESCRIPTORS_MAX, DESCRIPTORS_MAX};

	if (setrlimit(RLIMIT_NOFILE, &rl) && !getrlimit(RLIMIT_NOFILE, &rl)) {
		rl.rlim_cur = rl.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &rl);
	}

	return fd_setsize(rl.rlim_cur < DESCRIPTORS_MAX ? (int)rl.rlim_cur : DESCRIPTORS_MAX);
}

static void signal_handler(int sig)
{
	(void)sig;
	engine_stop(engine);
}

/* libre says on stderr what it could not decode, and by which a peer could fill the log. */
static void libre_line(const char *line, void *arg)
{
	(void)arg;

	if (engine && strstr(line, "decode err"))
		door_count(engine->door, DOOR_UNDECODABLE);

	log_peer(LOG_DEBUG, "libre: %s", line);
}

static void ready(void)
{
	log_info("ready");
#ifdef HAVE_SYSTEMD
	(void)sd_notify(0, "READY=1");
#endif
}

static int run(struct config *cfg)
{
	char errstr[512] = "";
	int err;

	if (!wheel_replaces_libre())
		log_warn("libre keeps its own timers here; many calls at once will cost more (docs/decisions)");

	err = descriptors_raise();
	err = err ? err : engine_alloc(&engine, cfg, errstr, sizeof(errstr));
	if (err) {
		if (errstr[0])
			log_error("%s", errstr);
		else
			log_error("cannot start: %m", err);
		return err;
	}

	err = privileges_drop(cfg->user);
	err = err ? err : capture_stderr(libre_line, NULL);
	if (!err) {
		ready();
		err = re_main(signal_handler);
	}

	(void)capture_stderr(NULL, NULL);
	log_info("stopped");
	engine = mem_deref(engine);

	return err;
}

int main(int argc, char *argv[])
{
	struct options options = {0};
	struct config *cfg = NULL;
	int err;

	options_read(&options, argc, argv);

	if (libre_init())
		return 1;

	log_init("tandem-b2bua", LOG_TEXT, LOG_INFO);
	err = config_load(&cfg, &options);
	if (err || options.check)
		goto out;

	log_init("tandem-b2bua", cfg->log_format, cfg->log_level);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)umask(0027);

	err = run(cfg);

 out:
	mem_deref(cfg);
	libre_close();

	return err ? 1 : 0;
}
