/**
 * @file model.h  What the operator provisioned, as the engine reads it: immutable once built
 *
 * A change builds a whole new model and swaps it in (store.h); a call holds a reference to the model
 * it was set up with, so nothing changes under it.
 */
#ifndef TANDEM_MODEL_H
#define TANDEM_MODEL_H

#include <re.h>
#include "header_rule.h"
#include "session_policy.h"
#include "tls_peer.h"

struct listen_addr {
	enum sip_transp tp; /* UDP, TCP or TLS */
	struct sa addr;
};

struct interface {
	struct le le;
	char *name;
	struct listen_addr *listenv;
	size_t listenc;
	struct sa media4, media6; /* address without port; unset family: sa_isset() is false */
};

/** Calls to a country that an account has not called before. */
enum new_country_policy {
	NEW_COUNTRY_ALLOW, /* they are only told (default) */
	NEW_COUNTRY_LIMIT, /* one at a time */
	NEW_COUNTRY_DENY,
};

/** At most so many calls in any window of time; one more, and there are none for a while. */
struct burst_limit {
	uint32_t calls; /* 0: no limit */
	uint32_t window_s;
	uint32_t block_s;
};

struct account {
	struct le le;
	char *name;
	bool prepaid;
	char *currency;
	int64_t balance_nano; /* when it was made, or at start: book.h has what it is now */
	int64_t credit_nano;  /* how far below zero it may go; postpaid and 0: without end */
	char *tariff;         /* NULL: its calls are not charged */
	bool enabled;
	int64_t valid_until_us; /* INT64_MAX: for ever */
	uint32_t max_calls;     /* concurrent; 0 = no limit, here and below */
	uint32_t max_cps;
	int64_t max_spend_call_nano, max_spend_day_nano, max_per_minute_nano;
	int64_t low_balance_nano; /* INT64_MIN: nobody is told */
	char **allowv, **denyv;   /* prefixes */
	size_t allowc, denyc;
	enum new_country_policy new_country;
	char **countryv; /* codes that are not new */
	size_t countryc;
	struct burst_limit burst; /* of dear calls */
	int64_t burst_price_nano; /* what a first minute costs of such a call */
};

/** One source a trunk's calls come from. */
struct match {
	struct sa addr; /* port 0 = any */
	uint8_t prefix; /* bits; 32 or 128 for a host */
};

enum anchor_policy {
	ANCHOR_REQUIRED,      /* no relay: 503 (default) */
	ANCHOR_WHEN_POSSIBLE, /* no relay: the SDP passes as it is */
	ANCHOR_OFF,
};

enum srtp_policy {
	SRTP_OFF,      /* RTP only (default) */
	SRTP_OPTIONAL, /* SRTP with who has it, RTP with who has not (RFC 8643) */
	SRTP_REQUIRED, /* SRTP only */
};

/** Reliable provisional responses (RFC 3262). */
enum prack_policy {
	PRACK_SUPPORTED, /* with who has them (default) */
	PRACK_OFF,       /* a call that demands them: 420 */
	PRACK_REQUIRED,  /* a call from who lacks them: 421 */
	PRACK_IGNORED,   /* as if there were no such thing; a demand is overlooked */
};

/** Preconditions (RFC 3312). */
enum precondition_policy {
	PRECONDITION_OFF,   /* none to it or from it; a call that requires them: 420 (default) */
	PRECONDITION_RELAY, /* passed on where the other trunk relays them, too */
	PRECONDITION_SERVE, /* the same, and met on behalf of another trunk that does not */
};

enum redirect_policy {
	REDIRECT_REFUSE, /* 3xx is a failure as others are (default) */
	REDIRECT_FOLLOW, /* its Contacts are dialled */
	REDIRECT_PASS,   /* the caller gets it */
};

enum transfer_policy {
	TRANSFER_REFUSE, /* 403 (default) */
	TRANSFER_PASS,   /* REFER and its NOTIFYs cross */
	TRANSFER_SERVE,  /* the target is called here; its INVITE may replace a leg */
};

