/**
 * @file kind.c  What an operator provisions, as tables
 */
#include "check.h"
#include "kind.h"

enum { NO_LIMIT = 0, DAY_S = 86400, SESSION_MIN_S = 3 };

static const char *const account_kindv[] = {"prepaid", "postpaid", NULL};
static const char *const new_countryv[] = {"allow", "limit", "deny", NULL};
static const char *const anchorv[] = {"required", "when_possible", "off", NULL};
static const char *const srtpv[] = {"off", "optional", "required", NULL};
static const char *const prackv[] = {"off", "supported", "required", "ignored", NULL};
static const char *const session_timerv[] = {"off", "accept", "request", NULL};
static const char *const preconditionv[] = {"off", "relay", "serve", NULL};
static const char *const redirectv[] = {"refuse", "follow", "pass", NULL};
static const char *const transferv[] = {"refuse", "pass", "serve", NULL};
static const char *const strategyv[] = {"priority", NULL};
static const char *const unknownv[] = {"refuse", "drop", NULL};

static const struct field interface_fieldv[] = {
	{.name = "name", .type = FIELD_TEXT, .flags = FIELD_KEY, .check = check_name, .help = "unique name"},
	{.name = "listen",
	 .type = FIELD_LIST,
	 .min = 1,
	 .max = 16,
	 .check = check_listen,
	 .help = "local SIP addresses, \"udp:ADDR:PORT\", \"tcp:ADDR:PORT\" or \"tls:ADDR:PORT\", IPv6 in "
		 "brackets"},
	{.name = "media",
	 .type = FIELD_LIST,
	 .flags = FIELD_ONE,
	 .def = "[]",
	 .max = 2,
	 .check = check_address,
	 .help = "local addresses for media, at most one IPv4 and one IPv6; each party is shown the one of "
		 "its SDP's IP version; none: those of `listen`"},
	{0},
};

