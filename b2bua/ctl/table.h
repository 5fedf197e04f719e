/**
 * @file table.h  Rows in aligned columns, safe to print on a terminal
 */
#ifndef TANDEM_CTL_TABLE_H
#define TANDEM_CTL_TABLE_H

#include <stdio.h>
#include <re.h>

struct table;

/** Titles are copied; mem_deref frees the table. */
int table_alloc(struct table **tp, const char *const *titlev, size_t columnc);

/** Add the next cell, row by row from the left. Control characters become \xNN. NULL: "-". */
int table_add(struct table *t, const char *text, size_t len);

/** Print; columns that hold only numbers are aligned to the right. */
void table_print(const struct table *t, FILE *f);

/** Print a text of any length, escaped. */
void text_print(const char *text, FILE *f);

/** Columns a text takes on a terminal. */
size_t text_width(const char *text);

#endif
