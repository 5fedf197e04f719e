/**
 * @file fuzz_trace.c  Any bytes as a traced message: masked in place, twice the same, and kept as they are
 */
#include <stdlib.h>
#include <string.h>
#include <re.h>
#include "door/trace_ring.h"
#include "door/trace_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void keep(const char *text, size_t size)
{
	static struct trace_ring *ring;
	struct trace_msg m = {.len = (uint32_t)size};
	struct pl callid;

	if (!ring && trace_ring_alloc(&ring, 65536, 20480))
		abort();
	if (!trace_text_callid(&callid, text, size))
		return;

	trace_ring_add(ring, &callid, &m, text);
	if (size % 2)
		trace_ring_link(ring, &callid, "call", "a");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *once = malloc(size ? size : 1), *twice = malloc(size ? size : 1);

	if (!once || !twice)
		abort();
	if (size)
		memcpy(once, data, size);

	keep(once, size);
	trace_text_mask(once, size);
	memcpy(twice, once, size);
	trace_text_mask(twice, size);
	if (memcmp(once, twice, size))
		abort();

	free(once);
	free(twice);

	return 0;
}
