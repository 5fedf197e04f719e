/**
 * @file ng_replies.h  Replies on their way to NG clients, a few in one call of the kernel
 *
 * Each datagram that is sent wakes its reader, who takes the processor from us: replies to requests that came
 * together go together. No client is waited for.
 */
#ifndef TANDEM_NG_REPLIES_H
#define TANDEM_NG_REPLIES_H

#include <stddef.h>
#include <stdint.h>
#include <re.h>
#include "ng_peer.h"

struct ng_replies;

int ng_replies_alloc(struct ng_replies **rp);

/** Where to write the next reply, empty. */
struct mbuf *ng_replies_next(struct ng_replies *r);

/** What was written there goes to this client, at the latest with ng_replies_flush. */
void ng_replies_add(struct ng_replies *r, const struct ng_peer *to);

/** Send what waits. To be called before the loop waits again, and before another socket has its turn. */
void ng_replies_flush(struct ng_replies *r);

/** Send something else at once. */
void ng_replies_send(struct ng_replies *r, const struct ng_peer *to, const void *p, size_t len);

/** Replies that a client's socket would not take. */
uint64_t ng_replies_unsent(const struct ng_replies *r);

#endif