static const struct field account_fieldv[] = {
	{.name = "name", .type = FIELD_TEXT, .flags = FIELD_KEY, .check = check_name, .help = "unique name"},
	{.name = "kind",
	 .type = FIELD_CHOICE,
	 .def = "\"prepaid\"",
	 .choicev = account_kindv,
	 .help = "prepaid: its calls end when the balance does; postpaid: they are charged, and end at "
		 "`credit_limit` where there is one"},
	{.name = "currency",
	 .type = FIELD_TEXT,
	 .flags = FIELD_FIXED,
	 .check = check_currency,
	 .help = "ISO 4217 code, \"CNY\"; stays what it is"},
	{.name = "balance",
	 .type = FIELD_MONEY,
	 .flags = FIELD_BIRTH,
	 .def = "\"0.00\"",
	 .min = INT64_MIN,
	 .max = INT64_MAX,
	 .help = "opening balance, booked when the account is created; ignored afterwards"},
	{.name = "credit_limit",
	 .type = FIELD_MONEY,
	 .def = "\"0.00\"",
	 .min = 0,
	 .max = INT64_MAX / 2,
	 .help = "how far below zero the balance may go; postpaid: 0 = without limit"},
	{.name = "tariff",
	 .type = FIELD_REF,
	 .flags = FIELD_NULL | FIELD_LOOSE,
	 .def = "null",
	 .ref = "tariff",
	 .help = "what its calls are charged by; null: they are not charged"},
	{.name = "enabled",
	 .type = FIELD_BOOL,
	 .def = "true",
	 .help = "false: its calls are refused; those under way go on"},
	{.name = "valid_until",
	 .type = FIELD_TIME,
	 .flags = FIELD_NULL,
	 .def = "null",
	 .help = "from then on its calls are refused; those under way go on; null: for ever"},
	{.name = "max_calls",
	 .type = FIELD_UINT,
	 .def = "0",
	 .min = NO_LIMIT,
	 .max = 1000000,
	 .help = "calls at one time; 0 = no limit"},
	{.name = "max_cps",
	 .type = FIELD_UINT,
	 .def = "0",
	 .min = NO_LIMIT,
	 .max = 100000,
	 .help = "new calls in one second; 0 = no limit"},
	{.name = "max_spend_call",
	 .type = FIELD_MONEY,
	 .def = "\"0.00\"",
	 .min = 0,
	 .max = INT64_MAX / 2,
	 .help = "what one call may cost: it is ended there; 0 = no limit"},
	{.name = "max_spend_day",
	 .type = FIELD_MONEY,
	 .def = "\"0.00\"",
	 .min = 0,
	 .max = INT64_MAX / 2,
	 .help = "what all calls that begin on one day (UTC) may cost; 0 = no limit"},
	{.name = "max_per_minute",
	 .type = FIELD_MONEY,
	 .def = "\"0.00\"",
	 .min = 0,
	 .max = INT64_MAX / 2,
	 .help = "the highest price of a minute that may be called; 0 = no limit"},
	{.name = "allow",
	 .type = FIELD_LIST,
	 .def = "[]",
	 .max = 1000,
	 .check = check_prefix,
	 .help = "prefixes of the only numbers it may call; none: all"},
	{.name = "deny",
	 .type = FIELD_LIST,
	 .def = "[]",
	 .max = 1000,
	 .check = check_prefix,
	 .help = "prefixes of numbers it may not call; of `allow` and `deny` the longest prefix counts"},
	{.name = "new_country",
	 .type = FIELD_CHOICE,
	 .def = "\"allow\"",
	 .choicev = new_countryv,
	 .help = "calls to a country that is new to the account: allowed, one at a time, or refused; a "
		 "country is known a day after its first answered call"},
	{.name = "countries",
	 .type = FIELD_LIST,
	 .def = "[]",
	 .max = 300,
	 .check = check_country,
	 .help = "codes of countries that are not new, \"86\"; of the islands of the North American plan "
		 "\"1876\""},
	{.name = "burst_calls",
	 .type = FIELD_UINT,
	 .def = "0",
	 .min = NO_LIMIT,
	 .max = 1000,
	 .help = "dear calls in any `burst_window_s`; one more, and such calls are refused for "
		 "`burst_block_s`; "
		 "0 = no limit"},
	{.name = "burst_window_s",
	 .type = FIELD_UINT,
	 .def = "60",
	 .min = 1,
	 .max = DAY_S,
	 .help = "seconds of that window"},
	{.name = "burst_block_s",
	 .type = FIELD_UINT,
	 .def = "3600",
	 .min = 1,
	 .max = (int64_t)30 * DAY_S,
	 .help = "seconds; `tandemctl account unblock` ends it at once"},
	{.name = "burst_price",
	 .type = FIELD_MONEY,
	 .def = "\"0.00\"",
	 .min = 0,
	 .max = INT64_MAX / 2,
	 .help = "what the first minute of a dear call costs at least; 0: every call counts, also one that "
		 "is "
		 "not charged"},
	{.name = "low_balance",
	 .type = FIELD_MONEY,
	 .flags = FIELD_NULL,
	 .def = "null",
	 .min = INT64_MIN / 2,
	 .max = INT64_MAX / 2,
	 .help = "event `BALANCE_LOW` when less than this is left; null: none"},
	{0},
};

#define RULE_KEY(key, text)                                                                          \
	{                                                                                            \
		.name = (key), .type = FIELD_TEXT, .flags = FIELD_NULL | FIELD_SPARE, .def = "null", \
		.help = (text)                                                                       \
	}

static const struct field header_rule_fieldv[] = {
	RULE_KEY("pass", "this header crosses as it is; \"X-*\": all that begin so"),
	RULE_KEY("drop",
		 "this header crosses not, nor can a later rule bring it back; \"P-*\": all that begin so"),
	RULE_KEY("set", "this header is there once, with `value`; none where that is empty"),
	RULE_KEY("rename", "this header crosses under the name of `to`"),
	RULE_KEY("replace", "in this header, where it crosses, what `match` finds first becomes `with`"),
	RULE_KEY("value", "text of `set`; may hold variables"),
	RULE_KEY("to", "the new name of `rename`"),
	RULE_KEY("match", "regular expression (PCRE2) of `replace`"),
	RULE_KEY("with", "text of `replace`; may hold variables, and $0 to $9 for what was found"),
	{0},
};

static const struct kind header_rule_kind = {.name = "header_rule",
					     .plural = "header_rules",
					     .help = "what is done to headers; docs/headers.md",
					     .fieldv = header_rule_fieldv,
					     .max = 64};

