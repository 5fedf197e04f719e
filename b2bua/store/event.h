/**
 * @file event.h  A row of table `event` on its way through the spool
 */
#ifndef TANDEM_EVENT_H
#define TANDEM_EVENT_H

#include <re.h>

enum { EVENT_TEXT_MAX = 16384 };

struct event {
	int64_t at_us;
	struct pl kind;
	struct pl cdr_id; /* unset: NULL, as is detail */
	struct pl detail;
};

/** EOVERFLOW: a text is longer than EVENT_TEXT_MAX. */
int event_pack(struct mbuf *mb, const struct event *ev);

/** Texts point into `mb`. EBADMSG: damaged. */
int event_unpack(struct event *ev, struct mbuf *mb);

#endif
