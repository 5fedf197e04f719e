/**
 * @file ng_call.h  An NG client for the bench: offer, answer, delete
 */
#ifndef TANDEM_BENCH_NG_CALL_H
#define TANDEM_BENCH_NG_CALL_H

#include <re.h>

struct ng_client;

/** `target` is ADDR:PORT, or the path of a unix socket. */
int ng_client_alloc(struct ng_client **ncp, const char *target);

enum ng_step { NG_OFFER, NG_ANSWER, NG_DELETE, NG_STEPC };

/** Ask for one step of call `id`; `addr` is the party's, for offer and answer. */
int ng_step_send(struct ng_client *nc, enum ng_step step, unsigned id, const struct sa *addr);

/** Wait for any reply: which call it is about, and the port it shows, or 0. */
int ng_step_receive(struct ng_client *nc, unsigned *idp, uint16_t *portp);

/** Set call `id` up between two addresses; returns the ports the relay shows to each. */
int ng_call_setup(struct ng_client *nc, unsigned id, const struct sa *a, const struct sa *b,
		  uint16_t *a_portp, uint16_t *b_portp);

#endif
