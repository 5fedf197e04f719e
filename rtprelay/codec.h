/**
 * @file codec.h  The audio codecs whose quality can be estimated
 */
#ifndef TANDEM_RELAY_CODEC_H
#define TANDEM_RELAY_CODEC_H

#include <stdint.h>
#include <re.h>
#include "emodel.h"

enum codec {
	CODEC_UNKNOWN,
	CODEC_PCMU,
	CODEC_PCMA,
	CODEC_G729,
	CODEC_G723,
	CODEC_G722,
	CODEC_GSM,
	CODEC_GSM_EFR,
	CODEC_ILBC,
	CODEC_AMR,
	CODEC_AMR_WB,
	CODEC_G726_32,
	CODEC_G728,
	CODEC_OPUS,
	CODECC,
};

/** By its encoding name in a=rtpmap ("PCMU", any case, without the rate). */
enum codec codec_by_name(const struct pl *name);

/** By a static payload type (RFC 3551 section 6). */
enum codec codec_by_pt(uint8_t pt);

/** Its encoding name; NULL: unknown. */
const char *codec_name(enum codec codec);

/**
 * Its figures for the E-model; NULL: unknown.
 *
 * @param plc  receivers conceal what G.711 loses (appendix I to G.711), as nearly all do
 */
const struct emodel_codec *codec_emodel(enum codec codec, bool plc);

#endif
