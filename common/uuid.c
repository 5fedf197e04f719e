/**
 * @file uuid.c  UUIDv7
 *
 * The 48 bits of milliseconds and the 12 bits after them are one 60-bit number that only grows: the
 * 12 bits are the fraction of the millisecond (RFC 9562 section 6.2, method 3), and a clock that
 * stands still or steps back is answered with the last number plus one.
 */
#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include "clock.h"
#include "random.h"
#include "uuid.h"

enum { UUID_RANDOM_BYTES = 8 };

static const char digits[] = "0123456789abcdef";

static atomic_uint_fast64_t last_stamp;

static uint64_t stamp_next(void)
{
	const uint64_t now_us = (uint64_t)clock_wall_us();
	const uint64_t now = now_us / 1000 << 12 | now_us % 1000 * 4096 / 1000;
	uint_fast64_t last = atomic_load_explicit(&last_stamp, memory_order_relaxed);
	uint64_t next;

	do
		next = now > last ? now : last + 1;
	while (!atomic_compare_exchange_weak_explicit(&last_stamp, &last, next, memory_order_relaxed,
						      memory_order_relaxed));

	return next;
}

void uuid7(char str[UUID_STRSIZE])
{
	const uint64_t stamp = stamp_next();
	uint8_t rnd[10];

	rnd[0] = stamp >> 8 & 0x0f;
	rnd[1] = stamp & 0xff;
	random_take(rnd + 2, UUID_RANDOM_BYTES);

	uuid7_from(str, stamp >> 12, rnd);
}

void uuid7_from(char str[UUID_STRSIZE], uint64_t unix_ms, const uint8_t rnd[10])
{
	uint8_t uuid[16];
	size_t i;

	for (i = 0; i < 6; i++)
		uuid[i] = unix_ms >> (40 - 8 * i) & 0xff;

	memcpy(uuid + 6, rnd, 10);
	uuid[6] = 0x70 | (uuid[6] & 0x0f); /* version 7 */
	uuid[8] = 0x80 | (uuid[8] & 0x3f); /* variant, RFC 9562 section 4.1 */

	for (i = 0; i < sizeof(uuid); i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*str++ = '-';
		*str++ = digits[uuid[i] >> 4];
		*str++ = digits[uuid[i] & 0x0f];
	}

	*str = '\0';
}

/* "tttttttt-tttt-7sss-": 48 bits of time and 12 behind them. */
static int stamp_of(uint64_t *stamp, const char *id)
{
	size_t i;

	if (strlen(id) != UUID_STRSIZE - 1 || id[14] != '7')
		return EINVAL;

	*stamp = 0;
	for (i = 0; i < 18; i++) {

		const char *digit = id[i] ? strchr(digits, id[i]) : NULL;

		if (i == 8 || i == 13 || i == 14)
			continue;
		if (!digit)
			return EINVAL;
		*stamp = *stamp << 4 | (uint64_t)(digit - digits);
	}

	return 0;
}

int uuid7_follow(const char *id)
{
	uint_fast64_t last = atomic_load_explicit(&last_stamp, memory_order_relaxed);
	uint64_t stamp;

	if (!id || stamp_of(&stamp, id))
		return EINVAL;

	while (stamp > last &&
	       !atomic_compare_exchange_weak_explicit(&last_stamp, &last, stamp, memory_order_relaxed,
						      memory_order_relaxed))
		;

	return 0;
}
