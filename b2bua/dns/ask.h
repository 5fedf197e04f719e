/**
 * @file ask.h  One question to the name servers, until one of them answers it
 *
 * Each try has a socket of its own, connected to its server: a forged answer must guess port and id.
 */
#ifndef TANDEM_DNS_ASK_H
#define TANDEM_DNS_ASK_H

#include <re.h>
#include "dns_servers.h"
#include "message.h"

struct dns_ask;

/** Called once. The records may be taken out of the list. ETIMEDOUT, EPROTO: nobody could say. */
typedef void(dns_ask_h)(int err, struct dns_answer *a, void *arg);

/**
 * Ask the servers in turn, each for a second at most, and by TCP where UDP is too short.
 *
 * @param askp     deref to give up; the handler is not called then. The pointer is not cleared.
 * @param servers  outlive the question
 */
int dns_ask(struct dns_ask **askp, const struct dns_servers *servers, const char *name, uint16_t type,
	    dns_ask_h *askh, void *arg);

#endif
