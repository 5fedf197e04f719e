/**
 * @file test_password.c  The operator's password
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <re.h>
#include "password.h"
#include "unit.h"

static void test_hash(void)
{
	char one[PASSWORD_HASH_SIZE], two[PASSWORD_HASH_SIZE];

	CU_ASSERT_EQUAL(password_hash(one, sizeof(one), "correct horse"), 0);
	CU_ASSERT_EQUAL(password_hash(two, sizeof(two), "correct horse"), 0);
	CU_ASSERT_STRING_NOT_EQUAL(one, two);
	CU_ASSERT_PTR_NULL(strstr(one, "horse"));

	CU_ASSERT_EQUAL(password_check(one, "correct horse"), 0);
	CU_ASSERT_EQUAL(password_check(two, "correct horse"), 0);
	CU_ASSERT_EQUAL(password_check(one, "correct hors"), EACCES);
	CU_ASSERT_EQUAL(password_check(one, "correct horse "), EACCES);
	CU_ASSERT_EQUAL(password_check(one, ""), EACCES);
}

#define SALT "000102030405060708090a0b0c0d0e0f"
#define KEY "0000000000000000000000000000000000000000000000000000000000000000"

/* A key of our program for this password, salt and cost, computed elsewhere (Python's hashlib.scrypt). */
static void test_known_answer(void)
{
	CU_ASSERT_EQUAL(password_check("scrypt:1024:8:1:" SALT
				       ":06a783ef8a73d79a5d15b337d08fcc795d4d7068371ac6c7e8263c68fe19d701",
				       "Tandem-2026"),
			0);
}

static void test_lines(void)
{
	static const char *const badv[] = {
		"",
		"scrypt",
		"bcrypt:2:8:1:" SALT ":" KEY,
		"scrypt:0:8:1:" SALT ":" KEY,
		"scrypt:3:8:1:" SALT ":" KEY,
		"scrypt:262144:8:1:" SALT ":" KEY,
		"scrypt:4294967298:8:1:" SALT ":" KEY,
		"scrypt:1024:9:1:" SALT ":" KEY,
		"scrypt:1024:0:1:" SALT ":" KEY,
		"scrypt:1024:8:5:" SALT ":" KEY,
		"scrypt:1024:8:1:" SALT,
		"scrypt:1024:8:1:" SALT ":" KEY "0",
		"scrypt:1024:8:1:" SALT "00:" KEY,
		"scrypt:1024:8:1:" SALT ":" KEY " ",
		" scrypt:1024:8:1:" SALT ":" KEY,
		"scrypt:1024:8:1:" SALT ":" KEY "\nscrypt:1024:8:1:" SALT ":" KEY,
	};

	for (size_t i = 0; i < ARRAY_SIZE(badv); i++)
		CU_ASSERT_EQUAL(password_check(badv[i], "x"), EBADMSG);

	CU_ASSERT_EQUAL(password_check("scrypt:1024:8:1:" SALT ":" KEY, "x"), EACCES);
}

static void test_random(void)
{
	char one[PASSWORD_RANDOM_SIZE], two[PASSWORD_RANDOM_SIZE];

	CU_ASSERT_EQUAL(password_random(one), 0);
	CU_ASSERT_EQUAL(password_random(two), 0);
	CU_ASSERT_EQUAL(strlen(one), PASSWORD_RANDOM_SIZE - 1);
	CU_ASSERT_STRING_NOT_EQUAL(one, two);
	CU_ASSERT_EQUAL(strspn(one, "abcdefghijkmnpqrstuvwxyz23456789-"), strlen(one));
}

static void test_file(void)
{
	char dir[] = "/tmp/tandem-unit-XXXXXX", path[64], line[PASSWORD_HASH_SIZE];
	struct stat st;

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	(void)re_snprintf(path, sizeof(path), "%s/web.password", dir);

	CU_ASSERT_EQUAL(password_read(line, sizeof(line), path), ENOENT);
	CU_ASSERT_EQUAL(password_write(path, "first"), 0);
	CU_ASSERT_EQUAL(password_write(path, "second"), 0);
	CU_ASSERT_EQUAL(password_read(line, sizeof(line), path), 0);
	CU_ASSERT_STRING_EQUAL(line, "second");
	CU_ASSERT_EQUAL(stat(path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0600);

	CU_ASSERT_EQUAL(truncate(path, 0), 0);
	CU_ASSERT_EQUAL(password_read(line, sizeof(line), path), EBADMSG);

	CU_ASSERT_EQUAL(unlink(path), 0);
	CU_ASSERT_EQUAL(rmdir(dir), 0); /* nothing else was left there */
	CU_ASSERT_EQUAL(password_write(path, "third"), ENOENT);
}

static const struct unit_test testv[] = {
	{"only the password opens its hash, and no two hashes are alike", test_hash},
	{"a hash made elsewhere is understood", test_known_answer},
	{"a line that is none of ours is refused before it costs anything", test_lines},
	{"random passwords are plain and differ", test_random},
	{"the file is replaced whole and is its owner's alone", test_file},
	{NULL, NULL},
};

const struct unit_suite password_suite = {"password", testv};
