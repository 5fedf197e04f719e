/**
 * @file relay.h  NG client: how the b2bua drives the media relay, and knows whether it lives
 *
 * Requests go out over one datagram socket, at most eight unanswered at a time; a reply is found by its
 * cookie. Each is sent at 0, 200, 600 and 1400 ms and given up at 3 s; repeating is harmless, for the
 * relay answers a known cookie from its cache. A ping twice a second tells within 2 s that the relay died, and when it is back.
 */
#ifndef TANDEM_CALL_RELAY_H
#define TANDEM_CALL_RELAY_H

#include <re.h>
#include "config.h"
#include "ng.h"

struct relay_client;
struct relay_op;

/**
 * The end of a request. `reply` is NULL unless err is 0 or EREMOTEIO (the relay refused: its reason).
 * ENOTCONN: the relay is down; ETIMEDOUT: it did not answer; EMSGSIZE: the request fits no datagram.
 */
typedef void(relay_reply_h)(int err, const struct ng_msg *reply, void *arg);

/** The relay tells that media of a call went silent. */
typedef void(relay_timeout_h)(const struct pl *call_id, void *arg);

int relay_client_alloc(struct relay_client **rcp, const struct config *cfg, char *errstr, size_t errsize);
void relay_timeout_handler(struct relay_client *rc, relay_timeout_h *h, void *arg);

/** True while the relay answers. */
bool relay_up(const struct relay_client *rc);

/**
 * Begin a request: the writer stands inside the dictionary, `command` written. End it with
 * relay_request_send. A failure reaches the handler, never before relay_request_send has returned.
 *
 * @param opp  set while the request is under way (mem_deref it to stop caring); may be NULL
 *
 * @return 0, or ENOMEM: nothing was sent and the handler will not run
 */
struct bwriter *relay_request(struct relay_client *rc, const char *command);
int relay_request_send(struct relay_client *rc, struct relay_op **opp, relay_reply_h *h, void *arg);

/** State and counters, for `tandemctl status`. */
int relay_describe(const struct relay_client *rc, struct odict *od);

#endif