static const struct field trunk_fieldv[] = {
	{.name = "name", .type = FIELD_TEXT, .flags = FIELD_KEY, .check = check_name, .help = "unique name"},
	{.name = "interface", .type = FIELD_REF, .ref = "interface", .help = "where it is reached"},
	{.name = "account",
	 .type = FIELD_REF,
	 .flags = FIELD_NULL,
	 .def = "null",
	 .ref = "account",
	 .help = "who pays for calls that come from it; null: `default_account`"},
	{.name = "match",
	 .type = FIELD_LIST,
	 .def = "[]",
	 .max = 256,
	 .check = check_match,
	 .help = "where its calls come from: \"ADDR\", \"ADDR:PORT\" or \"ADDR/BITS\"; none: the target's "
		 "numeric address and port"},
	{.name = "target",
	 .type = FIELD_TEXT,
	 .flags = FIELD_NULL,
	 .def = "null",
	 .check = check_target,
	 .help = "where calls to it go: \"sip:HOST[:PORT][;transport=udp|tcp|tls]\" or \"sips:HOST[:PORT]\"; "
		 "null: it only calls"},
	{.name = "cost_tariff",
	 .type = FIELD_REF,
	 .flags = FIELD_NULL | FIELD_LOOSE,
	 .def = "null",
	 .ref = "tariff",
	 .help = "what calls to it cost us"},
	{.name = "enabled", .type = FIELD_BOOL, .def = "true", .help = "false: no calls from it or to it"},
	{.name = "anchor",
	 .type = FIELD_CHOICE,
	 .def = "\"required\"",
	 .choicev = anchorv,
	 .help = "media through the relay: always (no relay: 503), when it can be had, or never"},
	{.name = "srtp",
	 .type = FIELD_CHOICE,
	 .def = "\"off\"",
	 .choicev = srtpv,
	 .help = "SRTP with keys by SDES towards it: never, with who has it (OSRTP), or only"},
	{.name = "auth_user",
	 .type = FIELD_TEXT,
	 .flags = FIELD_NULL,
	 .def = "null",
	 .check = check_user,
	 .help = "what we log on with when the target answers a call with 401 or 407; null: such a call "
		 "fails"},
	{.name = "auth_password",
	 .type = FIELD_TEXT,
	 .flags = FIELD_NULL | FIELD_SECRET,
	 .def = "null",
	 .check = check_password,
	 .help = "its password; write-only: never shown, and left out of an export"},
	{.name = "auth_realm",
	 .type = FIELD_TEXT,
	 .flags = FIELD_NULL,
	 .def = "null",
	 .check = check_user,
	 .help = "the only realm they are meant for; null: the first that a call is asked for"},
	{.name = "prack_in",
	 .type = FIELD_CHOICE,
	 .def = "\"supported\"",
	 .choicev = prackv,
	 .help = "reliable provisional responses (100rel) to its calls: never (420 when demanded), as it "
		 "asks, "
		 "only with who has them (else 421), or the demand is overlooked"},
	{.name = "prack_out",
	 .type = FIELD_CHOICE,
	 .def = "\"supported\"",
	 .choicev = prackv,
	 .help = "100rel in calls to it: not offered, offered, demanded, or not looked at"},
	{.name = "session_timer",
	 .type = FIELD_CHOICE,
	 .def = "\"accept\"",
	 .choicev = session_timerv,
	 .help = "session timers (RFC 4028) with it: never, where it asks for one, or asked for in every "
		 "call"},
	{.name = "session_expires_s",
	 .type = FIELD_UINT,
	 .def = "1800",
	 .min = SESSION_MIN_S,
	 .max = DAY_S,
	 .help = "seconds that a session asked for lives without a refresh; not below `min_se_s`"},
	{.name = "min_se_s",
	 .type = FIELD_UINT,
	 .def = "90",
	 .min = SESSION_MIN_S,
	 .max = DAY_S,
	 .help = "shortest interval that it may ask for (else 422); less than 90 only in a laboratory"},
	{.name = "probe_s",
	 .type = FIELD_UINT,
	 .def = "0",
	 .min = 0,
	 .max = DAY_S,
	 .help = "seconds between OPTIONS in a call without a session timer, which ends when it knows the "
		 "call "
		 "no more or says nothing; 0 = none"},
	{.name = "precondition",
	 .type = FIELD_CHOICE,
	 .def = "\"off\"",
	 .choicev = preconditionv,
	 .help = "preconditions (RFC 3312): kept from it (420 when it requires them), relayed to and from "
		 "trunks "
		 "that have them, too, by 100rel on both sides, or also met on behalf of those that have "
		 "none"},
	{.name = "redirect",
	 .type = FIELD_CHOICE,
	 .def = "\"refuse\"",
	 .choicev = redirectv,
	 .help = "a 3xx from it: a failure (480 for the caller), followed to its Contacts, or passed to the "
		 "caller"},
	{.name = "transfer",
	 .type = FIELD_CHOICE,
	 .def = "\"refuse\"",
	 .choicev = transferv,
	 .help = "a REFER from it: refused with 403, passed to the other side, or done here, on its account"},
	{.name = "methods",
	 .type = FIELD_LIST,
	 .def = "[\"INFO\", \"MESSAGE\", \"OPTIONS\"]",
	 .max = 32,
	 .check = check_method,
	 .help = "requests inside a call that cross from it and to it, beside those that every call needs; "
		 "405 for others"},
	{.name = "methods_outside",
	 .type = FIELD_LIST,
	 .def = "[]",
	 .max = 32,
	 .check = check_method_outside,
	 .help = "requests outside any call that cross from it and to it, such as MESSAGE, PUBLISH and "
		 "SUBSCRIBE, which its NOTIFYs follow; 405 for others"},
	{.name = "headers_in",
	 .type = FIELD_ROWS,
	 .def = "[]",
	 .max = 64,
	 .row = &header_rule_kind,
	 .help = "rules for the headers of what comes from it, one after another"},
	{.name = "headers_out",
	 .type = FIELD_ROWS,
	 .def = "[]",
	 .max = 64,
	 .row = &header_rule_kind,
	 .help = "rules for the headers of what goes to it, after those of the other trunk"},
	{.name = "trust",
	 .type = FIELD_BOOL,
	 .def = "true",
	 .help = "false: no identity crosses from it or to it (RFC 3325), and who asks for privacy is "
		 "anonymous to it"},
	{.name = "tls_ca",
	 .type = FIELD_TEXT,
	 .flags = FIELD_NULL,
	 .def = "null",
	 .check = check_file,
	 .help = "PEM file of who may have signed its TLS certificate; null: those the system trusts"},
	{.name = "tls_name",
	 .type = FIELD_TEXT,
	 .flags = FIELD_NULL,
	 .def = "null",
	 .check = check_host,
	 .help = "name its TLS certificate must bear, also sent as SNI; null: the host connected to"},
	{.name = "tls_verify",
	 .type = FIELD_BOOL,
	 .def = "true",
	 .help = "false: any TLS certificate will do, so anybody on the way can listen in"},
	{.name = "tls_cert",
	 .type = FIELD_TEXT,
	 .flags = FIELD_NULL,
	 .def = "null",
	 .check = check_file,
	 .help = "PEM file of the chain and key we show it by TLS; null: `tls_cert` of tandem.conf"},
	{.name = "timeout_s",
	 .type = FIELD_UINT,
	 .def = "4",
	 .min = 1,
	 .max = 32,
	 .help = "seconds without any response until the next trunk is tried"},
	{.name = "ring_timeout_s",
	 .type = FIELD_UINT,
	 .def = "60",
	 .min = 1,
	 .max = 3600,
	 .help = "seconds without an answer until the call is given up with 480"},
	{.name = "max_duration_s",
	 .type = FIELD_UINT,
	 .def = "0",
	 .min = NO_LIMIT,
	 .max = (int64_t)30 * DAY_S,
	 .help = "seconds after which an answered call is ended; 0 = no limit"},
	{.name = "max_calls",
	 .type = FIELD_UINT,
	 .def = "0",
	 .min = NO_LIMIT,
	 .max = 1000000,
	 .help = "calls at one time, both directions; 0 = no limit"},
	{.name = "max_subscriptions",
	 .type = FIELD_UINT,
	 .def = "10000",
	 .min = NO_LIMIT,
	 .max = 50000,
	 .help = "subscriptions outside calls that it has begun, at one time; 0 = no limit but that of all "
		 "trunks, 50000"},
	{.name = "failover",
	 .type = FIELD_LIST,
	 .def = "[\"408\", \"5xx\", \"timeout\"]",
	 .max = 64,
	 .check = check_failover,
	 .help = "what makes a call try the next trunk: final codes (\"503\"), classes (\"5xx\"), "
		 "\"timeout\" "
		 "(no response, or not to be reached); never after 486, 487, 600, 603"},
	{0},
};

