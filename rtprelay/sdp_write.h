/**
 * @file sdp_write.h  The body being written; shared by sdp_rewrite.c (lines), sdp_keep.c (what stays), sdp_write.c (what is ours)
 */
#ifndef TANDEM_RELAY_SDP_WRITE_H
#define TANDEM_RELAY_SDP_WRITE_H

#include "sdp.h"
#include "sdp_codec.h"
#include "sdp_line.h"

struct rsdp_writer {
	struct mbuf *mb;
	const struct rsdp *sdp;
	const struct rsdp_target *target;
	const struct rsdp_told *told; /* NULL: o= version, user, session id and s= stay */
	int err;                      /* the first; nothing is written after it */
	struct pl end;                /* line end for lines of ours: that of the line above */

	const struct rsdp_media *media;     /* NULL above the first m-line */
	const struct rsdp_media_target *mt; /* NULL: not relayed */
	unsigned index;                     /* of media */
	struct rsdp_selection codecs;       /* of media */
	bool conn_due;                      /* this m-line wants a c= line of its own */
	bool conn_null;                     /* … the null address, if it was that */
	bool conn_new;                      /* the session's c= line becomes ours */
	bool all_ours;                      /* nothing but what is relayed depends on the session's lines */
	struct {
		size_t at;  /* offset in mb */
		size_t len; /* 0: there is no o= line */
		uint64_t num;
		bool done; /* the first o= line has been written */
	} version;
};

void rsdp_put(struct rsdp_writer *w, const char *text);
void rsdp_put_pl(struct rsdp_writer *w, const struct pl *pl);
void rsdp_put_num(struct rsdp_writer *w, uint64_t num);

/** "IN IP4 192.0.2.1", or the null address where `was` is that and stays it (hold, RFC 2543). */
void rsdp_put_address(struct rsdp_writer *w, const struct sa *was, const struct sa *ours);

/** The m-line's direction stays where it is: unless it is all that is left of a hold by the null address. */
bool rsdp_keeps_direction(const struct rsdp_writer *w);

/** End the text's last line if it lacks its end or half of it, so that another can be added. */
void rsdp_put_missing_end(struct rsdp_writer *w);

/** What follows an m-line's own lines: codecs, direction, RTCP, keys, ICE. */
void rsdp_put_media(struct rsdp_writer *w);

/** a=ice-lite, behind the session's lines, where an m-line has ICE. */
void rsdp_put_ice_lite(struct rsdp_writer *w);

/** The m-line is none of ours: it stays as it is. */
bool rsdp_is_foreign(const struct rsdp_writer *w);

/** The attribute does not stay where it is. */
bool rsdp_attr_drops(const struct rsdp_writer *w, const struct sdp_line *line);

#endif
