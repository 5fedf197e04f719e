/**
 * @file unit_srtp.c  Unit tests of SRTP and SDES; a program of its own, for it counts OpenSSL's allocations
 */
#include <stddef.h>
#include <stdio.h>
#include "srtp_memory.h"
#include "unit.h"

extern const struct unit_suite srtp_window_suite;
extern const struct unit_suite srtp_vectors_suite;
extern const struct unit_suite srtp_suite;
extern const struct unit_suite srtp_source_suite;
extern const struct unit_suite srtp_memory_suite;
extern const struct unit_suite srtp_libre_suite;
extern const struct unit_suite sdes_suite;

int main(int argc, char *argv[])
{
	/* clang-format off */
	static const struct unit_suite *const suitev[] = {
		&srtp_window_suite,
		&srtp_vectors_suite,
		&srtp_suite,
		&srtp_source_suite,
		&srtp_memory_suite,
		&srtp_libre_suite,
		&sdes_suite,
		NULL,
	};
	/* clang-format on */

	if (!srtp_memory_hook()) {
		(void)fprintf(stderr, "unit-srtp: OpenSSL has allocated before it could be counted\n");
		return 2;
	}

	return unit_main(suitev, argc, argv);
}