static const struct field route_fieldv[] = {
	{.name = "prefix",
	 .type = FIELD_TEXT,
	 .flags = FIELD_KEY,
	 .check = check_prefix,
	 .help = "leading digits of the called number; the longest counts; \"\" matches every number"},
	{.name = "trunks", .type = FIELD_REFS, .min = 1, .max = 32, .ref = "trunk", .help = "trunks to try"},
	{.name = "strategy",
	 .type = FIELD_CHOICE,
	 .def = "\"priority\"",
	 .choicev = strategyv,
	 .help = "the order: as listed"},
	{0},
};

static const struct field settings_fieldv[] = {
	{.name = "default_account",
	 .type = FIELD_REF,
	 .flags = FIELD_NULL,
	 .def = "null",
	 .ref = "account",
	 .help = "who pays for calls from a trunk without account; null: nobody"},
	{.name = "unknown_source",
	 .type = FIELD_CHOICE,
	 .def = "\"refuse\"",
	 .choicev = unknownv,
	 .help = "a source no trunk matches: refused with 403, or dropped without a word"},
	{.name = "reserve_s",
	 .type = FIELD_UINT,
	 .def = "60",
	 .min = 10,
	 .max = 3600,
	 .help = "seconds of talk set aside ahead for each call of an account with a limit"},
	{.name = "emergency",
	 .type = FIELD_LIST,
	 .def = "[]",
	 .max = 64,
	 .check = check_number,
	 .help = "whole numbers, \"112\": calls to them pass whatever the account has and may, and cost "
		 "nothing; they need a route"},
	{0},
};

