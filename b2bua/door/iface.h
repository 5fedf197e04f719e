/**
 * @file iface.h  One interface in force: its sockets, its SIP stack, its dialog table
 */
#ifndef TANDEM_IFACE_H
#define TANDEM_IFACE_H

#include <re.h>
#include "door.h"

/**
 * Open an interface; calls may hold it (mem_ref) beyond its place in the door.
 *
 * @param errstr  names the address and the remedy when the return is not 0
 */
int iface_open(struct iface **ifacep, struct door *d, const struct interface *conf, char *errstr,
	       size_t errsize);

/** Whether the addresses that a change would add can be had; nothing is changed. */
int iface_probe(const struct iface *iface, const struct interface *conf, char *errstr, size_t errsize);

/** True if a change leaves it none of its addresses: then a new interface takes its place. */
bool iface_moves(const struct iface *iface, const struct interface *conf);

/** Listen on what is new, and take no new calls on what is gone. */
void iface_change(struct iface *iface, const struct interface *conf);

/** Move to another list, or to none (NULL). */
void iface_enlist(struct iface *iface, struct list *list);

/** Say in the log where it listens. */
void iface_announce(const struct iface *iface);

#endif
