/**
 * @file kind_webhook.c  What an operator says of a webhook: fields, and the checks of its texts
 */
#include <string.h>
#include <re.h>
#include "check.h"
#include "kind.h"

enum { URL_SIZE_MAX = 1024, SECRET_SIZE_MIN = 16, SECRET_SIZE_MAX = 256, EVENT_SIZE_MAX = 64, DAY_S = 86400 };

static bool is_graphic(const char *text)
{
	for (; *text; text++)
		if (*text <= ' ' || *text > '~')
			return false;

	return true;
}

/* A name, an IPv4 address, or an IPv6 one in brackets. */
static bool host_is_sound(const struct pl *host)
{
	struct pl inner = *host;
	size_t i;

	if (!pl_isset(host))
		return false;

	if (host->p[0] == '[') {
		struct sa sa;

		inner.p += 1;
		inner.l -= 2;
		return host->l > 2 && !sa_set(&sa, &inner, 0) && sa_af(&sa) == AF_INET6;
	}

	for (i = 0; i < host->l; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_", host->p[i]))
			return false;

	return true;
}

static bool url_is_sound(const char *url)
{
	const size_t scheme = strncmp(url, "https://", 8) == 0 ? 8 : strncmp(url, "http://", 7) == 0 ? 7 : 0;
	const char *p = url + scheme;
	struct pl host, port;
	size_t len;

	if (!scheme || strlen(url) > URL_SIZE_MAX || !is_graphic(url))
		return false;

	len = *p == '[' ? strcspn(p, "]") + 1 : strcspn(p, ":/?#");
	if (len > strlen(p))
		return false;
	host = (struct pl){p, len};
	p += len;

	port = (struct pl){p + 1, strspn(p + (*p == ':'), "0123456789")};
	if (*p == ':') {
		if (!port.l || port.l > 5 || !pl_u32(&port) || pl_u32(&port) > UINT16_MAX)
			return false;
		p += 1 + port.l;
	}

	return host_is_sound(&host) && (!*p || *p == '/' || *p == '?') && !strchr(p, '#');
}

static const char *check_url(const char *text)
{
	return url_is_sound(text)
		       ? NULL
		       : "is not a URL that events can be sent to; write \"https://HOST[:PORT]/PATH\", "
			 "without a user or a fragment";
}

static const char *check_secret(const char *text)
{
	const size_t len = strlen(text);

	return len >= SECRET_SIZE_MIN && len <= SECRET_SIZE_MAX && is_graphic(text)
		       ? NULL
		       : "is no secret to sign with; give it 16 to 256 characters of ASCII without spaces, "
			 "as "
			 "`openssl rand -hex 32` prints";
}

static const char *check_event(const char *text)
{
	const size_t len = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
	const bool all = text[len] == '*' && !text[len + 1];

	return len < EVENT_SIZE_MAX && (all || (len && !text[len]))
		       ? NULL
		       : "is not a kind of event; write for example \"CALL_END\", \"CALL_*\" or \"*\" "
			 "(docs/sql.md, "
			 "`event`)";
}

static const struct field webhook_fieldv[] = {
	{.name = "name", .type = FIELD_TEXT, .flags = FIELD_KEY, .check = check_name, .help = "unique name"},
	{.name = "url",
	 .type = FIELD_TEXT,
	 .check = check_url,
	 .help = "where events are sent by POST, \"https://HOST[:PORT]/PATH\"; http: is readable on the way"},
	{.name = "events",
	 .type = FIELD_LIST,
	 .min = 1,
	 .max = 64,
	 .check = check_event,
	 .help = "kinds of events it is told; \"CALL_*\": all that begin so, \"*\": all"},
	{.name = "secret",
	 .type = FIELD_TEXT,
	 .flags = FIELD_SECRET,
	 .check = check_secret,
	 .help = "key of the signature; write-only: never shown, and left out of an export"},
	{.name = "enabled",
	 .type = FIELD_BOOL,
	 .def = "true",
	 .help = "false: nothing is sent until it is true"},
	{.name = "batch",
	 .type = FIELD_UINT,
	 .def = "1",
	 .min = 1,
	 .max = 100,
	 .help = "events in one request at most; 1: the body is the event, else a list of events"},
	{.name = "timeout_s",
	 .type = FIELD_UINT,
	 .def = "10",
	 .min = 1,
	 .max = 60,
	 .help = "seconds it has to answer a request"},
	{.name = "max_age_s",
	 .type = FIELD_UINT,
	 .def = "259200",
	 .min = 60,
	 .max = (int64_t)30 * DAY_S,
	 .help = "seconds after which an event that could not be delivered is skipped, and counted"},
	{.name = "tls_ca",
	 .type = FIELD_TEXT,
	 .flags = FIELD_NULL,
	 .def = "null",
	 .check = check_file,
	 .help = "PEM file of who may have signed its TLS certificate; null: those the system trusts"},
	{0},
};

const struct kind kind_webhook = {.name = "webhook",
				  .plural = "webhooks",
				  .help = "a program of others that is told of events; docs/webhooks.md",
				  .fieldv = webhook_fieldv,
				  .max = 64};
