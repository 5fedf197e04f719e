/**
 * @file rate_price.c  For test_rates.py: prices calls by lines of standard input
 *
 * Each line: ANSWER_US DURATION_MS AMOUNT_NANO SNAPSHOT; out comes: PRICE_NANO BILLED_S AFFORDS_MS, the snapshot again.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <re.h>
#include "charge/rate_text.h"

enum { LINE_SIZE = 8192 };

static int line_price(const char *line)
{
	int64_t answer_us, duration_ms, amount_nano;
	char *end;
	struct mbuf *mb = mbuf_alloc(512);
	struct rate_price price = {0};
	struct rate_terms terms;
	struct rate rate;
	int err;

	if (!mb)
		return ENOMEM;

	answer_us = strtoll(line, &end, 10);
	duration_ms = strtoll(end, &end, 10);
	amount_nano = strtoll(end, &end, 10);
	err = rate_snapshot_decode(&rate, &terms, end, strlen(end));
	if (err)
		goto out;

	err = rate_price(&price, &rate, &terms, answer_us, duration_ms);
	err = err ? err : rate_snapshot_encode(mb, &rate, &terms, terms.zone ? "as before" : NULL);
	if (!err)
		(void)printf("%" PRId64 " %" PRId64 " %" PRId64 " %.*s\n", price.amount_nano, price.billed_s,
			     rate_affords_ms(&rate, &terms, answer_us, amount_nano), (int)mb->end,
			     (const char *)mb->buf);
	mem_deref((void *)terms.zone);

out:
	mem_deref(mb);

	return err;
}

int main(void)
{
	char line[LINE_SIZE];

	while (fgets(line, sizeof(line), stdin)) {
		const int err = line_price(line);

		if (err)
			(void)printf("error %d\n", err);
	}

	return EXIT_SUCCESS;
}
