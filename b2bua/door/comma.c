/**
 * @file comma.c  Which commas of a header divide a list, and which belong to a URI or a name
 */
#include <re.h>
#include "comma.h"

enum { LINES_MAX = 32 }; /* mended in one message: each costs a walk over its headers */

/* ------------------------------------------------------------------ values */

/* The comma behind the first value, or the end. */
static const char *value_end(const char *p, const char *end, bool *closed)
{
	bool quoted = false, angled = false, nested = false;

	for (; p < end; p++) {

		if (quoted && *p == '\\' && p + 1 < end) {
			++p;
		}
		else if (*p == '"' && !angled) {
			quoted = !quoted;
		}
		else if (!quoted && *p == '<') {
			nested = nested || angled;
			angled = true;
		}
		else if (!quoted && *p == '>') {
			angled = false;
		}
		else if (!quoted && !angled && *p == ',') {
			break;
		}
	}

	*closed = !quoted && !angled && !nested;

	return p;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct pl trimmed(const char *p, const char *end)
{
	while (p < end && is_blank(*p))
		++p;
	while (p < end && is_blank(end[-1]))
		--end;

	return (struct pl){p, (size_t)(end - p)};
}

size_t comma_count(const struct pl *val)
{
	const char *p = val->p, *end = val->p + val->l;
	bool closed = true;
	size_t n = 1;

	for (p = value_end(p, end, &closed); closed && p < end; n++)
		p = value_end(p + 1, end, &closed);

	return closed ? n : 0;
}

bool comma_next(struct pl *item, struct pl *rest)
{
	const char *end, *comma;
	bool closed;

	if (!rest->p)
		return false;

	end = rest->p + rest->l;
	comma = value_end(rest->p, end, &closed);
	*item = trimmed(rest->p, comma);
	*rest = comma < end ? (struct pl){comma + 1, (size_t)(end - comma - 1)} : pl_null;

	return true;
}

/* ------------------------------------------------------------------ lines */

/* Those with URIs in brackets. */
static bool has_addresses(enum sip_hdrid id)
{
	switch (id) {

	case SIP_HDR_ALERT_INFO:
	case SIP_HDR_CALL_INFO:
	case SIP_HDR_CONTACT:
	case SIP_HDR_ERROR_INFO:
	case SIP_HDR_HISTORY_INFO:
	case SIP_HDR_P_ASSERTED_IDENTITY:
	case SIP_HDR_P_ASSOCIATED_URI:
	case SIP_HDR_P_PREFERRED_IDENTITY:
	case SIP_HDR_PATH:
	case SIP_HDR_RECORD_ROUTE:
	case SIP_HDR_ROUTE:
	case SIP_HDR_SERVICE_ROUTE:
		return true;

	default:
		return false;
	}
}

/* libre keeps a line that it has divided whole beside its parts, but of routes only these. */
static bool is_divided(const struct sip_hdr *hdr)
{
	const struct sip_hdr *next = list_ledata(hdr->le.next), *prev = list_ledata(hdr->le.prev);

	if (hdr->id == SIP_HDR_ROUTE)
		return next && next->name.p == hdr->name.p && (!prev || prev->name.p != hdr->name.p);

	return !hdr->he.list && has_addresses(hdr->id);
}

static struct pl line_of(const struct sip_hdr *hdr)
{
	const struct sip_hdr *last = hdr, *next = list_ledata(hdr->le.next);

	if (hdr->id != SIP_HDR_ROUTE)
		return hdr->val;

	for (; next && next->name.p == hdr->name.p; next = list_ledata(next->le.next))
		last = next;

	return (struct pl){hdr->val.p, (size_t)(last->val.p + last->val.l - hdr->val.p)};
}

static void part_remove(struct sip_hdr *part)
{
	mem_ref(part);
	if (part->le.list) {
		list_unlink(&part->le);
		mem_deref(part);
	}
	hash_unlink(&part->he);
	mem_deref(part);
	mem_deref(part);
}

static size_t parts_count(const struct sip_msg *msg, const struct sip_hdr *hdr)
{
	size_t n = 0;

	for (struct le *le = list_head(hash_list(msg->hdrht, hdr->id)); le; le = le->next)
		n += ((const struct sip_hdr *)le->data)->name.p == hdr->name.p;

	return n;
}

/* The first of its parts take the values, as many as there are. */
static void line_mend(const struct sip_msg *msg, const struct sip_hdr *hdr)
{
	struct le *le = list_head(hash_list(msg->hdrht, hdr->id));
	const char *name = hdr->name.p;
	struct pl rest = line_of(hdr);

	while (le) {
		struct sip_hdr *part = le->data;

		le = le->next;
		if (part->name.p == name && !comma_next(&part->val, &rest))
			part_remove(part);
	}
}

/* True if some comma divides nothing; libre may have taken it for one that does. */
static bool is_suspect(const struct pl *line, size_t values)
{
	size_t commas = 0;

	for (size_t i = 0; i < line->l; i++)
		commas += line->p[i] == ',';

	return values && commas >= values;
}

void comma_mend(struct sip_msg *msg)
{
	unsigned lines = 0;

	for (struct le *le = list_head(&msg->hdrl); le && lines < LINES_MAX; le = le->next) {

		const struct sip_hdr *hdr = le->data;
		struct pl line;
		size_t values;

		if (!is_divided(hdr))
			continue;

		line = line_of(hdr);
		values = comma_count(&line);
		if (!is_suspect(&line, values))
			continue;

		++lines;
		if (parts_count(msg, hdr) >= values)
			line_mend(msg, hdr);
	}
}
