/**
 * @file main.c  Unit tests of webui/server/
 */
#include <stddef.h>
#include "unit.h"

extern const struct unit_suite endpoint_suite;
extern const struct unit_suite metrics_suite;
extern const struct unit_suite param_suite;
extern const struct unit_suite password_suite;
extern const struct unit_suite query_suite;
extern const struct unit_suite rpc_suite;
extern const struct unit_suite session_suite;
extern const struct unit_suite throttle_suite;
extern const struct unit_suite webhook_suite;

int main(int argc, char *argv[])
{
	/* clang-format off */
	static const struct unit_suite *const suitev[] = {
		&param_suite,
		&endpoint_suite,
		&password_suite,
		&session_suite,
		&throttle_suite,
		&rpc_suite,
		&query_suite,
		&metrics_suite,
		&webhook_suite,
		NULL,
	};
	/* clang-format on */

	return unit_main(suitev, argc, argv);
}
