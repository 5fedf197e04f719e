/**
 * @file keying.h  The SRTP keys of one party's m-line, as SDES carries them (RFC 4568)
 *
 *   we offer:    lines with a key of ours for each suite    -->  the party answers with one of the suites and its key
 *   it offers:   its lines; the first suite we take counts  -->  we answer with its tag and our key for that suite
 *
 * A key of ours stays the same for as long as the party does, so that an SDP said again says the same and a
 * re-INVITE does not break what is under way; when the party is another one, so are the keys.
 * Control thread only.
 */
#ifndef TANDEM_RELAY_KEYING_H
#define TANDEM_RELAY_KEYING_H

#include <stdbool.h>
#include <re.h>
#include "sdes.h"
#include "sdp.h"
#include "srtp_suite.h"

enum { KEYING_LINES_MAX = RSRTP_SUITES };

/** Which suites, the best first. */
struct keying_suites {
	enum rsrtp_suite v[RSRTP_SUITES];
	unsigned c;
};

/** Opaque; mem_deref wipes the keys. */
struct keying;

int keying_alloc(struct keying **kp);

/** All suites we know, in the order in which we offer them. */
const struct keying_suites *keying_suites_all(void);

/**
 * Read what the party offers.
 *
 * @param k       holds its key until keying_settle
 * @param linev   what stands behind a=crypto:
 * @param suites  those that may be used
 *
 * @return 0, or ENOTSUP: there is none that we take
 */
int keying_offer_read(struct keying *k, const struct pl *linev, unsigned n,
		      const struct keying_suites *suites);

/** The suites of its last offer, as bits 1 << enum rsrtp_suite. */
uint32_t keying_offered(const struct keying *k);

/** The suite in force, as such a bit; 0: none was agreed yet. */
uint32_t keying_agreed(const struct keying *k);

/**
 * Read what the party answers to the lines of keying_offer_write.
 *
 * @return 0, or EBADMSG: no line has a suite that was offered; its tag may be another (not as section 5.1.2
 *         has it, but telephones do so)
 */
int keying_answer_read(struct keying *k, const struct pl *linev, unsigned n);

/** Whether the lines that are printed tell how long a key lives. */
void keying_lifetime_set(struct keying *k, bool on);

/**
 * Print the lines to offer to the party: one for each suite, our key in it.
 *
 * @param linev  KEYING_LINES_MAX, set to strings that mem_deref frees
 * @param n      set to how many
 *
 * @return 0, ENOMEM, EIO (no random bytes)
 */
int keying_offer_write(struct keying *k, const struct keying_suites *suites, char **linev, unsigned *n);

/** Print the line that answers what keying_offer_read chose; else as keying_offer_write. */
int keying_answer_write(struct keying *k, char **linep);

/** The keys in force changed since they were last asked for. */
struct keying_change {
	const struct rsrtp_key *rx; /* under which the party sends; NULL: as before */
	const struct rsrtp_key *tx; /* under which it is sent to; NULL: as before */
};

/** Offer and answer are through: what is in force now, and what of it is new. */
int keying_settle(struct keying *k, struct keying_change *change);

#endif
