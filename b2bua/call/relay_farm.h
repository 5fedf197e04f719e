/**
 * @file relay_farm.h  The media relays there are: which one takes the next call
 *
 * Among the relays that answer, new calls are dealt out by weight (smoothly: with 2 and 1, two of three go
 * to the first). A call stays with its relay; where that one has no room for it, or is dead, its first offer
 * goes to the next. A weight of 0 drains a relay: it keeps its calls and gets no new one.
 */
#ifndef TANDEM_CALL_RELAY_FARM_H
#define TANDEM_CALL_RELAY_FARM_H

#include <re.h>
#include "config.h"
#include "relay.h"

struct relay_farm;

/** The relays of ng_target, or else the one at ng_socket. */
int relay_farm_alloc(struct relay_farm **farmp, const struct config *cfg, char *errstr, size_t errsize);
void relay_farm_handlers_set(struct relay_farm *farm, relay_notify_h *notifyh, relay_news_h *newsh,
			     void *arg);

/** True while a relay answers that takes new calls. */
bool relay_farm_up(const struct relay_farm *farm);

/** True while every relay answers. */
bool relay_farm_whole(const struct relay_farm *farm);

/** The relay for a new call, or NULL; `tried` has bit N set for each relay of index N not to take. */
struct relay_client *relay_farm_pick(struct relay_farm *farm, uint32_t tried);

/** By its name; NULL: the first. */
struct relay_client *relay_farm_find(const struct relay_farm *farm, const char *name);

/** State and sums, and each relay in `relays`. */
int relay_farm_describe(const struct relay_farm *farm, struct odict *od);

#endif
