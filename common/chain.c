/**
 * @file chain.c  The hash chain over table `cdr`
 */
#include <stdlib.h>
#include <string.h>
#include <openssl/evp.h>
#include <sqlite3.h>
#include "chain.h"
#include "db.h"

struct chain {
	EVP_MD *sha256;
	EVP_MD_CTX *ctx;
	int64_t seq;
	char hash[CHAIN_HASH_SIZE];
	char prev[CHAIN_HASH_SIZE]; /* lives until the insert ran: bound without a copy */
	struct mbuf *text;          /* canonical text of the row at hand */
};

static void chain_destructor(void *arg)
{
	struct chain *c = arg;

	EVP_MD_CTX_free(c->ctx);
	EVP_MD_free(c->sha256);
	mem_deref(c->text);
}

int chain_alloc(struct chain **cp, int64_t seq, const char *hash)
{
	struct chain *c;

	if (!cp || !hash)
		return EINVAL;

	c = mem_zalloc(sizeof(*c), chain_destructor);
	if (!c)
		return ENOMEM;

	c->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	c->ctx = EVP_MD_CTX_new();
	c->text = mbuf_alloc(4096);
	if (!c->sha256 || !c->ctx || !c->text) {
		mem_deref(c);
		return ENOMEM;
	}

	chain_reset(c, seq, hash);
	*cp = c;

	return 0;
}

void chain_reset(struct chain *c, int64_t seq, const char *hash)
{
	c->seq = seq;
	str_ncpy(c->hash, hash, sizeof(c->hash));
}

int64_t chain_seq(const struct chain *c)
{
	return c->seq;
}

const char *chain_hash(const struct chain *c)
{
	return c->hash;
}

/* Decimal digits of a number, written backwards from `end`; their start. */
static char *decimal(char *end, int64_t number)
{
	uint64_t n = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;

	do
		*--end = (char)('0' + n % 10);
	while (n /= 10);

	if (number < 0)
		*--end = '-';

	return end;
}

static int line_text(struct mbuf *mb, const char *name, const char *text, size_t len)
{
	const size_t name_len = strlen(name);
	char buf[24], *end = buf + sizeof(buf);
	const char *digits = decimal(end, (int64_t)len);
	int err;

	err = mbuf_write_mem(mb, (const uint8_t *)name, name_len);
	err |= mbuf_write_u8(mb, '=');
	err |= mbuf_write_mem(mb, (const uint8_t *)digits, (size_t)(end - digits));
	err |= mbuf_write_u8(mb, ':');
	err |= mbuf_write_mem(mb, (const uint8_t *)text, len);
	err |= mbuf_write_u8(mb, '\n');

	return err ? ENOMEM : 0;
}

static int line_number(struct mbuf *mb, const char *name, int64_t number)
{
	char buf[24], *end = buf + sizeof(buf);
	const char *digits = decimal(end, number);

	return line_text(mb, name, digits, (size_t)(end - digits));
}

static int line_value(struct mbuf *mb, const char *name, const struct cdr_value *value)
{
	switch (value->type) {
	case CDR_VALUE_NUMBER:
		return line_number(mb, name, value->number);
	case CDR_VALUE_TEXT:
		return line_text(mb, name, value->text.p, value->text.l);
	default:
		return 0;
	}
}

