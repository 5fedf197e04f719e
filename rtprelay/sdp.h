/**
 * @file sdp.h  An SDP body as the relay reads and rewrites it (RFC 8866); prefix rsdp: libre has sdp_*
 *
 * Two functions: rsdp_decode() reads a body into plain values and spans, rsdp_rewrite() writes it with the
 * relay's own addresses, keys and codecs in, in the order rtpengine writes them. What the relay does not
 * own passes as it came.
 */
#ifndef TANDEM_RELAY_SDP_H
#define TANDEM_RELAY_SDP_H

#include <stdbool.h>
#include <stdint.h>
#include <re.h>
#include "codec.h"

enum {
	RSDP_SIZE_MAX = 65536,
	RSDP_ERROR_SIZE = 96,
	RSDP_MEDIA_MAX = 32,
	RSDP_CODEC_MAX = 16,   /* rtpmap lines of one m-line whose rates are known to the packets */
	RSDP_FORMAT_MAX = 512, /* payload types in a body, all m-lines together */
	RSDP_PARAM_MAX = 2048, /* fmtp and rtcp-fb lines in a body */
	RSDP_CRYPTO_MAX = 128, /* a=crypto lines in a body */
	RSDP_FILTER_MAX = 32,  /* names in one list of a codec filter */
	RSDP_NAME_MAX = 128,   /* bytes of o= user, session id, and of s= that are remembered */
};

enum rsdp_kind {
	RSDP_FOREIGN,  /* TCP and what we do not know: not relayed, left as it is */
	RSDP_RTP,      /* RTP and RTCP */
	RSDP_DATAGRAM, /* plain datagrams: udptl and the like */
};

enum rsdp_transport {
	RSDP_OTHER, /* any other RTP, and what is not RTP */
	RSDP_AVP,
	RSDP_AVPF,
	RSDP_SAVP, /* SRTP, keys by a=crypto */
	RSDP_SAVPF,
	RSDP_DTLS_SAVP, /* SRTP, keys by DTLS */
	RSDP_DTLS_SAVPF,
	RSDP_UDPTL,
};

enum rsdp_direction { RSDP_SENDRECV, RSDP_SENDONLY, RSDP_RECVONLY, RSDP_INACTIVE };

/** Payload types of an m-line and their clock rates: what the packets are measured by. Holds no spans. */
struct rsdp_payloads {
	uint64_t ptv[2];    /* bit set: the m-line lists this payload type */
	uint64_t eventv[2]; /* … as telephone-event (RFC 4733) */
	struct {
		uint8_t pt;
		uint8_t codec;    /* enum codec, by its name */
		uint32_t rate_hz; /* 0: not a clock to measure jitter by (telephone-event) */
	} codecv[RSDP_CODEC_MAX];
	uint8_t codecc;
};

/** A payload type an RTP m-line lists. */
struct rsdp_codec {
	struct pl encoding; /* "opus/48000/2", of rtpmap or RFC 3551; unset: not known */
	struct pl name;     /* "opus" */
	uint32_t rate_hz;
	uint16_t paramv[2]; /* the first and last of its fmtp and rtcp-fb lines in rsdp.paramv; 0: none */
	uint8_t channels;
	uint8_t pt;
};

struct rsdp_media {
	struct pl type;
	struct pl proto;
	enum rsdp_kind kind;
	enum rsdp_transport transport;
	bool secure;   /* SRTP by SDES or DTLS */
	bool rejected; /* port 0 */
	bool has_conn; /* a c= line of its own */

	struct sa
		rtp; /* where this party receives; no family set: a host name, or told by ICE later (RFC 8838) */
	struct sa rtcp;
	uint16_t port; /* those of rtp and rtcp, which a host name does not have */
	uint16_t rtcp_port;
	bool has_rtcp; /* a=rtcp said so */
	bool mux;      /* a=rtcp-mux */
	bool mux_only; /* a=rtcp-mux-only (RFC 8858) */

	enum rsdp_direction direction; /* the null address receives nothing, whatever it says */
	bool sends;                    /* the direction in two bits, RFC 3264 */
	bool receives;
	unsigned ptime_ms; /* 0: none */
	struct pl mid;

