/**
 * @file ng_command.h  The NG commands: one table
 */
#ifndef TANDEM_NG_COMMAND_H
#define TANDEM_NG_COMMAND_H

#include <re.h>
#include "ng.h"
#include "ng_peer.h"

struct relay;

/**
 * Carry out a request and write the reply, an error reply included.
 *
 * @return true if the command changes something, so that it must not be carried out twice
 */
bool ng_command_run(struct relay *relay, const struct ng_msg *msg, const struct ng_peer *from,
		    struct mbuf *reply);

/** What each client asked for, as part of an open dictionary. */
void ng_command_statistics(const struct relay *relay, struct bwriter *w);

#endif
