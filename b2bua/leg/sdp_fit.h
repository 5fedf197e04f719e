/**
 * @file sdp_fit.h  Makes one offer the answer to another
 */
#ifndef TANDEM_LEG_SDP_FIT_H
#define TANDEM_LEG_SDP_FIT_H

#include <re.h>

/**
 * Where two who have both made an offer meet, each hears the other's as the answer to its own: with as many media
 * lines, in that order, and those rejected that the other does not have (RFC 3264 6).
 *
 * @return ENOTSUP: they have no media in common; EOVERFLOW: more media than anybody has
 */
int sdp_fit(struct mbuf *mb, const struct pl *offer, const struct pl *sdp);

#endif
