/**
 * @file call_fixture.h  The whole engine but its control socket, between peers by hand and a small relay
 *
 * Trunk "pbx" on interface "access" is the caller, a wire; trunks "one" and "two" on "carrier" are wires,
 * too, and the route to all numbers, in that order.
 */
#ifndef TANDEM_TEST_CALL_FIXTURE_H
#define TANDEM_TEST_CALL_FIXTURE_H

#include "call/call.h"
#include "leg_fixture.h"
#include "ng_peer.h"
#include "store_fixture.h"

struct house {
	struct fixture data;
	struct ng_peer relay;
	struct ng_peer drained; /* a relay that takes no call; house_open_drained */
	char targets[264];      /* where there are two */
	struct engine e;
	struct party access; /* only its address: what wire_invite calls */
	struct wire caller, one, two;
	struct sa carrier;
};

/** Start it all; `one` and `two` are further fields of those trunks (", \"max_calls\": 1"). */
void house_open(struct house *h, const char *one, const char *two);

/** The same with a relay that calls its run so; "": one that is not ours. */
void house_open_with(struct house *h, const char *one, const char *two, const char *instance);

/** The same with a second relay, of weight 0. */
void house_open_drained(struct house *h);

/** An address on loopback whose port is free for UDP and TCP. */
void house_address(struct sa *addr);

/** Provision: the test fails when it is refused. */
void house_apply(struct house *h, const char *fmt, ...);

/** Stop the engine; its database can be asked afterwards. */
void house_stop(struct house *h);
void house_close(struct house *h);

/** Calls alive. */
uint32_t house_calls(const struct house *h);

#endif
