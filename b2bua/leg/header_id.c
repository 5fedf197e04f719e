/**
 * @file header_id.c  A header is what its name says
 *
 * libre knows headers by twelve bits of a hash of their name (sip/msg.c), so that a peer can find a name that
 * libre takes for a Via, a Contact or a Require. libre calls hash_joaat_ci through its PLT, and the one defined
 * here comes first (docs/decisions/0001-timer-wheel.md tells how): it keeps a known header's twelve bits for
 * that header's name.
 */
#include <ctype.h>
#include <re.h>
#include "header_id.h"

enum {
	ID_MASK = 0xfff,
	ID_OF_NONE = 0xfff, /* no header that libre knows has it */
};

/* By id: the one name that may have it. */
static const char *const namev[ID_MASK + 1] = {
	[SIP_HDR_ACCEPT] = "Accept",
	[SIP_HDR_ACCEPT_CONTACT] = "Accept-Contact",
	[SIP_HDR_ACCEPT_ENCODING] = "Accept-Encoding",
	[SIP_HDR_ACCEPT_LANGUAGE] = "Accept-Language",
	[SIP_HDR_ACCEPT_RESOURCE_PRIORITY] = "Accept-Resource-Priority",
	[SIP_HDR_ALERT_INFO] = "Alert-Info",
	[SIP_HDR_ALLOW] = "Allow",
	[SIP_HDR_ALLOW_EVENTS] = "Allow-Events",
	[SIP_HDR_ANSWER_MODE] = "Answer-Mode",
	[SIP_HDR_AUTHENTICATION_INFO] = "Authentication-Info",
	[SIP_HDR_AUTHORIZATION] = "Authorization",
	[SIP_HDR_CALL_ID] = "Call-ID",
	[SIP_HDR_CALL_INFO] = "Call-Info",
	[SIP_HDR_CONTACT] = "Contact",
	[SIP_HDR_CONTENT_DISPOSITION] = "Content-Disposition",
	[SIP_HDR_CONTENT_ENCODING] = "Content-Encoding",
	[SIP_HDR_CONTENT_LANGUAGE] = "Content-Language",
	[SIP_HDR_CONTENT_LENGTH] = "Content-Length",
	[SIP_HDR_CONTENT_TYPE] = "Content-Type",
	[SIP_HDR_CSEQ] = "CSeq",
	[SIP_HDR_DATE] = "Date",
	[SIP_HDR_ENCRYPTION] = "Encryption",
	[SIP_HDR_ERROR_INFO] = "Error-Info",
	[SIP_HDR_EVENT] = "Event",
	[SIP_HDR_EXPIRES] = "Expires",
	[SIP_HDR_FLOW_TIMER] = "Flow-Timer",
	[SIP_HDR_FROM] = "From",
	[SIP_HDR_HIDE] = "Hide",
	[SIP_HDR_HISTORY_INFO] = "History-Info",
	[SIP_HDR_IDENTITY] = "Identity",
	[SIP_HDR_IDENTITY_INFO] = "Identity-Info",
	[SIP_HDR_IN_REPLY_TO] = "In-Reply-To",
	[SIP_HDR_JOIN] = "Join",
	[SIP_HDR_MAX_BREADTH] = "Max-Breadth",
	[SIP_HDR_MAX_FORWARDS] = "Max-Forwards",
	[SIP_HDR_MIME_VERSION] = "MIME-Version",
	[SIP_HDR_MIN_EXPIRES] = "Min-Expires",
	[SIP_HDR_MIN_SE] = "Min-SE",
	[SIP_HDR_ORGANIZATION] = "Organization",
	[SIP_HDR_P_ACCESS_NETWORK_INFO] = "P-Access-Network-Info",
	[SIP_HDR_P_ANSWER_STATE] = "P-Answer-State",
	[SIP_HDR_P_ASSERTED_IDENTITY] = "P-Asserted-Identity",
	[SIP_HDR_P_ASSOCIATED_URI] = "P-Associated-Uri",
	[SIP_HDR_P_CALLED_PARTY_ID] = "P-Called-Party-ID",
	[SIP_HDR_P_CHARGING_FUNCTION_ADDRESSES] = "P-Charging-Function-Addresses",
	[SIP_HDR_P_CHARGING_VECTOR] = "P-Charging-Vector",
	[SIP_HDR_P_DCS_TRACE_PARTY_ID] = "P-DCS-Trace-Party-ID",
	[SIP_HDR_P_DCS_OSPS] = "P-DCS-OSPS",
	[SIP_HDR_P_DCS_BILLING_INFO] = "P-DCS-Billing-Info",
	[SIP_HDR_P_DCS_LAES] = "P-DCS-LAES",
	[SIP_HDR_P_DCS_REDIRECT] = "P-DCS-Redirect",
	[SIP_HDR_P_EARLY_MEDIA] = "P-Early-Media",
	[SIP_HDR_P_MEDIA_AUTHORIZATION] = "P-Media-Authorization",
	[SIP_HDR_P_PREFERRED_IDENTITY] = "P-Preferred-Identity",
	[SIP_HDR_P_PROFILE_KEY] = "P-Profile-Key",
	[SIP_HDR_P_REFUSED_URI_LIST] = "P-Refused-URI-List",
	[SIP_HDR_P_SERVED_USER] = "P-Served-User",
	[SIP_HDR_P_USER_DATABASE] = "P-User-Database",
	[SIP_HDR_P_VISITED_NETWORK_ID] = "P-Visited-Network-ID",
	[SIP_HDR_PATH] = "Path",
	[SIP_HDR_PERMISSION_MISSING] = "Permission-Missing",
	[SIP_HDR_PRIORITY] = "Priority",
	[SIP_HDR_PRIV_ANSWER_MODE] = "Priv-Answer-Mode",
	[SIP_HDR_PRIVACY] = "Privacy",
	[SIP_HDR_PROXY_AUTHENTICATE] = "Proxy-Authenticate",
	[SIP_HDR_PROXY_AUTHORIZATION] = "Proxy-Authorization",
	[SIP_HDR_PROXY_REQUIRE] = "Proxy-Require",
	[SIP_HDR_RACK] = "RAck",
	[SIP_HDR_REASON] = "Reason",
	[SIP_HDR_RECORD_ROUTE] = "Record-Route",
	[SIP_HDR_REFER_SUB] = "Refer-Sub",
	[SIP_HDR_REFER_TO] = "Refer-To",
	[SIP_HDR_REFERRED_BY] = "Referred-By",
	[SIP_HDR_REJECT_CONTACT] = "Reject-Contact",
	[SIP_HDR_REPLACES] = "Replaces",
	[SIP_HDR_REPLY_TO] = "Reply-To",
	[SIP_HDR_REQUEST_DISPOSITION] = "Request-Disposition",
	[SIP_HDR_REQUIRE] = "Require",
	[SIP_HDR_RESOURCE_PRIORITY] = "Resource-Priority",
	[SIP_HDR_RESPONSE_KEY] = "Response-Key",
	[SIP_HDR_RETRY_AFTER] = "Retry-After",
	[SIP_HDR_ROUTE] = "Route",
	[SIP_HDR_RSEQ] = "RSeq",
	[SIP_HDR_SECURITY_CLIENT] = "Security-Client",
	[SIP_HDR_SECURITY_SERVER] = "Security-Server",
	[SIP_HDR_SECURITY_VERIFY] = "Security-Verify",
	[SIP_HDR_SERVER] = "Server",
	[SIP_HDR_SERVICE_ROUTE] = "Service-Route",
	[SIP_HDR_SESSION_EXPIRES] = "Session-Expires",
	[SIP_HDR_SIP_ETAG] = "SIP-ETag",
	[SIP_HDR_SIP_IF_MATCH] = "SIP-If-Match",
	[SIP_HDR_SUBJECT] = "Subject",
	[SIP_HDR_SUBSCRIPTION_STATE] = "Subscription-State",
	[SIP_HDR_SUPPORTED] = "Supported",
	[SIP_HDR_TARGET_DIALOG] = "Target-Dialog",
	[SIP_HDR_TIMESTAMP] = "Timestamp",
	[SIP_HDR_TO] = "To",
	[SIP_HDR_TRIGGER_CONSENT] = "Trigger-Consent",
	[SIP_HDR_UNSUPPORTED] = "Unsupported",
	[SIP_HDR_USER_AGENT] = "User-Agent",
	[SIP_HDR_VIA] = "Via",
	[SIP_HDR_WARNING] = "Warning",
	[SIP_HDR_WWW_AUTHENTICATE] = "WWW-Authenticate",
};

