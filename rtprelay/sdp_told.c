/**
 * @file sdp_told.c  One session of one speaker: o= and s= as a party knows them (RFC 3264 section 8)
 *
 * A party may get SDP of several speakers, one after the other or forked, and the relay changes what
 * passes. So that the party sees one session, its version is counted here: the same body again has the
 * same version, another one the next.
 */
#include <string.h>
#include <re.h>
#include "sdp_told.h"

static const unsigned replacev[RSDP_TOLD_FIELDS] = {
	[RSDP_TOLD_USERNAME] = RSDP_REPLACE_USERNAME,
	[RSDP_TOLD_SESSION_ID] = RSDP_REPLACE_SESSION_ID,
	[RSDP_TOLD_SESSION_NAME] = RSDP_REPLACE_SESSION_NAME,
};

struct pl rsdp_told_field(const struct rsdp_told *told, enum rsdp_told_field field, unsigned replace,
			  const struct pl *came)
{
	struct pl pl = *came;

	if (told && told->fieldv[field] && replace & replacev[field])
		pl_set_str(&pl, told->fieldv[field]);

	return pl;
}

/* RFC 8829 section 5.2.1 keeps session ids below 2^62; what is above, or no number, starts anew. */
static uint64_t version_decode(const struct pl *pl)
{
	uint64_t num = 0;
	size_t i;

	for (i = 0; i < pl->l; i++) {

		if (pl->p[i] < '0' || pl->p[i] > '9' || num >= 1ULL << 58)
			return 1;
		num = num * 10 + (uint64_t)(pl->p[i] - '0');
	}

	return num;
}

bool rsdp_told_version(uint64_t *num, const struct rsdp_told *told, unsigned replace, const struct pl *came)
{
	const bool ours = told && replace & (RSDP_REPLACE_VERSION | RSDP_REPLACE_VERSION_FORCE);

	*num = ours && told->hash ? told->version : version_decode(came);

	return ours;
}

/* FNV-1a: tells a changed body from the same; nobody gains by a collision. */
static uint64_t hash_add(uint64_t hash, const uint8_t *p, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		hash = (hash ^ p[i]) * 0x100000001b3ULL;

	return hash;
}

static uint64_t body_hash(const struct rsdp_writer *w, size_t start)
{
	const size_t behind = w->version.at + w->version.len;
	uint64_t hash = 0xcbf29ce484222325ULL;

	if (w->version.len) {
		hash = hash_add(hash, w->mb->buf + start, w->version.at - start);
		start = behind;
	}
	hash = hash_add(hash, w->mb->buf + start, w->mb->end - start);

	return hash ? hash : 1;
}

/* One more: as long as before, or by one digit longer. */
static int version_raise(struct rsdp_writer *w)
{
	struct mbuf *mb = w->mb;
	char text[24];
	size_t len, tail;

	len = (size_t)re_snprintf(text, sizeof(text), "%llu", ++w->version.num);
	tail = mb->end - w->version.at - w->version.len;

	if (len > w->version.len) {
		const int err = mbuf_write_u8(mb, 0);

		if (err)
			return err;
		memmove(mb->buf + w->version.at + len, mb->buf + w->version.at + w->version.len, tail);
	}

	memcpy(mb->buf + w->version.at, text, len);
	w->version.len = len;

	return 0;
}

static int field_note(struct rsdp_told *told, enum rsdp_told_field field, unsigned replace,
		      const struct pl *came)
{
	if (told->fieldv[field] || !(replace & replacev[field]) || !came->p || came->l > RSDP_NAME_MAX)
		return 0;

	return pl_strdup(&told->fieldv[field], came);
}

int rsdp_told_update(struct rsdp_told *told, struct rsdp_writer *w, size_t start)
{
	const unsigned replace = w->target->replace;
	const uint64_t hash = body_hash(w, start);
	const bool raise = replace & RSDP_REPLACE_VERSION_FORCE ||
			   (replace & RSDP_REPLACE_VERSION && hash != told->hash);
	int err;

	err = told->hash && w->version.len && raise ? version_raise(w) : 0;
	err = err ? err : field_note(told, RSDP_TOLD_USERNAME, replace, &w->sdp->origin.username);
	err = err ? err : field_note(told, RSDP_TOLD_SESSION_ID, replace, &w->sdp->origin.session_id);
	err = err ? err : field_note(told, RSDP_TOLD_SESSION_NAME, replace, &w->sdp->session_name);
	if (err)
		return err;

	told->hash = hash;
	told->version = w->version.num;

	return 0;
}

void rsdp_told_reset(struct rsdp_told *told)
{
	unsigned i;

	for (i = 0; i < RSDP_TOLD_FIELDS; i++)
		told->fieldv[i] = mem_deref(told->fieldv[i]);

	memset(told, 0, sizeof(*told));
}
