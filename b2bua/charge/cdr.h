/**
 * @file cdr.h  The record of one call attempt: plain data, filled while the call lives, written once
 *
 * The columns of table `cdr` are the rows of cdr_fields[]; packing, binding and printing go by that
 * table, so a new column is one row there and one in a migration.
 */
#ifndef TANDEM_CDR_H
#define TANDEM_CDR_H

#include <re.h>
#include "uuid.h"

enum cdr_disposition {
	CDR_FAILED, /* also the state of a record that nobody closed */
	CDR_ANSWERED,
	CDR_BUSY,
	CDR_NO_ANSWER,
	CDR_CANCELLED,
	CDR_REJECTED,
};

enum cdr_party { CDR_TANDEM, CDR_CALLER, CDR_CALLEE };

/** What one leg's media came to; times in microseconds. */
struct cdr_media {
	int64_t rx_packets;
	int64_t rx_bytes;
	int64_t lost;
	int64_t jitter_us;
	int64_t mos_x100; /* 0 = not measured */
};

/** Strings are heap strings owned by the record (cdr_set); NULL = SQL NULL. Integers 0 in *_us, *_ms = NULL. */
struct cdr {
	char cdr_id[UUID_STRSIZE];
	char *node;
	char *a_call_id, *b_call_id;
	char *src_trunk, *dst_trunk, *account;
	char *caller, *callee, *caller_in, *callee_in;
	int64_t start_us, ring_us, answer_us, end_us; /* wall clock, UTC */
	int64_t pdd_ms, ring_ms, duration_ms;         /* monotonic; -1 = NULL */
	int64_t billed_s;
	enum cdr_disposition disposition;
	int64_t sip_code;   /* final response given to the caller, 200 for answered */
	int64_t q850_cause; /* 0 = NULL */
	char *reason;       /* text, as in the Reason header or the reason phrase */
	enum cdr_party released_by;
	char *release_tag;
	char *attempts; /* JSON array */
	char *tariff, *rate;
	int64_t price_nano, cost_nano;
	char *currency;
	char *a_codec, *b_codec;
	struct cdr_media a, b;
	char *a_user_agent, *a_src, *b_dst, *icid;
	int64_t recovered;
};

/** A new empty record with a fresh id; mem_deref frees it and its strings. */
int cdr_alloc(struct cdr **cdrp, const char *node);

/** Replace one string field; text is cut at 4096 bytes and cleaned of control characters. */
int cdr_set(char **field, const struct pl *pl);
int cdr_set_str(char **field, const char *str);

const char *cdr_disposition_name(enum cdr_disposition d);
const char *cdr_party_name(enum cdr_party p);

/** Serialise for the spool, by cdr_fields[]; independent of struct layout. */
int cdr_pack(struct mbuf *mb, const struct cdr *cdr);
int cdr_unpack(struct cdr **cdrp, struct mbuf *mb);

#endif
