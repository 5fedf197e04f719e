/**
 * @file fuzz_conf.c  Any bytes as tandem.conf: a configuration or a list of mistakes, never both
 */
#include <stdlib.h>
#include <re.h>
#include "config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Mistakes end each in one line of plain text, whatever the file holds. */
static int plain_only(const char *p, size_t size, void *arg)
{
	size_t i;

	for (i = 0; i < size; i++)
		if ((uint8_t)p[i] < 0x20 && p[i] != '\n')
			abort();

	*(size_t *)arg += size;

	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config *cfg = NULL;
	size_t said = 0;
	struct re_printf pf = {plain_only, &said};
	const int err = config_parse(&cfg, "fuzz", (const char *)data, size, &pf);

	if (!err != (cfg != NULL) || !err != (said == 0))
		abort();

	if (cfg && config_complete(cfg))
		abort();

	mem_deref(cfg);

	return 0;
}
