/**
 * @file bdecode.h  What the bencode and the JSON decoder share: a cursor, nodes and limits
 *
 * A document is decoded twice by the same code: once to check and count it, with one scratch node,
 * then into an array of exactly that many nodes. So a hostile packet never makes us allocate more
 * than its own honest size needs, and pointers between nodes stay valid.
 */
#ifndef TANDEM_BDECODE_H
#define TANDEM_BDECODE_H

#include <re.h>
#include "bencode.h"

struct bdecoder {
	const char *p; /* next byte; never past end */
	const char *end;
	struct bval *nodev; /* NULL in the counting run */
	size_t nodec;
	char *copy;    /* JSON: where the next unescaped string goes; NULL in the counting run */
	size_t copied; /* bytes of unescaped strings so far */
	struct bval scratch;
};

/** Decode one value at the cursor into `v`. */
typedef int(bdecode_h)(struct bdecoder *d, struct bval *v, unsigned depth);

/** Decode the whole of `pl`, in two runs of `h`. */
int bdecoder_run(struct bdoc **docp, const struct pl *pl, bdecode_h *h);

/** Take the next node; EOVERFLOW past BENCODE_NODES_MAX. */
int bdecoder_node(struct bdecoder *d, struct bval **nodep);

/** A whole decimal integer: no sign but '-', no leading zeros, within int64. */
int bdecoder_number(int64_t *num, const struct pl *pl);

#endif
