/**
 * @file ng_flags.h  What an NG request asks for: its keys and flags, decoded, checked, in one struct
 *
 * Clients spell the same wish in many ways: as a key, as a word in the list `flags`, as a word with a
 * prefix (`SDES-off`), in a string of their own (`rtpp-flags`), with spaces, hyphens or underscores, in
 * any case. One table (ng_flag_table.h) knows them all.
 */
#ifndef TANDEM_NG_FLAGS_H
#define TANDEM_NG_FLAGS_H

#include <stdbool.h>
#include <stdint.h>
#include <re.h>
#include "bencode.h"
#include "srtp_suite.h"

enum {
	NG_ID_MAX = 255,     /* call-id, tags, labels, via-branch */
	NG_NAMES_MAX = 32,   /* codecs in one list */
	NG_WARNINGS_MAX = 8, /* more are only counted */
	NG_WHY_SIZE = 160,
	NG_TOS_KEEP = -1,
	NG_TOS_DEFAULT = 256, /* as configured */
	NG_DELAY_DEFAULT = -1,
	NG_STRING_MAX = 4096, /* of rtpp-flags */
};

/** The `replace` list. */
enum ng_replace {
	NG_REPLACE_ORIGIN = 1 << 0,        /* address in o= */
	NG_REPLACE_CONNECTION = 1 << 1,    /* session level c=; it always is */
	NG_REPLACE_VERSION = 1 << 2,       /* version in o= is ours, raised with each change */
	NG_REPLACE_FORCE_VERSION = 1 << 3, /* … and without one */
	NG_REPLACE_USERNAME = 1 << 4,      /* user name in o= stays the same for a party */
	NG_REPLACE_NAME = 1 << 5,          /* the same for s= */
	NG_REPLACE_ZERO = 1 << 6,          /* our address in place of the null address, too */
	NG_REPLACE_ORIGIN_FULL = 1 << 7,   /* all of o= stays the same for a party */
};

/** `rtcp-mux`. */
enum ng_mux {
	NG_MUX_OFFER = 1 << 0,   /* offer it on, even if it was not offered */
	NG_MUX_REQUIRE = 1 << 1, /* … as settled: no port of its own for RTCP */
	NG_MUX_DEMUX = 1 << 2,   /* do not offer it on, but accept it */
	NG_MUX_ACCEPT = 1 << 3,  /* accept it, and offer it on if it was offered */
	NG_MUX_REJECT = 1 << 4,
};

/** `transport-protocol`, of the SDP that goes on: NG_TRANSPORT_GIVEN, and what it has of the rest. */
enum ng_transport {
	NG_TRANSPORT_KEEP = 0, /* as offered; in an answer: as the offerer spoke */
	NG_TRANSPORT_SECURE = 1 << 0,
	NG_TRANSPORT_FEEDBACK = 1 << 1,
	NG_TRANSPORT_GIVEN = 1 << 2,
	NG_TRANSPORT_ACCEPT = 1 << 3, /* in an answer: as the answerer spoke */
	NG_TRANSPORT_AVP = NG_TRANSPORT_GIVEN,
	NG_TRANSPORT_SAVP = NG_TRANSPORT_GIVEN | NG_TRANSPORT_SECURE,
	NG_TRANSPORT_AVPF = NG_TRANSPORT_GIVEN | NG_TRANSPORT_FEEDBACK,
	NG_TRANSPORT_SAVPF = NG_TRANSPORT_GIVEN | NG_TRANSPORT_SECURE | NG_TRANSPORT_FEEDBACK,
};

enum ng_ice { NG_ICE_DEFAULT, NG_ICE_REMOVE, NG_ICE_FORCE, NG_ICE_OPTIONAL, NG_ICE_FORCE_RELAY };
enum ng_osrtp { NG_OSRTP_OFFER = 1 << 0, NG_OSRTP_ACCEPT = 1 << 1 };
enum ng_symmetry { NG_SYMMETRY_DEFAULT, NG_SYMMETRIC, NG_ASYMMETRIC };
enum ng_drop { NG_DROP_KEEP, NG_DROP_START, NG_DROP_STOP };
enum ng_rtcp_line { NG_RTCP_LINE_DEFAULT, NG_RTCP_LINE_NONE, NG_RTCP_LINE_FULL };

