/**
 * @file zone_list.h  Zones of time by their names, each read once
 */
#ifndef TANDEM_ZONE_LIST_H
#define TANDEM_ZONE_LIST_H

#include <re.h>
#include "zone.h"

/** A zone from a list, into which it is read where it is not there yet; list_flush() frees them all. As zone_load(). */
int zone_list_find(struct list *zonel, const struct zone **zonep, const char *name);

#endif
