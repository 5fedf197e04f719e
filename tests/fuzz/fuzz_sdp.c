/**
 * @file fuzz_sdp.c  SDP read and rewritten: what is written must be an SDP with the same m-lines
 */
#include <stdlib.h>
#include <string.h>
#include <re.h>
#include "sdp.h"

static void target_fill(struct rsdp_target *target, const struct rsdp *sdp, bool mux)
{
	unsigned i;

	memset(target, 0, sizeof(*target));
	(void)sa_set_str(&target->local, mux ? "2001:db8::1" : "192.0.2.1", 0);
	target->replace = mux ? RSDP_REPLACE_ORIGIN : 0;

	for (i = 0; i < sdp->mediac; i++) {

		if (sdp->mediav[i].rejected || sdp->mediav[i].kind == RSDP_FOREIGN)
			continue;

		target->mediav[i].rtp = target->local;
		sa_set_port(&target->mediav[i].rtp, (uint16_t)(20000 + 2 * i));
		target->mediav[i].rtcp_port = (uint16_t)(20001 + 2 * i);
		target->mediav[i].mux = mux;
	}
}

static void rewrite_check(const struct rsdp *sdp, bool mux)
{
	struct mbuf *mb = mbuf_alloc(1024);
	struct rsdp_target target;
	char why[RSDP_ERROR_SIZE];
	struct rsdp again;
	struct pl pl;
	unsigned i;

	target_fill(&target, sdp, mux);
	if (rsdp_rewrite(mb, NULL, sdp, &target, why))
		abort();

	pl.p = (const char *)mb->buf;
	pl.l = mb->end;

	/* a body near the limit may grow past it */
	if (pl.l <= RSDP_SIZE_MAX) {

		if (rsdp_decode(&again, &pl, why) || again.mediac != sdp->mediac)
			abort();

		for (i = 0; i < again.mediac; i++)
			if (sa_port(&target.mediav[i].rtp) && !sa_is_any(&again.mediav[i].rtp) &&
			    sa_port(&again.mediav[i].rtp) != sa_port(&target.mediav[i].rtp))
				abort();
	}

	mem_deref(mb);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct pl pl = {.p = (const char *)data, .l = size};
	char why[RSDP_ERROR_SIZE];
	struct rsdp sdp;

	if (rsdp_decode(&sdp, &pl, why))
		return 0;

	rewrite_check(&sdp, false);
	rewrite_check(&sdp, true);

	return 0;
}