/** Spans of the request. */
struct ng_names {
	struct pl v[NG_NAMES_MAX];
	unsigned c;
};

/** The `codec` lists. What would need a transcoder is not here. */
struct ng_codecs {
	struct ng_names strip;
	struct ng_names except;
	struct ng_names offer;
	struct ng_names mask;
};

/** `SDES`. Suites are bits: 1 << enum rsrtp_suite; NG_SUITE_UNKNOWN is none of ours. */
enum { NG_SUITE_UNKNOWN = 1 << 30 };


struct ng_sdes {
	bool off;
	bool nonew;                            /* offer on only what was offered */
	bool lifetime;                         /* tell how long keys live */
	uint32_t no;                           /* suites not to offer on */
	uint32_t only;                         /* 0: any */
	enum rsrtp_suite orderv[RSRTP_SUITES]; /* these first */
	unsigned orderc;
	uint32_t prefer; /* `offerer_pref`: of what was offered, rather these; 0: any */
};

/** Something that was asked for and is not done. */
struct ng_warning {
	const char *in;  /* the list it stands in; NULL: a key, or in `flags` */
	struct pl word;  /* of the request */
	const char *why; /* NULL: nobody knows this word */
};

/** A request. Spans point into it; a span that is not set was not given. */
struct ng_flags {
	struct pl call_id;
	struct pl from_tag; /* who offers, in an answer too */
	struct pl to_tag;
	struct pl branch; /* via-branch */
	struct pl sdp;

	struct pl label; /* of who offers; block and the like: whom it is about */
	struct pl to_label;
	struct pl set_label; /* new label of whom it is about */
	struct sa address;   /* … or known by the address in its SDP */
	bool all;            /* … or everybody */

	struct pl interfacev[2]; /* direction: names, towards who offers, and the other side */
	struct sa localv[2];     /* tandem-local: the same as addresses of ours; no family: as before */
	struct sa media_address; /* shown as ours in the SDP that goes on */
	struct sa received_from; /* where its SIP message came from */
	bool sip_source;         /* where it receives is where its SIP message came from */
	int family;              /* AF_INET, AF_INET6 of the SDP that goes on; AF_UNSPEC: not asked for */

	uint32_t replace;   /* enum ng_replace */
	uint32_t transport; /* enum ng_transport */
	uint32_t mux;       /* enum ng_mux */
	uint32_t osrtp;     /* enum ng_osrtp */
	enum ng_ice ice;
	enum ng_rtcp_line rtcp_line;
	struct ng_sdes sdes;
	struct ng_codecs codecs;

	enum ng_symmetry symmetry;
	enum ng_drop drop; /* drop-traffic, of the whole call */
	bool strict_source;
	bool handover; /* media-handover: an address may change at any time */
	bool generate_mid;
	bool original_sendrecv;
	bool single_codec;
	bool strip_extmap;
	bool loop_protect;
	bool reject_ice;

	int tos;            /* NG_TOS_KEEP, 0 to 255, NG_TOS_DEFAULT */
	int delete_delay_s; /* NG_DELAY_DEFAULT or 0 to 86400 */
	uint32_t timeout_s; /* tandem-timeout-s; 0: as before */
	int notify;         /* tandem-notify; -1: as before */
	uint32_t limit;     /* of list; 0: not given */
	bool fatal;         /* delete: an unknown call is an error */
	bool load_limit;    /* the client understands `result: load limit` */
	bool as_string;     /* flags came as `rtpp-flags` … */
	bool to_tag_meant;  /* … which had the word to-tag */

	struct ng_warning warningv[NG_WARNINGS_MAX];
	unsigned warningc;
	unsigned unknownc; /* of them and of what did not fit: words nobody knows */
};

/**
 * Decode a request.
 *
 * @param flags  filled, whatever is returned
 * @param dict   the request
 * @param why    on error: the key, what is wrong with it, and what is right
 *
 * @return 0, EINVAL (a value of the wrong type or out of range), EOVERFLOW (a list or string too long).
 *         What is unknown or not done here is no error but a warning.
 */
int ng_flags_decode(struct ng_flags *flags, const struct bval *dict, char why[NG_WHY_SIZE]);

/** The warnings as one line of plain text, for %H; nothing when there are none. */
int ng_flags_warn(struct re_printf *pf, const struct ng_flags *flags);

#endif
