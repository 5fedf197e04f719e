/**
 * @file header_cross.c  Which headers cross from one leg to the other by themselves
 */
#include <ctype.h>
#include <string.h>
#include <re.h>
#include "header.h"
#include "header_cross.h"

/* What may be seen of a value; false: nothing. */
typedef bool(value_h)(struct mbuf *mb, const struct pl *val, const struct sa *host);

/* libre knows headers by twelve bits of a hash of their name, so that others turn up under the same id: the
 * name is compared, and written as it stands here. */
struct passed {
	enum sip_hdrid id; /* SIP_HDR_NONE: libre has none */
	const char *name;
	char compact; /* its short form (RFC 3261 7.3.3), or 0 */
	bool identity;
	bool always; /* else only in a request that begins something */
	value_h *valueh;
};

/* A URI's host is topology unless it is a number's (tel:). */
static bool identity_value(struct mbuf *mb, const struct pl *val, const struct sa *host)
{
	struct sip_addr addr;

	if (sip_addr_decode(&addr, val) || !header_uri_is_plain(&addr.auri))
		return false;

	if (!pl_strcasecmp(&addr.uri.scheme, "tel"))
		return !mbuf_printf(mb, "%H", header_print_clean, val);

	(void)header_print_name(mb, val, &addr.auri);

	return !mbuf_printf(mb, "<sip:%r%s%H>%H", &addr.uri.user, pl_isset(&addr.uri.user) ? "@" : "",
			    header_print_host, host, header_print_clean, &addr.params);
}

static bool verbatim_value(struct mbuf *mb, const struct pl *val, const struct sa *host)
{
	(void)host;

	return !mbuf_printf(mb, "%H", header_print_clean, val);
}

/* A telephone fetches what another URI names (RFC 7462 4.1). */
static bool urn_value(struct mbuf *mb, const struct pl *val, const struct sa *host)
{
	static const char urn[] = "<urn:alert:";
	const size_t len = sizeof(urn) - 1;

	(void)host;

	return val->l > len && !strncasecmp(val->p, urn, len) &&
	       !mbuf_printf(mb, "%H", header_print_clean, val);
}

static const struct passed referred_by = {SIP_HDR_REFERRED_BY, "Referred-By", 'b', false, false,
					  identity_value};

static const struct passed passedv[] = {
	{SIP_HDR_P_ASSERTED_IDENTITY, "P-Asserted-Identity", 0, true, true, identity_value},
	{SIP_HDR_P_PREFERRED_IDENTITY, "P-Preferred-Identity", 0, true, false, identity_value},
	{SIP_HDR_NONE, "Diversion", 0, true, false, identity_value},
	{SIP_HDR_REFERRED_BY, "Referred-By", 'b', false, false, identity_value},
	{SIP_HDR_PRIVACY, "Privacy", 0, false, true, verbatim_value},
	{SIP_HDR_REASON, "Reason", 0, false, false, verbatim_value},
	{SIP_HDR_NONE, "User-to-User", 0, false, true, verbatim_value},
	{SIP_HDR_PRIORITY, "Priority", 0, false, false, verbatim_value},
	{SIP_HDR_ALERT_INFO, "Alert-Info", 0, false, true, urn_value},
	{SIP_HDR_NONE, "Session-ID", 0, false, true, verbatim_value},
};

static bool is_named(const struct sip_hdr *hdr, const struct passed *passed)
{
	if (hdr->name.l == 1)
		return passed->compact && tolower((unsigned char)hdr->name.p[0]) == passed->compact;

	return !pl_strcasecmp(&hdr->name, passed->name);
}

struct pass {
	struct mbuf *mb;
	const struct sa *host;
	const struct passed *hdr;
};

static bool pass_handler(const struct sip_hdr *hdr, const struct sip_msg *msg, void *arg)
{
	struct pass *pass = arg;
	const size_t start = pass->mb->pos;

	(void)msg;
	if (!is_named(hdr, pass->hdr))
		return false;

	(void)mbuf_printf(pass->mb, "%s: ", pass->hdr->name);
	if (pass->hdr->valueh(pass->mb, &hdr->val, pass->host))
		(void)mbuf_write_str(pass->mb, "\r\n");
	else
		pass->mb->pos = pass->mb->end = start;

	return false;
}

static void pass_one(struct pass *pass, const struct sip_msg *msg, const struct passed *passed)
{
	pass->hdr = passed;
	if (passed->id == SIP_HDR_NONE)
		(void)sip_msg_xhdr_apply(msg, true, passed->name, pass_handler, pass);
	else
		(void)sip_msg_hdr_apply(msg, true, passed->id, pass_handler, pass);
}

static bool is_beginning(const struct sip_msg *msg)
{
	return msg->req && !pl_isset(&msg->to.tag);
}

