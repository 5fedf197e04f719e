/**
 * @file ng_call.h  An NG client that waits for each reply, for the bench: offer, answer, delete
 */
#ifndef TANDEM_BENCH_NG_CALL_H
#define TANDEM_BENCH_NG_CALL_H

#include <re.h>

struct ng_client;

/** `target` is ADDR:PORT, or the path of a unix socket. */
int ng_client_alloc(struct ng_client **ncp, const char *target);

/** Set call `id` up between two addresses; returns the ports the relay shows to each. */
int ng_call_setup(struct ng_client *nc, unsigned id, const struct sa *a, const struct sa *b,
		  uint16_t *a_portp, uint16_t *b_portp);
int ng_call_delete(struct ng_client *nc, unsigned id);

#endif
