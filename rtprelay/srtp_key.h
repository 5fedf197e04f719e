/**
 * @file srtp_key.h  Session keys, derived from a master key (RFC 3711 section 4.3, RFC 7714 section 11)
 */
#ifndef TANDEM_RELAY_SRTP_KEY_H
#define TANDEM_RELAY_SRTP_KEY_H

#include <stdint.h>
#include "srtp_suite.h"

enum { RSRTP_AUTH_SIZE = 20 };

/** The first label of a kind of packets: encryption key; authentication key and salt follow. */
enum rsrtp_label { RSRTP_LABEL_RTP = 0, RSRTP_LABEL_RTCP = 3 };

/** What protects one kind of packets. Wipe it after use. */
struct rsrtp_session_keys {
	uint8_t enc[RSRTP_KEY_SIZE_MAX];
	uint8_t auth[RSRTP_AUTH_SIZE];
	uint8_t salt[RSRTP_SALT_SIZE_MAX];
};

/**
 * Derive the session keys of RTP or of RTCP; the key derivation rate is 0.
 *
 * @return 0, ENOMEM, ENOTSUP (OpenSSL lacks the cipher)
 */
int rsrtp_keys_derive(struct rsrtp_session_keys *keys, const struct rsrtp_key *key, enum rsrtp_label label);

/** Forget them for good. */
void rsrtp_keys_wipe(struct rsrtp_session_keys *keys);

#endif
