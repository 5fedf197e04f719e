/**
 * @file dialog.h  The plain data of one SIP dialog (RFC 3261 section 12): ids, targets, routes, numbers
 */
#ifndef TANDEM_DIALOG_H
#define TANDEM_DIALOG_H

#include <re.h>

enum { DIALOG_TAG_SIZE = 17 };

/**
 * Strings are mem strings. `local` and `remote` are the values that go into From and To of a request
 * we send, tags included once they are known.
 */
struct dialog {
	char *callid;
	char ltag[DIALOG_TAG_SIZE];
	char *rtag; /* NULL until the peer gave one */
	char *local;
	char *remote;
	char *target;   /* remote target: the peer's Contact; before that the initial request URI */
	char *routes;   /* "Route: …\r\n" lines, or NULL */
	char *next_hop; /* URI a request goes to when it is not `target`: first route or outbound proxy */
	char *strict;   /* first route's URI without lr: it is the request URI, and target comes last */
	uint32_t lseq;  /* last CSeq number sent */
	uint32_t rseq;  /* last CSeq number received */
	bool rseq_set;
};

/** Start as UAS from an INVITE; the local tag is the one libre puts into its replies. EBADMSG: Contact. */
int dialog_accept(struct dialog *dlg, const struct sip_msg *msg);

/** Start as UAC: new Call-ID and tag; `from` and `to` are name-addr values without a tag. */
int dialog_start(struct dialog *dlg, const struct pl *from, const struct pl *to, const char *ruri,
		 const char *next_hop);

/** Learn tag, target and routes from a response that makes or confirms the dialog (RFC 3261 12.1.2). */
int dialog_confirm(struct dialog *dlg, const struct sip_msg *msg);

/** The same from a request that makes it, which overtook the response (RFC 6665 4.4.1). */
int dialog_confirm_by_request(struct dialog *dlg, const struct sip_msg *msg);

/** Take a new remote target from a request or 2xx that refreshes it; nothing when it has no Contact. */
int dialog_refresh(struct dialog *dlg, const struct sip_msg *msg);

/** Check a request's CSeq against what came before (12.2.2): false when it is out of order. */
bool dialog_rseq_take(struct dialog *dlg, const struct sip_msg *msg);

/** True if a message is of this dialog as seen from our side. */
bool dialog_match(const struct dialog *dlg, const struct sip_msg *msg);

/** Request URI, next hop and header lines (Route, To, From, Call-ID, CSeq) of a request we send. */
const char *dialog_ruri(const struct dialog *dlg);
const char *dialog_next_hop(const struct dialog *dlg);
int dialog_print(struct mbuf *mb, const struct dialog *dlg, uint32_t cseq, const char *met);

/** The port a URI leads to: its own, else that of its scheme and transport (RFC 3261 19.1.2). */
uint16_t dialog_uri_port(const struct uri *uri);

void dialog_reset(struct dialog *dlg);

#endif
