/**
 * @file regex.c  libre's little expressions, read once
 *
 * This file's object defines libre's re_regex itself, so that libre's own calls arrive here too: some twenty for every
 * message it decodes. There each call reads its expression anew, for every character it begins at, and goes through a
 * class's ranges for every character it looks at; that was a third of what a call took in user space. Here an
 * expression is read once into steps, with a bit for each character of a class, and the steps are kept for good:
 * there are as many as there are expressions in the sources. What matches is the same to the last quirk (the unit test
 * asks both); re_fmt.h says how an expression is written.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <re.h>

enum {
	SLOTS = 512, /* more than there are expressions; one that finds no room is read each time */
	PROBES = 8,
	RANGES_MAX = 64,
	MISS = -1, /* not at this beginning */
};

enum step_kind { STEP_END, STEP_LITERAL, STEP_CLASS };

struct step {
	enum step_kind kind;
	int err;           /* STEP_END: the result; EINVAL: from here on it is no expression */
	uint8_t literal;   /* in lower case, as all that is compared */
	bool quotes;       /* [~…]: what is between quotes is of the class */
	uint32_t min, max; /* so many characters of the class */
	uint64_t set[4];   /* bit n: character n is of the class */
};

struct program {
	size_t len;
	const char *text;
	struct step stepv[];
};

static _Atomic(struct program *) slotv[SLOTS];

static uint8_t lower(char c)
{
	return (uint8_t)(c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c);
}

static bool is_member(const struct step *s, char c)
{
	const uint8_t i = (uint8_t)c;

	return s->set[i / 64] >> i % 64 & 1;
}

/* ---------------------------------------------------------------- reading an expression */

struct range {
	uint8_t min, max;
};

struct class {
	struct range rangev[RANGES_MAX];
	size_t rangec;
	bool open; /* a '-' waits for its end */
	bool negated, quotes;
};

static bool class_add(struct class *cl, char c)
{
	struct range *r = &cl->rangev[cl->rangec];

	if (cl->rangec >= RANGES_MAX)
		return false;

	r->max = lower(c);
	if (!cl->open)
		r->min = lower(c);
	cl->open = false;
	++cl->rangec;

	return true;
}

/* True if it means more than itself in the class so far. */
static bool class_sign(struct class *cl, char c)
{
	if ((c == '~' || c == '^') && !cl->rangec) {
		cl->negated = true;
		cl->quotes = cl->quotes || c == '~';
		return true;
	}

	if (c == '-' && cl->rangec && !cl->open) {
		cl->open = true;
		--cl->rangec;
		return true;
	}

	return false;
}

static bool class_has(const struct class *cl, uint8_t c)
{
	for (size_t i = 0; i < cl->rangec; i++)
		if (c >= cl->rangev[i].min && c <= cl->rangev[i].max)
			return true;

	return false;
}

/* Behind the '[' up to its ']'; NULL: it has none, or is too long. */
static const char *class_read(struct class *cl, const char *ep)
{
	for (; *ep; ep++) {
		const bool escaped = *ep == '\\';

		if (escaped && !*++ep)
			return NULL;
		if (!escaped && *ep == ']')
			return ep + 1;
		if ((escaped || !class_sign(cl, *ep)) && !class_add(cl, *ep))
			return NULL;
	}

	return NULL;
}

/* How many: '*', '+' or a digit, which may be escaped. */
static bool times_read(struct step *s, char c)
{
	const bool digit = c >= '1' && c <= '9';

	if (c != '*' && c != '+' && !digit)
		return false;

	s->min = digit ? (uint32_t)(c - '0') : c == '+';
	s->max = digit ? s->min : UINT32_MAX;

	return true;
}

static const char *class_step(struct step *s, const char *ep)
{
	struct class cl = {.rangec = 0};

	ep = class_read(&cl, ep);
	if (!ep)
		return NULL;

	ep += *ep == '\\';
	if (!times_read(s, *ep))
		return NULL;

	s->kind = STEP_CLASS;
	s->quotes = cl.quotes;
	for (unsigned c = 0; c < 256; c++)
		if (class_has(&cl, lower((char)c)) != cl.negated)
			s->set[c / 64] |= UINT64_C(1) << c % 64;

	return ep + 1;
}

