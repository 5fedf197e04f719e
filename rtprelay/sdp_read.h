/**
 * @file sdp_read.h  The body being decoded; shared by sdp.c (lines) and sdp_attr.c (attributes)
 */
#ifndef TANDEM_RELAY_SDP_READ_H
#define TANDEM_RELAY_SDP_READ_H

#include "sdp.h"
#include "sdp_line.h"

/** What the session says for m-lines that do not say it themselves. */
struct rsdp_defaults {
	enum rsdp_direction direction;
	bool dtls;
	bool ice;
	struct pl ice_ufrag;
	struct pl ice_pwd;
};

struct rsdp_reader {
	struct rsdp *sdp;
	struct rsdp_media *media; /* NULL above the first m-line */
	struct rsdp_defaults defaults;
	struct {
		unsigned line;
		uint16_t rtcp_port; /* of a=rtcp; 0: none */
		struct sa rtcp;     /* of a=rtcp; no family: the address of RTP */
	} rawv[RSDP_MEDIA_MAX];
	const char *why;
	unsigned line; /* the one that is wrong */
};

/** Note why the body is refused. EBADMSG. */
int rsdp_fail(struct rsdp_reader *r, const char *why);

/** "IN IP4 192.0.2.1". What is nobody's address (a host name, multicast) leaves *sa without a family. */
int rsdp_address_read(struct rsdp_reader *r, struct sa *sa, struct pl rest);

/** Read an a= line. 0, or EBADMSG with the reason noted. */
int rsdp_attr_read(struct rsdp_reader *r, const struct sdp_line *line);

/** Set the direction of an m-line. */
void rsdp_direction_set(struct rsdp_media *m, enum rsdp_direction direction);

#endif
