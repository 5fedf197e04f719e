/**
 * @file subst.c  Texts with variables, and regular expressions that put one in the place of what they find
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <ctype.h>
#include <string.h>
#include <pcre2.h>
#include <re.h>
#include "subst.h"

enum {
	CAPTURES = 10,
	PIECES_MAX = 64,
	MATCH_STEPS_MAX = 20000, /* some 0.2 ms */
	MATCH_DEPTH_MAX = 500,
	MATCH_HEAP_KIB = 256,
	NEST_MAX = 20,
	PCRE_MESSAGE_SIZE = 120,
};

enum piece_type { PIECE_LITERAL, PIECE_CAPTURE, PIECE_VARIABLE };

struct piece {
	enum piece_type type;
	struct pl text; /* within subst->text: a literal, or the name of a header */
	unsigned index; /* of a capture, or enum subst_variable */
};

struct subst {
	char *text;
	struct piece piecev[PIECES_MAX];
	size_t piecec;
	pcre2_code *code;          /* NULL: a text alone */
	pcre2_match_context *ctx;  /* its limits */
	pcre2_match_data *matches; /* of the search under way; one thread */
};

static const char *const variablev[SUBST_HEADER] = {
	"caller", "callee", "call_id", "cdr_id", "src_trunk", "dst_trunk", "account", "src_addr",
};

static void destructor(void *arg)
{
	struct subst *s = arg;

	mem_deref(s->text);
	pcre2_match_data_free(s->matches);
	pcre2_match_context_free(s->ctx);
	pcre2_code_free(s->code);
}

/* ------------------------------------------------------------------ the text */

static bool variable_decode(struct piece *piece, const struct pl *name)
{
	static const struct pl header = PL("header:");

	piece->type = PIECE_VARIABLE;
	if (name->l > header.l && !memcmp(name->p, header.p, header.l)) {
		piece->index = SUBST_HEADER;
		piece->text = (struct pl){name->p + header.l, name->l - header.l};
		return true;
	}

	for (piece->index = 0; piece->index < SUBST_HEADER; piece->index++)
		if (!pl_strcmp(name, variablev[piece->index]))
			return true;

	return false;
}

/* One piece from the front of `rest`; NULL, or what is wrong. */
static const char *piece_read(struct piece *piece, struct pl *rest, bool captures)
{
	const char *end;
	struct pl name;

	piece->type = PIECE_LITERAL;
	piece->text = *rest;
	if (rest->p[0] != '$') {
		end = pl_strchr(rest, '$');
		piece->text.l = end ? (size_t)(end - rest->p) : rest->l;
		pl_advance(rest, (ssize_t)piece->text.l);
		return NULL;
	}

	if (rest->l > 1 && rest->p[1] == '$') {
		piece->text.l = 1;
		pl_advance(rest, 2);
		return NULL;
	}

	if (rest->l > 1 && isdigit((unsigned char)rest->p[1])) {
		*piece = (struct piece){PIECE_CAPTURE, PL_INIT, (unsigned)(rest->p[1] - '0')};
		pl_advance(rest, 2);
		return captures ? NULL
				: "has $0 to $9, but there is no expression; write $$ for a dollar sign";
	}

	end = rest->l > 1 && rest->p[1] == '{' ? pl_strchr(rest, '}') : NULL;
	if (!end)
		return "has a single $; write ${NAME}, or $$ for a dollar sign";

	name = (struct pl){rest->p + 2, (size_t)(end - rest->p) - 2};
	pl_advance(rest, end + 1 - rest->p);

	return variable_decode(piece, &name)
		       ? NULL
		       : "names no variable; there are ${caller}, ${callee}, ${call_id}, ${cdr_id}, "
			 "${src_trunk}, ${dst_trunk}, ${account}, ${src_addr} and ${header:NAME}";
}

static const char *text_compile(struct subst *s, bool captures)
{
	struct pl rest;

	pl_set_str(&rest, s->text);
	while (rest.l) {
		const char *fault;

		if (s->piecec == PIECES_MAX)
			return "has too many variables; use fewer";

		fault = piece_read(&s->piecev[s->piecec++], &rest, captures);
		if (fault)
			return fault;
	}

	return NULL;
}

/* ------------------------------------------------------------------ the expression */

