/**
 * @file nearest.h  Finds which known name a mistyped one was meant to be
 */
#ifndef TANDEM_NEAREST_H
#define TANDEM_NEAREST_H

#include <stddef.h>

/** Offer it every known name, then read `name`: the closest, or NULL when none is close. */
struct nearest {
	const char *word; /* what was typed */
	const char *name;
	size_t distance;
};

void nearest_init(struct nearest *n, const char *word);
void nearest_offer(struct nearest *n, const char *name);

#endif
