/**
 * @file random.c  Random bytes from the kernel, taken 256 at a time
 */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <re.h>
#include "random.h"

enum { POOL_BYTES = 256 }; /* getrandom(2) never interrupts 256 bytes */

/* Not shared between threads. A fork that lives on as two programs would hand out the same bytes in
 * both; Tandem's daemons start with exec. */
struct pool {
	uint8_t bytev[POOL_BYTES];
	size_t left;
};

static _Thread_local struct pool pool;

void random_take(void *p, size_t size)
{
	if (pool.left < size) {
		if (size > sizeof(pool.bytev) ||
		    getrandom(pool.bytev, sizeof(pool.bytev), 0) != (ssize_t)sizeof(pool.bytev))
			abort();
		pool.left = sizeof(pool.bytev);
	}

	pool.left -= size;
	memcpy(p, pool.bytev + pool.left, size);
}

uint32_t rand_u32(void)
{
	uint32_t v;

	random_take(&v, sizeof(v));

	return v;
}
