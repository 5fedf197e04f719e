/**
 * @file packet.c  Tells SIP from what is not
 */
#include <stdbool.h>
#include <string.h>
#include "packet.h"

enum { START_LINE_MAX = 4096 };

static bool is_keepalive(const uint8_t *buf, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (buf[i] != '\r' && buf[i] != '\n' && buf[i] != '\0' && buf[i] != ' ')
			return false;

	return true;
}

static bool is_stun(const uint8_t *buf, size_t len)
{
	static const uint8_t magic[4] = {0x21, 0x12, 0xa4, 0x42};

	return len >= 20 && !(buf[0] & 0xc0) && !memcmp(buf + 4, magic, sizeof(magic));
}

/* The version stands first in a response and last in a request. */
static bool start_line_is_sip(const uint8_t *buf, size_t len)
{
	static const char version[] = "SIP/2.0";
	const size_t n = sizeof(version) - 1;

	if (len && buf[len - 1] == '\r')
		--len;

	if (len <= n + 1)
		return false;

	return !memcmp(buf, version, n) || (!memcmp(buf + len - n, version, n) && buf[len - n - 1] == ' ');
}

static bool head_is_sound(const uint8_t *buf, size_t len)
{
	for (size_t i = 0; i < len; i++) {

		if (!buf[i])
			return false;

		if (buf[i] != '\n')
			continue;

		if (i + 1 < len && buf[i + 1] == '\n')
			return true;

		if (i + 2 < len && buf[i + 1] == '\r' && buf[i + 2] == '\n')
			return true;
	}

	return false;
}

enum packet_kind packet_kind(const uint8_t *buf, size_t len)
{
	const uint8_t *lf;

	if (is_keepalive(buf, len))
		return PACKET_KEEPALIVE;

	if (is_stun(buf, len))
		return PACKET_STUN;

	lf = memchr(buf, '\n', len < START_LINE_MAX ? len : START_LINE_MAX);
	if (!lf || !start_line_is_sip(buf, (size_t)(lf - buf)) || !head_is_sound(buf, len))
		return PACKET_JUNK;

	return PACKET_SIP;
}
