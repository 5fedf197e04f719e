/**
 * @file database.h  tandem.db as commands read it: read-only, bounded in time and memory
 */
#ifndef TANDEM_CTL_DATABASE_H
#define TANDEM_CTL_DATABASE_H

#include "db.h"
#include "ctl.h"

struct database {
	struct db *db;
	uint64_t deadline_ms; /* of all that is asked of it */
};

/** Open it; what is wrong is said on stderr. Returns an exit code; database_close() in any case. */
int database_open(struct database *d, const struct ctl *ctl);
/** From now on it may take as long as it takes, unless --timeout says otherwise: for what reads everything. */
void database_patient(struct database *d, const struct ctl *ctl);

void database_close(struct database *d);

/** Say why a statement failed; returns CTL_FAILED. */
int database_error(const struct database *d, int rc);

/**
 * A mistyped name would look like an account that nothing happened to: fails, and says so, where none is called so and
 * nothing was ever booked for one. Returns an exit code.
 */
int database_account_check(const struct database *d, const char *account);

#endif
