/**
 * @file rate_band.h  A price at some times of the week, as text
 */
#ifndef TANDEM_RATE_BAND_H
#define TANDEM_RATE_BAND_H

#include "rate.h"

/** A price at some times of the week: "mon-fri 18:00-08:00 0.10", "sat,sun 00:00-24:00 0.05". EINVAL. */
int rate_band_decode(struct rate_band *band, const struct pl *text);
int rate_band_encode(struct re_printf *pf, const struct rate_band *band);

/** All of a JSON array of such texts, into a rate. EBADMSG: one is none, or there are more than RATE_BAND_MAX. */
int rate_bands_decode(struct rate *r, const struct odict *array);

#endif
