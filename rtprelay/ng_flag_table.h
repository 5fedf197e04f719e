/**
 * @file ng_flag_table.h  Every word an NG request may hold: where it may stand, what it sets, what for
 *
 * docs/ng.md is held against this table by a test.
 */
#ifndef TANDEM_NG_FLAG_TABLE_H
#define TANDEM_NG_FLAG_TABLE_H

#include <stddef.h>
#include <stdint.h>
#include <re.h>

/** Where a word stands. */
enum ng_place {
	NG_IN_REQUEST, /* a key of the request */
	NG_IN_FLAGS,   /* the list `flags`, or a lone word in `rtpp-flags` */
	NG_IN_STRING,  /* a lone word in `rtpp-flags` only */
	NG_IN_REPLACE, /* the rest: the list or the value of the key of that name */
	NG_IN_MUX,
	NG_IN_TRANSPORT,
	NG_IN_SDES,
	NG_IN_OSRTP,
	NG_IN_ICE,
	NG_IN_ICE_LITE,
	NG_IN_DTLS,
	NG_IN_CODEC,
	NG_IN_FAMILY,
	NG_IN_ALL,
	NG_IN_DROP,
	NG_IN_RECORD,
	NG_IN_PLAYER,
	NG_IN_DTMF,
	NG_IN_SUPPORTS,
	NG_PLACES,
};

/** What a word does. */
enum ng_kind {
	NG_PASS,       /* nothing: it asks for what is so anyway */
	NG_REFUSED,    /* nothing, and the client is warned: help says why */
	NG_TEXT,       /* struct pl: its value */
	NG_ID,         /* struct pl: its value, 1 to NG_ID_MAX bytes */
	NG_ADDRESS,    /* struct sa: its value */
	NG_NUMBER,     /* int: its value, min to max */
	NG_TOS,        /* int: its value, what is out of range has a meaning */
	NG_BOOL,       /* bool: `value` */
	NG_BITS,       /* uint32_t: these of `value` are set, after those of `min` were cleared */
	NG_ENUM,       /* an enum: `value` */
	NG_WORDS,      /* a list of words, or one: those of the place `value` */
	NG_NAMES,      /* struct ng_names: a name, or a list of them, is added */
	NG_TRANSCODE,  /* the same, and the client is warned: help says why */
	NG_SUITES,     /* uint32_t: bits of crypto suites, names with ';' between */
	NG_ORDER,      /* struct ng_sdes: its order, the same way */
	NG_INTERFACES, /* the two names of `direction` */
	NG_LOCALS,     /* the two addresses of `tandem-local` */
	NG_RECEIVED,   /* the family and the address of `received-from` */
	NG_STRING,     /* all flags in one string */
	NG_KINDS,
};

struct ng_row {
	const char *name; /* case, ' ' and '_' for '-' do not matter; a '*' at the end stands for its value */
	enum ng_kind kind;
	size_t offset; /* in struct ng_flags */
	int value;
	int min, max;
	const char *help;
};

/** All words of a place. */
struct ng_rows {
	const char *name; /* the key or list; NULL: none of its own */
	const struct ng_row *rowv;
	size_t rowc;
};

extern const struct ng_rows ng_placev[NG_PLACES];

/**
 * Find a word.
 *
 * @param rest  set to what stands for the '*' of the row's name; to the word itself where there is none
 *
 * @return the row, or NULL
 */
const struct ng_row *ng_row_find(enum ng_place place, const struct pl *word, struct pl *rest);

/** Find the row whose name is the word, a hyphen and a '*': it takes a value. NULL: there is none. */
const struct ng_row *ng_row_find_open(enum ng_place place, const struct pl *word);

#endif
