/**
 * @file trace_ring.c  Messages in chains of blocks
 */
#include <stdlib.h>
#include <string.h>
#include <re.h>
#include "trace_ring.h"

enum {
	BLOCK_SIZE = 512,
	BLOCK_DATA = BLOCK_SIZE - 8,
	SHARE = 8, /* strangers have this part of the blocks, and so have dialogs that lost all messages */
	NONE = INT32_MAX,
};

struct block {
	uint32_t next;
	uint32_t pad;
	uint8_t data[BLOCK_DATA];
};

/** What is in the first block of a dialog. */
struct dialog {
	struct le he;
	struct le he_call; /* of a call */
	struct le le;      /* ring->emptyl while it has no message */
	uint64_t key;      /* of its Call-ID */
	struct list msgl;
	uint32_t blocks;         /* of its messages */
	char call[UUID_STRSIZE]; /* "": a stranger's */
	char leg[TRACE_LEG_SIZE];
};

/** What is in the first block of a message, before its text. */
struct message {
	struct le le; /* ring->calll or ring->strangerl */
	struct le le_dialog;
	struct dialog *dialog;
	uint64_t number;
	uint32_t blocks;
	struct trace_msg m;
};

struct trace_ring {
	struct block *blockv;
	uint32_t blockc;
	uint32_t fresh;     /* blocks from here on were never used */
	uint32_t free;      /* chain of those given back */
	uint32_t freec;     /* in the chain, and never used */
	uint32_t strangers; /* blocks of messages in strangerl */
	uint32_t emptyc;
	uint32_t leg_blocks;
	uint32_t count;
	uint64_t number; /* of the next message */
	uint64_t seed;
	struct list calll, strangerl; /* struct message, the oldest first */
	struct list emptyl;           /* struct dialog of calls */
	struct hash *ht;              /* struct dialog, by key */
	struct hash *ht_call;         /* … by call */
};

enum { TEXT_FIRST = BLOCK_DATA - sizeof(struct message) };

static void destructor(void *arg)
{
	struct trace_ring *ring = arg;

	/* what is in them is in the blocks */
	hash_clear(ring->ht);
	hash_clear(ring->ht_call);
	mem_deref(ring->ht);
	mem_deref(ring->ht_call);
	mem_deref(ring->blockv);
}

int trace_ring_alloc(struct trace_ring **ringp, size_t size, size_t leg_size)
{
	struct trace_ring *ring;
	int err;

	ring = mem_zalloc(sizeof(*ring), destructor);
	if (!ring)
		return ENOMEM;

	ring->blockc = ring->freec = (uint32_t)(MAX(size, (size_t)65536) / BLOCK_SIZE);
	ring->leg_blocks = (uint32_t)(leg_size / BLOCK_SIZE);
	ring->free = NONE;
	ring->seed = rand_u64();
	ring->blockv = mem_alloc((size_t)ring->blockc * sizeof(struct block), NULL);
	err = ring->blockv ? hash_alloc(&ring->ht, hash_valid_size(ring->blockc / 4)) : ENOMEM;
	err = err ? err : hash_alloc(&ring->ht_call, hash_valid_size(ring->blockc / 8));

	if (err)
		mem_deref(ring);
	else
		*ringp = ring;

	return err;
}

/* ---------------------------------------------------------------- blocks */

static uint32_t block_index(const struct trace_ring *ring, const void *data)
{
	return (uint32_t)(((const uint8_t *)data - (const uint8_t *)ring->blockv) / BLOCK_SIZE);
}

/** There is one: room_make() saw to it. */
static uint32_t block_take(struct trace_ring *ring)
{
	uint32_t i = ring->free;

	if (i != NONE)
		ring->free = ring->blockv[i].next;
	else
		i = ring->fresh++;

	--ring->freec;
	ring->blockv[i].next = NONE;

	return i;
}

static void blocks_give(struct trace_ring *ring, uint32_t i)
{
	while (i != NONE) {

		const uint32_t next = ring->blockv[i].next;

		ring->blockv[i].next = ring->free;
		ring->free = i;
		++ring->freec;
		i = next;
	}
}

static uint32_t blocks_of_text(size_t len)
{
	return len <= TEXT_FIRST ? 1 : 1 + (uint32_t)((len - TEXT_FIRST + BLOCK_DATA - 1) / BLOCK_DATA);
}

/* ---------------------------------------------------------------- dialogs */

/* FNV-1a from a seed of our own: nobody outside can choose Call-IDs that meet. */
static uint64_t key_of(const struct trace_ring *ring, const struct pl *callid)
{
	uint64_t key = 0xcbf29ce484222325ULL ^ ring->seed;

	for (size_t i = 0; i < callid->l; i++)
		key = (key ^ (uint8_t)callid->p[i]) * 0x100000001b3ULL;

	return key ^ (key >> 32);
}

