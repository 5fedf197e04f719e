/**
 * @file daemon.c  What every daemon does before its own work begins: options, configuration, privileges
 */
#include <errno.h>
#include <getopt.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <re.h>
#include "daemon.h"
#include "daemon_check.h"
#include "daemon_help.h"
#include "log.h"

enum { SET_MAX = 64, KEY_SIZE = 64, FOLDER_MODE = 0750, UMASK = 0027 };

enum verdict { GO_ON, END_WELL, END_USAGE };

struct options {
	const char *config;
	const char *setv[SET_MAX];
	size_t setc;
	bool check;
};

static int print_stderr(const char *p, size_t size, void *arg)
{
	return fwrite(p, 1, size, stderr) == size ? 0 : EIO;
}

static enum verdict option_take(struct options *o, const struct daemon *d, int c)
{
	switch (c) {

	case 'c':
		o->config = optarg;
		return GO_ON;

	case 's':
		if (o->setc == SET_MAX) {
			(void)fprintf(stderr, "%s: more than %d times --set\n", d->name, SET_MAX);
			return END_USAGE;
		}
		o->setv[o->setc++] = optarg;
		return GO_ON;

	case 'C':
		o->check = true;
		return GO_ON;

	case 'V':
		(void)printf("%s %s\n", d->name, TANDEM_VERSION);
		return END_WELL;

	case 'h':
		daemon_help(d);
		return END_WELL;

	case 'M':
		daemon_man(d);
		return END_WELL;

	case 'f':
		if (d->flag)
			*d->flag->given = true;
		return GO_ON;

	default:
		(void)fprintf(stderr, "Try %s --help\n", d->name);
		return END_USAGE;
	}
}

static enum verdict options_read(struct options *o, const struct daemon *d, int argc, char *argv[])
{
	const struct option longv[] = {
		{"config", required_argument, NULL, 'c'},
		{"set", required_argument, NULL, 's'},
		{"check", no_argument, NULL, 'C'},
		{"version", no_argument, NULL, 'V'},
		{"help", no_argument, NULL, 'h'},
		{"man", no_argument, NULL, 'M'},
		{d->flag ? d->flag->name : NULL, no_argument, NULL,
		 'f'}, /* the end of the list when there is none */
		{NULL, 0, NULL, 0},
	};
	enum verdict verdict = GO_ON;
	int c;

	while (verdict == GO_ON && (c = getopt_long(argc, argv, "c:h", longv, NULL)) != -1)
		verdict = option_take(o, d, c);

	if (verdict == GO_ON && optind < argc) {
		(void)fprintf(stderr, "%s: what is '%s'? Try --help\n", d->name, argv[optind]);
		return END_USAGE;
	}

	return verdict;
}

static int set_one(struct config *cfg, const char *assignment, struct re_printf *pf)
{
	const char *eq = strchr(assignment, '=');
	char key[KEY_SIZE];
	struct pl pl = {.p = assignment, .l = eq ? (size_t)(eq - assignment) : 0};

	if (!eq || pl_strcpy(&pl, key, sizeof(key))) {
		(void)re_hprintf(pf, "--set %s: not KEY=VALUE\n", assignment);
		return EINVAL;
	}

	return config_set(cfg, key, eq + 1, pf);
}

static int config_load(struct config **cfgp, const struct options *o)
{
	struct re_printf pf = {print_stderr, NULL};
	struct config *cfg = NULL;
	size_t i;
	int err;

	err = config_read(&cfg, o->config, &pf);
	if (err == ENOENT)
		(void)fprintf(stderr, "%s: no such file\n", o->config);
	if (err)
		return err;

	for (i = 0; i < o->setc && !err; i++)
		err = set_one(cfg, o->setv[i], &pf);

	err = err ? err : config_complete(cfg);

	if (err)
		mem_deref(cfg);
	else
		*cfgp = cfg;

	return err;
}

/* The folder is made for the user the daemon will become. */
static int folder_make(const char *key, const char *dir, const char *user)
{
	const struct passwd *pw = str_isset(user) && geteuid() == 0 ? getpwnam(user) : NULL;

	if (!mkdir(dir, FOLDER_MODE)) {
		if (pw && chown(dir, pw->pw_uid, pw->pw_gid))
			log_warn("%s %s: cannot give it to user %s: %m", key, dir, user, errno);
		return 0;
	}

	if (errno == EEXIST)
		return 0;

	log_error("%s %s: %m; make the folder or name another", key, dir, errno);

	return errno;
}

/* What is made before the privileges go (database, spool, sockets) must be the user's, too: files are his from
 * here on, while ports below 1024 can still be bound. Threads begun later inherit it. */
static int files_as(const char *user)
{
	const struct passwd *pw;

	if (!str_isset(user) || geteuid() != 0)
		return 0;

	pw = getpwnam(user);
	if (!pw) {
		log_error("user %s: no such user; create it or change \"user\" in tandem.conf", user);
		return ENOENT;
	}

	(void)setfsgid(pw->pw_gid);
	(void)setfsuid(pw->pw_uid);

	return 0;
}

bool daemon_begin(struct config **cfgp, int *status, const struct daemon *d, int argc, char *argv[])
{
	struct options o = {.config = NULL};
	struct config *cfg;
	enum verdict verdict;

	*cfgp = NULL;
	log_init(d->name, LOG_TEXT, LOG_INFO);

	verdict = options_read(&o, d, argc, argv);
	if (verdict != GO_ON) {
		*status = verdict == END_WELL ? 0 : DAEMON_EXIT_USAGE;
		return false;
	}

	*status = config_load(&cfg, &o) ? DAEMON_EXIT_FAILED : 0;
	if (*status)
		return false;

	if (o.check) {
		*status = daemon_check(cfg, o.config) ? DAEMON_EXIT_FAILED : 0;
		mem_deref(cfg);
		return false;
	}

	log_init(d->name, cfg->log_format, cfg->log_level);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)umask(UMASK);

	if (folder_make("data_dir", cfg->data_dir, cfg->user) ||
	    folder_make("run_dir", cfg->run_dir, cfg->user) || files_as(cfg->user)) {
		*status = DAEMON_EXIT_FAILED;
		mem_deref(cfg);
		return false;
	}

	*cfgp = cfg;

	return true;
}

unsigned long daemon_files_raise(unsigned long wanted)
{
	struct rlimit rl = {.rlim_cur = wanted, .rlim_max = wanted};

	if (setrlimit(RLIMIT_NOFILE, &rl) && !getrlimit(RLIMIT_NOFILE, &rl)) {

		rl.rlim_cur = MIN(rl.rlim_max, (rlim_t)wanted);
		(void)setrlimit(RLIMIT_NOFILE, &rl);
	}

	return rl.rlim_cur;
}

int daemon_privileges_drop(const char *user)
{
	const struct passwd *pw;
	int err;

	if (!str_isset(user) || geteuid() != 0)
		return 0;

	pw = getpwnam(user);
	if (!pw) {
		log_error("user %s: no such user; create it or change \"user\" in tandem.conf", user);
		return ENOENT;
	}

	if (initgroups(user, pw->pw_gid) || setgid(pw->pw_gid) || setuid(pw->pw_uid)) {

		err = errno;
		log_error("cannot become user %s: %m; start as root or as that user", user, err);
		return err;
	}

	return 0;
}
