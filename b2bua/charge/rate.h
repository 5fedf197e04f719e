/**
 * @file rate.h  What an answered call costs under one rate: exact, and the same whenever it is worked out
 *
 * One rate, that in force at the INVITE, prices the whole call. Its time is charged in intervals: `first_s` at once,
 * then one of `next_s` as each is begun. Where the price per minute depends on the time of day, what is charged
 * is cut at the very boundary, in the tariff's local time; each piece is charged by its own price and the sum is
 * rounded once, at the end. No floating point.
 */
#ifndef TANDEM_RATE_H
#define TANDEM_RATE_H

#include <re.h>

struct zone;

enum {
	RATE_BAND_MAX = 32,
	RATE_PREFIX_SIZE = 33,
	RATE_HORIZON_S = 30 * 86400, /* what a call goes on beyond is not charged */
};

enum rate_rounding { RATE_NEAREST, RATE_UP, RATE_DOWN };

/** How a tariff counts, whatever the destination. */
struct rate_terms {
	enum rate_rounding rounding; /* nearest: a half goes up */
	unsigned decimals;           /* of the currency's unit a price has, 0 to 9 */
	const struct zone *zone;     /* of its times of day; NULL: UTC */
};

/** Another price per minute at some times of the week. */
struct rate_band {
	uint8_t days;        /* bit 0 Monday … 6 Sunday: on which it begins */
	uint16_t from_min;   /* local time, minutes since midnight */
	uint16_t length_min; /* may go on into the next day; 1 to 1440 */
	int64_t per_minute_nano;
};

struct rate {
	char prefix[RATE_PREFIX_SIZE];
	bool blocked;                          /* no call goes there */
	int64_t per_minute_nano;               /* outside all bands */
	int64_t connect_fee_nano;              /* of every call that is charged at all */
	int64_t min_charge_nano;               /* of a call that is charged; 0 = none */
	int64_t max_charge_nano;               /* 0 = none */
	uint32_t grace_s;                      /* calls up to this long cost nothing */
	uint32_t first_s;                      /* charged at least */
	uint32_t next_s;                       /* further time in steps of this, 1 or more */
	struct rate_band bandv[RATE_BAND_MAX]; /* where two have a moment, the first counts */
	uint32_t bandc;
};

struct rate_price {
	int64_t amount_nano;
	int64_t billed_s; /* 0: within the grace */
};

/**
 * The price of a call.
 *
 * @param answer_us   wall clock, UTC
 * @param duration_ms from the answer; beyond RATE_HORIZON_S counts as that
 *
 * EINVAL: a time below zero; ERANGE: beyond int64 of nano units
 */
int rate_price(struct rate_price *price, const struct rate *r, const struct rate_terms *terms,
	       int64_t answer_us, int64_t duration_ms);

/**
 * How long may be talked for an amount, in ms: until the end of the last interval it pays for.
 * 0: not even the first; INT64_MAX: as long as one likes.
 */
int64_t rate_affords_ms(const struct rate *r, const struct rate_terms *terms, int64_t answer_us,
			int64_t amount_nano);

/** Where the interval ends that a moment of the call is in, ms from the answer: paid for until then. */
int64_t rate_interval_end_ms(const struct rate *r, int64_t at_ms);

/** The price per minute at a moment, and until when it stays that; UTC microseconds. */
int64_t rate_per_minute(const struct rate *r, const struct rate_terms *terms, int64_t at_us,
			int64_t *until_us);

#endif
