/**
 * @file fuzz_regex.c  Any bytes, with any expression: what is found is what libre finds
 *
 * The first line is the expression, the rest the text.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <re.h>

enum { PLS = 8, EXPR_MAX = 128 };

typedef int(regex_h)(const char *ptr, size_t len, const char *expr, ...);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static regex_h *libre_regex(void)
{
	regex_h *h;

	*(void **)&h = dlsym(RTLD_NEXT, "re_regex");

	return h;
}

static int ask(regex_h *h, struct pl plv[PLS], const struct pl *text, const char *expr)
{
	return h(text->p, text->l, expr, &plv[0], &plv[1], &plv[2], &plv[3], &plv[4], &plv[5], &plv[6],
		 &plv[7]);
}

/* There is an argument for each class. */
static size_t classes(const char *expr)
{
	size_t n = 0;

	for (; *expr; expr++)
		n += *expr == '[';

	return n;
}

static void compare(const char *expr, const struct pl *text)
{
	struct pl ours[PLS] = {{0}}, theirs[PLS] = {{0}};

	if (ask(re_regex, ours, text, expr) != ask(libre_regex(), theirs, text, expr) ||
	    memcmp(ours, theirs, sizeof(ours)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct pl all = {(const char *)data, size};
	const char *end = pl_strchr(&all, '\n');
	char expr[EXPR_MAX];
	struct pl head, text;

	if (!end)
		return 0;

	head = (struct pl){all.p, (size_t)(end - all.p)};
	text = (struct pl){end + 1, size - head.l - 1};
	if (!pl_strcpy(&head, expr, sizeof(expr)) && classes(expr) <= PLS)
		compare(expr, &text);

	return 0;
}
