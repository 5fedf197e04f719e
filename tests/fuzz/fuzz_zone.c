/**
 * @file fuzz_zone.c  Any bytes as a time zone's file: refused, or a zone whose offsets hold until they say
 */
#include <stdlib.h>
#include <string.h>
#include <re.h>
#include "zone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const int64_t atv[] = {INT32_MIN, -1, 0, 1795272043, 4102444800, 32503680000};
	uint8_t *copy = malloc(size ? size : 1);
	struct zone *z = NULL;
	size_t i;

	if (!copy)
		abort();
	if (size)
		memcpy(copy, data, size);

	if (!zone_decode(&z, copy, size))
		for (i = 0; i < ARRAY_SIZE(atv); i++) {
			int64_t until;

			(void)zone_offset(z, atv[i], &until);
			if (until <= atv[i])
				abort();
		}

	mem_deref(z);
	free(copy);

	return 0;
}
