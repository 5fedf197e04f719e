/**
 * @file party.h  One party of a session: its names, our address towards it, its m-lines, whom it talks to
 *
 * A plain call has two. A fork with `via-branch` has the caller and one more for each branch, of whom
 * one at a time is `with` the caller. Control thread only.
 */
#ifndef TANDEM_RELAY_PARTY_H
#define TANDEM_RELAY_PARTY_H

#include <stdbool.h>
#include <stdint.h>
#include <re.h>
#include "media.h"
#include "ports.h"
#include "sdp.h"
#include "worker.h"

enum { PARTY_MAX = 32 }; /* in one session */

struct party {
	struct le le;                         /* of its session */
	char *tag;                            /* NULL: it was offered to and has not answered yet */
	char *label;                          /* the client's name for it; NULL: none */
	struct stream_control control;        /* what its client asked to be done to its media */
	char *branch;                         /* via-branch of the offer it was made for; NULL: none */
	int64_t tag_us;                       /* when it became known, wall clock */
	struct sa local;                      /* which of our addresses it sees; no family: not chosen yet */
	struct sa shown;                      /* … and as it is told: behind a NAT another one */
	struct rsdp_told told;                /* the SDP it was sent last */
	struct party *with;                   /* where its media goes; NULL: nowhere yet */
	struct party *asks;                   /* whom it last offered to */
	struct media *mediav[RSDP_MEDIA_MAX]; /* NULL: rejected, or not ours to relay */
	unsigned mediac;
};

/** A new party at the end of a list, which owns it. */
int party_alloc(struct party **pp, struct list *partyl);

/** Give it a tag. */
int party_tag_set(struct party *p, const struct pl *tag);

int party_branch_set(struct party *p, const struct pl *branch);

int party_label_set(struct party *p, const struct pl *label);

struct party *party_by_label(const struct list *partyl, const struct pl *label);

/** Whose SDP has this address. */
struct party *party_by_address(const struct list *partyl, const struct sa *addr);

struct party *party_by_tag(const struct list *partyl, const struct pl *tag);

struct party *party_by_branch(const struct list *partyl, const struct pl *branch);

/** Its m-line `i`, made if it is not there, with sockets on its local address. Errors as media_bind. */
int party_media(struct media **mp, struct party *p, unsigned i, struct worker *worker, struct ports *ports);

/** From now on the media of `p` goes to `to`; what `to` sends goes where it went before. */
int party_talk(struct party *p, struct party *to);

/** Forget what the party said: another one will answer in its place. */
int party_forget(struct party *p);

/** Take a party out of its session; mem_deref alone would leave others with a pointer to it. */
void party_remove(struct party *p);

/** When a packet last came from it, monotonic us; 0: none yet. */
uint64_t party_last_us(const struct party *p);

/** Have NATs' bindings kept where nothing was sent to it since then, monotonic us. */
void party_keepalive(const struct party *p, uint64_t before_us);

/** True if packets must be flowing between it and the party it talks to. */
bool party_flows(const struct party *p);

#endif
