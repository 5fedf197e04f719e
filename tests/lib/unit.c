/**
 * @file unit.c  Runs a unit-test program's suites under CUnit
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <CUnit/Basic.h>
#include <re.h>
#include "log.h"
#include "unit.h"

static bool wanted(const char *suite, const char *test, const char *pattern)
{
	char name[256];

	if (!pattern)
		return true;

	(void)snprintf(name, sizeof(name), "%s.%s", suite, test);

	return strstr(name, pattern) != NULL;
}

static int suite_add(const struct unit_suite *suite, const char *pattern)
{
	const struct unit_test *test;
	CU_pSuite cu = NULL;

	for (test = suite->testv; test->name; test++) {

		if (!wanted(suite->name, test->name, pattern))
			continue;

		if (!cu)
			cu = CU_add_suite(suite->name, NULL, NULL);

		if (!cu || !CU_add_test(cu, test->name, test->run))
			return ENOMEM;
	}

	return 0;
}

int unit_main(const struct unit_suite *const suitev[], int argc, char *argv[])
{
	const char *pattern = argc > 1 ? argv[1] : NULL;
	unsigned failed, run;
	size_t i;

	if (libre_init() || CU_initialize_registry() != CUE_SUCCESS)
		return 2;

	log_init("unit", LOG_TEXT, getenv("UNIT_DEBUG") ? LOG_DEBUG : LOG_ERROR);

	for (i = 0; suitev[i]; i++)
		if (suite_add(suitev[i], pattern))
			return 2;

	CU_basic_set_mode(CU_BRM_NORMAL);
	(void)CU_basic_run_tests();

	failed = CU_get_number_of_tests_failed() + CU_get_number_of_suites_failed();
	run = CU_get_number_of_tests_run();
	CU_cleanup_registry();
	libre_close();

	if (!run) {
		(void)fprintf(stderr, "no test matches '%s'\n", pattern ? pattern : "");
		return 1;
	}

	return failed ? 1 : 0;
}
