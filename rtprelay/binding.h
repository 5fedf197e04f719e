/**
 * @file binding.h  A STUN Binding request and its response on the wire (RFC 8489), without allocation
 *
 * libre's STUN code allocates for each attribute; this meets every datagram that a stranger sends to a
 * media port, so it reads spans and writes into a given buffer.
 */
#ifndef TANDEM_RELAY_BINDING_H
#define TANDEM_RELAY_BINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <re.h>

enum {
	BINDING_SIZE_MAX = 1024, /* of a request that is looked at */
	BINDING_UNKNOWN_MAX = 4, /* unknown attributes that are named in the response */
	BINDING_RESPONSE_MAX = 128,
};

/** What a Binding request says. Spans point into the datagram. */
struct binding {
	const uint8_t *p;
	struct pl username;                     /* unset: none */
	size_t integrity;                       /* where MESSAGE-INTEGRITY begins; 0: none */
	bool fingerprint;                       /* has one, and it is right */
	bool use_candidate;                     /* ICE: this pair is nominated */
	bool controlled;                        /* ICE: the sender believes it is the controlled agent */
	uint32_t priority;                      /* ICE: of the sender's candidate; 0: not told */
	uint16_t unknownv[BINDING_UNKNOWN_MAX]; /* comprehension-required attributes that we do not know */
	unsigned unknownc;
};

/** A Binding indication that keeps a NAT's binding (RFC 8445 section 11): nothing in it but FINGERPRINT. */
#define BINDING_INDICATION                                                                                \
	{                                                                                                 \
		0x00, 0x11, 0x00, 0x08, 0x21, 0x12, 0xa4, 0x42, 0x6b, 0x65, 0x65, 0x70, 0x2d, 0x61, 0x6c, \
			0x69, 0x76, 0x65, 0x20, 0x20, 0x80, 0x28, 0x00, 0x04, 0x14, 0xc2, 0x24, 0x4b      \
	}

/** True if a datagram is a STUN message of the Binding method that is no request: it wants no response. */
bool binding_is_silent(const uint8_t *p, size_t len);

/**
 * Take a request apart.
 *
 * @return 0, or EBADMSG: no STUN Binding request, its attributes do not fit, or its FINGERPRINT is wrong
 */
int binding_decode(struct binding *b, const uint8_t *p, size_t len);

/** True if the request's MESSAGE-INTEGRITY was made with this key (RFC 8489 section 14.5). */
bool binding_authentic(const struct binding *b, const char *key);

/** What to respond. */
struct binding_response {
	uint16_t code;        /* 0: success */
	const struct sa *src; /* on success: where the request came from, for XOR-MAPPED-ADDRESS */
	const char *key;      /* for MESSAGE-INTEGRITY; NULL: without, as for 400 and 401 */
};

/** Write the response to a request, with FINGERPRINT; returns its length. */
size_t binding_respond(uint8_t buf[BINDING_RESPONSE_MAX], const struct binding *b,
		       const struct binding_response *r);

#endif
