/**
 * @file emodel.h  From loss and delay to R and MOS: the E-model (ITU-T G.107, G.107.1, G.107.2)
 *
 * Reduced to what a relay can see. Noise, loudness, echo and the advantage factor keep the model's
 * defaults, so that R = Ro - Idd - Ie,eff. Echo is taken to be cancelled: no talker or listener echo.
 * A codec is rated on the scale of its own bandwidth; R is given on 0 to 100 for all of them.
 */
#ifndef TANDEM_EMODEL_H
#define TANDEM_EMODEL_H

/** Ro less Is, at the defaults of each model. */
enum emodel_scale {
	EMODEL_NARROW, /* G.107:   93.2 of 100 */
	EMODEL_WIDE,   /* G.107.1: 129 of 129 */
	EMODEL_FULL,   /* G.107.2: 148 of 148 */
};

/** What the E-model knows of a codec (G.113 appendix I; see codec.c for whose figures). */
struct emodel_codec {
	enum emodel_scale scale;
	double ie;         /* equipment impairment without loss */
	double bpl;        /* robustness to packet loss */
	unsigned delay_ms; /* its look-ahead, beyond the packet's own length */
};

/** One direction of a conversation. */
struct emodel_path {
	double loss;        /* lost of sent, 0 to 1 */
	double burst_ratio; /* 1: losses are random */
	double delay_ms;    /* mouth to ear */
};

/** The rating factor R, 0 to 100. */
double emodel_rating(const struct emodel_codec *codec, const struct emodel_path *path);

/** Estimated mean opinion score times 100, 100 to 450 (G.107 annex B). */
unsigned emodel_mos_x100(double rating);

/**
 * BurstR (G.107 section 3.5): how long losses in a row are on average, over how long they would be
 * if they were random. 1 to 8, the range the model is made for.
 */
double emodel_burst_ratio(double lost, double bursts, double loss);

#endif
