/**
 * @file daemon_check.h  --check: what this machine would refuse of a configuration
 */
#ifndef TANDEM_DAEMON_CHECK_H
#define TANDEM_DAEMON_CHECK_H

#include "config.h"

/**
 * Ask the machine for what the configuration names: the user, the folders, the TLS files. Nothing is made
 * or changed, but the caller's supplementary groups may be another user's afterwards.
 *
 * @param file  where the configuration was read from, for the messages; NULL: from no file
 *
 * @return 0, or EINVAL when something was printed to stderr; "FILE: fine" goes to stdout
 */
int daemon_check(const struct config *cfg, const char *file);

#endif
