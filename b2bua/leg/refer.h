/**
 * @file refer.h  What asks for a transfer: Refer-To (RFC 3515), and Replaces in it or in an INVITE (RFC 3891)
 */
#ifndef TANDEM_REFER_H
#define TANDEM_REFER_H

#include <re.h>

enum { REFER_URI_SIZE = 256 };

/** The dialog to be replaced, as who gets the header knows it: `to_tag` is its own. */
struct refer_replaces {
	struct pl callid, to_tag, from_tag;
	bool early_only;
};

/** Read a Replaces value. EBADMSG. */
int refer_replaces_decode(struct refer_replaces *r, const struct pl *val);

/** Where a REFER leads. */
struct refer {
	char uri[REFER_URI_SIZE]; /* a sip, sips or tel URI without headers and parameters that are not ours to keep */
	char *replaces;           /* the Replaces header in the URI, unescaped; NULL: none */
	bool silent;              /* no NOTIFYs are wanted (RFC 4488) */
};

/**
 * Read a REFER. Exactly one Refer-To is wanted, which asks for an INVITE.
 *
 * @return EBADMSG (400), ENOTSUP (another scheme or method)
 */
int refer_decode(struct refer *r, const struct sip_msg *msg);
void refer_reset(struct refer *r);

#endif
