/**
 * @file frame.h  Where a SIP message in a stream ends (RFC 3261 18.3)
 */
#ifndef TANDEM_FRAME_H
#define TANDEM_FRAME_H

#include <stddef.h>
#include <stdint.h>

enum { FRAME_MAX = 65535 };

enum frame_kind {
	FRAME_PART,      /* the rest is to come */
	FRAME_MESSAGE,   /* head and body */
	FRAME_KEEPALIVE, /* empty lines (RFC 5626 4.4.1) */
	FRAME_JUNK, /* no SIP, no Content-Length or two, or too long: nobody knows where the next begins */
};

/** What is known of a message that is not whole: a peer that sends single bytes has each looked at once. */
struct frame {
	size_t seen;  /* bytes in which no head ends */
	size_t whole; /* its length, from its head; 0: not known yet */
};

/**
 * What a stream begins with.
 *
 * @param len  its length; 0 for a part and for junk
 * @param f    zero at the beginning of each
 */
enum frame_kind frame_find(size_t *len, struct frame *f, const uint8_t *buf, size_t size);

#endif