/* Bytes, not characters: a header may be anything. Neither backtracking verbs nor \C reach beyond the limits. */
static int pattern_compile(struct subst *s, const char *match, char *fault, size_t size)
{
	const uint32_t options = PCRE2_NEVER_UTF | PCRE2_NEVER_UCP | PCRE2_NEVER_BACKSLASH_C;
	pcre2_compile_context *ctx = pcre2_compile_context_create(NULL);
	PCRE2_UCHAR8 message[PCRE_MESSAGE_SIZE];
	PCRE2_SIZE at = 0;
	int code = 0;

	if (!ctx)
		return ENOMEM;

	(void)pcre2_set_parens_nest_limit(ctx, NEST_MAX);
	s->code = pcre2_compile((PCRE2_SPTR8)match, str_len(match), options, &code, &at, ctx);
	pcre2_compile_context_free(ctx);
	if (s->code)
		return 0;

	(void)pcre2_get_error_message(code, message, sizeof(message));
	(void)re_snprintf(fault, size, "is no regular expression: %s at character %zu; correct it",
			  (const char *)message, (size_t)at + 1);

	return EBADMSG;
}

static int limits_set(struct subst *s)
{
	s->ctx = pcre2_match_context_create(NULL);
	s->matches = pcre2_match_data_create(CAPTURES, NULL);
	if (!s->ctx || !s->matches)
		return ENOMEM;

	(void)pcre2_set_match_limit(s->ctx, MATCH_STEPS_MAX);
	(void)pcre2_set_depth_limit(s->ctx, MATCH_DEPTH_MAX);
	(void)pcre2_set_heap_limit(s->ctx, MATCH_HEAP_KIB);

	return 0;
}

int subst_compile(struct subst **sp, const char *match, const char *text, char *fault, size_t size)
{
	struct subst *s = mem_zalloc(sizeof(*s), destructor);
	const char *complaint;
	int err;

	if (!s)
		return ENOMEM;

	err = str_dup(&s->text, text);
	if (err)
		goto out;

	complaint = text_compile(s, match != NULL);
	if (complaint) {
		(void)re_snprintf(fault, size, "%s", complaint);
		err = EINVAL;
		goto out;
	}

	if (match) {
		err = pattern_compile(s, match, fault, size);
		err = err ? err : limits_set(s);
	}

out:
	if (err)
		mem_deref(s);
	else
		*sp = s;

	return err;
}

/* ------------------------------------------------------------------ at work */

static struct pl capture(const struct subst *s, const struct pl *subject, size_t index)
{
	const PCRE2_SIZE *v = pcre2_get_ovector_pointer(s->matches);

	if (index >= pcre2_get_ovector_count(s->matches) || v[2 * index] == PCRE2_UNSET ||
	    v[2 * index + 1] < v[2 * index])
		return pl_null;

	return (struct pl){subject->p + v[2 * index], v[2 * index + 1] - v[2 * index]};
}

static int pieces_print(struct mbuf *mb, const struct subst *s, const struct pl *subject,
			const struct subst_values *values)
{
	int err = 0;

	for (size_t i = 0; i < s->piecec && !err; i++) {
		const struct piece *piece = &s->piecev[i];
		struct pl pl = piece->type == PIECE_LITERAL ? piece->text : pl_null;

		if (piece->type == PIECE_CAPTURE)
			pl = capture(s, subject, piece->index);
		else if (piece->type == PIECE_VARIABLE)
			values->h(&pl, (enum subst_variable)piece->index, &piece->text, values->arg);

		err = pl_isset(&pl) ? mbuf_write_pl(mb, &pl) : 0;
	}

	return err;
}

int subst_print(struct mbuf *mb, const struct subst *s, const struct subst_values *values)
{
	return pieces_print(mb, s, NULL, values);
}

int subst_replace(struct mbuf *mb, const struct subst *s, const struct pl *subject,
		  const struct subst_values *values)
{
	const char *text = subject->l ? subject->p : "";
	struct pl whole, found;
	int n, err;

	if (subject->l > SUBST_SUBJECT_MAX)
		return EOVERFLOW;

	n = pcre2_match(s->code, (PCRE2_SPTR8)text, subject->l, 0, 0, s->matches, s->ctx);
	if (n == PCRE2_ERROR_NOMATCH)
		return ENOENT;
	if (n < 0)
		return EOVERFLOW;

	whole = (struct pl){text, subject->l};
	found = capture(s, &whole, 0);
	if (!found.p)
		return ENOENT;

	err = mbuf_write_mem(mb, (const uint8_t *)text, (size_t)(found.p - text));
	err = err ? err : pieces_print(mb, s, &whole, values);

	return err ? err
		   : mbuf_write_mem(mb, (const uint8_t *)found.p + found.l,
				    (size_t)(text + whole.l - found.p - found.l));
}