static int digest(struct chain *c, char hash[CHAIN_HASH_SIZE])
{
	uint8_t md[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	if (!EVP_DigestInit_ex(c->ctx, c->sha256, NULL) ||
	    !EVP_DigestUpdate(c->ctx, c->text->buf, c->text->end) || !EVP_DigestFinal_ex(c->ctx, md, &len))
		return EIO;

	return re_snprintf(hash, CHAIN_HASH_SIZE, "%w", md, (size_t)len) < 0 ? EIO : 0;
}

static int bind_value(struct sqlite3_stmt *stmt, int index, const struct cdr_value *value)
{
	switch (value->type) {
	case CDR_VALUE_NUMBER:
		return sqlite3_bind_int64(stmt, index, value->number);
	case CDR_VALUE_TEXT:
		return sqlite3_bind_text(stmt, index, value->text.p, (int)value->text.l, SQLITE_STATIC);
	default:
		return sqlite3_bind_null(stmt, index);
	}
}

/* In the table's order: columns that were added later stand behind the hashes. */
static int next_text(struct chain *c, const struct cdr_value valuev[CDR_FIELDC])
{
	size_t i;
	int err;

	mbuf_rewind(c->text);
	err = line_number(c->text, "seq", c->seq + 1);

	for (i = 0; i < CDR_FIELDC && !err; i++) {

		if (i == CDR_FIELDC_FIRST)
			err = line_text(c->text, "prev_hash", c->hash, strlen(c->hash));
		err = err ? err : line_value(c->text, cdr_fields[i].column, &valuev[i]);
	}

	return err;
}

int chain_append(struct chain *c, struct sqlite3_stmt *insert, const struct cdr_value valuev[CDR_FIELDC])
{
	int rc, index = 1, err;
	size_t i;

	err = next_text(c, valuev);
	if (err)
		return err;

	memcpy(c->prev, c->hash, sizeof(c->prev));
	err = digest(c, c->hash);
	if (err)
		return err;
	++c->seq;

	rc = sqlite3_bind_int64(insert, index++, c->seq);
	for (i = 0; i < CDR_FIELDC && rc == SQLITE_OK; i++)
		rc = bind_value(insert, index++, &valuev[i]);
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_text(insert, index++, c->prev, -1, SQLITE_STATIC);
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_text(insert, index++, c->hash, -1, SQLITE_STATIC);

	return db_errno(rc);
}

static int row_text(struct mbuf *mb, struct sqlite3_stmt *row)
{
	const int columnc = sqlite3_column_count(row);
	int i, err = 0;

	mbuf_rewind(mb);

	for (i = 0; i < columnc && !err; i++) {

		const char *name = sqlite3_column_name(row, i);

		if (sqlite3_column_type(row, i) == SQLITE_NULL || !str_cmp(name, "hash"))
			continue;

		/* SQLite writes an integer in decimal, as we do */
		err = line_text(mb, name, (const char *)sqlite3_column_text(row, i),
				(size_t)sqlite3_column_bytes(row, i));
	}

	return err;
}

static const char *column_text(struct sqlite3_stmt *row, const char *name)
{
	const int columnc = sqlite3_column_count(row);
	const char *text = NULL;
	int i;

	for (i = 0; i < columnc; i++)
		if (!str_cmp(sqlite3_column_name(row, i), name))
			text = (const char *)sqlite3_column_text(row, i);

	return text ? text : "";
}

static void broken(struct chain_report *report, int64_t seq, const char *why)
{
	if (report->broken++)
		return;

	report->broken_seq = seq;
	str_ncpy(report->broken_why, why, sizeof(report->broken_why));
}

/* `c` stands at the row before. The first row there is anchors the chain: what came before it may have
 * moved to an archive. */
static int verify_row(struct chain *c, struct sqlite3_stmt *row, struct chain_report *report)
{
	const int64_t seq = strtoll(column_text(row, "seq"), NULL, 10);
	char hash[CHAIN_HASH_SIZE];
	int err;

	err = row_text(c->text, row);
	err = err ? err : digest(c, hash);
	if (err)
		return err;

	if (!report->rows++)
		report->first_seq = seq;
	else if (seq != c->seq + 1)
		broken(report, seq, "the row before it is missing");
	else if (str_cmp(column_text(row, "prev_hash"), c->hash))
		broken(report, seq, "it does not follow the row before it");

	if (str_cmp(column_text(row, "hash"), hash))
		broken(report, seq, "its content was changed");

	report->last_seq = seq;
	chain_reset(c, seq, column_text(row, "hash"));

	return 0;
}

/** Some rows behind the one `c` stands at. */
static int walk_some(struct chain *c, struct sqlite3_stmt *stmt, struct chain_report *report,
		     chain_row_h *rowh, void *arg)
{
	int rc, err = 0;

	(void)sqlite3_reset(stmt);
	(void)sqlite3_bind_int64(stmt, 1, report->rows ? c->seq : INT64_MIN);

	while (!err && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {

		err = verify_row(c, stmt, report);
		if (!err && rowh)
			err = rowh(stmt, c->seq, c->hash, arg);
	}

	return err ? err : db_errno(rc);
}

int chain_walk(struct sqlite3 *db, struct chain_report *report, chain_row_h *rowh, void *arg)
{
	struct sqlite3_stmt *stmt = NULL;
	struct chain *c = NULL;
	uint64_t rows;
	int err;

	if (!db || !report)
		return EINVAL;

	memset(report, 0, sizeof(*report));

	err = chain_alloc(&c, 0, "");
	err = err ? err : db_errno(sqlite3_prepare_v2(db, sql_queryv[SQL_CDR_CHAIN].text, -1, &stmt, NULL));
	if (err)
		goto out;

	do {
		rows = report->rows;
		err = walk_some(c, stmt, report, rowh, arg);
	} while (!err && report->rows > rows);

out:
	(void)sqlite3_finalize(stmt);
	mem_deref(c);

	return err;
}

int chain_verify(struct sqlite3 *db, struct chain_report *report)
{
	return chain_walk(db, report, NULL, NULL);
}
