/**
 * @file test_db.c  How a database is opened, brought up to date, or refused with its own message
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "migrate.h"
#include "store_fixture.h"
#include "unit.h"

static int open_db(struct fixture *f, struct db **dbp, enum db_mode mode)
{
	return db_open(dbp, fixture_path(f, "tandem.db"), mode, f->errstr, sizeof(f->errstr));
}

static int open_migrated(struct fixture *f, struct db **dbp)
{
	int err = open_db(f, dbp, DB_WRITE);

	err = err ? err : migrate_run(*dbp, f->errstr, sizeof(f->errstr));
	if (err)
		*dbp = mem_deref(*dbp);

	return err;
}

static void write_file(struct fixture *f, const char *text, size_t len)
{
	const int fd = open(fixture_path(f, "tandem.db"), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	CU_ASSERT_EQUAL(write(fd, text, len), (ssize_t)len);
	(void)close(fd);
}

static void test_every_statement_can_be_prepared(void)
{
	struct fixture f;
	struct db *db = NULL;

	fixture_init(&f);
	CU_ASSERT_EQUAL_FATAL(open_migrated(&f, &db), 0);
	CU_ASSERT_EQUAL(db_prepare_all(db, f.errstr, sizeof(f.errstr)), 0);
	mem_deref(db);
	fixture_close(&f);
}

static void test_migrating_twice_changes_nothing(void)
{
	struct fixture f;
	struct db *db = NULL;
	char id[64];

	fixture_init(&f);
	CU_ASSERT_EQUAL_FATAL(open_migrated(&f, &db), 0);
	db = mem_deref(db);
	str_ncpy(id, fixture_text(&f, "SELECT value FROM meta WHERE key = 'db_id'"), sizeof(id));
	CU_ASSERT_EQUAL(strlen(id), 32);
	CU_ASSERT_EQUAL_FATAL(open_migrated(&f, &db), 0);
	mem_deref(db);
	CU_ASSERT_STRING_EQUAL(fixture_text(&f, "SELECT value FROM meta WHERE key = 'db_id'"), id);
	fixture_close(&f);
}

static void test_pragmas(void)
{
	struct fixture f;
	struct db *db = NULL;

	fixture_init(&f);
	CU_ASSERT_EQUAL_FATAL(open_migrated(&f, &db), 0);
	mem_deref(db);
	CU_ASSERT_STRING_EQUAL(fixture_text(&f, "PRAGMA journal_mode"), "wal");
	CU_ASSERT_EQUAL(fixture_number(&f, "PRAGMA trusted_schema"), 0);
	CU_ASSERT_EQUAL(fixture_number(&f, "PRAGMA foreign_keys"), 1);
	CU_ASSERT_EQUAL(fixture_number(&f, "PRAGMA query_only"), 1);
	CU_ASSERT_EQUAL(fixture_number(&f, "PRAGMA application_id"), MIGRATE_APPLICATION_ID);
	fixture_close(&f);
}

static void test_newer_database_is_refused(void)
{
	struct fixture f;
	struct db *db = NULL;

	fixture_init(&f);
	CU_ASSERT_EQUAL_FATAL(open_migrated(&f, &db), 0);
	CU_ASSERT_EQUAL(db_exec(db, "PRAGMA user_version=9999;"), 0);
	db = mem_deref(db);

	CU_ASSERT_EQUAL(fixture_start(&f), EPROTONOSUPPORT);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.errstr, "newer (schema 9999) than this program"));
	CU_ASSERT_EQUAL_FATAL(open_db(&f, &db, DB_READ), 0);
	CU_ASSERT_EQUAL(migrate_check(db, f.errstr, sizeof(f.errstr)), EPROTONOSUPPORT);
	mem_deref(db);
	fixture_close(&f);
}

static void test_reader_refuses_older_database(void)
{
	struct fixture f;
	struct db *db = NULL;

	fixture_init(&f);
	CU_ASSERT_EQUAL_FATAL(open_db(&f, &db, DB_WRITE), 0);
	db = mem_deref(db);
	CU_ASSERT_EQUAL_FATAL(open_db(&f, &db, DB_READ), 0);
	CU_ASSERT_EQUAL(migrate_check(db, f.errstr, sizeof(f.errstr)), ESTALE);
	mem_deref(db);
	fixture_close(&f);
}

static void test_other_programs_database_is_refused(void)
{
	struct fixture f;
	struct db *db = NULL;

	fixture_init(&f);
	CU_ASSERT_EQUAL_FATAL(open_db(&f, &db, DB_WRITE), 0);
	CU_ASSERT_EQUAL(db_exec(db, "CREATE TABLE cdr (x);"), 0);
	mem_deref(db);
	CU_ASSERT_EQUAL(fixture_start(&f), EBADMSG);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.errstr, "another program's database"));
	CU_ASSERT_EQUAL(fixture_number(&f, "SELECT count(*) FROM sqlite_schema"), 1);
	fixture_close(&f);
}

static void test_not_a_database(void)
{
	struct fixture f;
	char text[8192];

	memset(text, 'x', sizeof(text));
	fixture_init(&f);
	write_file(&f, text, sizeof(text));
	CU_ASSERT_EQUAL(fixture_start(&f), EBADMSG);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.errstr, "is not an SQLite database or is damaged"));
	fixture_close(&f);
}

static void test_no_database_for_a_reader(void)
{
	struct fixture f;
	struct db *db = NULL;

	fixture_init(&f);
	CU_ASSERT_EQUAL(open_db(&f, &db, DB_READ), ENOENT);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.errstr, "there is no database"));
	CU_ASSERT_EQUAL(access(fixture_path(&f, "tandem.db"), F_OK), -1);
	fixture_close(&f);
}

static void test_reader_cannot_write(void)
{
	struct fixture f;
	struct db *db = NULL;

	fixture_init(&f);
	CU_ASSERT_EQUAL_FATAL(open_migrated(&f, &db), 0);
	db = mem_deref(db);
	CU_ASSERT_EQUAL_FATAL(open_db(&f, &db, DB_READ), 0);
	CU_ASSERT_EQUAL(db_exec(db, "DELETE FROM meta;"), EACCES);
	mem_deref(db);
	fixture_close(&f);
}

static void test_ledger_is_append_only(void)
{
	struct fixture f;
	struct db *db = NULL;

	fixture_init(&f);
	CU_ASSERT_EQUAL_FATAL(open_migrated(&f, &db), 0);
	CU_ASSERT_EQUAL(db_exec(db, "INSERT INTO ledger VALUES "
				    "('1', 'k', 'n', 1, 'topup', '@topup', 'acme', 5, 'CNY', NULL, NULL);"),
			0);
	CU_ASSERT_EQUAL(db_exec(db, "UPDATE ledger SET amount_nano = 6;"), EEXIST);
	CU_ASSERT_EQUAL(db_exec(db, "DELETE FROM ledger;"), EEXIST);
	CU_ASSERT_EQUAL(db_exec(db, "INSERT OR REPLACE INTO ledger VALUES "
				    "('1', 'k', 'n', 1, 'topup', '@topup', 'acme', 9, 'CNY', NULL, NULL);"),
			EEXIST);
	CU_ASSERT_EQUAL(db_exec(db, "INSERT INTO ledger VALUES "
				    "('2', 'k', 'n', 1, 'topup', '@topup', 'acme', 5, 'CNY', NULL, NULL);"),
			EEXIST);
	mem_deref(db);
	fixture_close(&f);
}

static const struct unit_test testv[] = {
	{"every named statement can be prepared", test_every_statement_can_be_prepared},
	{"migrating twice changes nothing", test_migrating_twice_changes_nothing},
	{"connections are opened with the pragmas we rely on", test_pragmas},
	{"a newer database is refused, by writer and reader", test_newer_database_is_refused},
	{"a reader refuses an older database", test_reader_refuses_older_database},
	{"another program's database is refused and left alone", test_other_programs_database_is_refused},
	{"a file that is no database is refused", test_not_a_database},
	{"a reader without a database says so and makes none", test_no_database_for_a_reader},
	{"a reader cannot write", test_reader_cannot_write},
	{"the ledger only grows, each key once", test_ledger_is_append_only},
	{NULL, NULL},
};

const struct unit_suite db_suite = {"db", testv};
