/**
 * @file trace_text.c  Secrets of a message made unreadable in their place
 *
 * Lines are looked at one by one, those of bodies, too: a body may hold SDP, or a part of another message.
 * Each character is visited a bounded number of times.
 */
#include <string.h>
#include <re.h>
#include "trace_text.h"

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* White space stays: folded lines remain one header, and two headers two. */
static void hide(char *p, const char *end)
{
	for (; p < end; p++)
		if (!is_space(*p))
			*p = 'x';
}

/** True if `p` begins with `word`, whatever its case. */
static bool begins(const char *p, const char *end, const char *word)
{
	const size_t len = strlen(word);

	return (size_t)(end - p) >= len && !strncasecmp(p, word, len);
}

/** Where a line ends, and its line break with it. */
static char *line_end(char *p, const char *end)
{
	char *nl = memchr(p, '\n', (size_t)(end - p));

	return nl ? nl + 1 : p + (end - p);
}

/** The value of a header line called `name`; NULL when it is another's (RFC 3261 7.3.1). */
static const char *header_value(const char *p, const char *end, const char *name)
{
	if (!begins(p, end, name))
		return NULL;

	p += strlen(name);
	while (p < end && (*p == ' ' || *p == '\t'))
		++p;

	return p < end && *p == ':' ? p + 1 : NULL;
}

/* ---------------------------------------------------------------- digest (RFC 3261 20, RFC 8760) */

/** Parameters that say how one authenticates; all others are secrets, or may be. */
static bool parameter_is_plain(const char *p, size_t len)
{
	static const char *const plainv[] = {"realm",    "uri",   "algorithm", "qop",     "nc",
					     "username", "stale", "domain",    "charset", "userhash"};

	for (size_t i = 0; i < ARRAY_SIZE(plainv); i++)
		if (strlen(plainv[i]) == len && !strncasecmp(p, plainv[i], len))
			return true;

	return false;
}

static char *token_end(char *p, const char *end)
{
	while (p < end && !is_space(*p) && *p != '=' && *p != ',' && *p != '"')
		++p;

	return p;
}

/** Behind a quoted text that begins at `p`. */
static char *quoted_end(char *p, const char *end)
{
	for (++p; p < end && *p != '"'; p++)
		if (*p == '\\' && p + 1 < end)
			++p;

	return p;
}

static char *value_hide(char *p, const char *end, bool plain)
{
	char *last;

	while (p < end && is_space(*p))
		++p;

	if (p < end && *p == '"') {
		last = quoted_end(p++, end);
	}
	else {
		for (last = p; last < end && !is_space(*last) && *last != ','; last++)
			;
	}

	if (!plain)
		hide(p, last);

	return last < end ? last + 1 : last;
}

static void parameters_hide(char *p, const char *end)
{
	while (p < end) {

		char *name = p, *last = token_end(p, end), *eq = last;

		while (eq < end && is_space(*eq))
			++eq;

		if (eq < end && *eq == '=') {
			p = value_hide(eq + 1, end, parameter_is_plain(name, (size_t)(last - name)));
			continue;
		}

		hide(name, last);
		p = last < end ? last + 1 : last;
	}
}

static void credentials_hide(char *p, const char *end, bool scheme)
{
	while (p < end && is_space(*p))
		++p;

	if (!scheme) {
		parameters_hide(p, end);
	}
	else if (begins(p, end, "Digest")) {
		parameters_hide(p + strlen("Digest"), end);
	}
	else {
		p = token_end(p, end);
		while (p < end && is_space(*p))
			++p;
		for (; p < end; p++)
			if (!is_space(*p))
				*p = 'x';
	}
}

/** Hide what an authentication header beginning at `p` says; returns its end, or `p` if it is another header. */
static char *authentication_hide(char *p, const char *end)
{
	static const struct {
		const char *name;
		bool scheme;
	} v[] = {
		{"Authorization", true},        {"Proxy-Authorization", true},
		{"WWW-Authenticate", true},     {"Proxy-Authenticate", true},
		{"Authentication-Info", false}, {"Proxy-Authentication-Info", false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {

		const char *value = header_value(p, end, v[i].name);
		char *last;

		if (!value)
			continue;

		for (last = line_end(p, end); last < end && (*last == ' ' || *last == '\t');)
			last = line_end(last, end); /* folded */

		credentials_hide(p + (value - p), last, v[i].scheme);

		return last;
	}

	return p;
}

/* ---------------------------------------------------------------- keys and passwords */

static bool is_key_end(char c)
{
	return is_space(c) || c == '|' || c == ';' || c == '@';
}

/** The base64 of "inline:KEY|LIFETIME|MKI" (RFC 4568 6.1), wherever in the line it stands. It ends at "@", too, so
 * that it stays within a password that was hidden around it. */
static void keys_hide(char *p, const char *end)
{
	for (; p < end; p++) {

		if (!begins(p, end, "inline:"))
			continue;

		for (p += strlen("inline:"); p < end && !is_key_end(*p); p++)
			*p = 'x';
	}
}

/** "sip:USER:PASSWORD@HOST" (RFC 3261 19.1.1); a URI ends at what cannot stand in one. */
static void uri_hide(char *p, const char *end)
{
	char *colon = NULL;

	for (; p < end && !is_space(*p) && *p != '<' && *p != '>' && *p != '"'; p++) {

		if (*p == ':' && !colon)
			colon = p;

		if (*p == '@') {
			if (colon)
				hide(colon + 1, p);
			return;
		}
	}
}

static void passwords_hide(char *p, const char *end)
{
	for (; p < end; p++) {
		if (begins(p, end, "sip:"))
			uri_hide(p + strlen("sip:"), end);
		else if (begins(p, end, "sips:"))
			uri_hide(p + strlen("sips:"), end);
	}
}

/** Lines of SDP whose whole value is a secret. */
static void attribute_hide(char *p, const char *end)
{
	static const char *const secretv[] = {"a=ice-pwd:", "a=key-mgmt:", "k="};

	for (size_t i = 0; i < ARRAY_SIZE(secretv); i++) {

		if (!begins(p, end, secretv[i]))
			continue;

		for (p += strlen(secretv[i]); p < end && !is_space(*p); p++)
			*p = 'x';
		return;
	}
}

void trace_text_mask(char *p, size_t len)
{
	const char *end = p + len;

	while (p < end) {

		char *next = authentication_hide(p, end);

		if (next == p) {
			next = line_end(p, end);
			attribute_hide(p, next);
			keys_hide(p, next);
			passwords_hide(p, next);
		}

		p = next;
	}
}

/* ---------------------------------------------------------------- which dialog */

bool trace_text_callid(struct pl *callid, const char *p, size_t len)
{
	const char *end = p + len;

	while (p < end) {

		const char *nl = memchr(p, '\n', (size_t)(end - p)), *value;

		if (!nl || (nl - p) < 2)
			return false;

		value = header_value(p, nl, "Call-ID");
		value = value ? value : header_value(p, nl, "i");
		if (value) {
			while (value < nl && is_space(*value))
				++value;
			while (nl > value && is_space(nl[-1]))
				--nl;
			callid->p = value;
			callid->l = (size_t)(nl - value);
			return callid->l > 0;
		}

		p = nl + 1;
	}

	return false;
}
