/**
 * @file build_part.h  The parts of build.c: shared by the files that build a model, by nobody else
 */
#ifndef TANDEM_BUILD_PART_H
#define TANDEM_BUILD_PART_H

#include "build.h"

/** One object being built. */
struct build {
	struct model *m;
	struct draft *draft;
	struct fault *fault;
	const struct kind *kind;
	const struct odict *o;
	struct path kind_at, at; /* of the object */
};

/** Turn to the next object: where it stands is where its faults are told. */
void build_enter(struct build *b, const struct odict *o);

/** Say what a reference names in vain, with the nearest name there is. */
int build_reference_fault(const struct build *b, const struct path *at, const char *kind, const char *name);

/** Note a tariff that is not there yet: calls go on, nothing is charged. Said only of what was just applied. */
int build_tariff_note(const struct build *b, const char *field, const char *name);

/* Fields of an object in normal form. */
int build_str_take(char **strp, const struct odict *o, const char *field);
uint32_t build_uint_get(const struct odict *o, const char *field);
bool build_bool_get(const struct odict *o, const char *field);
size_t build_list_size(const struct odict *o, const char *field);
int build_prefixes_get(char ***vp, size_t *cp, const struct build *b, const char *field);

/* build_account.c */
int build_account(const struct build *b);
/** The account a field names; left as it is when the field is null. */
int build_account_resolve(const struct build *b, const struct account **ap, const char *field);
/** Prepaid accounts whose calls are refused, which the operator may not mean. Said once, of what was just applied. */
int build_prepaid_note(const struct build *b);

/* build_rules.c */
/** Compile the header rules of a field; NULL where there are none. */
int build_header_rules(const struct build *b, struct header_rules **rulesp, const char *field);

/* build_trunk.c */
int build_trunk(const struct build *b);
int build_sources(struct build *b);
int build_route(const struct build *b);

#endif
