/**
 * @file crc32c.c  CRC-32C, eight bytes a step
 */
#include <pthread.h>
#include <string.h>
#include "crc32c.h"

enum { SLICES = 8 };

static const uint32_t polynomial = 0x82f63b78; /* reflected */

/* Written once, read-only afterwards. tablev[k][b]: byte b followed by k zero bytes. */
static uint32_t tablev[SLICES][256];
static pthread_once_t table_once = PTHREAD_ONCE_INIT;

static void table_make(void)
{
	uint32_t crc;
	int b, k;

	for (b = 0; b < 256; b++) {

		crc = (uint32_t)b;
		for (k = 0; k < 8; k++)
			crc = crc & 1 ? crc >> 1 ^ polynomial : crc >> 1;
		tablev[0][b] = crc;
	}

	for (k = 1; k < SLICES; k++)
		for (b = 0; b < 256; b++)
			tablev[k][b] = tablev[k - 1][b] >> 8 ^ tablev[0][tablev[k - 1][b] & 0xff];
}

static uint32_t step8(uint32_t crc, const uint8_t *p)
{
	crc ^= (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;

	return tablev[7][crc & 0xff] ^ tablev[6][crc >> 8 & 0xff] ^ tablev[5][crc >> 16 & 0xff] ^
	       tablev[4][crc >> 24] ^ tablev[3][p[4]] ^ tablev[2][p[5]] ^ tablev[1][p[6]] ^ tablev[0][p[7]];
}

uint32_t crc32c(uint32_t crc, const void *data, size_t len)
{
	const uint8_t *p = data;

	(void)pthread_once(&table_once, table_make);

	crc = ~crc;
	for (; len >= 8; len -= 8, p += 8)
		crc = step8(crc, p);
	for (; len; len--)
		crc = crc >> 8 ^ tablev[0][(crc ^ *p++) & 0xff];

	return ~crc;
}
