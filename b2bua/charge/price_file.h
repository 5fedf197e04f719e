/**
 * @file price_file.h  A price list as carriers send it: CSV with a row of names, its columns in any order
 */
#ifndef TANDEM_PRICE_FILE_H
#define TANDEM_PRICE_FILE_H

#include "price_head.h"

/** A row, and where it stood. */
struct price_line {
	struct price_row row; /* its bands lie in the file's text */
	uint32_t number;      /* in the file, from 1 */
};

/** What is known of a file before it is read. */
struct price_file_form {
	char delimiter;  /* 0: what the row of names has most of */
	char decimal;    /* '.' or ',' */
	const char *map; /* "prefix=Code,per_minute=3": names or numbers of columns; NULL: by usual names */
	int64_t from_us; /* begin of rows that say none */
};

struct price_file;

/**
 * Read a whole file; its text is changed, and must outlive what is read of it. Whatever is wrong is told, all of it.
 *
 * EBADMSG: something is
 */
int price_file_read(struct price_file **fp, char *text, size_t len, const struct price_file_form *form,
		    price_fault_h *h, void *arg);

/** Its rows by prefix and begin; no two count for one prefix at one moment. */
const struct price_line *price_file_lines(const struct price_file *f, size_t *count);

#endif
