/**
 * @file daemon.h  What every daemon does before its own work begins: options, configuration, privileges
 */
#ifndef TANDEM_DAEMON_H
#define TANDEM_DAEMON_H

#include <re.h>
#include "config.h"

/** An option of one program's own: --NAME, without a value. */
struct daemon_flag {
	const char *name; /* "set-password" */
	const char *help;
	bool *given;
};

struct daemon {
	const char *name;               /* "tandem-rtprelay" */
	const char *purpose;            /* one sentence for --help */
	const struct daemon_flag *flag; /* NULL: none */
};

enum { DAEMON_EXIT_FAILED = 1, DAEMON_EXIT_USAGE = 2 };

/**
 * Read the command line and the configuration, set the log up, make the data and run folders. Files made from
 * now on belong to the user of tandem.conf. What is wrong has been printed.
 *
 * @param cfgp    returned configuration; NULL when the program is to end at once
 * @param status  exit status in that case: --help, --version and --check end with 0 when all is well
 *
 * @return true to go on
 */
bool daemon_begin(struct config **cfgp, int *status, const struct daemon *d, int argc, char *argv[]);

/** Raise the limit of open files as far as allowed, at most to `wanted`; returns what it is now. */
unsigned long daemon_files_raise(unsigned long wanted);

/** Become the user of tandem.conf, when nothing that needs privileges is left to do. What is wrong is logged. */
int daemon_privileges_drop(const char *user);

/** SIGINT or SIGTERM came; called between two events. */
typedef void(daemon_stop_h)(void *arg);

/**
 * Say that the daemon is up, to the log and to systemd, and serve events until re_cancel(). From the moment it is said
 * SIGINT and SIGTERM stop it in good order; other threads must have all signals blocked.
 *
 * @return 0 or errno
 */
int daemon_serve(daemon_stop_h *stoph, void *arg);

#endif
