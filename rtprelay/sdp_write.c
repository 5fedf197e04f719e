/**
 * @file sdp_write.c  The lines of an SDP body that are the relay's own, in rtpengine's order
 */
#include <string.h>
#include <re.h>
#include "sdp_write.h"

/* RFC 8445 section 5.1.2: type host, the only interface, component 1. */
enum { HOST_PRIORITY = (126 << 24) + (65535 << 8) + 255 };

static const char *const directionv[] = {
	[RSDP_SENDRECV] = "a=sendrecv",
	[RSDP_SENDONLY] = "a=sendonly",
	[RSDP_RECVONLY] = "a=recvonly",
	[RSDP_INACTIVE] = "a=inactive",
};

void rsdp_put(struct rsdp_writer *w, const char *text)
{
	w->err = w->err ? w->err : mbuf_write_mem(w->mb, (const uint8_t *)text, strlen(text));
}

void rsdp_put_pl(struct rsdp_writer *w, const struct pl *pl)
{
	w->err = w->err ? w->err : mbuf_write_mem(w->mb, (const uint8_t *)pl->p, pl->l);
}

void rsdp_put_num(struct rsdp_writer *w, uint64_t num)
{
	char text[24], *p = text + sizeof(text) - 1;

	*p = 0;
	do
		*--p = (char)('0' + num % 10);
	while (num /= 10);

	rsdp_put(w, p);
}

static void put_line(struct rsdp_writer *w, const char *text)
{
	rsdp_put(w, text);
	rsdp_put_pl(w, &w->end);
}

static void put_attr(struct rsdp_writer *w, const char *name, const struct pl *value)
{
	rsdp_put(w, name);
	rsdp_put_pl(w, value);
	rsdp_put_pl(w, &w->end);
}

static void put_attr_str(struct rsdp_writer *w, const char *name, const char *value)
{
	rsdp_put(w, name);
	put_line(w, value);
}

static void put_host(struct rsdp_writer *w, const struct sa *sa)
{
	char text[INET6_ADDRSTRLEN];

	w->err = w->err ? w->err : sa_ntop(sa, text, sizeof(text));
	if (!w->err)
		rsdp_put(w, text);
}

void rsdp_put_address(struct rsdp_writer *w, const struct sa *was, const struct sa *ours)
{
	struct sa any;

	if (was && sa_is_any(was) && !(w->target->replace & RSDP_REPLACE_ZERO)) {
		sa_init(&any, sa_af(ours));
		ours = &any;
	}

	rsdp_put(w, sa_af(ours) == AF_INET6 ? "IN IP6 " : "IN IP4 ");
	put_host(w, ours);
}

bool rsdp_keeps_direction(const struct rsdp_writer *w)
{
	const bool held = w->target->replace & RSDP_REPLACE_ZERO && sa_is_any(&w->media->rtp);

	return w->target->keep_directions && !held;
}

void rsdp_put_missing_end(struct rsdp_writer *w)
{
	const uint8_t last = w->mb->end ? w->mb->buf[w->mb->end - 1] : '\n';

	if (last == '\r')
		rsdp_put(w, "\n");
	else if (last != '\n')
		rsdp_put_pl(w, &w->end);
}

/* "a=fmtp:…" lines, then "a=rtcp-fb:…". */
static void put_params(struct rsdp_writer *w, const struct rsdp_codec *codec, char kind)
{
	const struct rsdp *sdp = w->sdp;
	unsigned i;

	for (i = codec->paramv[0]; i; i = sdp->paramv[i].next) {

		const struct pl line = {sdp->text.p + sdp->paramv[i].offset, sdp->paramv[i].len};

		if (line.p[2] == kind)
			put_attr(w, "", &line);
	}
}

static void put_codecs(struct rsdp_writer *w)
{
	unsigned i;

	for (i = 0; i < w->codecs.c; i++) {

		const struct rsdp_codec *codec = w->codecs.v[i];

		if (codec->encoding.p) {
			rsdp_put(w, "a=rtpmap:");
			rsdp_put_num(w, codec->pt);
			put_attr(w, " ", &codec->encoding);
		}

		put_params(w, codec, 'f');
		put_params(w, codec, 'r');
	}
}

static void put_rtcp(struct rsdp_writer *w)
{
	const struct rsdp_media_target *mt = w->mt;

	if (mt->rtcp != RSDP_RTCP_NONE) {

		rsdp_put(w, "a=rtcp:");
		rsdp_put_num(w, mt->rtcp_port);
		if (mt->rtcp == RSDP_RTCP_FULL) {
			rsdp_put(w, " ");
			rsdp_put_address(w, NULL, &mt->rtp);
		}
		put_line(w, "");
	}

	if (mt->mux)
		put_line(w, "a=rtcp-mux");
	if (mt->mux_only)
		put_line(w, "a=rtcp-mux-only");
}

static void put_keys(struct rsdp_writer *w)
{
	unsigned i;

	for (i = 0; i < w->mt->cryptoc; i++)
		put_attr_str(w, "a=crypto:", w->mt->cryptov[i]);
}

static void put_candidate(struct rsdp_writer *w, unsigned component, uint16_t port)
{
	rsdp_put(w, "a=candidate:1 ");
	rsdp_put_num(w, component);
	rsdp_put(w, " UDP ");
	rsdp_put_num(w, HOST_PRIORITY + 1 - component);
	rsdp_put(w, " ");
	put_host(w, &w->mt->rtp);
	rsdp_put(w, " ");
	rsdp_put_num(w, port);
	put_line(w, " typ host");
}

static void put_ice(struct rsdp_writer *w)
{
	const struct rsdp_media_target *mt = w->mt;

	if (!mt->ice)
		return;

	put_attr_str(w, "a=ice-ufrag:", mt->ice->ufrag);
	put_attr_str(w, "a=ice-pwd:", mt->ice->pwd);
	put_candidate(w, 1, sa_port(&mt->rtp));
	if (w->media->kind == RSDP_RTP && mt->rtcp_port && mt->rtcp_port != sa_port(&mt->rtp))
		put_candidate(w, 2, mt->rtcp_port);
}

static void put_ptime(struct rsdp_writer *w)
{
	const unsigned ptime_ms = w->media->ptime_ms ? w->media->ptime_ms : w->mt->ptime_ms;

	if (!w->media->codecc || !ptime_ms)
		return;

	rsdp_put(w, "a=ptime:");
	rsdp_put_num(w, ptime_ms);
	put_line(w, "");
}

static void put_mid(struct rsdp_writer *w)
{
	if (w->media->mid.p) {
		put_attr(w, "a=mid:", &w->media->mid);
	}
	else if (w->target->generate_mid) {
		rsdp_put(w, "a=mid:");
		rsdp_put_num(w, w->index + 1);
		put_line(w, "");
	}
}

void rsdp_put_media(struct rsdp_writer *w)
{
	const struct rsdp_media *m = w->media;

	if (!w->mt)
		return;

	rsdp_put_missing_end(w);
	put_mid(w);
	put_codecs(w);
	if (!rsdp_keeps_direction(w))
		put_line(w, directionv[m->direction]);
	if (m->kind == RSDP_RTP)
		put_rtcp(w);
	put_keys(w);
	put_ptime(w);
	put_ice(w);
}

void rsdp_put_ice_lite(struct rsdp_writer *w)
{
	unsigned i;

	for (i = 0; i < w->sdp->mediac; i++) {

		if (!w->target->mediav[i].ice || !sa_port(&w->target->mediav[i].rtp))
			continue;

		rsdp_put_missing_end(w);
		put_line(w, "a=ice-lite");
		return;
	}
}
