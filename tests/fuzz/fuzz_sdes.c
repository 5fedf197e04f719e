/**
 * @file fuzz_sdes.c  Any text as a=crypto: refused with a reason, or printed as something that reads the same
 */
#include <stdlib.h>
#include <string.h>
#include <re.h>
#include "sdes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *reason = NULL;
	char text[512];
	struct sdes sdes, again;
	char *copy = malloc(size ? size : 1);
	struct pl pl = {copy, size};
	int err;

	if (!copy)
		abort();
	if (size)
		memcpy(copy, data, size);

	err = sdes_decode(&sdes, &pl, &reason);
	free(copy);

	if (err) {
		if (!reason || (err != EBADMSG && err != ENOTSUP))
			abort();
		return 0;
	}

	if (re_snprintf(text, sizeof(text), "%H", sdes_print, &sdes) < 0)
		abort();

	pl_set_str(&pl, text);
	if (sdes_decode(&again, &pl, &reason) || again.tag != sdes.tag ||
	    !rsrtp_key_same(&again.key, &sdes.key))
		abort();

	return 0;
}
