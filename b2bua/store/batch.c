/**
 * @file batch.c  The records one transaction takes, and which of them belong to one call
 *
 * Most calls are refused or short: their opening, answer and closing meet in one batch, and then only
 * the CDR and its events are written.
 */
#include <string.h>
#include "batch.h"
#include "uuid.h"

enum {
	ID_LEN = UUID_STRSIZE - 1,
	ID_OFFSET =
		3, /* in a packed CDR: behind version, number of fields and the id's length; a hold does alike */
	TABLE_SIZE = 4 * BATCH_MAX, /* mostly empty */
	NONE = -1,
};

/* Where one call stands in the batch; indices of records, or NONE. */
struct batch_call {
	int first; /* any record: gives the id */
	int open;
	int newest; /* of its opening and answers */
	int hold;   /* the newest */
	int close;
};

struct batch {
	struct spool_record recordv[BATCH_MAX];
	struct batch_call *callv[BATCH_MAX]; /* of each record; NULL for events */
	size_t recordc;

	struct batch_call poolv[BATCH_MAX];
	size_t poolc;
	int16_t tablev[TABLE_SIZE]; /* indices into poolv by hash of the id, or NONE */
};

int batch_alloc(struct batch **bp)
{
	*bp = mem_zalloc(sizeof(**bp), NULL);

	return *bp ? 0 : ENOMEM;
}

static bool is_call(const struct spool_record *rec)
{
	return ((rec->kind >= RECORD_OPEN && rec->kind <= RECORD_CLOSE) || rec->kind == RECORD_HOLD) &&
	       rec->len >= ID_OFFSET + ID_LEN;
}

static const uint8_t *record_id(const struct spool_record *rec)
{
	return rec->data + ID_OFFSET;
}

static struct batch_call *call_get(struct batch *b, int index)
{
	const uint8_t *id = record_id(&b->recordv[index]);
	uint32_t slot = hash_joaat(id, ID_LEN) % TABLE_SIZE;
	struct batch_call *call;

	for (; b->tablev[slot] != NONE; slot = (slot + 1) % TABLE_SIZE) {

		call = &b->poolv[b->tablev[slot]];
		if (!memcmp(record_id(&b->recordv[call->first]), id, ID_LEN))
			return call;
	}

	b->tablev[slot] = (int16_t)b->poolc;
	call = &b->poolv[b->poolc++];
	*call = (struct batch_call){.first = index,
				    .open = NONE,
				    .newest = NONE,
				    .hold = NONE,
				    .close = NONE};

	return call;
}

static void call_note(struct batch_call *call, enum record_kind kind, int index)
{
	switch (kind) {

	case RECORD_CLOSE:
		call->close = index;
		break;
	case RECORD_HOLD:
		call->hold = index;
		break;
	case RECORD_OPEN:
		call->open = index;
		call->newest = index;
		break;
	default:
		call->newest = index;
		break;
	}
}

uint64_t batch_gather(struct batch *b, const struct spool *s)
{
	uint64_t cursor = spool_tail(s);
	struct spool_record *rec;

	b->recordc = b->poolc = 0;
	memset(b->tablev, 0xff, sizeof(b->tablev));

	while (b->recordc < BATCH_MAX) {

		rec = &b->recordv[b->recordc];
		if (!spool_next(s, &cursor, rec))
			break;

		b->callv[b->recordc] = NULL;
		if (is_call(rec)) {
			b->callv[b->recordc] = call_get(b, (int)b->recordc);
			call_note(b->callv[b->recordc], (enum record_kind)rec->kind, (int)b->recordc);
		}
		++b->recordc;
	}

	return cursor;
}

size_t batch_count(const struct batch *b)
{
	return b->recordc;
}

const struct spool_record *batch_record(const struct batch *b, size_t index)
{
	return &b->recordv[index];
}

bool batch_leaves_open(const struct batch *b, size_t index)
{
	const struct batch_call *call = b->callv[index];

	return call && call->close == NONE && call->newest == (int)index;
}

bool batch_leaves_held(const struct batch *b, size_t index)
{
	const struct batch_call *call = b->callv[index];

	return call && call->close == NONE && call->hold == (int)index;
}

bool batch_opened_here(const struct batch *b, size_t index)
{
	const struct batch_call *call = b->callv[index];

	return call && call->open != NONE;
}
