/**
 * @file header_cross.h  Which headers cross from one leg to the other by themselves (docs/headers.md)
 */
#ifndef TANDEM_HEADER_CROSS_H
#define TANDEM_HEADER_CROSS_H

#include <re.h>

/** Between whom. */
struct header_cross {
	const struct sa *host; /* stands in the place of the hosts in identities, so that no topology leaks */
	bool trusted;          /* both sides are: identities cross (RFC 3325) */
};

enum header_crossing {
	HEADER_CROSSES,
	HEADER_STAYS,   /* unless somebody wants it to cross */
	HEADER_WITHHELD /* an identity between sides that do not trust each other */
};

/** Print all headers of a request or response that cross by themselves. */
int header_print_passed(struct mbuf *mb, const struct sip_msg *msg, const struct header_cross *cross);

/** What becomes of one header; where it crosses, its value as it may be seen is appended. */
enum header_crossing header_cross_value(struct mbuf *mb, const struct sip_hdr *hdr, const struct sip_msg *msg,
					const struct header_cross *cross);

/** Print what describes a body we pass on: Content-Disposition, -Encoding, -Language, MIME-Version,
 *  Info-Package. */
int header_print_body(struct mbuf *mb, const struct sip_msg *msg);

/** Print what describes an event of a subscription or a publication (RFC 6665, RFC 3903). */
int header_print_event(struct mbuf *mb, const struct sip_msg *msg);

/** Print that a side knows lists of subscriptions, or requires that (RFC 4662). */
int header_print_eventlist(struct mbuf *mb, const struct sip_msg *msg);

/** Print Referred-By (RFC 3892) with `host` in the place of its host. */
int header_print_referred_by(struct mbuf *mb, const struct sip_msg *msg, const struct sa *host);

/** True if the sender wants to stay unknown: Privacy with id, user, header or session (RFC 3323, RFC 3325). */
bool header_is_private(const struct sip_msg *msg);

#endif
