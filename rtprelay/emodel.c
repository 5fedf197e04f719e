/**
 * @file emodel.c  From loss and delay to R and MOS: the E-model (ITU-T G.107, G.107.1, G.107.2)
 */
#include <math.h>
#include <re.h>
#include "emodel.h"

static const struct {
	double best; /* R of a perfect connection */
	double full; /* the end of the scale */
} scalev[] = {
	[EMODEL_NARROW] = {93.2, 100},
	[EMODEL_WIDE] = {129, 129},
	[EMODEL_FULL] = {148, 148},
};

/* Idd, G.107 equations (7-27) and (7-28): what delay takes away, once it passes 100 ms. */
static double delay_impairment(double delay_ms)
{
	double x;

	if (delay_ms <= 100)
		return 0;

	x = log2(delay_ms / 100);

	return 25 * (pow(1 + pow(x, 6), 1.0 / 6) - 3 * pow(1 + pow(x / 3, 6), 1.0 / 6) + 2);
}

/* Ie,eff, G.107 equation (7-29), with loss in percent. */
static double loss_impairment(const struct emodel_codec *codec, const struct emodel_path *path)
{
	const double percent = path->loss * 100;

	return codec->ie + (95 - codec->ie) * percent / (percent / path->burst_ratio + codec->bpl);
}

double emodel_rating(const struct emodel_codec *codec, const struct emodel_path *path)
{
	const double best = scalev[codec->scale].best, full = scalev[codec->scale].full;
	const double r = best - delay_impairment(path->delay_ms) - loss_impairment(codec, path);

	return r > 0 ? r * 100 / full : 0;
}

/* Below 6.5 the curve of annex B dips under 1, which is no score. */
unsigned emodel_mos_x100(double rating)
{
	const double r = rating < 0 ? 0 : rating > 100 ? 100 : rating;
	const double mos = 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6;

	return mos < 1 ? 100 : (unsigned)lround(mos * 100);
}

double emodel_burst_ratio(double lost, double bursts, double loss)
{
	const double ratio = bursts > 0 ? lost / bursts * (1 - loss) : 1;

	return ratio < 1 ? 1 : ratio > 8 ? 8 : ratio;
}
