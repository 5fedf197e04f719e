/**
 * @file webhook_message.c  What a webhook is sent
 */
#include <string.h>
#include <time.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <re.h>
#include "cdr.h"
#include "json.h"
#include "row.h"
#include "webhook_message.h"

enum { HASH_SIZE = 32, TIME_SIZE = 40, ID_SIZE = 128, US_PER_S = 1000000 };

/* Columns of webhook_events. */
enum { SEQ, AT_US, NODE, KIND, CDR_ID, DETAIL };

/* ---------------------------------------------------------------- the call */

/* What a record says of a call before it is over; the rest of it is not decided yet. */
static const char *const open_columnv[] = {
	"cdr_id", "a_call_id", "b_call_id", "src_trunk", "dst_trunk", "account",  "caller",
	"callee", "start_us",  "ring_us",   "answer_us", "tariff",    "currency",
};

static bool is_open_column(const char *column)
{
	for (size_t i = 0; i < ARRAY_SIZE(open_columnv); i++)
		if (!strcmp(open_columnv[i], column))
			return true;

	return false;
}

static int value_add(struct odict *o, const char *column, const struct cdr_value *value)
{
	char *text = NULL;
	int err;

	if (value->type == CDR_VALUE_NULL)
		return odict_entry_add(o, column, ODICT_NULL);
	if (value->type == CDR_VALUE_NUMBER)
		return odict_entry_add(o, column, ODICT_INT, value->number);

	err = pl_strdup(&text, &value->text);
	err = err ? err : odict_entry_add(o, column, ODICT_STRING, text);
	mem_deref(text);

	return err;
}

static int record_read(struct odict **op, struct mbuf *record)
{
	struct cdr_value valuev[CDR_FIELDC];
	struct odict *o = NULL;
	int err;

	err = cdr_values(valuev, record);
	err = err ? err : odict_alloc(&o, HASH_SIZE);

	for (size_t i = 0; i < CDR_FIELDC && !err; i++)
		if (is_open_column(cdr_fields[i].column))
			err = value_add(o, cdr_fields[i].column, &valuev[i]);

	if (err)
		mem_deref(o);
	else
		*op = o;

	return err;
}

static int open_call_read(struct odict **op, struct sqlite3_stmt *stmt)
{
	struct mbuf record = {.buf = (uint8_t *)sqlite3_column_blob(stmt, 0),
			      .size = (size_t)sqlite3_column_bytes(stmt, 0),
			      .end = (size_t)sqlite3_column_bytes(stmt, 0)};

	int err = record.buf ? record_read(op, &record) : 0;

	/* of another version: the event is told without it */
	return err == EBADMSG ? 0 : err;
}

typedef int(read_h)(struct odict **op, struct sqlite3_stmt *stmt);

/* Leaves *op as it is where there is no such row. */
static int one_read(struct odict **op, struct db *db, enum sql_query query, const char *cdr_id, read_h *h)
{
	struct sqlite3_stmt *stmt = db_stmt(db, query);
	int rc, err;

	if (!stmt)
		return EINVAL;

	(void)db_bind_str(stmt, 1, cdr_id);
	rc = sqlite3_step(stmt);
	err = rc == SQLITE_ROW ? h(op, stmt) : db_errno(rc);
	(void)sqlite3_reset(stmt);

	return err;
}

static int call_add(struct odict *o, struct db *db, const char *cdr_id)
{
	struct odict *call = NULL;
	int err = 0;

	if (cdr_id)
		err = one_read(&call, db, SQL_WEBHOOK_CALL, cdr_id, row_read);
	if (cdr_id && !err && !call)
		err = one_read(&call, db, SQL_WEBHOOK_OPEN_CALL, cdr_id, open_call_read);

	if (!err)
		err = call ? odict_entry_add(o, "call", ODICT_OBJECT, call)
			   : odict_entry_add(o, "call", ODICT_NULL);
	mem_deref(call);

	return err;
}

/* ---------------------------------------------------------------- the event */

/* RFC 3339, UTC. */
static void time_write(char text[TIME_SIZE], int64_t us)
{
	const time_t s = (time_t)(us / US_PER_S);
	char seconds[24] = "";
	struct tm tm;

	if (gmtime_r(&s, &tm))
		(void)strftime(seconds, sizeof(seconds), "%Y-%m-%dT%H:%M:%S", &tm);

	(void)re_snprintf(text, TIME_SIZE, "%s.%06lldZ", seconds, us % US_PER_S);
}

static int event_add(struct odict *o, struct sqlite3_stmt *event)
{
	const char *node = (const char *)sqlite3_column_text(event, NODE);
	const int64_t seq = sqlite3_column_int64(event, SEQ), at_us = sqlite3_column_int64(event, AT_US);
	char id[ID_SIZE], at[TIME_SIZE];
	int err;

	/* a database that was restored from a backup counts on from there: the time tells them apart */
	(void)re_snprintf(id, sizeof(id), "%s-%lld-%lld", node, seq, at_us);
	time_write(at, at_us);

	err = odict_entry_add(o, "id", ODICT_STRING, id);
	err = err ? err : row_column_add(o, event, SEQ);
	err = err ? err : row_column_add(o, event, NODE);
	err = err ? err : row_column_add(o, event, KIND);
	err = err ? err : odict_entry_add(o, "at", ODICT_STRING, at);

	return err ? err : row_column_add(o, event, AT_US);
}

int webhook_message_write(struct mbuf *mb, struct db *db, struct sqlite3_stmt *event)
{
	struct odict *o = NULL;
	int err;

	err = odict_alloc(&o, HASH_SIZE);
	err = err ? err : event_add(o, event);
	err = err ? err : call_add(o, db, (const char *)sqlite3_column_text(event, CDR_ID));
	err = err ? err : row_column_add(o, event, DETAIL);
	err = err ? err : json_write(mb, o, ODICT_OBJECT, 0);
	mem_deref(o);

	return err;
}

/* ---------------------------------------------------------------- the signature */

int webhook_sign(char hex[WEBHOOK_SIGNATURE_SIZE], const char *secret, int64_t timestamp_s,
		 const struct mbuf *body)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	struct mbuf *mb = mbuf_alloc(body->end + 32);
	int err;

	if (!mb)
		return ENOMEM;

	err = mbuf_printf(mb, "%lld.", timestamp_s);
	err = err ? err : mbuf_write_mem(mb, body->buf, body->end);
	if (!err && !HMAC(EVP_sha256(), secret, (int)strlen(secret), mb->buf, mb->end, digest, NULL))
		err = ENOMEM;
	if (!err)
		(void)re_snprintf(hex, WEBHOOK_SIGNATURE_SIZE, "%w", digest, (size_t)32);

	mem_deref(mb);

	return err;
}
