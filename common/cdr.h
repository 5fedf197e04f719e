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
	int64_t mos_x100;       /* 0 = not measured, here and below */
	int64_t mos_min_x100;   /* of the worst ten seconds */
	int64_t round_trip_us;  /* between the relay and the party */
	int64_t loss_burst_max; /* packets lost in a row */
};

/** Strings are heap strings owned by the record (cdr_set); NULL = SQL NULL. */
struct cdr {
	char cdr_id[UUID_STRSIZE];
	char *node;
	char *a_call_id, *b_call_id;
	char *src_trunk, *dst_trunk, *account;
	char *caller, *callee, *caller_in, *callee_in;
	int64_t start_us, ring_us, answer_us, end_us; /* wall clock, UTC; 0 = NULL */
	int64_t pdd_ms, ring_ms, duration_ms;         /* monotonic; -1 = NULL */
	int64_t billed_s;
	enum cdr_disposition disposition;
	int64_t sip_code;   /* final response given to the caller, 200 for answered; 0 = NULL */
	int64_t q850_cause; /* 0 = NULL */
	char *reason;       /* text, as in the Reason header or the reason phrase */
	enum cdr_party released_by;
	char *release_tag;
	char *attempts;      /* JSON array */
	char *tariff, *rate; /* rate: rate_snapshot_encode() */
	int64_t price_nano, cost_nano;
	char *currency; /* NULL: not charged */
	char *a_codec, *b_codec;
	struct cdr_media a, b;
	char *a_user_agent, *a_src, *b_dst, *icid;
	int64_t recovered;
	char *relay; /* that carried the media, last */
	int64_t media_recovered,
		media_lost; /* times its session was made anew for both sides, or not; 0 = NULL */
	char *cost_tariff, *cost_rate, *cost_currency; /* of the trunk that took it; NULL: not known */
	char *why;                                     /* JSON: how route and price came about */
	char *transfer_of; /* cdr_id of the call that a transfer made this one of */
};

/** A new empty record with a fresh id; mem_deref frees it and its strings. */
int cdr_alloc(struct cdr **cdrp, const char *node);

/** Replace one string field; text is cut at 4096 bytes and cleaned of control characters. */
int cdr_set(char **field, const struct pl *pl);
int cdr_set_str(char **field, const char *str);

const char *cdr_disposition_name(enum cdr_disposition d);
const char *cdr_party_name(enum cdr_party p);

/** How a column is stored and what of it is NULL. */
enum cdr_kind {
	CDR_KIND_ID,     /* char[UUID_STRSIZE] in the record */
	CDR_KIND_TEXT,   /* char * */
	CDR_KIND_JSON,   /* char *, left out rather than cut */
	CDR_KIND_MONEY,  /* the same, and the last to be: who pays, and by what */
	CDR_KIND_NUMBER, /* int64_t */
	CDR_KIND_SOME,   /* int64_t, 0 = NULL */
	CDR_KIND_MS,     /* int64_t, below 0 = NULL */
	CDR_KIND_DISPOSITION,
	CDR_KIND_PARTY,
};

struct cdr_field {
	const char *column;
	enum cdr_kind kind;
	size_t offset; /* in struct cdr */
};

enum { CDR_FIELDC = 62, CDR_FIELDC_FIRST = 48, CDR_TEXT_MAX = 4096 };

/**
 * The columns in the table's order, where `seq` stands before them, `prev_hash` and `hash` behind the first
 * CDR_FIELDC_FIRST; new ones are added at the end.
 */
extern const struct cdr_field cdr_fields[CDR_FIELDC];

/** One column of a packed record, where it lies: nothing is copied. */
struct cdr_value {
	enum { CDR_VALUE_NULL, CDR_VALUE_NUMBER, CDR_VALUE_TEXT } type;
	int64_t number;
	struct pl text;
};

/** Serialise for the spool, by cdr_fields[]; independent of struct layout. */
int cdr_pack(struct mbuf *mb, const struct cdr *cdr);
/** The same in at most `size` bytes, text cut as far as it takes, what money depends on last. EOVERFLOW: not even then. */
int cdr_pack_within(struct mbuf *mb, const struct cdr *cdr, size_t size);

/** Read a packed record; what follows it is left in `mb`. EBADMSG: damaged or of an unknown version. */
int cdr_unpack(struct cdr **cdrp, struct mbuf *mb);

/** As columns instead of a record: dispositions and parties come as their names. */
int cdr_values(struct cdr_value valuev[CDR_FIELDC], struct mbuf *mb);

#endif
