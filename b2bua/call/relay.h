/**
 * @file relay.h  NG client: how the b2bua drives one media relay, and knows whether it lives
 *
 * Requests go out over one datagram socket, at most eight unanswered at a time; a reply is found by its
 * cookie. Each is sent at 0, 200, 600 and 1400 ms and given up at 3 s; repeating is harmless, for the
 * relay answers a known cookie from its cache. A ping twice a second tells within 2 s that the relay died,
 * and ten a second then when it is back; until then every request fails at once.
 *
 * A relay of ours names each of its runs ("tandem-instance"), so that one that was started anew is known
 * by its first word. Of another, such as rtpengine, a return from the dead only raises a doubt.
 */
#ifndef TANDEM_CALL_RELAY_H
#define TANDEM_CALL_RELAY_H

#include <re.h>
#include "ng.h"
#include "ng_target.h"

struct relay_client;
struct relay_op;

/**
 * The end of a request. `reply` is NULL unless err is 0 or EREMOTEIO (the relay refused: its reason).
 * ENOTCONN: the relay is down; ETIMEDOUT: it did not answer; EMSGSIZE: the request fits no datagram.
 */
typedef void(relay_reply_h)(int err, const struct ng_msg *reply, void *arg);

/** The relay tells of a call by itself: docs/ng.md lists the events. */
typedef void(relay_notify_h)(struct relay_client *rc, const struct pl *event, const struct pl *call_id,
			     const struct bval *dict, void *arg);

enum relay_news {
	RELAY_DOWN,
	RELAY_BACK,      /* it answers again; whether it still knows its calls is not sure */
	RELAY_RESTARTED, /* it answers, and knows no call of before */
};

/** May come in the midst of a request's reply: begin nothing in it. */
typedef void(relay_news_h)(struct relay_client *rc, enum relay_news news, void *arg);

/** @param index of this relay among those there are */
int relay_client_alloc(struct relay_client **rcp, const struct ng_target *target, const char *run_dir,
		       unsigned index, char *errstr, size_t errsize);
void relay_handlers_set(struct relay_client *rc, relay_notify_h *notifyh, relay_news_h *newsh, void *arg);

/** True while the relay answers. */
bool relay_up(const struct relay_client *rc);

/** Since when it has not answered; 0: it does, or has never done. Monotonic. */
uint64_t relay_down_ms(const struct relay_client *rc);

const char *relay_name(const struct relay_client *rc);
unsigned relay_index(const struct relay_client *rc);
uint32_t relay_weight(const struct relay_client *rc);

/** True if it is a relay of ours: it tells of silence, and takes our keys. */
bool relay_is_tandem(const struct relay_client *rc);

/** True if it runs on this machine. */
bool relay_is_here(const struct relay_client *rc);

/** Grows when the relay has forgotten all calls. */
uint32_t relay_generation(const struct relay_client *rc);

/** Calls pinned to it. */
void relay_call_add(struct relay_client *rc, int n);
/** A call that it refused went to another one. */
void relay_failover_add(struct relay_client *rc);

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

/** Its counters, added to those in `sum`. */
struct relay_counters {
	uint64_t requests, retries, timeouts, refusals, restarts, failovers;
};
void relay_counters_add(const struct relay_client *rc, struct relay_counters *sum);
int relay_counters_describe(const struct relay_counters *c, struct odict *od);

#endif
