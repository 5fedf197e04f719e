/**
 * @file csv.h  Rows of comma-separated values (RFC 4180), with any delimiter, LF or CRLF
 */
#ifndef TANDEM_CSV_H
#define TANDEM_CSV_H

#include <re.h>

enum { CSV_FIELDS_MAX = 256 };

/** Where one is in a text. The text is changed: quotes in it are taken off in place. */
struct csv {
	char *p;
	size_t left;
	char delimiter;
	size_t row; /* that was read last, from 1; an empty line is none, but is counted */
};

/** A byte-order mark in front of the text is passed over. */
void csv_init(struct csv *csv, char *text, size_t len, char delimiter);

/**
 * The next row that is not empty; its fields lie in the text.
 *
 * @param complaint says what is wrong, without a point, when the return is EBADMSG; the row is `csv->row`
 *
 * ENODATA: there is none any more; EBADMSG: a quote where none may be, one that does not end, or too many fields
 */
int csv_next(struct csv *csv, struct pl fieldv[CSV_FIELDS_MAX], size_t *fieldc, const char **complaint);

/** Append a field, quoted where it must be. */
int csv_write(struct mbuf *mb, const struct pl *field, char delimiter);

#endif
