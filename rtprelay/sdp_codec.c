/**
 * @file sdp_codec.c  Reads which payload types an m-line lists and what they stand for
 */
#include <string.h>
#include <re.h>
#include "sdp_codec.h"
#include "sdp_line.h"

/* RFC 3551 section 6: what a payload type means where no rtpmap says it. */
static const struct {
	const char *encoding;
	uint32_t rate_hz;
} staticv[] = {
	[0] = {"PCMU/8000", 8000},    [3] = {"GSM/8000", 8000},     [4] = {"G723/8000", 8000},
	[5] = {"DVI4/8000", 8000},    [6] = {"DVI4/16000", 16000},  [7] = {"LPC/8000", 8000},
	[8] = {"PCMA/8000", 8000},    [9] = {"G722/8000", 8000},    [10] = {"L16/44100/2", 44100},
	[11] = {"L16/44100", 44100},  [12] = {"QCELP/8000", 8000},  [13] = {"CN/8000", 8000},
	[14] = {"MPA/90000", 90000},  [15] = {"G728/8000", 8000},   [16] = {"DVI4/11025", 11025},
	[18] = {"G729/8000", 8000},   [17] = {"DVI4/22050", 22050}, [25] = {"CelB/90000", 90000},
	[26] = {"JPEG/90000", 90000}, [28] = {"nv/90000", 90000},   [31] = {"H261/90000", 90000},
	[32] = {"MPV/90000", 90000},  [33] = {"MP2T/90000", 90000}, [34] = {"H263/90000", 90000},
};

static const struct pl unset = {NULL, 0};

bool rsdp_lists_pt(const struct rsdp_payloads *payloads, uint8_t pt)
{
	return pt < 128 && payloads->ptv[pt / 64] >> pt % 64 & 1;
}

enum codec rsdp_codec_id(const struct rsdp_payloads *payloads, uint8_t pt)
{
	unsigned i;

	for (i = 0; i < payloads->codecc; i++)
		if (payloads->codecv[i].pt == pt)
			return (enum codec)payloads->codecv[i].codec;

	return codec_by_pt(pt);
}

uint32_t rsdp_rate_hz(const struct rsdp_payloads *payloads, uint8_t pt)
{
	unsigned i;

	for (i = 0; i < payloads->codecc; i++)
		if (payloads->codecv[i].pt == pt)
			return payloads->codecv[i].rate_hz;

	return pt < ARRAY_SIZE(staticv) ? staticv[pt].rate_hz : 0;
}

bool rsdp_is_event(const struct rsdp_payloads *payloads, uint8_t pt)
{
	return pt < 128 && payloads->eventv[pt / 64] >> pt % 64 & 1;
}

static struct rsdp_codec *codec_find(struct rsdp *sdp, const struct rsdp_media *m, unsigned pt)
{
	unsigned i;

	for (i = 0; i < m->codecc; i++)
		if (sdp->codecv[m->codec0 + i].pt == pt)
			return &sdp->codecv[m->codec0 + i];

	return NULL;
}

const struct rsdp_codec *rsdp_codec_find(const struct rsdp *sdp, const struct rsdp_media *m, uint8_t pt)
{
	unsigned i;

	for (i = 0; i < m->codecc; i++)
		if (sdp->codecv[m->codec0 + i].pt == pt)
			return &sdp->codecv[m->codec0 + i];

	return NULL;
}

/* "opus/48000/2" */
static void encoding_set(struct rsdp_codec *codec, const struct pl *encoding)
{
	struct pl rest = *encoding, rate, channels;

	codec->encoding = *encoding;
	sdp_slash_split(&rest, &rate);
	sdp_slash_split(&rate, &channels);
	codec->name = rest;
	codec->rate_hz = rate.l < 8 ? pl_u32(&rate) : 0;
	codec->channels = channels.l == 1 ? (uint8_t)pl_u32(&channels) : 1;
}

