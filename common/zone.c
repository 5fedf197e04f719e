/**
 * @file zone.c  Time zone files (TZif, RFC 9636)
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <re.h>
#include "zone.h"
#include "zone_rule.h"

enum {
	HEAD_SIZE = 44,
	TYPE_SIZE = 6,
	FILE_SIZE_MAX = 256 * 1024,
	NAME_SIZE_MAX = 64,
	OFFSET_MAX_S = 26 * 3600,
};

static const char zone_folder[] = "/usr/share/zoneinfo";

struct change {
	int64_t at_s;
	int32_t offset_s; /* from then on */
};

struct zone {
	struct change *changev; /* in order */
	size_t changec;
	int32_t first_s;       /* before the first change */
	struct zone_rule rule; /* behind the last one */
	bool has_rule;
};

/** What a block's head says it holds. */
struct block {
	const uint8_t *p; /* behind the head */
	uint32_t utc, standard, leaps, times, types, chars;
	size_t time_size;
};

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t get_time(const uint8_t *p, size_t size)
{
	if (size == 4)
		return (int32_t)get32(p);

	return (int64_t)((uint64_t)get32(p) << 32 | get32(p + 4));
}

static size_t block_size(const struct block *b)
{
	return b->times * (b->time_size + 1) + (size_t)b->types * TYPE_SIZE + b->chars +
	       b->leaps * (b->time_size + 4) + b->standard + b->utc;
}

static int head_decode(struct block *b, const uint8_t *p, size_t size, size_t time_size)
{
	uint32_t *const countv[] = {&b->utc, &b->standard, &b->leaps, &b->times, &b->types, &b->chars};
	size_t i;

	if (size < HEAD_SIZE || memcmp(p, "TZif", 4) != 0)
		return EBADMSG;

	for (i = 0; i < ARRAY_SIZE(countv); i++) {
		*countv[i] = get32(p + 20 + 4 * i);
		if (*countv[i] > FILE_SIZE_MAX)
			return EBADMSG;
	}

	b->p = p + HEAD_SIZE;
	b->time_size = time_size;

	return b->types && block_size(b) <= size - HEAD_SIZE ? 0 : EBADMSG;
}

static int offset_decode(int32_t *offset_s, const struct block *b, unsigned type)
{
	const uint8_t *types = b->p + b->times * (b->time_size + 1);

	if (type >= b->types)
		return EBADMSG;

	*offset_s = (int32_t)get32(types + (size_t)type * TYPE_SIZE);

	return *offset_s > -OFFSET_MAX_S && *offset_s < OFFSET_MAX_S ? 0 : EBADMSG;
}

static int changes_decode(struct zone *z, const struct block *b)
{
	const uint8_t *typev = b->p + b->times * b->time_size;
	uint32_t i;
	int err;

	err = offset_decode(&z->first_s, b, 0);
	if (err || !b->times)
		return err;

	z->changev = mem_zalloc(b->times * sizeof(*z->changev), NULL);
	if (!z->changev)
		return ENOMEM;

	for (i = 0; i < b->times && !err; i++) {
		z->changev[i].at_s = get_time(b->p + i * b->time_size, b->time_size);
		err = offset_decode(&z->changev[i].offset_s, b, typev[i]);
		if (i && z->changev[i].at_s <= z->changev[i - 1].at_s)
			err = EBADMSG;
	}
	z->changec = b->times;

	return err;
}

/* A line behind the second block; empty: nothing is known. */
static int footer_decode(struct zone *z, const uint8_t *p, size_t size)
{
	const uint8_t *end = size > 1 ? memchr(p + 1, '\n', size - 1) : NULL;
	struct pl text;

	if (!end || *p != '\n')
		return EBADMSG;

	text.p = (const char *)p + 1;
	text.l = (size_t)(end - p) - 1;
	z->has_rule = text.l > 0;

	return z->has_rule ? zone_rule_decode(&z->rule, &text) : 0;
}

/* Version 1 has 32 bits for a time; later ones say it all again, with 64, and a line behind. */
static int file_decode(struct zone *z, const uint8_t *p, size_t size)
{
	struct block b;
	size_t skip;
	int err;

	err = head_decode(&b, p, size, 4);
	if (err || p[4] < '2')
		return err ? err : changes_decode(z, &b);

	skip = HEAD_SIZE + block_size(&b);
	err = head_decode(&b, p + skip, size - skip, 8);
	err = err ? err : changes_decode(z, &b);
	skip += HEAD_SIZE + block_size(&b);

	return err ? err : footer_decode(z, p + skip, size - skip);
}

static void zone_destructor(void *arg)
{
	struct zone *z = arg;

	mem_deref(z->changev);
}

int zone_decode(struct zone **zp, const uint8_t *p, size_t size)
{
	struct zone *z;
	int err;

	if (!zp || !p)
		return EINVAL;

	z = mem_zalloc(sizeof(*z), zone_destructor);
	if (!z)
		return ENOMEM;

	err = file_decode(z, p, size);
	if (err)
		mem_deref(z);
	else
		*zp = z;

	return err;
}

/* It becomes part of a path. */
static bool is_name(const char *name)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/";
	const size_t len = str_len(name);

	return len && len < NAME_SIZE_MAX && strspn(name, letters) == len && name[0] != '/' &&
	       name[len - 1] != '/';
}

static int file_read(struct mbuf *mb, const char *path)
{
	FILE *file = fopen(path, "rbe");
	int err = 0;

	if (!file)
		return errno == ENOTDIR ? ENOENT : errno;

	mb->end = fread(mb->buf, 1, mb->size, file);
	if (ferror(file))
		err = errno == EISDIR ? ENOENT : errno;

	(void)fclose(file);

	return err;
}

int zone_load(struct zone **zp, const char *name)
{
	char path[sizeof(zone_folder) + 1 + NAME_SIZE_MAX];
	struct mbuf *mb;
	int err;

	if (!zp || !is_name(name))
		return EINVAL;

	mb = mbuf_alloc(FILE_SIZE_MAX);
	if (!mb)
		return ENOMEM;

	(void)re_snprintf(path, sizeof(path), "%s/%s", zone_folder, name);
	err = file_read(mb, path);
	err = err ? err : zone_decode(zp, mb->buf, mb->end);
	mem_deref(mb);

	return err;
}

/* How many changes are at or before it. */
static size_t changes_before(const struct zone *z, int64_t at_s)
{
	size_t low = 0, high = z->changec;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (z->changev[middle].at_s <= at_s)
			low = middle + 1;
		else
			high = middle;
	}

	return low;
}

int32_t zone_offset(const struct zone *z, int64_t at_s, int64_t *until_s)
{
	const size_t before = changes_before(z, at_s);
	int64_t until;

	if (before == z->changec && z->has_rule)
		return zone_rule_offset(&z->rule, at_s, until_s ? until_s : &until);

	if (until_s)
		*until_s = before < z->changec ? z->changev[before].at_s : INT64_MAX;

	return before ? z->changev[before - 1].offset_s : z->first_s;
}
