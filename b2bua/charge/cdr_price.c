/**
 * @file cdr_price.c  A call's price by its record
 */
#include <errno.h>
#include "cdr_price.h"
#include "rate_text.h"
#include "zone.h"

static int price_by(struct rate_price *price, const char *snapshot, const struct cdr *cdr)
{
	struct rate_terms terms;
	struct rate rate;
	int err;

	*price = (struct rate_price){0};
	if (!snapshot || !cdr->answer_us || cdr->duration_ms < 0)
		return 0;

	err = rate_snapshot_decode(&rate, &terms, snapshot, str_len(snapshot));
	err = err ? err : rate_price(price, &rate, &terms, cdr->answer_us, cdr->duration_ms);
	mem_deref((void *)terms.zone);

	return err;
}

int cdr_price(struct cdr *cdr)
{
	struct rate_price price, cost;
	int err, cost_err;

	err = price_by(&price, cdr->rate, cdr);
	cost_err = price_by(&cost, cdr->cost_rate, cdr);

	cdr->billed_s = price.billed_s;
	cdr->price_nano = price.amount_nano;
	cdr->cost_nano = cost.amount_nano;

	return err ? err : cost_err;
}
