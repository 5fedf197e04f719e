/**
 * @file candidate.h  Which trunk a request that belongs to no call goes to
 *
 * Who asks whom is a call that never begins: its numbers, trunks and addresses are what routes, header rules and the
 * request itself are made of. It is in no list and leaves no CDR.
 */
#ifndef TANDEM_CALL_CANDIDATE_H
#define TANDEM_CALL_CANDIDATE_H

#include <re.h>

struct call;
struct call_opening;

/**
 * Fill `call`, which is all zeros, from the request that `o` has.
 *
 * @param kind  of what its trunk has no more than `max` at a time; ENOSPC when it has
 */
int candidate_open(struct call *call, const struct call_opening *o, const char *kind, uint32_t max);

/** Drop what `call` holds, its legs included. */
void candidate_close(struct call *call);

/** The next trunk of the number's route that takes the request becomes `call->dst`. ENOENT: there is no route; ENOTSUP:
 *  nobody is left to ask. */
int candidate_next(struct call *call);

/** Ask the next ones by `askh` (0: it is asked) until one is. The last error of `askh`, else as candidate_next. */
typedef int(candidate_ask_h)(void *arg);
int candidate_ask(struct call *call, candidate_ask_h *askh, void *arg);

/** True if the next one is to be asked after such an outcome. Who said nothing may have understood all the same: nobody
 *  else is asked then. */
bool candidate_fails_over(const struct call *call, int err, const struct sip_msg *msg);

#endif
