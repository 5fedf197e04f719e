/**
 * @file spool.c  The ring: records are put, found, released, and recovered after a crash
 */
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include "crc32c.h"
#include "log.h"
#include "spool.h"
#include "spool_file.h"
#include "spool_guard.h"

enum {
	ALIGN = 8,
	KIND_SKIP = 0xff, /* the rest of the ring up to its end is not used */
};

struct record_header {
	uint32_t len;
	uint32_t crc; /* over salt, number, kind, len and the data */
	uint64_t number;
	uint8_t kind;
	uint8_t zero[7];
};

struct spool {
	struct spool_header *hdr; /* the mapping */
	struct spool_guard *guard;
	char *path;
	uint8_t *ring;
	size_t size;
	_Atomic uint64_t last; /* written by the thread that puts */
	bool sync_failed;      /* the last time; of the thread that takes */
};

static size_t record_size(size_t len)
{
	return (sizeof(struct record_header) + len + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

static uint32_t record_crc(const struct spool *s, const struct record_header *rh, const void *data)
{
	struct record_header h = *rh;

	h.crc = s->hdr->salt;

	return crc32c(crc32c(0, &h, sizeof(h)), data, rh->kind == KIND_SKIP ? 0 : rh->len);
}

static size_t place(const struct spool *s, uint64_t offset)
{
	return (size_t)(offset % s->size);
}

static size_t left_in_lap(const struct spool *s, uint64_t offset)
{
	return s->size - place(s, offset);
}

static void record_write(struct spool *s, uint64_t offset, uint64_t number, uint8_t kind, const void *data,
			 size_t len)
{
	struct record_header rh = {.len = (uint32_t)len, .number = number, .kind = kind};
	uint8_t *p = s->ring + place(s, offset);

	rh.crc = record_crc(s, &rh, data);
	memcpy(p, &rh, sizeof(rh));
	if (kind != KIND_SKIP)
		memcpy(p + sizeof(rh), data, len);
}

/* The record at `offset`, if a whole one lies there. */
static bool record_read(const struct spool *s, uint64_t offset, struct spool_record *rec)
{
	const uint8_t *p = s->ring + place(s, offset);
	const size_t left = left_in_lap(s, offset);
	struct record_header rh;

	if (left < sizeof(rh))
		return false;

	memcpy(&rh, p, sizeof(rh));
	if (rh.kind != KIND_SKIP && (rh.len > SPOOL_RECORD_MAX || record_size(rh.len) > left))
		return false;

	rec->number = rh.number;
	rec->kind = rh.kind;
	rec->data = p + sizeof(rh);
	rec->len = rh.kind == KIND_SKIP ? 0 : rh.len;

	return rh.crc == record_crc(s, &rh, rec->data);
}

/* As record_read, past the unused end of a lap; *offset becomes the record's own. */
static bool record_find(const struct spool *s, uint64_t *offset, struct spool_record *rec)
{
	const size_t left = left_in_lap(s, *offset);
	const bool skipped = left < sizeof(struct record_header);

	if (!skipped && !record_read(s, *offset, rec))
		return false;

	if (skipped || rec->kind == KIND_SKIP) {
		*offset += left;
		return record_read(s, *offset, rec) && rec->kind != KIND_SKIP;
	}

	return true;
}

static uint64_t record_end(uint64_t offset, const struct spool_record *rec)
{
	return offset + record_size(rec->len);
}

/*
 * Find what a former process left: from the tail, whole records whose numbers follow each other. Those
 * the database has are passed over (the process died between its commit and the release, or they are of
 * an earlier lap); the first it has not becomes the tail, the end of the chain the head.
 */
static void recover(struct spool *s, uint64_t last_record, uint64_t end_max)
{
	const uint64_t start = atomic_load(&s->hdr->tail);
	uint64_t offset = start, tail = 0, number = 0;
	bool fresh = false;

	for (;;) {
		struct spool_record rec;
		uint64_t at = offset;

		if (!record_find(s, &at, &rec) || record_end(at, &rec) > end_max ||
		    record_end(at, &rec) - start > s->size)
			break;
		if (offset != start && rec.number != number + 1)
			break;

		if (!fresh && rec.number > last_record) {
			fresh = true;
			tail = at;
		}
		number = rec.number;
		offset = record_end(at, &rec);
	}

	atomic_store(&s->last, number > last_record ? number : last_record);
	atomic_store(&s->hdr->tail, fresh ? tail : start);
	atomic_store(&s->hdr->head, fresh ? offset : start);
}

static void spool_destructor(void *arg)
{
	struct spool *s = arg;

	mem_deref(s->guard);
	mem_deref(s->path);
	if (s->hdr)
		(void)munmap(s->hdr, s->size + SPOOL_PAGE);
}

/* Records of another database are still somebody's calls: they go into this one, but only those that
 * the header vouches for, since their numbers mean nothing here. */
static void adopt(struct spool *s, const char *db_id, uint64_t last_record)
{
	const uint64_t head = atomic_load(&s->hdr->head);

	if (!str_cmp(s->hdr->db_id, db_id)) {
		recover(s, last_record, UINT64_MAX);
		return;
	}

	recover(s, 0, head);
	str_ncpy(s->hdr->db_id, db_id, sizeof(s->hdr->db_id));
}

int spool_open(struct spool **sp, const char *path, size_t size, const char *db_id, uint64_t last_record,
	       char *errstr, size_t errsize)
{
	struct spool *s;
	int err;

	if (!sp || !path || !db_id || !errstr || size < SPOOL_SIZE_MIN || size % SPOOL_PAGE)
		return EINVAL;

	s = mem_zalloc(sizeof(*s), spool_destructor);
	if (!s)
		return ENOMEM;

	err = spool_file_open(&s->hdr, path, size, db_id, errstr, errsize);
	if (!err)
		s->size = s->hdr->size;
	err = err ? err : str_dup(&s->path, path);
	err = err ? err : spool_guard_alloc(&s->guard, s->hdr, s->size + SPOOL_PAGE);
	if (err) {
		mem_deref(s);
		return err;
	}

	s->ring = (uint8_t *)s->hdr + SPOOL_PAGE;
	adopt(s, db_id, last_record);
	*sp = s;

	return 0;
}

size_t spool_cost(size_t len)
{
	return record_size(len);
}

size_t spool_size(const struct spool *s)
{
	return s->size;
}

size_t spool_used(const struct spool *s)
{
	/* tail first: it never passes head, so the difference never goes below zero */
	const uint64_t tail = atomic_load_explicit(&s->hdr->tail, memory_order_acquire);

	return (size_t)(atomic_load_explicit(&s->hdr->head, memory_order_acquire) - tail);
}

size_t spool_free(const struct spool *s)
{
	return s->size - spool_used(s);
}

uint64_t spool_last(const struct spool *s)
{
	return atomic_load_explicit(&s->last, memory_order_acquire);
}

int spool_put(struct spool *s, uint8_t kind, const void *data, size_t len)
{
	const uint64_t number = spool_last(s) + 1;
	uint64_t head = atomic_load_explicit(&s->hdr->head, memory_order_relaxed);
	const size_t left = left_in_lap(s, head);
	const size_t size = record_size(len);
	const size_t skip = size > left ? left : 0;

	if (len > SPOOL_RECORD_MAX || kind == KIND_SKIP)
		return EINVAL;

	if (skip + size > spool_free(s))
		return ENOSPC;

	if (skip >= sizeof(struct record_header))
		record_write(s, head, number, KIND_SKIP, NULL, 0);

	head += skip;
	record_write(s, head, number, kind, data, len);

	atomic_store_explicit(&s->last, number, memory_order_release);
	/* orders the record before the head for the other thread; a killed process needs no more, since
	 * what it stored stays in the page cache */
	atomic_store(&s->hdr->head, head + size);

	return 0;
}

/* Not all at once: until a run's first call opens, which is after its first mark, nobody needs it whole. */
void spool_mark_set(struct spool *s, const struct mark *m)
{
	atomic_store_explicit(&s->hdr->alive_us, m->at_us, memory_order_relaxed);
	atomic_store_explicit(&s->hdr->lived_ms, m->lived_ms, memory_order_relaxed);
	atomic_store_explicit(&s->hdr->run_us, m->run_us, memory_order_relaxed);
}

struct mark spool_mark(const struct spool *s)
{
	return (struct mark){
		.at_us = atomic_load_explicit(&s->hdr->alive_us, memory_order_relaxed),
		.run_us = atomic_load_explicit(&s->hdr->run_us, memory_order_relaxed),
		.lived_ms = atomic_load_explicit(&s->hdr->lived_ms, memory_order_relaxed),
	};
}

uint64_t spool_tail(const struct spool *s)
{
	return atomic_load_explicit(&s->hdr->tail, memory_order_relaxed);
}

/* The first whole record behind what is damaged. */
static bool record_seek(const struct spool *s, uint64_t *offset, uint64_t head, struct spool_record *rec)
{
	uint64_t at;

	for (at = *offset + ALIGN; at < head; at += ALIGN) {

		if (left_in_lap(s, at) < sizeof(struct record_header) || !record_read(s, at, rec) ||
		    rec->kind == KIND_SKIP || record_end(at, rec) > head)
			continue;

		*offset = at;
		return true;
	}

	*offset = head;

	return false;
}

/* What is damaged, and what came behind it. */
static bool damage_pass(const struct spool *s, uint64_t *offset, uint64_t head, struct spool_record *rec)
{
	const uint64_t from = *offset;
	const bool found = record_seek(s, offset, head, rec);

	log_error("spool: %llu bytes are damaged in memory or on the disk and are passed over; check the "
		  "disk "
		  "and the memory of this machine",
		  (unsigned long long)(*offset - from));

	return found;
}

bool spool_next(const struct spool *s, uint64_t *cursor, struct spool_record *rec)
{
	const uint64_t head = atomic_load(&s->hdr->head);
	uint64_t offset = *cursor;

	if (offset >= head)
		return false;

	if (!record_find(s, &offset, rec)) {
		offset = *cursor;
		if (!damage_pass(s, &offset, head, rec)) {
			*cursor = head;
			return false;
		}
	}

	*cursor = record_end(offset, rec);

	return true;
}

void spool_release(struct spool *s, uint64_t cursor)
{
	atomic_store_explicit(&s->hdr->tail, cursor, memory_order_release);
}

/* The kernel may take a page for clean that it failed to write once. A store to it makes it dirty again; records that
 * wait are changed by nobody. */
static void touch_range(const struct spool *s, size_t from, size_t to)
{
	size_t at;

	for (at = from; at < to; at = (at / SPOOL_PAGE + 1) * SPOOL_PAGE) {

		volatile uint8_t *p = s->ring + at;

		const uint8_t byte = *p;

		*p = byte;
	}
}

static int sync_range(const struct spool *s, size_t from, size_t to)
{
	const size_t begin = from & ~(size_t)(SPOOL_PAGE - 1);

	if (s->sync_failed)
		touch_range(s, from, to);

	return to > from && msync(s->ring + begin, to - begin, MS_SYNC) ? errno : 0;
}

int spool_sync(struct spool *s)
{
	const uint64_t tail = spool_tail(s), head = atomic_load(&s->hdr->head);
	const size_t from = place(s, tail), to = place(s, head);
	int err;

	if (tail == head) {
		err = 0;
	}
	else if (from < to) {
		err = sync_range(s, from, to);
	}
	else {
		err = sync_range(s, from, s->size);
		err = err ? err : sync_range(s, 0, to);
	}

	spool_release(s, tail); /* stores to the header's page, too */
	if (msync(s->hdr, SPOOL_PAGE, MS_SYNC) && !err)
		err = errno;
	/* pages that were replaced sync to nowhere; the others are touched next time, before they go, too */
	if (spool_lost(s) && !err)
		err = EIO;
	s->sync_failed = err != 0;

	return err;
}

bool spool_lost(const struct spool *s)
{
	return spool_guard_lost(s->guard);
}

int spool_save(const struct spool *s)
{
	/* what is gone of it is replaced here: the kernel would only refuse to copy it */
	touch_range(s, 0, s->size);

	return spool_file_write(s->hdr, s->path);
}