static bool key_handler(struct le *le, void *arg)
{
	return ((const struct dialog *)le->data)->key == *(const uint64_t *)arg;
}

static struct dialog *dialog_find(const struct trace_ring *ring, uint64_t key)
{
	return list_ledata(hash_lookup(ring->ht, (uint32_t)key, key_handler, &key));
}

static struct dialog *dialog_make(struct trace_ring *ring, uint64_t key)
{
	struct dialog *d = (struct dialog *)(void *)ring->blockv[block_take(ring)].data;

	memset(d, 0, sizeof(*d));
	d->key = key;
	hash_append(ring->ht, (uint32_t)key, &d->he, d);

	return d;
}

static void dialog_drop(struct trace_ring *ring, struct dialog *d)
{
	if (d->le.list) {
		list_unlink(&d->le);
		--ring->emptyc;
	}
	hash_unlink(&d->he);
	hash_unlink(&d->he_call);
	blocks_give(ring, block_index(ring, d));
}

/** A dialog whose last message went: of a call it may have another one day. */
static void dialog_settle(struct trace_ring *ring, struct dialog *d)
{
	if (d->msgl.head || d->le.list)
		return;

	if (!d->call[0]) {
		dialog_drop(ring, d);
		return;
	}

	list_append(&ring->emptyl, &d->le, d);
	++ring->emptyc;
}

/* ---------------------------------------------------------------- messages */

static void message_drop(struct trace_ring *ring, struct message *msg)
{
	struct dialog *d = msg->dialog;

	if (msg->le.list == &ring->strangerl)
		ring->strangers -= msg->blocks;

	list_unlink(&msg->le);
	list_unlink(&msg->le_dialog);
	d->blocks -= msg->blocks;
	--ring->count;
	blocks_give(ring, block_index(ring, msg));
}

static void oldest_drop(struct trace_ring *ring, struct list *list)
{
	struct message *msg = list->head->data;
	struct dialog *d = msg->dialog;

	message_drop(ring, msg);
	dialog_settle(ring, d);
}

static bool something_drop(struct trace_ring *ring)
{
	const uint32_t share = ring->blockc / SHARE;

	if (ring->emptyl.head && (ring->emptyc > share || !ring->count))
		dialog_drop(ring, ring->emptyl.head->data);
	else if (ring->strangerl.head && (ring->strangers > share || !ring->calll.head))
		oldest_drop(ring, &ring->strangerl);
	else if (ring->calll.head)
		oldest_drop(ring, &ring->calll);
	else
		return false;

	return true;
}

static bool room_make(struct trace_ring *ring, uint32_t blocks)
{
	while (ring->freec < blocks)
		if (!something_drop(ring))
			return false;

	return true;
}

static void text_write(struct trace_ring *ring, struct message *msg, const char *text)
{
	size_t left = msg->m.len, n = MIN(left, (size_t)TEXT_FIRST);
	uint32_t i = block_index(ring, msg);

	memcpy(msg + 1, text, n);

	for (left -= n; left; left -= n) {

		text += n;
		n = MIN(left, (size_t)BLOCK_DATA);
		ring->blockv[i].next = block_take(ring);
		i = ring->blockv[i].next;
		memcpy(ring->blockv[i].data, text, n);
	}
}

static void text_read(char *text, const struct trace_ring *ring, const struct message *msg)
{
	size_t left = msg->m.len, n = MIN(left, (size_t)TEXT_FIRST);
	uint32_t i = block_index(ring, msg);

	memcpy(text, msg + 1, n);

	for (left -= n; left; left -= n) {

		text += n;
		n = MIN(left, (size_t)BLOCK_DATA);
		i = ring->blockv[i].next;
		memcpy(text, ring->blockv[i].data, n);
	}
}

static void message_enlist(struct trace_ring *ring, struct message *msg)
{
	const bool stranger = !msg->dialog->call[0];

	list_append(stranger ? &ring->strangerl : &ring->calll, &msg->le, msg);
	ring->strangers += stranger ? msg->blocks : 0;
}

static void message_make(struct trace_ring *ring, struct dialog *d, const struct trace_msg *m,
			 const char *text, uint32_t blocks)
{
	struct message *msg = (struct message *)(void *)ring->blockv[block_take(ring)].data;

	memset(msg, 0, sizeof(*msg));
	msg->dialog = d;
	msg->blocks = blocks;
	msg->number = ring->number++;
	msg->m = *m;
	msg->m.len = MIN(m->len, (uint32_t)TRACE_TEXT_MAX);
	text_write(ring, msg, text);

	if (d->le.list) {
		list_unlink(&d->le);
		--ring->emptyc;
	}
	list_append(&d->msgl, &msg->le_dialog, msg);
	d->blocks += blocks;
	++ring->count;
	message_enlist(ring, msg);
}