static void program_read(struct step *s, const char *ep)
{
	while (*ep) {
		const bool escaped = *ep == '\\';

		if (escaped && !*++ep)
			break;

		if (*ep == '[' && !escaped) {
			ep = class_step(s, ep + 1);
		}
		else {
			s->kind = STEP_LITERAL;
			s->literal = lower(*ep++);
		}

		if (!ep) {
			memset(s, 0, sizeof(*s));
			s->err = EINVAL;
			return;
		}
		++s;
	}
}

/* A step for each character at most, and the end; the text behind them. */
static struct program *program_alloc(const char *expr, size_t len)
{
	const size_t size = sizeof(struct program) + (len + 1) * sizeof(struct step);
	struct program *prog = calloc(1, size + len + 1);

	if (!prog)
		return NULL;

	prog->len = len;
	prog->text = memcpy((char *)prog + size, expr, len + 1);
	program_read(prog->stepv, expr);

	return prog;
}

/* ---------------------------------------------------------------- those that were read */

static bool is_of(const struct program *prog, const char *expr, size_t len)
{
	return prog->len == len && !memcmp(prog->text, expr, len);
}

/*
 * Put once, never changed and never freed: any thread may use it. *tempp: it found no room, and is the caller's to
 * free.
 */
static const struct program *program_find(const char *expr, struct program **tempp)
{
	const size_t len = strlen(expr);
	const uint32_t hash = hash_fast(expr, len);
	struct program *prog = NULL;

	for (uint32_t i = 0; i < PROBES; i++) {
		_Atomic(struct program *) *slot = &slotv[(hash + i) % SLOTS];
		struct program *there = atomic_load_explicit(slot, memory_order_acquire);

		if (!there) {
			prog = prog ? prog : program_alloc(expr, len);
			if (!prog || atomic_compare_exchange_strong(slot, &there, prog))
				return prog;
		}

		if (is_of(there, expr, len)) {
			free(prog);
			return there;
		}
	}

	return *tempp = prog ? prog : program_alloc(expr, len);
}

/* ---------------------------------------------------------------- matching */

/* How many characters a class takes, with what is quoted in it. */
static size_t quoted_span(const struct step *s, const char *p, size_t l)
{
	const size_t most = MIN(l, (size_t)s->max);
	bool quoted = false, escaped = false;
	size_t n;

	for (n = 0; n < most; n++) {
		if (escaped)
			escaped = false;
		else if (p[n] == '\\')
			escaped = true;
		else if (p[n] == '"')
			quoted = !quoted;
		else if (!quoted && !is_member(s, p[n]))
			break;
	}

	return n;
}

static size_t class_span(const struct step *s, const char *p, size_t l)
{
	const size_t most = MIN(l, (size_t)s->max);
	size_t n = 0;

	while (n < most && is_member(s, p[n]))
		++n;

	return n;
}

/* What it takes off the text; MISS: too little. */
static int class_match(const struct step *s, struct pl *left, struct pl *found)
{
	const size_t n = s->quotes ? quoted_span(s, left->p, left->l) : class_span(s, left->p, left->l);
	struct pl pl = {left->p, n};

	pl_advance(left, n);

	if (s->quotes && n > 1 && pl.p[0] == '"' && pl.p[n - 1] == '"') {
		++pl.p;
		pl.l -= 2;
	}

	if (pl.l < s->min || pl.l > s->max)
		return MISS;

	if (found)
		*found = pl;

	return 0;
}

static int match(const struct step *s, struct pl left, va_list ap)
{
	for (; s->kind != STEP_END; s++) {

		if (s->kind == STEP_CLASS) {
			/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): re_regex() begins it each time */
			if (class_match(s, &left, va_arg(ap, struct pl *)))
				return MISS;
			continue;
		}

		if (!left.l)
			return ENOENT; /* from a later beginning there is less */
		if (lower(*left.p) != s->literal)
			return MISS;
		pl_advance(&left, 1);
	}

	return s->err;
}

int re_regex(const char *ptr, size_t len, const char *expr, ...)
{
	struct pl left = {ptr, len};
	const struct program *prog;
	struct program *temp = NULL;
	int err = MISS;
	va_list ap;

	if (!ptr || !expr)
		return EINVAL;

	prog = program_find(expr, &temp);
	if (!prog)
		return ENOMEM;

	for (; left.l && err == MISS; pl_advance(&left, 1)) {
		va_start(ap, expr);
		err = match(prog->stepv, left, ap);
		va_end(ap);
	}

	if (err == MISS)
		err = *expr ? ENOENT : 0;
	free(temp);

	return err;
}