	struct rsdp_payloads payloads;
	unsigned codec0; /* its payload types, in their order: rsdp.codecv[codec0] to [codec0 + codecc - 1] */
	unsigned codecc; /* 0: not RTP, or formats that are no payload types: codecs are left alone */
	int events_pt;   /* of telephone-event; -1: none */

	unsigned crypto0; /* its a=crypto lines: rsdp.cryptov[crypto0] ... */
	unsigned cryptoc;
	bool dtls; /* a=fingerprint, here or for the session */
	bool ice;  /* a=ice-ufrag or a=candidate, here or for the session */
	struct pl ice_ufrag;
	struct pl ice_pwd;
};

/** The fields of o=. */
struct rsdp_origin {
	struct pl username;
	struct pl session_id;
	struct pl version;
	struct pl address; /* "IN IP4 192.0.2.1", as written */
};

/** A decoded body. Spans point into the text it was decoded from, or to static text. 48 KB: fits a stack. */
struct rsdp {
	struct pl text;
	struct rsdp_origin origin; /* unset: no o= line */
	struct pl session_name;
	struct pl conn_line; /* the session's c= line, line end included; unset: none */
	struct sa conn;
	bool bundle;   /* a=group:BUNDLE */
	bool ice_lite; /* the session is of an ICE-lite agent */
	unsigned mediac;
	unsigned codecc;
	unsigned paramc; /* [0] stands for "none" */
	unsigned cryptoc;
	struct rsdp_media mediav[RSDP_MEDIA_MAX];

	/* what stands in these up to their counts is set, the rest is not */
	struct rsdp_codec codecv[RSDP_FORMAT_MAX];
	struct pl cryptov[RSDP_CRYPTO_MAX]; /* what stands behind "a=crypto:" */
	struct rsdp_param {
		uint16_t offset; /* of "a=fmtp:…" in text, without the line end */
		uint16_t len;
		uint16_t next; /* the next of the same payload type; 0: none */
	} paramv[RSDP_PARAM_MAX];
};

/**
 * Decode a body.
 *
 * @param sdp   filled; points into text
 * @param text  the body
 * @param why   on error: the line and what is wrong, fit for error-reason; holds nothing of the body
 *
 * @return 0 or EBADMSG
 */
int rsdp_decode(struct rsdp *sdp, const struct pl *text, char why[RSDP_ERROR_SIZE]);

/**
 * Which codecs go on, in rtpengine's words. A name is "opus", "opus/48000", "opus/48000/2", or a payload type
 * as a number; case does not matter.
 */
struct rsdp_filter {
	struct rsdp_names {
		const struct pl *v;
		unsigned c;
	} strip,        /* take out; "all" and "full": every codec of audio m-lines */
		except, /* not taken out by "all" and "full" */
		offer,  /* what was taken out goes back in, behind the others, in this order */
		mask;   /* as strip: nothing here could transcode */
};

/** ICE as an ICE-lite agent says it (RFC 8839): one host candidate a component, at the m-line's address. */
struct rsdp_ice {
	const char *ufrag;
	const char *pwd;
};

enum rsdp_rtcp_line {
	RSDP_RTCP_PORT, /* a=rtcp:PORT */
	RSDP_RTCP_FULL, /* a=rtcp:PORT IN IP4 ADDRESS */
	RSDP_RTCP_NONE,
};

/** What an m-line becomes. All zero: it is not relayed, and stays as it is. */
struct rsdp_media_target {
	struct sa rtp;              /* where its packets shall come; port 0: not relayed */
	uint16_t rtcp_port;         /* that of rtp where both share one */
	enum rsdp_rtcp_line rtcp;   /* RTP only */
	bool mux;                   /* a=rtcp-mux, or none */
	bool mux_only;              /* a=rtcp-mux-only too */
	const char *proto;          /* "RTP/SAVP"; NULL: as it is */
	bool keep_keys;             /* a=crypto, fingerprint, setup pass: the parties encrypt end to end */
	const char *const *cryptov; /* what to write behind "a=crypto:" */
	unsigned cryptoc;
	unsigned ptime_ms;          /* a=ptime where there is none; 0: none */
	const struct rsdp_ice *ice; /* NULL: no ICE */
};

