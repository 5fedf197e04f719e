/**
 * @file recovery.c  The CDR of a call that a crash left open
 */
#include "log.h"
#include "../charge/cdr_price.h"
#include "recovery.h"

/* The time a UUIDv7 was made (RFC 9562 section 5.7): its first 48 bits are UTC milliseconds. */
static int64_t uuid_time_us(const char *id)
{
	uint64_t ms = 0;
	size_t i;

	for (i = 0; i < 13; i++)
		if (id[i] != '-')
			ms = ms << 4 | ch_hex(id[i]);

	return (int64_t)ms * 1000;
}

/* Records of versions that had no marks in them go by the wall clock. */
static int64_t lasted_by_wall_ms(int64_t since_us, const struct last_life *life)
{
	const int64_t mark_us = MAX(life->markv[0].at_us, life->markv[1].at_us);

	return MAX(MIN(mark_us, life->now_us) - since_us, 0) / 1000;
}

static int64_t lasted_ms(const struct mark *since, const struct last_life *life)
{
	size_t i;
	int64_t ms = 0;

	for (i = 0; i < ARRAY_SIZE(life->markv); i++)
		ms = MAX(mark_span(since, &life->markv[i]), ms);

	return ms;
}

static int cdr_close_crashed(struct cdr *cdr, const struct mark *since, const struct last_life *life)
{
	const int64_t since_us = cdr->answer_us ? cdr->answer_us : cdr->start_us;
	const int64_t ms = since->run_us ? lasted_ms(since, life) : lasted_by_wall_ms(since_us, life);

	cdr->end_us = since_us + ms * 1000;
	if (cdr->answer_us)
		cdr->duration_ms = ms;

	cdr->disposition = cdr->answer_us ? CDR_ANSWERED : CDR_FAILED;
	cdr->released_by = CDR_TANDEM;
	cdr->recovered = 1;

	if (cdr->currency || cdr->cost_currency) {
		const int err = cdr_price(cdr);

		if (err)
			log_error("writer: the price of call %s, which a crash cut off, cannot be worked out "
				  "(%m); "
				  "see to it by hand",
				  cdr->cdr_id, err);
	}

	return cdr_set_str(&cdr->release_tag, "crash");
}

/* What is left of a call whose record cannot be read: that it was. */
static int cdr_from_id(struct cdr **cdrp, const char *id, const char *node)
{
	struct cdr *cdr;
	int err;

	log_error("writer: the record of open call %s cannot be read; its CDR tells its start alone", id);

	err = cdr_alloc(&cdr, node);
	if (err)
		return err;

	str_ncpy(cdr->cdr_id, id, sizeof(cdr->cdr_id));
	cdr->start_us = uuid_time_us(id);
	*cdrp = cdr;

	return 0;
}

static int open_call_read(struct cdr **cdrp, struct mark *since, const char *id, const char *node,
			  const struct pl *packed)
{
	struct mbuf mb = {.buf = (uint8_t *)packed->p, .size = packed->l, .end = packed->l};
	int err;

	err = cdr_unpack(cdrp, &mb);
	mark_unpack(since, &mb);

	return err == EBADMSG ? cdr_from_id(cdrp, id, node) : err;
}

int recovery_close(struct mbuf *mb, const char *id, const char *node, const struct pl *packed,
		   const struct last_life *life)
{
	struct cdr *cdr = NULL;
	struct mark since;
	int err;

	err = open_call_read(&cdr, &since, id, node, packed);
	if (err)
		return err;

	mbuf_rewind(mb);
	err = cdr_close_crashed(cdr, &since, life);
	err = err ? err : cdr_pack(mb, cdr);
	mb->pos = 0;
	mem_deref(cdr);

	return err;
}
