/**
 * @file daemon_check.c  --check: what this machine would refuse of a configuration
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "daemon_check.h"

enum { FOLDER_ACCESS = R_OK | W_OK | X_OK };

struct check {
	const char *file;
	const struct passwd *pw; /* the user to become; NULL: stay */
	unsigned faults;
};

static void fault(struct check *c, const char *key, const char *value, int err, const char *remedy)
{
	++c->faults;
	(void)re_fprintf(stderr, "%s: %s %s: %m; %s\n", c->file, key, value, err, remedy);
}

static void user_check(struct check *c, const char *user)
{
	if (!str_isset(user))
		return;

	c->pw = getpwnam(user);
	if (!c->pw) {
		++c->faults;
		(void)re_fprintf(stderr, "%s: user %s: no such user; create it, or name another\n", c->file,
				 user);
	}
}

/* As the user the daemon will have become. */
static int access_later(const struct check *c, const char *dir)
{
	const bool become = c->pw && geteuid() == 0;
	int err = 0;

	if (become &&
	    (initgroups(c->pw->pw_name, c->pw->pw_gid) || setegid(c->pw->pw_gid) || seteuid(c->pw->pw_uid)))
		return errno;

	if (faccessat(AT_FDCWD, dir, FOLDER_ACCESS, AT_EACCESS))
		err = errno;

	if (become && (seteuid(0) || setegid(0)))
		return errno;

	return err;
}

/* Whether mkdir would succeed; only the last part of a path is ever made. */
static int makeable(const char *dir)
{
	char parent[4096];
	char *slash;

	if (strlen(dir) >= sizeof(parent))
		return ENAMETOOLONG;

	str_ncpy(parent, dir, sizeof(parent));
	slash = strrchr(parent, '/');
	if (!slash)
		str_ncpy(parent, ".", sizeof(parent));
	else
		slash[slash == parent ? 1 : 0] = '\0';

	return faccessat(AT_FDCWD, parent, W_OK | X_OK, AT_EACCESS) ? errno : 0;
}

static bool is_child(const char *path, const char *dir)
{
	const size_t len = strlen(dir);

	return !strncmp(path, dir, len) && path[len] == '/' && !strchr(path + len + 1, '/');
}

/* `before` is a folder that is made before this one; NULL: none. */
static void folder_check(struct check *c, const char *key, const char *dir, const char *before)
{
	struct stat st;
	int err;

	if (!stat(dir, &st))
		err = S_ISDIR(st.st_mode) ? access_later(c, dir) : ENOTDIR;
	else if (errno != ENOENT)
		err = errno;
	else if (before && is_child(dir, before) && stat(before, &st) && errno == ENOENT)
		err = 0;
	else
		err = makeable(dir);

	if (err)
		fault(c, key, dir, err, "make it for the user the daemons run as, or name another");
}

static void file_check(struct check *c, const char *key, const char *path)
{
	if (str_isset(path) && faccessat(AT_FDCWD, path, R_OK, AT_EACCESS))
		fault(c, key, path, errno, "check the path and its permissions");
}

int daemon_check(const struct config *cfg, const char *file)
{
	struct check c = {.file = file ? file : "configuration"};

	user_check(&c, cfg->user);
	file_check(&c, "tls_cert", cfg->tls_cert);
	file_check(&c, "tls_key", cfg->tls_key);
	folder_check(&c, "data_dir", cfg->data_dir, NULL);
	folder_check(&c, "run_dir", cfg->run_dir, cfg->data_dir);

	if (c.faults)
		return EINVAL;

	(void)re_printf("%s: fine\n", c.file);

	return 0;
}