/* Bob Jenkins' one-at-a-time hash of a text in small letters: what libre's own computes. */
static uint32_t joaat(const char *str, size_t len)
{
	uint32_t hash = 0;

	for (size_t i = 0; i < len; i++) {
		hash += (uint32_t)tolower((unsigned char)str[i]);
		hash += hash << 10;
		hash ^= hash >> 6;
	}

	hash += hash << 3;
	hash ^= hash >> 11;
	hash += hash << 15;

	return hash;
}

uint32_t hash_joaat_ci(const char *str, size_t len)
{
	const uint32_t hash = joaat(str, len);
	const char *name = namev[hash & ID_MASK];
	const struct pl text = {str, len};

	return !name || !pl_strcasecmp(&text, name) ? hash : hash | ID_OF_NONE;
}

/* libre alone takes "Clash-7798" for a Require. */
bool header_id_guards_libre(void)
{
	static const char text[] = "OPTIONS sip:a SIP/2.0\r\nClash-7798: 1\r\n\r\n";
	struct mbuf *mb = mbuf_alloc(sizeof(text));
	struct sip_msg *msg = NULL;
	bool guards;

	if (!mb)
		return false;

	(void)mbuf_write_str(mb, text);
	mb->pos = 0;
	guards = !sip_msg_decode(&msg, mb) && !sip_msg_hdr(msg, SIP_HDR_REQUIRE);
	mem_deref(msg);
	mem_deref(mb);

	return guards;
}