int header_print_passed(struct mbuf *mb, const struct sip_msg *msg, const struct header_cross *cross)
{
	struct pass pass = {mb, cross->host, NULL};

	for (size_t i = 0; i < ARRAY_SIZE(passedv); i++)
		if ((cross->trusted || !passedv[i].identity) && (passedv[i].always || is_beginning(msg)))
			pass_one(&pass, msg, &passedv[i]);

	return 0;
}

enum header_crossing header_cross_value(struct mbuf *mb, const struct sip_hdr *hdr, const struct sip_msg *msg,
					const struct header_cross *cross)
{
	for (size_t i = 0; i < ARRAY_SIZE(passedv); i++) {
		if (!is_named(hdr, &passedv[i]))
			continue;

		if (passedv[i].identity && !cross->trusted)
			return HEADER_WITHHELD;

		if (!passedv[i].always && !is_beginning(msg))
			return HEADER_STAYS;

		return passedv[i].valueh(mb, &hdr->val, cross->host) ? HEADER_CROSSES : HEADER_STAYS;
	}

	return HEADER_STAYS;
}

/* In this order, as they stand. */
static void pass_all(struct mbuf *mb, const struct sip_msg *msg, const struct passed *v, size_t n)
{
	struct pass pass = {mb, NULL, NULL};

	for (size_t i = 0; i < n; i++)
		pass_one(&pass, msg, &v[i]);
}

#define VERBATIM(id, name, compact)                            \
	{                                                      \
		id, name, compact, false, true, verbatim_value \
	}

int header_print_body(struct mbuf *mb, const struct sip_msg *msg)
{
	static const struct passed v[] = {
		VERBATIM(SIP_HDR_CONTENT_DISPOSITION, "Content-Disposition", 0),
		VERBATIM(SIP_HDR_CONTENT_ENCODING, "Content-Encoding", 'e'),
		VERBATIM(SIP_HDR_CONTENT_LANGUAGE, "Content-Language", 0),
		VERBATIM(SIP_HDR_MIME_VERSION, "MIME-Version", 0),
		VERBATIM(SIP_HDR_NONE, "Info-Package", 0),
	};

	pass_all(mb, msg, v, ARRAY_SIZE(v));

	return 0;
}

int header_print_event(struct mbuf *mb, const struct sip_msg *msg)
{
	static const struct passed v[] = {
		VERBATIM(SIP_HDR_EVENT, "Event", 'o'),
		VERBATIM(SIP_HDR_SUBSCRIPTION_STATE, "Subscription-State", 0),
		VERBATIM(SIP_HDR_ALLOW_EVENTS, "Allow-Events", 'u'),
		VERBATIM(SIP_HDR_ACCEPT, "Accept", 0),
		VERBATIM(SIP_HDR_EXPIRES, "Expires", 0),
		VERBATIM(SIP_HDR_MIN_EXPIRES, "Min-Expires", 0),
		VERBATIM(SIP_HDR_SIP_ETAG, "SIP-ETag", 0),
		VERBATIM(SIP_HDR_SIP_IF_MATCH, "SIP-If-Match", 0),
	};

	pass_all(mb, msg, v, ARRAY_SIZE(v));

	return 0;
}

int header_print_eventlist(struct mbuf *mb, const struct sip_msg *msg)
{
	int err = 0;

	if (sip_msg_hdr_has_value(msg, SIP_HDR_SUPPORTED, "eventlist"))
		err = mbuf_write_str(mb, "Supported: eventlist\r\n");
	if (sip_msg_hdr_has_value(msg, SIP_HDR_REQUIRE, "eventlist"))
		err |= mbuf_write_str(mb, "Require: eventlist\r\n");

	return err;
}

int header_print_referred_by(struct mbuf *mb, const struct sip_msg *msg, const struct sa *host)
{
	struct pass pass = {mb, host, NULL};

	pass_one(&pass, msg, &referred_by);

	return 0;
}

static bool privacy_handler(const struct sip_hdr *hdr, const struct sip_msg *msg, void *arg)
{
	static const char *const wantedv[] = {"id", "user", "header", "session"};
	struct pl rest = hdr->val, word;

	(void)msg;
	(void)arg;
	if (pl_strcasecmp(&hdr->name, "Privacy"))
		return false;

	while (!re_regex(rest.p, rest.l, "[^; \t,]+", &word)) {
		for (size_t i = 0; i < ARRAY_SIZE(wantedv); i++)
			if (!pl_strcasecmp(&word, wantedv[i]))
				return true;

		pl_advance(&rest, word.p + word.l - rest.p);
	}

	return false;
}

bool header_is_private(const struct sip_msg *msg)
{
	return sip_msg_hdr_apply(msg, true, SIP_HDR_PRIVACY, privacy_handler, NULL) != NULL;
}