static void codec_add(struct rsdp *sdp, struct rsdp_media *m, uint8_t pt)
{
	struct rsdp_codec *codec = &sdp->codecv[sdp->codecc++];
	struct pl encoding = unset;

	memset(codec, 0, sizeof(*codec));
	codec->pt = pt;
	codec->channels = 1;
	++m->codecc;

	if (pt < ARRAY_SIZE(staticv) && staticv[pt].encoding) {
		pl_set_str(&encoding, staticv[pt].encoding);
		encoding_set(codec, &encoding);
	}
}

int rsdp_formats_read(struct rsdp *sdp, struct rsdp_media *m, struct pl rest)
{
	struct pl fmt;
	uint16_t pt;
	bool odd = false;

	m->codec0 = sdp->codecc;
	m->events_pt = -1;

	while (sdp_field_next(&fmt, &rest)) {

		if (sdp_port_decode(&pt, &fmt) || pt > 127) {
			odd = true;
			continue;
		}

		if (rsdp_lists_pt(&m->payloads, (uint8_t)pt))
			continue;

		m->payloads.ptv[pt / 64] |= 1ULL << pt % 64;
		if (m->kind != RSDP_RTP)
			continue;

		if (sdp->codecc >= RSDP_FORMAT_MAX)
			return EOVERFLOW;
		codec_add(sdp, m, (uint8_t)pt);
	}

	if (odd) {
		sdp->codecc = m->codec0;
		m->codecc = 0;
	}

	return 0;
}

/* Comfort noise comes when it likes, and the packets of a key press share a timestamp: no clocks. */
static void rate_note(struct rsdp_payloads *payloads, uint8_t pt, const struct rsdp_codec *codec)
{
	const bool clock =
		pl_strcasecmp(&codec->name, "telephone-event") && pl_strcasecmp(&codec->name, "CN");
	unsigned i;

	for (i = 0; i < payloads->codecc && payloads->codecv[i].pt != pt; i++)
		;

	if (i == RSDP_CODEC_MAX)
		return;

	payloads->codecv[i].pt = pt;
	payloads->codecv[i].rate_hz = clock ? codec->rate_hz : 0;
	payloads->codecv[i].codec = (uint8_t)codec_by_name(&codec->name);
	if (i == payloads->codecc)
		++payloads->codecc;
}

void rsdp_rtpmap_read(struct rsdp *sdp, struct rsdp_media *m, const struct pl *param)
{
	struct pl rest = *param, field, encoding;
	struct rsdp_codec *codec, read;
	bool events;
	uint16_t pt;

	if (!sdp_field_next(&field, &rest) || sdp_port_decode(&pt, &field) || pt > 127 ||
	    !sdp_field_next(&encoding, &rest))
		return;

	encoding_set(&read, &encoding);
	events = !pl_strcasecmp(&read.name, "telephone-event");
	if (events)
		m->payloads.eventv[pt / 64] |= 1ULL << pt % 64;
	rate_note(&m->payloads, (uint8_t)pt, &read);

	codec = codec_find(sdp, m, pt);
	if (!codec)
		return;

	encoding_set(codec, &encoding);
	if (events && m->events_pt < 0)
		m->events_pt = pt;
}

int rsdp_param_read(struct rsdp *sdp, struct rsdp_media *m, const struct pl *line, const struct pl *param)
{
	struct pl rest = *param, field;
	struct rsdp_codec *codec;
	struct rsdp_param *p;
	uint16_t pt;

	if (!sdp_field_next(&field, &rest) || sdp_port_decode(&pt, &field))
		return 0;

	codec = codec_find(sdp, m, pt);
	if (!codec)
		return 0;

	if (sdp->paramc >= RSDP_PARAM_MAX)
		return EOVERFLOW;

	p = &sdp->paramv[sdp->paramc];
	p->offset = (uint16_t)(line->p - sdp->text.p);
	p->len = (uint16_t)line->l;
	p->next = 0;

	if (codec->paramv[0])
		sdp->paramv[codec->paramv[1]].next = (uint16_t)sdp->paramc;
	else
		codec->paramv[0] = (uint16_t)sdp->paramc;
	codec->paramv[1] = (uint16_t)sdp->paramc++;

	return 0;
}
