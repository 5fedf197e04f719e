/**
 * @file migrate.h  Brings a database to this program's schema: numbered steps, each one transaction
 *
 * PRAGMA user_version holds the number of the last step taken; PRAGMA application_id tells our
 * databases from other programs'. Views are made anew whenever their text has changed.
 */
#ifndef TANDEM_MIGRATE_H
#define TANDEM_MIGRATE_H

#include "db.h"

enum { MIGRATE_APPLICATION_ID = 0x544e444d }; /* "TNDM" */

/**
 * Apply the steps that are missing.
 *
 * @param errstr says what is wrong and the remedy when the return is not 0: EPROTONOSUPPORT (the
 *               database is newer than this program), EBADMSG (another program's database, or a
 *               damaged one), ENOSPC, EIO …
 */
int migrate_run(struct db *db, char *errstr, size_t errsize);

/** For readers, which change nothing: EPROTONOSUPPORT when it is newer, ESTALE when it is older. */
int migrate_check(struct db *db, char *errstr, size_t errsize);

#endif
