/**
 * @file export_row.c  A record as a line of a file
 */
#include <string.h>
#include <sqlite3.h>
#include "json.h"
#include "utf8.h"
#include "export_row.h"

static const char *const namev[] = {[EXPORT_CSV] = "csv", [EXPORT_JSONL] = "jsonl"};

bool export_format_decode(enum export_format *format, const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(namev); i++) {
		if (str_cmp(namev[i], name))
			continue;

		*format = (enum export_format)i;
		return true;
	}

	return false;
}

const char *export_format_name(enum export_format format)
{
	return namev[format];
}

/* ---------------------------------------------------------------- CSV */

/** In quotes, each quote doubled, where something would be taken for something else (RFC 4180 section 2). */
static int csv_text(struct mbuf *mb, const char *p, size_t len)
{
	const bool quoted = !len || memchr(p, '"', len) || memchr(p, ',', len) || memchr(p, '\r', len) ||
			    memchr(p, '\n', len);
	size_t i, n;
	int err = quoted ? mbuf_write_u8(mb, '"') : 0;

	for (i = 0; i < len && !err; i += n) {

		n = utf8_char(&p[i], len - i, NULL);
		if (p[i] == '"')
			err = mbuf_write_str(mb, "\"\"");
		else
			err = n ? mbuf_write_mem(mb, (const uint8_t *)&p[i], n)
				: mbuf_write_str(mb, "\xef\xbf\xbd");
		n = n ? n : 1;
	}

	return err || !quoted ? err : mbuf_write_u8(mb, '"');
}

static int csv_value(struct mbuf *mb, struct sqlite3_stmt *row, int i)
{
	if (sqlite3_column_type(row, i) == SQLITE_NULL)
		return 0;

	return csv_text(mb, (const char *)sqlite3_column_text(row, i), (size_t)sqlite3_column_bytes(row, i));
}

static int csv_row(struct mbuf *mb, struct sqlite3_stmt *row, int columns)
{
	int i, err = 0;

	for (i = 0; i < columns && !err; i++) {
		err = i ? mbuf_write_u8(mb, ',') : 0;
		err = err ? err : csv_value(mb, row, i);
	}

	return err ? err : mbuf_write_str(mb, "\r\n");
}

/* ---------------------------------------------------------------- JSON */

static int json_value(struct mbuf *mb, struct sqlite3_stmt *row, int i)
{
	switch (sqlite3_column_type(row, i)) {

	case SQLITE_NULL:
		return mbuf_write_str(mb, "null");
	case SQLITE_INTEGER:
		return mbuf_printf(mb, "%lld", (long long)sqlite3_column_int64(row, i));
	default:
		return json_write_str(mb, (const char *)sqlite3_column_text(row, i),
				      (size_t)sqlite3_column_bytes(row, i));
	}
}

static int json_row(struct mbuf *mb, struct sqlite3_stmt *row, int columns)
{
	int i, err = 0;

	for (i = 0; i < columns && !err; i++) {
		err = mbuf_printf(mb, "%s\"%s\":", i ? "," : "{", sqlite3_column_name(row, i));
		err = err ? err : json_value(mb, row, i);
	}

	return err ? err : mbuf_write_str(mb, "}\n");
}

int export_head_write(struct mbuf *mb, enum export_format format, struct sqlite3_stmt *stmt, int columns)
{
	int i, err = 0;

	if (format != EXPORT_CSV)
		return 0;

	for (i = 0; i < columns && !err; i++)
		err = mbuf_printf(mb, "%s%s", i ? "," : "", sqlite3_column_name(stmt, i));

	return err ? err : mbuf_write_str(mb, "\r\n");
}

int export_row_write(struct mbuf *mb, enum export_format format, struct sqlite3_stmt *row, int columns)
{
	return format == EXPORT_CSV ? csv_row(mb, row, columns) : json_row(mb, row, columns);
}