/** What of o=, c= and s= is replaced. */
enum rsdp_replace {
	RSDP_REPLACE_ORIGIN = 1 << 0,       /* our address in o= */
	RSDP_REPLACE_SESSION_CONN = 1 << 1, /* in the session's c= too if each m-line has one of its own */
	RSDP_REPLACE_ZERO = 1 << 2,         /* the null address as well */
	RSDP_REPLACE_VERSION = 1 << 3,      /* o= version: ours, raised when the body differs from the last */
	RSDP_REPLACE_VERSION_FORCE = 1 << 4, /* raised each time */
	RSDP_REPLACE_USERNAME = 1 << 5,      /* o= user: the one first told */
	RSDP_REPLACE_SESSION_ID = 1 << 6,    /* o= session id: the one first told */
	RSDP_REPLACE_SESSION_NAME = 1 << 7,  /* s=: the one first told */
	RSDP_REPLACE_ORIGIN_FULL =
		RSDP_REPLACE_ORIGIN | RSDP_REPLACE_VERSION | RSDP_REPLACE_USERNAME | RSDP_REPLACE_SESSION_ID,
};

/** What to put in. */
struct rsdp_target {
	struct sa local;                  /* for o= and the session's c= */
	unsigned replace;                 /* bits of rsdp_replace */
	bool keep_directions;             /* a=sendrecv and the like stay where they are */
	bool strip_extmap;                /* no a=extmap */
	bool generate_mid;                /* a=mid:1 and so on where there is none */
	bool single_codec;                /* the first codec of each m-line alone, and telephone-event */
	const struct rsdp_filter *filter; /* NULL: all codecs */
	struct rsdp_media_target mediav[RSDP_MEDIA_MAX];
};

enum rsdp_told_field { RSDP_TOLD_USERNAME, RSDP_TOLD_SESSION_ID, RSDP_TOLD_SESSION_NAME, RSDP_TOLD_FIELDS };

/** What a party was told last, so that o= goes on as one session of one speaker. All zero at first. */
struct rsdp_told {
	char *fieldv[RSDP_TOLD_FIELDS]; /* NULL: nothing remembered yet */
	uint64_t version;
	uint64_t hash; /* of the body without its version; 0: nothing told yet */
};

/**
 * Write the body as the target says.
 *
 * @param mb      the text is appended, from mb->pos
 * @param told    of the party that will read it; kept up to date when all goes well. NULL: o= version, user,
 *                session id and s= stay as they are
 * @param why     on error: what is wrong, fit for error-reason
 *
 * @return 0, ENOMEM, or ENOTSUP: the filter leaves an m-line without a codec
 */
int rsdp_rewrite(struct mbuf *mb, struct rsdp_told *told, const struct rsdp *sdp,
		 const struct rsdp_target *target, char why[RSDP_ERROR_SIZE]);

/** Forget what was told, and free it. */
void rsdp_told_reset(struct rsdp_told *told);

/** Clock rate of a payload type: from the SDP, else RFC 3551; 0 when unknown or not a clock. */
uint32_t rsdp_rate_hz(const struct rsdp_payloads *payloads, uint8_t pt);

/** The codec of a payload type, if its quality can be estimated: from the SDP, else RFC 3551. */
enum codec rsdp_codec_id(const struct rsdp_payloads *payloads, uint8_t pt);

/** Is it telephone-event, as its rtpmap says? */
bool rsdp_is_event(const struct rsdp_payloads *payloads, uint8_t pt);

bool rsdp_lists_pt(const struct rsdp_payloads *payloads, uint8_t pt);

/** The codec of a payload type as `m` names it; NULL: not listed. */
const struct rsdp_codec *rsdp_codec_find(const struct rsdp *sdp, const struct rsdp_media *m, uint8_t pt);

/** "RTP/SAVP" and the like; NULL for RSDP_OTHER. */
const char *rsdp_transport_name(enum rsdp_transport transport);

/** The transport of that name, case aside; RSDP_OTHER: none of those we know. */
enum rsdp_transport rsdp_transport_find(const struct pl *name);

#endif
