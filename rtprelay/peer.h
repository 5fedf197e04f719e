/**
 * @file peer.h  An address that one thread writes now and then and another reads whole (a seqlock)
 */
#ifndef TANDEM_PEER_H
#define TANDEM_PEER_H

#include <stdatomic.h>
#include <string.h>
#include <re.h>

enum { PEER_WORDS = (sizeof(struct sa) + 7) / 8 };

/** `version` is odd while the words are being written. */
struct peer {
	_Atomic(uint32_t) version;
	_Atomic(uint64_t) wordv[PEER_WORDS];
};

static inline void peer_publish(struct peer *peer, const struct sa *sa)
{
	uint64_t wordv[PEER_WORDS] = {0};
	size_t i;

	memcpy(wordv, sa, sizeof(*sa));

	atomic_fetch_add(&peer->version, 1);
	for (i = 0; i < PEER_WORDS; i++)
		atomic_store(&peer->wordv[i], wordv[i]);
	atomic_fetch_add(&peer->version, 1);
}

static inline void peer_read(const struct peer *peer, struct sa *sa)
{
	uint64_t wordv[PEER_WORDS] = {0};
	uint32_t before, after;
	size_t i;

	do {
		before = atomic_load(&peer->version);
		for (i = 0; i < PEER_WORDS; i++)
			wordv[i] = atomic_load(&peer->wordv[i]);
		after = atomic_load(&peer->version);

	} while (before != after || before & 1);

	memcpy(sa, wordv, sizeof(*sa));
}

#endif
