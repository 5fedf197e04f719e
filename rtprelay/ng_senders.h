/**
 * @file ng_senders.h  From which socket of ours a unix client's replies leave: each from one of its own
 *
 * What a client leaves unread fills the buffer of the socket it was sent from. From a common one, who reads
 * nothing would keep the replies of all others back.
 */
#ifndef TANDEM_NG_SENDERS_H
#define TANDEM_NG_SENDERS_H

#include "ng_peer.h"

enum { NG_SENDERS_MAX = 16 };

struct ng_senders;

int ng_senders_alloc(struct ng_senders **sp);

/** The socket to send to this client from; where it came in, unless it is a unix client that takes another. */
int ng_senders_fd(struct ng_senders *s, const struct ng_peer *to);

/** The kernel would not let it pass (EPERM): a client that is connected to our listener hears that one only. */
void ng_senders_refused(struct ng_senders *s, const struct ng_peer *to);

#endif
