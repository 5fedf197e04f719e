/**
 * @file screen.h  Every request that reaches an interface: refused, handed to its leg, or a new call
 */
#ifndef TANDEM_SCREEN_H
#define TANDEM_SCREEN_H

#include <re.h>
#include "door.h"

/** Handle a request whatever it is (RFC 3261 8.2, 16.3): the interface's request listener. */
void screen_request(struct iface *iface, const struct sip_msg *msg);

#endif