static const struct kind interface_kind = {.name = "interface",
					   .plural = "interfaces",
					   .help = "a local address on a network",
					   .fieldv = interface_fieldv,
					   .max = 64};
static const struct kind account_kind = {.name = "account",
					 .plural = "accounts",
					 .help = "who pays for calls",
					 .fieldv = account_fieldv,
					 .max = 100000};
static const struct kind trunk_kind = {.name = "trunk",
				       .plural = "trunks",
				       .help = "a peer that calls come from and go to",
				       .fieldv = trunk_fieldv,
				       .max = 10000};
static const struct kind route_kind = {.name = "route",
				       .plural = "routes",
				       .help = "which trunks a number goes to",
				       .fieldv = route_fieldv,
				       .max = 100000};
static const struct kind settings_kind = {.name = "settings",
					  .plural = "settings",
					  .help = "what holds for the whole system",
					  .fieldv = settings_fieldv,
					  .max = 1};

const struct kind *const kindv[KINDC] = {
	&interface_kind, &kind_tariff, &account_kind, &settings_kind, &trunk_kind, &route_kind, &kind_webhook,
};

const struct kind *kind_find(const char *name)
{
	size_t i;

	for (i = 0; i < KINDC; i++)
		if (!str_cmp(kindv[i]->name, name))
			return kindv[i];

	return NULL;
}

const struct kind *kind_plural_find(const char *plural)
{
	size_t i;

	for (i = 0; i < KINDC; i++)
		if (!str_cmp(kindv[i]->plural, plural))
			return kindv[i];

	return NULL;
}

const struct field *kind_field(const struct kind *kind, const char *name)
{
	const struct field *f;

	for (f = kind->fieldv; f->name; f++)
		if (!str_cmp(f->name, name))
			return f;

	return NULL;
}

const struct field *kind_key(const struct kind *kind)
{
	return kind->fieldv[0].flags & FIELD_KEY ? &kind->fieldv[0] : NULL;
}

const char *field_type_name(const struct field *field)
{
	switch (field->type) {

	case FIELD_TEXT:
		return "text";
	case FIELD_UINT:
		return "whole number";
	case FIELD_BOOL:
		return "true or false";
	case FIELD_MONEY:
		return "amount as text";
	case FIELD_TIME:
		return "time as text";
	case FIELD_CHOICE:
		return "text";
	case FIELD_REF:
		return "name";
	case FIELD_LIST:
		return field->flags & FIELD_ONE ? "text or list of texts" : "list of texts";
	case FIELD_REFS:
		return "list of names";
	case FIELD_ROWS:
		return "list of objects";
	default:
		return "?";
	}
}
