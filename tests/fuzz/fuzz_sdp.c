/**
 * @file fuzz_sdp.c  SDP read and rewritten: what is written must be an SDP with the same m-lines
 *
 * The first four bytes choose what is asked for; the rest is the body.
 */
#include <stdlib.h>
#include <string.h>
#include <re.h>
#include "sdp.h"

enum { OPTIONS = 4 };

static const char *const protov[] = {NULL, "RTP/AVP", "RTP/SAVPF", "RTP/SAVP"};
static const char *const cryptov[] = {"1 AES_CM_128_HMAC_SHA1_80 inline:x", "2 AEAD_AES_128_GCM inline:y"};
static const struct rsdp_ice ice = {.ufrag = "ufrag", .pwd = "passwordpasswordpassword"};

static void media_fill(struct rsdp_media_target *mt, const struct rsdp_media *m, const uint8_t *opt,
		       unsigned i)
{
	if (m->rejected || m->kind == RSDP_FOREIGN)
		return;

	(void)sa_set_str(&mt->rtp, opt[0] >> (i % 4) & 1 ? "2001:db8::1" : "192.0.2.1",
			 (uint16_t)(20000 + 2 * i));
	mt->rtcp_port = (uint16_t)(20001 + 2 * i - (opt[1] & 1));
	mt->rtcp = (enum rsdp_rtcp_line)((opt[1] >> 1 & 3) % 3);
	mt->mux = opt[1] >> 3 & 1;
	mt->mux_only = opt[1] >> 4 & 1;
	mt->proto = m->kind == RSDP_RTP ? protov[opt[1] >> 5 & 3] : NULL;
	mt->keep_keys = opt[1] >> 7;
	mt->cryptov = cryptov;
	mt->cryptoc = opt[0] >> 4 & 1 && !mt->keep_keys ? 2 : 0;
	mt->ice = opt[0] >> 5 & 1 ? &ice : NULL;
	mt->ptime_ms = opt[0] >> 6 & 1 ? 30 : 0;
}

static void filter_fill(struct rsdp_filter *filter, const struct pl namev[3], uint8_t opt)
{
	filter->strip = (struct rsdp_names){namev, opt & 3};
	filter->except = (struct rsdp_names){namev + 1, opt >> 2 & 1};
	filter->offer = (struct rsdp_names){namev + 1, opt >> 3 & 2};
	filter->mask = (struct rsdp_names){namev + 2, opt >> 5 & 1};
}

static void written_check(const struct mbuf *mb, const struct rsdp *sdp, const struct rsdp_target *target)
{
	const struct pl pl = {.p = (const char *)mb->buf, .l = mb->end};
	char why[RSDP_ERROR_SIZE];
	struct rsdp again;
	unsigned i;

	/* a body near the limit may grow past it */
	if (pl.l > RSDP_SIZE_MAX)
		return;

	if (rsdp_decode(&again, &pl, why) || again.mediac != sdp->mediac)
		abort();

	for (i = 0; i < again.mediac; i++) {

		const struct rsdp_media *m = &again.mediav[i];
		const uint16_t port = sa_port(&target->mediav[i].rtp);

		if (!port)
			continue;
		if (sa_port(&m->rtp) != port || m->direction != sdp->mediav[i].direction)
			abort();
		if (sdp->mediav[i].codecc && (!m->codecc || m->codecc > sdp->mediav[i].codecc))
			abort();
	}
}

/* Told the same again, a party sees the same again. */
static void rewrite_check(const struct rsdp *sdp, const struct rsdp_target *target)
{
	struct mbuf *once = mbuf_alloc(64), *twice = mbuf_alloc(64);
	struct rsdp_told told = {.hash = 0};
	char why[RSDP_ERROR_SIZE];
	int err;

	err = rsdp_rewrite(once, &told, sdp, target, why);
	if (err && err != ENOTSUP)
		abort();

	if (!err) {
		written_check(once, sdp, target);
		if (rsdp_rewrite(twice, &told, sdp, target, why))
			abort();
		if (!(target->replace & RSDP_REPLACE_VERSION_FORCE) &&
		    (once->end != twice->end || memcmp(once->buf, twice->buf, once->end)))
			abort();
	}

	rsdp_told_reset(&told);
	mem_deref(once);
	mem_deref(twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pl namev[3] = {PL("all"), PL("PCMU"), PL("opus/48000/2")}, pl;
	struct rsdp_target target = {.replace = 0};
	struct rsdp_filter filter;
	char why[RSDP_ERROR_SIZE];
	struct rsdp sdp;
	unsigned i;

	if (size < OPTIONS)
		return 0;

	pl.p = (const char *)data + OPTIONS;
	pl.l = size - OPTIONS;
	if (rsdp_decode(&sdp, &pl, why))
		return 0;

	/* a name out of the body, so that it fits something in it */
	if (sdp.codecc && sdp.codecv[0].encoding.p)
		namev[data[3] % 3] = sdp.codecv[0].encoding;
	filter_fill(&filter, namev, data[2]);
	target.filter = data[2] & 0x80 ? &filter : NULL;
	target.single_codec = data[2] >> 6 & 1;
	target.replace = data[3];
	target.keep_directions = data[0] >> 7;
	(void)sa_set_str(&target.local, data[0] & 1 ? "2001:db8::1" : "192.0.2.1", 0);
	for (i = 0; i < sdp.mediac; i++)
		media_fill(&target.mediav[i], &sdp.mediav[i], data, i);

	rewrite_check(&sdp, &target);

	return 0;
}
