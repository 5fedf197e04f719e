/**
 * @file trace_text.h  What a trace reads of a message's text, and what it must not tell
 */
#ifndef TANDEM_DOOR_TRACE_TEXT_H
#define TANDEM_DOOR_TRACE_TEXT_H

#include <re.h>

/** The Call-ID of a message as it is written in its head; false when there is none. */
bool trace_text_callid(struct pl *callid, const char *p, size_t len);

/**
 * Put an x in the place of each character that is secret: digest credentials and challenges, keys of SRTP and
 * of ICE, passwords in URIs. The length stays, so that Content-Length remains true.
 */
void trace_text_mask(char *p, size_t len);

#endif
