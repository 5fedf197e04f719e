/**
 * @file packet.c  Tells SIP from what is not
 */
#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include "packet.h"

enum {
	START_LINE_MAX = 4096,
	PARTS_MAX = 1000, /* lines of a head, and what stands in lists there */
};

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

static bool version_begins(const uint8_t *buf, size_t len)
{
	static const char version[] = "SIP/";
	const size_t n = sizeof(version) - 1;

	return len > n && !memcmp(buf, version, n) && isdigit(buf[n]);
}

static bool is_response(const uint8_t *buf, size_t len)
{
	static const char version[] = "SIP/2.0 ";
	const size_t n = sizeof(version) - 1;

	return len > n && !memcmp(buf, version, n);
}

/* The version is the last word; blanks behind it, and versions we lack, are for the answer to name. */
static bool is_request(const uint8_t *buf, size_t len)
{
	size_t end = len, begin;

	while (end && (buf[end - 1] == '\r' || buf[end - 1] == ' ' || buf[end - 1] == '\t'))
		--end;

	begin = end;
	while (begin && buf[begin - 1] != ' ')
		--begin;

	return begin > 1 && version_begins(buf + begin, end - begin);
}

/* NUL is text only where a request quotes it: "\" and NUL (RFC 3261 25.1, quoted-pair). */
static bool nul_is_quoted(const uint8_t *buf, size_t i, bool request)
{
	return request && i && buf[i - 1] == '\\';
}

/* The bytes of a head with its last line's end; 0: it does not end. */
static size_t head_length(const uint8_t *buf, size_t len)
{
	const uint8_t *lf = buf;
	size_t n;

	while ((lf = memchr(lf, '\n', len - (size_t)(lf - buf)))) {

		n = (size_t)(++lf - buf);
		if (n < len && *lf == '\n')
			return n;
		if (n + 1 < len && lf[0] == '\r' && lf[1] == '\n')
			return n;
	}

	return 0;
}

static bool nul_is_stray(const uint8_t *buf, size_t len, bool request)
{
	const uint8_t *nul = buf;

	while ((nul = memchr(nul, '\0', len - (size_t)(nul - buf)))) {
		if (!nul_is_quoted(buf, (size_t)(nul - buf), request))
			return true;
		++nul;
	}

	return false;
}

/* libre allocates for every line and for every item of a list: 64 KiB of commas would take megabytes for as long as a
 * transaction lasts. A message of usual length cannot have too many. */
static bool is_shredded(const uint8_t *buf, size_t len)
{
	size_t parts = 0;

	if (len / 2 <= PARTS_MAX)
		return false;

	for (size_t i = 0; i < len; i++)
		parts += buf[i] == '\n' || buf[i] == ',';

	return parts > PARTS_MAX;
}

static bool head_is_sound(const uint8_t *buf, size_t len, bool request)
{
	const size_t head = head_length(buf, len);

	return head && !nul_is_stray(buf, head, request) && !is_shredded(buf, head);
}

enum packet_kind packet_kind(const uint8_t *buf, size_t len)
{
	const uint8_t *lf;
	bool request;

	if (is_keepalive(buf, len))
		return PACKET_KEEPALIVE;

	if (is_stun(buf, len))
		return PACKET_STUN;

	lf = memchr(buf, '\n', len < START_LINE_MAX ? len : START_LINE_MAX);
	if (!lf)
		return PACKET_JUNK;

	request = !is_response(buf, (size_t)(lf - buf));
	if (request && !is_request(buf, (size_t)(lf - buf)))
		return PACKET_JUNK;

	return head_is_sound(buf, len, request) ? PACKET_SIP : PACKET_JUNK;
}
