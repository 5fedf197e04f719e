/**
 * @file subst.h  Texts with variables, and regular expressions that put one in the place of what they find
 *
 * In a text, ${caller} and the like stand for what is known of a call, ${header:NAME} for a header received, $0 to $9
 * for what the expression found, $$ for a dollar sign. Expressions are PCRE2's, compiled once; a search is
 * given up after so many steps and so much memory, however it was written.
 */
#ifndef TANDEM_SUBST_H
#define TANDEM_SUBST_H

#include <re.h>

enum { SUBST_TEXT_MAX = 1024, SUBST_PATTERN_MAX = 256, SUBST_SUBJECT_MAX = 4096 };

enum subst_variable {
	SUBST_CALLER,
	SUBST_CALLEE,
	SUBST_CALL_ID,
	SUBST_CDR_ID,
	SUBST_SRC_TRUNK,
	SUBST_DST_TRUNK,
	SUBST_ACCOUNT,
	SUBST_SRC_ADDR,
	SUBST_HEADER, /* with its name */
	SUBST_VARIABLEC,
};

/** Set a variable's value as it is now; left alone where there is none. `name` is set for SUBST_HEADER. */
typedef void(subst_value_h)(struct pl *value, enum subst_variable variable, const struct pl *name, void *arg);

struct subst_values {
	subst_value_h *h;
	void *arg;
};

struct subst;

/**
 * Compile a text, and the expression it answers to.
 *
 * @param match  regular expression; NULL: the text stands alone, and $0 to $9 are refused
 * @param fault  says what is wrong when the return is EINVAL or EBADMSG
 *
 * @return 0, EINVAL (the text), EBADMSG (the expression), ENOMEM
 */
int subst_compile(struct subst **sp, const char *match, const char *text, char *fault, size_t size);

/** Append the text alone. */
int subst_print(struct mbuf *mb, const struct subst *s, const struct subst_values *values);

/**
 * Append the subject with the text in the place of the first match.
 *
 * @return 0, ENOENT (no match, nothing written), EOVERFLOW (given up, nothing written), ENOMEM
 */
int subst_replace(struct mbuf *mb, const struct subst *s, const struct pl *subject,
		  const struct subst_values *values);

#endif
