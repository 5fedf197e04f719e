/**
 * @file zone_list.c  Zones of time by their names, each read once
 */
#include <string.h>
#include "zone_list.h"

struct named_zone {
	struct le le;
	char *name;
	struct zone *zone;
};

static void named_zone_destructor(void *arg)
{
	struct named_zone *nz = arg;

	list_unlink(&nz->le);
	mem_deref(nz->name);
	mem_deref(nz->zone);
}

static int zone_add(struct list *zonel, const struct zone **zonep, const char *name)
{
	struct named_zone *nz = mem_zalloc(sizeof(*nz), named_zone_destructor);
	int err;

	if (!nz)
		return ENOMEM;

	err = str_dup(&nz->name, name);
	err = err ? err : zone_load(&nz->zone, name);
	if (err) {
		mem_deref(nz);
		return err;
	}

	list_append(zonel, &nz->le, nz);
	*zonep = nz->zone;

	return 0;
}

int zone_list_find(struct list *zonel, const struct zone **zonep, const char *name)
{
	const struct le *le;

	for (le = list_head(zonel); le; le = le->next) {

		const struct named_zone *nz = le->data;

		if (!strcmp(nz->name, name)) {
			*zonep = nz->zone;
			return 0;
		}
	}

	return zone_add(zonel, zonep, name);
}
