/**
 * @file sdes.h  The a=crypto attribute of SDP: keys for SRTP in the clear of a signalling message (RFC 4568)
 */
#ifndef TANDEM_RELAY_SDES_H
#define TANDEM_RELAY_SDES_H

#include <stdbool.h>
#include <stdint.h>
#include <re.h>
#include "srtp_suite.h"

enum { SDES_TAG_MAX = 999999999 };

/** The least that a key may protect: SRTCP packets (RFC 3711 section 9.2). */
#define SDES_LIFETIME "2^31"

/** One a=crypto line: under which key the party that says it will send. Holds a key: sdes_wipe it. */
struct sdes {
	uint32_t tag;
	bool lifetime; /* print one: SDES_LIFETIME packets */
	struct rsrtp_key key;
};

/**
 * Read a line.
 *
 * Of several keys the first counts. Lifetimes are checked and not acted upon; WSH, FEC_ORDER and FEC_KEY
 * are passed over, as is a parameter that begins with '-' (section 6.3.7).
 *
 * @param sdes    filled on success
 * @param value   what stands behind "a=crypto:", without the line end
 * @param reason  set on failure: what is wrong, in plain words for a log line; holds nothing of the line
 *
 * @return 0, ENOTSUP (a valid offer that we do not take: the next line may do), EBADMSG (not RFC 4568)
 */
int sdes_decode(struct sdes *sdes, const struct pl *value, const char **reason);

/** Make a line with a random key, without MKI. 0, ERANGE (tag), EIO (no random bytes). */
int sdes_make(struct sdes *sdes, uint32_t tag, enum rsrtp_suite suite);

/** Print what stands behind "a=crypto:", for %H. */
int sdes_print(struct re_printf *pf, const struct sdes *sdes);

/** Forget its key for good. */
void sdes_wipe(struct sdes *sdes);

#endif
