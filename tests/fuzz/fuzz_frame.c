/**
 * @file fuzz_frame.c  Any stream, in any pieces: the first byte says how large they are
 */
#include <stdlib.h>
#include <re.h>
#include "door/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum frame_kind by_pieces(size_t *len, const uint8_t *data, size_t size, size_t piece)
{
	enum frame_kind kind = FRAME_PART;
	struct frame f = {.whole = 0};

	for (size_t n = piece; kind == FRAME_PART; n += piece) {
		kind = frame_find(len, &f, data, MIN(n, size));
		if (n >= size)
			break;
	}

	return kind;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct frame f = {.whole = 0};
	enum frame_kind kind;
	size_t len, piece_len;

	if (size < 2)
		return 0;

	kind = frame_find(&len, &f, data + 1, size - 1);
	if (len > size - 1 || (len == 0) != (kind == FRAME_PART || kind == FRAME_JUNK))
		abort();

	if (kind == FRAME_MESSAGE &&
	    (by_pieces(&piece_len, data + 1, size - 1, (size_t)data[0] + 1) != kind || piece_len != len))
		abort();

	return 0;
}
