/**
 * @file ice.h  ICE-lite: connectivity checks are answered, none are made (RFC 8445 section 2.5, 7.3)
 *
 * We are reachable at the address our SDP names, so the peer checks and chooses, and we answer. A check
 * that knows our password proves that its source was told so by signalling: who it nominates becomes the
 * latch's peer. Consent (RFC 7675) is asked for by the same checks.
 *
 * A stranger's requests are told from the peer's by their user name before anything is computed, and are
 * answered (400, 401) only so often.
 */
#ifndef TANDEM_RELAY_ICE_H
#define TANDEM_RELAY_ICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <re.h>
#include "binding.h"

enum {
	ICE_UFRAG_SIZE = 8 + 1,
	ICE_PWD_SIZE = 24 + 1,
	ICE_PEER_RATE = 100,    /* checks answered a second, of who knows our user name */
	ICE_STRANGER_RATE = 10, /* of who does not */
};

/** Ours, as written into the SDP. */
struct ice_credentials {
	char ufrag[ICE_UFRAG_SIZE]; /* "": no ICE */
	char pwd[ICE_PWD_SIZE];
};

/** How many more may be answered within this second. */
struct ice_allowance {
	uint64_t second;
	uint32_t used;
};

/** One m-line's ICE; the worker's, all zero at first. */
struct ice {
	struct ice_credentials own;
	struct ice_allowance peer;
	struct ice_allowance stranger;
};

enum ice_verdict {
	ICE_DROPPED,   /* nothing is sent back */
	ICE_REFUSED,   /* an error is sent back */
	ICE_CHECKED,   /* success is sent back */
	ICE_NOMINATED, /* success, and the source is to be the peer */
	ICE_NOTED,     /* an indication: it wants no response */
};

struct ice_response {
	uint8_t buf[BINDING_RESPONSE_MAX];
	size_t len;        /* 0: nothing to send */
	uint32_t priority; /* of the peer's candidate when nominated */
};

/** New credentials, from OpenSSL's random numbers. */
int ice_credentials_make(struct ice_credentials *own);

/**
 * Answer a datagram that begins like STUN.
 *
 * @param ice     of the m-line it came in on
 * @param src     where it came from
 * @param now_us  monotonic
 * @param r       what to send back to `src`
 */
enum ice_verdict ice_handle(struct ice *ice, const uint8_t *p, size_t len, const struct sa *src,
			    uint64_t now_us, struct ice_response *r);

#endif
