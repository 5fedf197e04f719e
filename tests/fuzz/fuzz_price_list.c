/**
 * @file fuzz_price_list.c  Any bytes as a price list: refused with a reason, or rows that are read the same again
 */
#include <stdlib.h>
#include <string.h>
#include <re.h>
#include "charge/price_merge.h"
#include "csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fault_handler(size_t row, const struct pl *column, const struct pl *text, const char *complaint,
			  void *arg)
{
	size_t *faults = arg;

	if (!complaint)
		abort();
	++*faults;
}

/* What is written of a row must be one that the daemon takes, and the same. */
static void row_again(const struct price_row *row)
{
	struct pl fieldv[CSV_FIELDS_MAX];
	struct mbuf *mb = mbuf_alloc(256);
	struct price_row again;
	const char *complaint;
	struct csv csv;
	size_t fieldc, i;

	if (!mb || price_row_write(mb, row))
		abort();

	csv_init(&csv, (char *)mb->buf, mb->end, ',');
	if (csv_next(&csv, fieldv, &fieldc, &complaint) || fieldc != PRICE_COLUMNC)
		abort();
	price_row_init(&again);
	for (i = 0; i < PRICE_COLUMNC; i++)
		if (price_row_set(&again, (enum price_column)i, &fieldv[i], '.', &complaint))
			abort();
	if (price_row_compare(row, &again) || row->per_minute_nano != again.per_minute_nano ||
	    row->until_us != again.until_us || !price_row_bands_equal(row, &again) || price_row_check(&again))
		abort();

	mem_deref(mb);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct price_file_form form = {.decimal = size % 2 ? '.' : ','};
	const struct price_line *linev;
	struct price_file *f = NULL;
	char *text = malloc(size + 1);
	size_t linec, i, faults = 0;
	int err;

	if (!text)
		abort();
	memcpy(text, data, size);

	err = price_file_read(&f, text, size, &form, fault_handler, &faults);
	if (!err != !faults)
		abort();
	if (!err) {
		linev = price_file_lines(f, &linec);
		for (i = 0; i < linec; i++) {
			if (i && price_row_overlaps(&linev[i - 1].row, &linev[i].row))
				abort();
			row_again(&linev[i].row);
		}
	}

	mem_deref(f);
	free(text);

	return 0;
}
