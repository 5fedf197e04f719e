/**
 * @file csv.c  Rows of comma-separated values (RFC 4180)
 */
#include <errno.h>
#include <string.h>
#include "csv.h"

void csv_init(struct csv *csv, char *text, size_t len, char delimiter)
{
	static const char mark[] = "\xef\xbb\xbf";
	const size_t skip = len >= 3 && !memcmp(text, mark, 3) ? 3 : 0;

	*csv = (struct csv){text + skip, len - skip, delimiter, 0};
}

static void skip(struct csv *csv, size_t n)
{
	csv->p += n;
	csv->left -= n;
}

/* How long a line's end is that begins here; 0: none does. */
static size_t line_end(const struct csv *csv)
{
	if (csv->left && csv->p[0] == '\n')
		return 1;

	return csv->left > 1 && csv->p[0] == '\r' && csv->p[1] == '\n' ? 2 : 0;
}

static int plain_take(struct pl *field, struct csv *csv, const char **complaint)
{
	field->p = csv->p;

	while (csv->left && *csv->p != csv->delimiter && !line_end(csv)) {

		if (*csv->p == '"') {
			*complaint = "has a quote inside a field that does not begin with one; double it, "
				     "and put the "
				     "field in quotes";
			return EBADMSG;
		}
		skip(csv, 1);
	}
	field->l = (size_t)(csv->p - field->p);

	return 0;
}

static const char endless[] = "has a quote that does not end";

/* What stands in quotes is moved together where two of them mean one. */
static int quoted_take(struct pl *field, struct csv *csv, const char **complaint)
{
	char *to = csv->p;

	field->p = to;
	skip(csv, 1);
	for (;;) {
		if (!csv->left) {
			*complaint = endless;
			return EBADMSG;
		}
		if (*csv->p == '"') {
			skip(csv, 1);
			if (!csv->left || *csv->p != '"')
				break;
		}
		*to++ = *csv->p;
		skip(csv, 1);
	}
	field->l = (size_t)(to - field->p);

	if (csv->left && *csv->p != csv->delimiter && !line_end(csv)) {
		*complaint = "has text behind a quoted field; a delimiter must follow";
		return EBADMSG;
	}

	return 0;
}

static int field_take(struct pl *field, struct csv *csv, const char **complaint)
{
	return csv->left && *csv->p == '"' ? quoted_take(field, csv, complaint)
					   : plain_take(field, csv, complaint);
}

static void empty_lines_skip(struct csv *csv)
{
	size_t n;

	while ((n = line_end(csv))) {
		skip(csv, n);
		++csv->row;
	}
}

int csv_next(struct csv *csv, struct pl fieldv[CSV_FIELDS_MAX], size_t *fieldc, const char **complaint)
{
	int err;

	*fieldc = 0;
	empty_lines_skip(csv);
	if (!csv->left)
		return ENODATA;

	++csv->row;
	for (;;) {
		if (*fieldc == CSV_FIELDS_MAX) {
			*complaint = "has more than 256 columns; is the delimiter right?";
			return EBADMSG;
		}

		err = field_take(&fieldv[(*fieldc)++], csv, complaint);
		if (err)
			return err;
		if (!csv->left || *csv->p != csv->delimiter)
			break;
		skip(csv, 1);
	}
	skip(csv, line_end(csv));

	return 0;
}

int csv_write(struct mbuf *mb, const struct pl *field, char delimiter)
{
	size_t i;
	int err;

	for (i = 0; i < field->l; i++)
		if (field->p[i] == delimiter || strchr("\"\r\n", field->p[i]))
			break;
	if (i == field->l)
		return field->l ? mbuf_write_mem(mb, (const uint8_t *)field->p, field->l) : 0;

	err = mbuf_write_u8(mb, '"');
	for (i = 0; i < field->l && !err; i++) {
		if (field->p[i] == '"')
			err = mbuf_write_u8(mb, '"');
		err = err ? err : mbuf_write_u8(mb, (uint8_t)field->p[i]);
	}

	return err ? err : mbuf_write_u8(mb, '"');
}