void trace_ring_add(struct trace_ring *ring, const struct pl *callid, const struct trace_msg *m,
		    const char *text)
{
	const uint64_t key = key_of(ring, callid);
	const uint32_t blocks = blocks_of_text(MIN(m->len, (uint32_t)TRACE_TEXT_MAX));
	struct dialog *d = dialog_find(ring, key);

	while (d && d->msgl.head && d->blocks + blocks > ring->leg_blocks)
		message_drop(ring, d->msgl.head->data);
	if (d && !d->msgl.head) {
		dialog_settle(ring, d);
		d = dialog_find(ring, key);
	}

	if (ring->freec <= blocks) {
		if (!room_make(ring, blocks + 1))
			return;
		d = dialog_find(ring, key); /* it may have gone to make room */
	}

	message_make(ring, d ? d : dialog_make(ring, key), m, text, blocks);
}

void trace_ring_link(struct trace_ring *ring, const struct pl *callid, const char *call, const char *leg)
{
	const uint64_t key = key_of(ring, callid);
	struct dialog *d;
	struct le *le;

	if (!room_make(ring, 1))
		return;

	d = dialog_find(ring, key);
	d = d ? d : dialog_make(ring, key);

	/* a Call-ID used again is another call's now */
	hash_unlink(&d->he_call);
	str_ncpy(d->call, call, sizeof(d->call));
	hash_append(ring->ht_call, hash_joaat_str_ci(call), &d->he_call, d);
	str_ncpy(d->leg, leg, sizeof(d->leg));

	for (le = d->msgl.head; le; le = le->next) {

		struct message *msg = le->data;

		if (msg->le.list != &ring->strangerl)
			continue;

		list_unlink(&msg->le);
		ring->strangers -= msg->blocks;
		message_enlist(ring, msg);
	}

	dialog_settle(ring, d);
}

/* ---------------------------------------------------------------- reading */

struct search {
	const char *call;
	struct message **msgv;
	size_t msgc;
	bool found;
};

/** Its dialogs' messages: counted, and noted where there is room made for them. */
static void call_search(const struct trace_ring *ring, struct search *s)
{
	const struct le *le = list_head(hash_list(ring->ht_call, hash_joaat_str_ci(s->call))), *msg;

	for (s->msgc = 0; le; le = le->next) {

		const struct dialog *d = le->data;

		if (str_casecmp(d->call, s->call))
			continue;

		s->found = true;
		for (msg = d->msgl.head; msg; msg = msg->next) {
			if (s->msgv)
				s->msgv[s->msgc] = msg->data;
			++s->msgc;
		}
	}
}

const char *trace_ring_call(const struct trace_ring *ring, const struct pl *callid)
{
	const struct dialog *d = ring ? dialog_find(ring, key_of(ring, callid)) : NULL;

	return d ? d->call : "";
}

int trace_ring_find(const struct trace_ring *ring, const char *id, char call[UUID_STRSIZE])
{
	struct search s = {.call = id};
	struct pl callid;
	struct dialog *d;

	if (!str_isset(id))
		return ENOENT;

	pl_set_str(&callid, id);
	d = dialog_find(ring, key_of(ring, &callid));
	if (d && d->call[0])
		s.call = d->call;

	call_search(ring, &s);
	if (!s.found)
		return ENOENT;

	str_ncpy(call, s.call, UUID_STRSIZE);

	return 0;
}

static int by_number(const void *a, const void *b)
{
	const uint64_t x = (*(struct message *const *)a)->number, y = (*(struct message *const *)b)->number;

	return x < y ? -1 : x > y;
}

static int visit(const struct trace_ring *ring, const struct search *s, trace_ring_h *h, void *arg)
{
	char *text = mem_alloc(TRACE_TEXT_MAX, NULL);
	int err = text ? 0 : ENOMEM;

	for (size_t i = 0; i < s->msgc && !err; i++) {

		const struct message *msg = s->msgv[i];
		struct pl leg;

		pl_set_str(&leg, msg->dialog->leg);
		text_read(text, ring, msg);
		err = h(&msg->m, &leg, text, arg);
	}

	mem_deref(text);

	return err;
}

int trace_ring_apply(const struct trace_ring *ring, const char *call, trace_ring_h *h, void *arg)
{
	struct search s = {.call = call};
	int err;

	if (!str_isset(call))
		return 0;

	call_search(ring, &s);
	if (!s.msgc)
		return 0;

	s.msgv = mem_reallocarray(NULL, s.msgc, sizeof(struct message *), NULL);
	if (!s.msgv)
		return ENOMEM;

	call_search(ring, &s);
	qsort(s.msgv, s.msgc, sizeof(struct message *), by_number);
	err = visit(ring, &s, h, arg);
	mem_deref(s.msgv);

	return err;
}

uint32_t trace_ring_count(const struct trace_ring *ring)
{
	return ring ? ring->count : 0;
}