struct trunk {
	struct le le;
	char *name;
	const struct interface *interface;
	const struct account *account; /* its own or the default one; NULL: not charged */
	struct match *matchv;          /* when not given: the target's numeric address and port */
	size_t matchc;
	char *target; /* SIP URI, or NULL: this trunk only originates */
	char *cost_tariff;
	char *auth_user, *auth_password; /* both or neither: what the target's challenges are answered with */
	char *auth_realm;                /* NULL: the first realm that asks in a call */
	bool enabled;
	enum anchor_policy anchor;
	enum srtp_policy srtp;
	enum prack_policy prack_in, prack_out;
	enum precondition_policy precondition;
	enum redirect_policy redirect;
	struct session_policy session;
	enum transfer_policy transfer;
	char *methods;         /* requests in a dialog that cross, ", " between them */
	char *methods_outside; /* the same outside any call */
	char *allow;           /* Allow of its legs */
	char *allow_event;     /* the same of subscriptions outside any call */
	struct header_rules *headers_in, *headers_out; /* NULL: none */
	bool trust;                                    /* identities may cross from it and to it */
	struct tls_peer *tls;                          /* what its end of a TLS connection must prove */
	uint32_t timeout_ms;                           /* no response at all: the next trunk (default 4000) */
	uint32_t ring_timeout_ms;                      /* no answer: CANCEL, 480 (default 60000) */
	uint32_t max_duration_ms;                      /* 0 = none */
	uint32_t max_calls;                            /* concurrent, both directions; 0 = no limit */
	uint32_t max_subscriptions;                    /* outside calls, begun by it; 0 = no limit */
	uint8_t failover[51]; /* bit code-300: this final code hunts on; the last byte: no response does */
};

struct route {
	struct le le, he;
	char *prefix; /* digits after normalisation; "" matches all */
	const struct trunk **trunkv;
	size_t trunkc;
};

struct model {
	struct list interfacel; /* struct interface */
	struct list accountl;
	struct list trunkl;
	struct list routel;
	bool refuse_unknown; /* 403 for a source no trunk matches (default); false: dropped in silence */
	uint32_t reserve_s;  /* set aside ahead for a call */
	char **emergencyv;   /* numbers that pass and cost nothing */
	size_t emergencyc;
	const struct account *default_account; /* of trunks without their own; NULL: none */
	struct hash *ht_match;                 /* struct match_entry by address, port and length */
	bool len4[33], len6[129];              /* lengths of networks that occur in ht_match */
	struct hash *ht_route;                 /* struct route by prefix */
	size_t route_len_max;
	size_t webhookc;      /* that are enabled */
	struct hash *ht_name; /* struct name_entry by name */
};

const struct interface *model_interface(const struct model *m, const char *name);
const struct account *model_account(const struct model *m, const char *name);
const struct trunk *model_trunk(const struct model *m, const char *name);

/** True for a number that everybody may call, whatever the account has. */
bool model_is_emergency(const struct model *m, const char *number);

/** The trunk a request from `src` on `interface` belongs to: address and port, then address, then net. */
const struct trunk *model_match(const struct model *m, const char *interface, const struct sa *src);

/** True if calls have their media at this address, whatever its port. */
bool model_has_media(const struct model *m, const struct sa *addr);

/** The route of the longest prefix of `number`, or NULL. */
const struct route *model_route(const struct model *m, const char *number);

/** True if a request of this method may cross from this trunk, or to it, inside a call. */
bool trunk_passes(const struct trunk *t, const struct pl *met);
/** True if requests of this method cross from it and to it outside any call. */
bool trunk_passes_outside(const struct trunk *t, const struct pl *met);

/** True if `trunk` hunts on after this final code; 0: no response in time, or not to be reached. */
bool trunk_fails_over(const struct trunk *t, uint16_t scode);

#endif
