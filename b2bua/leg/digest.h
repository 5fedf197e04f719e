/**
 * @file digest.h  Digest authentication: a challenge read, its response computed (RFC 7616, RFC 8760)
 *
 * Pure functions on text; who is answered is auth.c's to decide.
 */
#ifndef TANDEM_DIGEST_H
#define TANDEM_DIGEST_H

#include <re.h>

/** In the order of their strength. */
enum digest_algorithm { DIGEST_MD5, DIGEST_SHA256, DIGEST_SHA512_256, DIGEST_ALGORITHMC };

enum {
	DIGEST_HEX_SIZE = 65,    /* the longest response, with its end */
	DIGEST_VALUE_MAX = 1024, /* bytes of a realm, nonce or opaque */
};

/** A challenge; its texts point into the header and stand as between their quotes. */
struct digest_challenge {
	struct pl realm, nonce, opaque; /* opaque.p NULL: not given */
	enum digest_algorithm algorithm;
	bool named; /* the algorithm was named, so it is named in the answer too */
	bool sess;
	bool qop;   /* qop=auth was offered; without, the form of RFC 2069 */
	bool stale; /* only the nonce was wrong */
};

/** What a response is computed from beside the challenge. */
struct digest_request {
	const char *user, *password;
	const char *met, *uri;
	const char *cnonce;
	uint32_t nc; /* how often this nonce has been used, this time included */
};

/**
 * Read the value of WWW-Authenticate or Proxy-Authenticate.
 *
 * @return 0, EBADMSG, or ENOTSUP: another scheme, an algorithm we lack, or no qop that we know
 */
int digest_challenge_decode(struct digest_challenge *c, const struct pl *val);

/** The response in hex. EINVAL: the library has no such hash (a FIPS one has no MD5). */
int digest_response(char hex[DIGEST_HEX_SIZE], const struct digest_challenge *c,
		    const struct digest_request *r);

/** Print the value of Authorization or Proxy-Authorization. */
int digest_print(struct mbuf *mb, const struct digest_challenge *c, const struct digest_request *r);

#endif
