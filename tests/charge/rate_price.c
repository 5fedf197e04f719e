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
	struct mbuf *mb = mbuf_alloc(512);
	struct rate_price price = {0};
	struct rate_terms terms;
	struct rate rate;
	int pos = 0, err;

	if (!mb)
		return ENOMEM;

	if (sscanf(line, "%" SCNd64 " %" SCNd64 " %" SCNd64 " %n", &answer_us, &duration_ms, &amount_nano,
		   &pos) != 3 ||
	    !pos)
		err = EINVAL;
	else
		err = rate_snapshot_decode(&rate, &terms, line + pos, strlen(line + pos));
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
