/**
 * @file fuzz_cdr.c  Records as they lie in the spool and in open_call: CDRs, events and holds
 */
#include <stdlib.h>
#include <string.h>
#include "cdr.h"
#include "store/event.h"
#include "store/held.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct mbuf over(const uint8_t *data, size_t size)
{
	return (struct mbuf){.buf = (uint8_t *)data, .size = size, .end = size};
}

/* What was read packs again to something that reads the same. */
static void check_again(const struct cdr *cdr)
{
	struct mbuf *first = mbuf_alloc(64), *second = mbuf_alloc(64);
	struct cdr *again = NULL;

	if (!first || !second || cdr_pack(first, cdr))
		abort();

	first->pos = 0;
	if (cdr_unpack(&again, first) || cdr_pack(second, again) || first->end != second->end ||
	    memcmp(first->buf, second->buf, first->end))
		abort();

	mem_deref(again);
	mem_deref(first);
	mem_deref(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mbuf mb = over(data, size);
	struct cdr_value valuev[CDR_FIELDC];
	struct cdr *cdr = NULL;
	struct event ev;
	struct held held;
	int err;

	err = cdr_unpack(&cdr, &mb);
	mb = over(data, size);
	if (err != cdr_values(valuev, &mb))
		abort();
	if (!err)
		check_again(cdr);
	mem_deref(cdr);

	mb = over(data, size);
	(void)event_unpack(&ev, &mb);

	mb = over(data, size);
	(void)held_unpack(&held, &mb);

	return 0;
}
