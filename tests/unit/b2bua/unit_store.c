/**
 * @file unit_store.c  Unit tests of the database, the spool and the writer
 */
#include "unit.h"

extern const struct unit_suite audit_suite;
extern const struct unit_suite archive_suite;
extern const struct unit_suite cdr_suite;
extern const struct unit_suite crash_suite;
extern const struct unit_suite db_suite;
extern const struct unit_suite ledger_suite;
extern const struct unit_suite webhooks_suite;
extern const struct unit_suite payment_suite;
extern const struct unit_suite spool_suite;
extern const struct unit_suite spool_guard_suite;
extern const struct unit_suite spool_sync_suite;
extern const struct unit_suite sql_suite;
extern const struct unit_suite writer_suite;

static const struct unit_suite *const suitev[] = {
	&cdr_suite,        &db_suite,       &sql_suite,    &spool_suite,   &spool_guard_suite,
	&spool_sync_suite, &writer_suite,   &ledger_suite, &payment_suite, &audit_suite,
	&archive_suite,    &webhooks_suite, &crash_suite,  NULL,
};

int main(int argc, char *argv[])
{
	return unit_main(suitev, argc, argv);
}
