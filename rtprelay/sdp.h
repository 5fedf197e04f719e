/**
 * @file sdp.h  An SDP body as the relay reads and rewrites it (RFC 8866); prefix rsdp: libre has sdp_*
 *
 * Only what the relay owns is understood and changed: connection addresses, ports, a=rtcp, rtcp-mux
 * and ICE lines. Every other byte passes unchanged, line ends included.
 */
#ifndef TANDEM_RELAY_SDP_H
#define TANDEM_RELAY_SDP_H

#include <stdbool.h>
#include <stdint.h>
#include <re.h>

enum { RSDP_MEDIA_MAX = 32, RSDP_SIZE_MAX = 65536, RSDP_CODEC_MAX = 16, RSDP_ERROR_SIZE = 96 };

enum rsdp_kind {
	RSDP_FOREIGN,  /* TCP and what we do not know: not relayed, left as it is */
	RSDP_RTP,      /* RTP and RTCP */
	RSDP_DATAGRAM, /* plain datagrams: udptl and the like */
};

/** Payload types of an m-line and their clock rates. */
struct rsdp_payloads {
	uint64_t ptv[2]; /* bit set: the m-line lists this payload type */
	struct {
		uint8_t pt;
		uint32_t rate_hz; /* 0: not a clock to measure jitter by (telephone-event) */
	} codecv[RSDP_CODEC_MAX];
	uint8_t codecc;
};

struct rsdp_media {
	struct pl type;
	struct pl proto;
	enum rsdp_kind kind;
	bool secure;   /* SRTP by SDES or DTLS */
	bool rejected; /* port 0 */
	bool has_conn; /* a c= line of its own */
	bool mux;      /* a=rtcp-mux */
	bool sends;    /* direction, RFC 3264 */
	bool receives;
	struct sa rtp; /* where this party receives; no family set: a host name; the null address: on hold */
	struct sa rtcp;
	struct rsdp_payloads payloads;
};

/** A decoded body. Spans point into the text it was decoded from. */
struct rsdp {
	struct pl text;
	struct pl conn_line; /* the session's c= line, line end included; unset: none */
	struct sa conn;
	unsigned mediac;
	struct rsdp_media mediav[RSDP_MEDIA_MAX];
};

/**
 * Decode a body.
 *
 * @param sdp   filled; points into text
 * @param text  the body
 * @param why   on error: the line and what is wrong, fit for error-reason
 *
 * @return 0 or EBADMSG
 */
int rsdp_decode(struct rsdp *sdp, const struct pl *text, char why[RSDP_ERROR_SIZE]);

enum rsdp_mux { RSDP_MUX_KEEP, RSDP_MUX_STRIP, RSDP_MUX_ADD };

/** What to put in: our address, and for each m-line our ports. */
struct rsdp_target {
	struct sa local;
	bool origin; /* our address in o= too */
	struct {
		uint16_t rtp_port; /* 0: the m-line keeps the port it has */
		uint16_t rtcp_port;
		enum rsdp_mux mux;
	} mediav[RSDP_MEDIA_MAX];
};

/** Write the body with our addresses in. ENOMEM. */
int rsdp_rewrite(struct mbuf *mb, const struct rsdp *sdp, const struct rsdp_target *target);

/** Clock rate of a payload type: from the SDP, else RFC 3551; 0 when unknown or not a clock. */
uint32_t rsdp_rate_hz(const struct rsdp_payloads *payloads, uint8_t pt);

bool rsdp_lists_pt(const struct rsdp_payloads *payloads, uint8_t pt);

#endif
