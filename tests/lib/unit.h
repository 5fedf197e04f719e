/**
 * @file unit.h  A unit-test program: suites of named rules, run by CUnit, told in CUnit's words
 *
 * A test file defines one `const struct unit_suite NAME_suite`; a program lists its suites and calls
 * unit_main. `program [PATTERN]` runs the tests whose "suite.test" holds the pattern.
 */
#ifndef TANDEM_TEST_UNIT_H
#define TANDEM_TEST_UNIT_H

#include <CUnit/CUnit.h>

struct unit_test {
	const char *name; /* the rule it holds: "a stale nonce is refused" */
	void (*run)(void);
};

struct unit_suite {
	const char *name;
	const struct unit_test *testv; /* ends with {NULL, NULL} */
};

/** Initialise libre, run the suites, check for leaked memory. Exit code 0 or 1. */
int unit_main(const struct unit_suite *const suitev[], int argc, char *argv[]);

#endif
