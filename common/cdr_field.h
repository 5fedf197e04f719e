/**
 * @file cdr_field.h  A record's fields by the rows of cdr_fields[]: for cdr.c and cdr_pack.c
 */
#ifndef TANDEM_CDR_FIELD_H
#define TANDEM_CDR_FIELD_H

#include "cdr.h"

/** An empty record without id or node; durations are NULL. */
struct cdr *cdr_new(void);

/** True for the kinds held as char *. */
bool cdr_kind_is_text(enum cdr_kind kind);
char **cdr_field_text(const struct cdr *cdr, const struct cdr_field *field);

/* For all other kinds but CDR_KIND_ID; enumerations count as their numbers. */
int64_t cdr_field_number(const struct cdr *cdr, const struct cdr_field *field);
void cdr_field_set_number(struct cdr *cdr, const struct cdr_field *field, int64_t number);

bool cdr_disposition_valid(int64_t number);
bool cdr_party_valid(int64_t number);

/** How much of `len` bytes fits `max` without cutting a character in two. */
size_t cdr_text_cut(const char *p, size_t len, size_t max);

#endif
