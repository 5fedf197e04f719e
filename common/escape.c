/**
 * @file escape.c  Text from outside made safe to show
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include "escape.h"

/* Control characters, invisible separators and direction overrides beyond ASCII (Unicode Cc, Zl,
 * Zp and the Bidi_Control set). */
static bool codepoint_hidden(uint32_t cp)
{
	static const struct {
		uint32_t first, last;
	} hiddenv[] = {
		{0x80, 0x9f}, {0x61c, 0x61c}, {0x200e, 0x200f}, {0x2028, 0x202e}, {0x2066, 0x2069},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(hiddenv); i++)
		if (cp >= hiddenv[i].first && cp <= hiddenv[i].last)
			return true;

	return false;
}

/* RFC 3629 section 4: shortest form only, no surrogates, nothing above U+10FFFF. */
static size_t utf8_char(uint32_t *cp, const uint8_t *p, size_t len)
{
	static const uint32_t firstv[] = {0, 0, 0x80, 0x800, 0x10000};
	const size_t n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
	size_t i;

	if (p[0] < 0xc2 || p[0] > 0xf4 || len < n)
		return 0;

	*cp = p[0] & (0x7fu >> n);
	for (i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*cp = *cp << 6 | (p[i] & 0x3f);
	}

	if (*cp < firstv[n] || *cp > 0x10ffff || (*cp >= 0xd800 && *cp <= 0xdfff))
		return 0;

	return n;
}

size_t escape_plain_len(const char *p, size_t len)
{
	uint32_t cp;
	size_t n;

	if (!len)
		return 0;

	if (p[0] >= 0x20 && p[0] < 0x7f)
		return 1;

	n = utf8_char(&cp, (const uint8_t *)p, len);

	return n && !codepoint_hidden(cp) ? n : 0;
}

static void hex_write(char hex[4], char ch)
{
	static const char digits[] = "0123456789abcdef";

	hex[0] = '\\';
	hex[1] = 'x';
	hex[2] = digits[(uint8_t)ch >> 4];
	hex[3] = digits[(uint8_t)ch & 0xf];
}

size_t escape_text(char *buf, size_t size, const char *text, size_t len)
{
	size_t taken = 0, pos = 0;

	while (taken < len) {

		const size_t plain = escape_plain_len(text + taken, len - taken);
		const size_t need = plain ? plain : 4;

		if (pos + need >= size)
			break;

		if (plain)
			memcpy(buf + pos, text + taken, plain);
		else
			hex_write(buf + pos, text[taken]);

		pos += need;
		taken += plain ? plain : 1;
	}

	if (size)
		buf[pos] = '\0';

	return taken;
}

int escape_print(struct re_printf *pf, const struct pl *pl)
{
	char buf[256];
	size_t pos = 0;
	int err = 0;

	if (!pl || !pl->p)
		return 0;

	while (pos < pl->l && !err) {
		pos += escape_text(buf, sizeof(buf), pl->p + pos, pl->l - pos);
		err = re_hprintf(pf, "%s", buf);
	}

	return err;
}
