/**
 * @file alive.h  Who is called for long says so each minute
 *
 * A proxy between may give an INVITE up of which it has heard nothing for three minutes, and what was said may have
 * been lost: so the last provisional response is said again, without its body (RFC 3261 13.3.1.1). What must go
 * reliably then does so (RFC 3262 3).
 */
#ifndef TANDEM_LEG_ALIVE_H
#define TANDEM_LEG_ALIVE_H

#include <re.h>

struct leg;

struct alive {
	struct tmr tmr;
	uint16_t scode; /* said last */
};

/** A provisional response was sent. */
void alive_said(struct leg *leg, uint16_t scode);
/** There is a final response. */
void alive_stop(struct leg *leg);

#endif
