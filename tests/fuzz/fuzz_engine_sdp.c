/**
 * @file fuzz_engine_sdp.c  What the engine itself reads of an SDP, and the version it may write into it
 */
#include <stdlib.h>
#include <string.h>
#include <re.h>
#include "call/origin.h"
#include "leg/sdp.h"
#include "leg/sdp_fit.h"
#include "leg/sdp_precondition.h"

static void must(bool ok)
{
	if (!ok)
		abort();
}

/* Given the same once more, nothing is to be corrected. */
static void origins(const struct pl *first, const struct pl *second)
{
	struct origin o = {.given = false};
	struct mbuf *mb[3] = {NULL};
	struct pl sdp[3] = {*first, *second, *second};
	uint64_t version = 0;

	for (size_t i = 0; i < ARRAY_SIZE(sdp); i++) {
		must(!origin_keep(&o, &sdp[i], &mb[i]));
		must(o.version >= version);
		version = o.version;
	}

	must(!origin_differs(&sdp[1], &sdp[2]));
	for (size_t i = 0; i < ARRAY_SIZE(mb); i++)
		mem_deref(mb[i]);
}

/* A second copy finds nothing more to leave out. */
static void without(const struct pl *sdp, int (*copy)(struct mbuf *mb, const struct pl *sdp))
{
	struct mbuf *once = mbuf_alloc(sdp->l + 1), *twice = mbuf_alloc(sdp->l + 1);
	struct pl pl;

	must(once && twice && !copy(once, sdp));
	pl = (struct pl){(const char *)once->buf, once->end};
	must(!copy(twice, &pl));
	must(copy != sdp_without_preconditions || sdp_preconditions(&pl) == SDP_PRECONDITIONS_NONE);
	must(once->end <= sdp->l && once->end == twice->end && !memcmp(once->buf, twice->buf, once->end));
	mem_deref(once);
	mem_deref(twice);
}

/* What is said on another's behalf is met, and nothing of a peer's gets more than its own line. */
static void served(const struct pl *sdp, const struct pl *theirs)
{
	struct mbuf *mb = mbuf_alloc(sdp->l + 256);

	must(mb && !sdp_preconditions_serve(mb, sdp, theirs));
	must(mb->end <= 2 * sdp->l + 200 + 100 * (sdp->l + theirs->l));
	(void)sdp_preconditions_met(theirs);
	mem_deref(mb);
}

/* What fits an offer fits it still. */
static void fits(const struct pl *offer, const struct pl *sdp)
{
	struct mbuf *once = mbuf_alloc(sdp->l + 1), *twice = mbuf_alloc(sdp->l + 1);
	struct pl pl;

	if (!sdp_fit(once, offer, sdp)) {
		pl = (struct pl){(const char *)once->buf, once->end};
		must(once->end <= offer->l + sdp->l + 64 * 2);
		must(!sdp_fit(twice, offer, &pl));
		must(once->end == twice->end && !memcmp(once->buf, twice->buf, once->end));
	}
	mem_deref(once);
	mem_deref(twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const size_t half = size / 2;
	const struct pl all = {(const char *)data, size}, head = {(const char *)data, half},
			tail = {(const char *)data + half, size - half};
	struct sdp_security sec;
	char codec[SDP_CODEC_SIZE];

	sdp_codec(codec, &all);
	(void)sdp_held(&all);
	sdp_security(&sec, &all);
	without(&all, sdp_without_keys);
	without(&all, sdp_without_preconditions);
	origins(&head, &tail);
	served(&head, &tail);
	served(&all, &all);
	origins(&all, &all);
	fits(&head, &tail);
	fits(&all, &all);

	return 0;
}
