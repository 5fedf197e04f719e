/**
 * @file fault.h  What is wrong with a request's framing
 */
#ifndef TANDEM_DOOR_FAULT_H
#define TANDEM_DOOR_FAULT_H

#include <re.h>

/** The first fault of a decoded request, as the reason phrase of a 400 that names it; NULL when it is sound. */
const char *fault_of(const struct sip_msg *msg);

#endif
