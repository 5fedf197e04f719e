/**
 * @file unit_charge.c  Unit tests of b2bua/charge: prices and what is set aside for calls
 */
#include <stddef.h>
#include "unit.h"

extern const struct unit_suite book_suite;
extern const struct unit_suite habit_suite;
extern const struct unit_suite price_list_suite;
extern const struct unit_suite purse_suite;
extern const struct unit_suite rate_suite;
extern const struct unit_suite rate_table_suite;
extern const struct unit_suite rating_cache_suite;

int main(int argc, char *argv[])
{
	static const struct unit_suite *const suitev[] = {&book_suite,         &habit_suite,
							  &price_list_suite,   &purse_suite,
							  &rate_suite,         &rate_table_suite,
							  &rating_cache_suite, NULL};

	return unit_main(suitev, argc, argv);
}
