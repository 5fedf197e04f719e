/**
 * @file utf8.c  Steps through text that may or may not be UTF-8 (RFC 3629)
 */
#include "utf8.h"

/** What a lead byte announces: how long, which bits it gives, and the least code point so long a form may carry. */
struct utf8_lead {
	uint8_t mask, bits;
	uint8_t len;
	uint32_t min;
};

static const struct utf8_lead leadv[] = {
	{0x80, 0x00, 1, 0},
	{0xe0, 0xc0, 2, 0x80},
	{0xf0, 0xe0, 3, 0x800},
	{0xf8, 0xf0, 4, 0x10000},
};

static const struct utf8_lead *lead_find(uint8_t byte)
{
	size_t i;

	for (i = 0; i < sizeof(leadv) / sizeof(leadv[0]); i++)
		if ((byte & leadv[i].mask) == leadv[i].bits)
			return &leadv[i];

	return NULL;
}

size_t utf8_char(const char *p, size_t len, uint32_t *cp)
{
	const struct utf8_lead *lead = len ? lead_find((uint8_t)p[0]) : NULL;
	uint32_t c;
	size_t i;

	if (!lead || lead->len > len)
		return 0;

	c = (uint8_t)p[0] & (uint8_t)~lead->mask;

	for (i = 1; i < lead->len; i++) {

		if (((uint8_t)p[i] & 0xc0) != 0x80)
			return 0;

		c = c << 6 | ((uint8_t)p[i] & 0x3f);
	}

	if (c < lead->min || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;

	if (cp)
		*cp = c;

	return lead->len;
}
