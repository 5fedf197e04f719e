/**
 * @file sip_text.h  SIP messages written in a test as they look on the wire
 */
#ifndef TANDEM_TEST_SIP_TEXT_H
#define TANDEM_TEST_SIP_TEXT_H

#include <re.h>

/** Decode a message; "\n" ends a line. NULL when libre cannot decode it. `msg->src` is 192.0.2.1:5070. */
struct sip_msg *sip_text(const char *fmt, ...);

/** The same text with CRLF, as bytes. */
struct mbuf *sip_text_bytes(const char *fmt, ...);

/** What was printed into a buffer, as a string that lives until the next call. */
const char *sip_text_of(const struct mbuf *mb);

/** Headers every request needs, after the start line: Via, From, To, Call-ID, CSeq and Max-Forwards. */
#define SIP_TEXT_HEADERS(cseq)                              \
	"Via: SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bK7\n" \
	"From: <sip:1001@192.0.2.1>;tag=caller\n"           \
	"To: <sip:8613800@192.0.2.9>\n"                     \
	"Call-ID: c1@192.0.2.1\n"                           \
	"CSeq: " cseq "\n"                                  \
	"Max-Forwards: 70\n"

#endif
