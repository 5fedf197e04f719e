/**
 * @file codec.c  The audio codecs whose quality can be estimated, and their figures for the E-model
 *
 * Narrowband Ie and Bpl are the planning values of ITU-T G.113 appendix I; it measured Bpl only for
 * some, and the others have that of the codec they are closest to in kind. Where they differ by rate, a
 * codec has those of its highest rate, which is what calls use: G.723.1 6.3, AMR 12.2, iLBC 15.2 kbit/s.
 * Wideband Ie,wb are of G.113 appendix IV, for 64 kbit/s (G.722) and 12.65 kbit/s (AMR-WB). G.113 has
 * none for iLBC nor Opus: iLBC is rated as G.729 with the better robustness its frames without memory
 * give it, our own estimate; Opus as measured at 25 kbit/s by Alahmadi, Pocta and Melvin (ACM TOMM
 * 17(4), 2021) for the scale of G.107.2.
 */
#include <strings.h>
#include "codec.h"

static const struct {
	const char *name;
	struct emodel_codec e;
} codecv[CODECC] = {
	[CODEC_PCMU] = {"PCMU", {EMODEL_NARROW, 0, 25.1, 0}},
	[CODEC_PCMA] = {"PCMA", {EMODEL_NARROW, 0, 25.1, 0}},
	[CODEC_G729] = {"G729", {EMODEL_NARROW, 11, 19.0, 5}},
	[CODEC_G723] = {"G723", {EMODEL_NARROW, 15, 16.1, 8}},
	[CODEC_G722] = {"G722", {EMODEL_WIDE, 13, 4.3, 2}},
	[CODEC_GSM] = {"GSM", {EMODEL_NARROW, 20, 10.0, 0}},
	[CODEC_GSM_EFR] = {"GSM-EFR", {EMODEL_NARROW, 5, 10.0, 0}},
	[CODEC_ILBC] = {"iLBC", {EMODEL_NARROW, 11, 25.1, 5}},
	[CODEC_AMR] = {"AMR", {EMODEL_NARROW, 5, 10.0, 5}},
	[CODEC_AMR_WB] = {"AMR-WB", {EMODEL_WIDE, 13, 4.3, 5}},
	[CODEC_G726_32] = {"G726-32", {EMODEL_NARROW, 7, 10.0, 0}},
	[CODEC_G728] = {"G728", {EMODEL_NARROW, 7, 16.1, 1}},
	[CODEC_OPUS] = {"opus", {EMODEL_FULL, 20.2, 11.3, 7}},
};

static const struct emodel_codec g711_bare = {EMODEL_NARROW, 0, 4.3, 0};

/* RFC 3551 section 6; payload type 2 was G.726-32 once and is still sent as such. */
static const uint8_t ptv[] = {
	[0] = CODEC_PCMU, [2] = CODEC_G726_32, [3] = CODEC_GSM,   [4] = CODEC_G723,
	[8] = CODEC_PCMA, [9] = CODEC_G722,    [15] = CODEC_G728, [18] = CODEC_G729,
};

enum codec codec_by_name(const struct pl *name)
{
	unsigned i;

	for (i = CODEC_UNKNOWN + 1; i < CODECC; i++)
		if (!pl_strcasecmp(name, codecv[i].name))
			return (enum codec)i;

	return CODEC_UNKNOWN;
}

enum codec codec_by_pt(uint8_t pt)
{
	return pt < ARRAY_SIZE(ptv) ? (enum codec)ptv[pt] : CODEC_UNKNOWN;
}

const char *codec_name(enum codec codec)
{
	return codecv[codec].name;
}

const struct emodel_codec *codec_emodel(enum codec codec, bool plc)
{
	if (codec == CODEC_UNKNOWN)
		return NULL;

	if (!plc && (codec == CODEC_PCMU || codec == CODEC_PCMA))
		return &g711_bare;

	return &codecv[codec].e;
}
