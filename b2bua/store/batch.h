/**
 * @file batch.h  The records one transaction takes, and which of them belong to one call
 */
#ifndef TANDEM_BATCH_H
#define TANDEM_BATCH_H

#include "spool.h"

/* Under load a page of an index is written once for all records of a batch: four times as many halve what is written. */
enum { BATCH_MAX = 8192 };

enum record_kind {
	RECORD_OPEN = 1, /* cdr_pack(): a call attempt began */
	RECORD_ANSWER,   /* cdr_pack() */
	RECORD_CLOSE,    /* cdr_pack(): becomes a row of `cdr` */
	RECORD_EVENT,    /* event_pack() */
	RECORD_HOLD,     /* hold_pack(): what is set aside for a call under way */
};

struct batch;

int batch_alloc(struct batch **bp);

/** Fill it with the spool's oldest records; the offset behind them. They stay in the spool. */
uint64_t batch_gather(struct batch *b, const struct spool *s);

size_t batch_count(const struct batch *b);
const struct spool_record *batch_record(const struct batch *b, size_t index);

/** True for the newest of a call's opening and answers, when the batch does not close the call. */
bool batch_leaves_open(const struct batch *b, size_t index);

/** True for the newest of a call's holds, when the batch does not close the call. */
bool batch_leaves_held(const struct batch *b, size_t index);

/** True if the call that this record closes was opened in this batch. */
bool batch_opened_here(const struct batch *b, size_t index);

#endif
