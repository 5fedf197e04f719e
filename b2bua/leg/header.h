/**
 * @file header.h  What headers say, and those we make
 */
#ifndef TANDEM_HEADER_H
#define TANDEM_HEADER_H

#include <re.h>

/** Option tags we know, as bits. */
enum header_option {
	HEADER_OPTION_100REL = 1 << 0,
	HEADER_OPTION_TIMER = 1 << 1,
	HEADER_OPTION_PRECONDITION = 1 << 2,
	HEADER_OPTION_REPLACES = 1 << 3,
	HEADER_OPTION_NOREFERSUB = 1 << 4,
	HEADER_OPTION_EVENTLIST = 1 << 5, /* of others: it crosses */
};

/** True if the request requires an extension that is not among `known` (bits of enum header_option). */
bool header_requires_other(const struct sip_msg *msg, unsigned known);

/** Answer 420 with Unsupported when the request does so (RFC 3261 8.2.2.3). True if it did. */
bool header_refuse_required(struct sip *sip, const struct sip_msg *msg, unsigned known);

/** Print the Unsupported header of a 420. */
int header_print_unsupported(struct mbuf *mb, const struct sip_msg *msg, unsigned known);

/** True if a URI holds nothing that would end it in a header: space, control character, quote, bracket (RFC 3261
 *  25.1). */
bool header_uri_is_plain(const struct pl *uri);

/** Print text of a peer with spaces for control characters: no line end of its own crosses. For %H. */
int header_print_clean(struct re_printf *pf, const struct pl *pl);

/** Print the display name in front of the URI `auri` of a name-addr `val`, quoted, and a space; or nothing. */
int header_print_name(struct mbuf *mb, const struct pl *val, const struct pl *auri);

/** An address as a URI's host: IPv6 in brackets. For %H. */
int header_print_host(struct re_printf *pf, const struct sa *sa);

/** Print the Reason headers of a message as they stand; returns how many through `n` (may be NULL). */
int header_print_reason(struct mbuf *mb, const struct sip_msg *msg, unsigned *n);

/** Print a Reason header of ours: "SIP" or "Q.850". */
int header_reason(struct mbuf *mb, const char *protocol, unsigned cause, const char *text);

/** Q.850 cause in a message's Reason header, or 0 (RFC 3326). */
unsigned header_q850(const struct sip_msg *msg);

/** Q.850 cause that the SIP cause in a message's Reason header stands for, or 0. */
unsigned header_q850_of_sip(const struct sip_msg *msg);

/** Q.850 cause for a SIP final response (RFC 3398 section 8.2.6.1), 0 for 2xx. */
unsigned header_q850_of(uint16_t scode);
const char *header_q850_text(unsigned cause);

/** A final failure as the other side may see it: no challenge, no redirection, no class there is not. */
uint16_t header_code_shown(uint16_t scode);

/** A standard reason phrase for a response code. */
const char *header_phrase(uint16_t scode);

/** icid-value of P-Charging-Vector (RFC 7315), unquoted; p NULL when absent. */
struct pl header_icid(const struct sip_msg *msg);

#endif
