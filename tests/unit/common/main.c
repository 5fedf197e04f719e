/**
 * @file main.c  Unit tests of common/
 */
#include <stddef.h>
#include "unit.h"

extern const struct unit_suite bencode_suite;
extern const struct unit_suite config_suite;
extern const struct unit_suite country_suite;
extern const struct unit_suite csv_suite;
extern const struct unit_suite escape_suite;
extern const struct unit_suite json_suite;
extern const struct unit_suite log_suite;
extern const struct unit_suite money_suite;
extern const struct unit_suite network_suite;
extern const struct unit_suite ng_suite;
extern const struct unit_suite random_suite;
extern const struct unit_suite regex_suite;
extern const struct unit_suite statetable_suite;
extern const struct unit_suite uuid_suite;
extern const struct unit_suite wheel_suite;
extern const struct unit_suite time_text_suite;
extern const struct unit_suite zone_suite;

int main(int argc, char *argv[])
{
	/* clang-format off */
	static const struct unit_suite *const suitev[] = {
		&bencode_suite,
		&config_suite,
		&country_suite,
		&csv_suite,
		&escape_suite,
		&json_suite,
		&log_suite,
		&money_suite,
		&network_suite,
		&ng_suite,
		&random_suite,
		&regex_suite,
		&statetable_suite,
		&uuid_suite,
		&wheel_suite,
		&time_text_suite, &zone_suite,
		NULL,
	};
	/* clang-format on */

	return unit_main(suitev, argc, argv);
}
