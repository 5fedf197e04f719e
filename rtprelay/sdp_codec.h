/**
 * @file sdp_codec.h  The payload types of an m-line: read from m=, rtpmap and fmtp, and filtered
 */
#ifndef TANDEM_RELAY_SDP_CODEC_H
#define TANDEM_RELAY_SDP_CODEC_H

#include "sdp.h"

/** The payload types of an m-line that go on, in their order. */
struct rsdp_selection {
	const struct rsdp_codec *v[128];
	unsigned c;
};

/** The formats of an m-line. 0, or EOVERFLOW: more than RSDP_FORMAT_MAX in the body. */
int rsdp_formats_read(struct rsdp *sdp, struct rsdp_media *m, struct pl rest);

/** What stands behind "a=rtpmap:". What names no payload type of the m-line is passed over. */
void rsdp_rtpmap_read(struct rsdp *sdp, struct rsdp_media *m, const struct pl *param);

/**
 * A line that belongs to a payload type: a=fmtp, a=rtcp-fb.
 *
 * @param line   without its end
 * @param param  what stands behind the colon
 *
 * @return 0, or EOVERFLOW: more than RSDP_PARAM_MAX in the body
 */
int rsdp_param_read(struct rsdp *sdp, struct rsdp_media *m, const struct pl *line, const struct pl *param);

/** Choose what of `m` goes on. 0, or ENOTSUP: no codec would. */
int rsdp_filter_apply(struct rsdp_selection *sel, const struct rsdp *sdp, const struct rsdp_media *m,
		      const struct rsdp_target *target);

#endif
