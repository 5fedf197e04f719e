/**
 * @file daemon_help.h  --help and --man of every daemon, from the rows of its options and of tandem.conf
 */
#ifndef TANDEM_DAEMON_HELP_H
#define TANDEM_DAEMON_HELP_H

#include "daemon.h"

/** Print the options and keys to stdout. */
void daemon_help(const struct daemon *d);

/** Print the manual page, roff, to stdout. */
void daemon_man(const struct daemon *d);

#endif
