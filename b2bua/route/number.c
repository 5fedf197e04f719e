/**
 * @file number.c  Number normalisation
 */
#include <ctype.h>
#include <string.h>
#include <re.h>
#include "number.h"

enum { PLAIN_SIZE = 512 }; /* longer than any number, with all its separators */

static bool is_separator(char c)
{
	return c == '-' || c == '.' || c == '(' || c == ')' || c == ' ';
}

/* RFC 3261 19.1.4: what need not be escaped means the same when it is. Whatever else is escaped stays so: it is no
 * digit, and must not become a control character here. */
static size_t unescape(char *out, const struct pl *pl, size_t i)
{
	char c;

	*out = pl->p[i];
	if (*out != '%' || i + 2 >= pl->l || !isxdigit((unsigned char)pl->p[i + 1]) ||
	    !isxdigit((unsigned char)pl->p[i + 2]))
		return 1;

	c = (char)(ch_hex(pl->p[i + 1]) << 4 | ch_hex(pl->p[i + 2]));
	if (!isalnum((unsigned char)c) && c != '+' && c != '*' && c != '#' && !is_separator(c))
		return 1;

	*out = c;

	return 3;
}

static struct pl plain(char *buf, size_t size, const struct pl *user)
{
	struct pl pl = {buf, 0};

	for (size_t i = 0; i < user->l && user->p[i] != ';' && pl.l < size; pl.l++)
		i += unescape(&buf[pl.l], user, i);

	return pl;
}

/* How much of it is a number: up to its last digit, none if there is something else before the first. */
static size_t number_length(const struct pl *pl)
{
	size_t n = 0;

	for (size_t i = 0; i < pl->l; i++) {
		if (isdigit((unsigned char)pl->p[i]))
			n = i + 1;
		else if (!is_separator(pl->p[i]) && (i || pl->p[i] != '+'))
			break;
	}

	return n;
}

static bool is_blank(struct pl pl)
{
	while (pl.l && is_separator(*pl.p))
		pl_advance(&pl, 1);

	return !pl.l;
}

static void prefix_skip(struct pl *number)
{
	if (number->l && number->p[0] == '+')
		pl_advance(number, 1);
	else if (number->l > 2 && number->p[0] == '0' && number->p[1] == '0')
		pl_advance(number, 2);
}

void number_normalise(char number[NUMBER_SIZE], const struct pl *user)
{
	char buf[PLAIN_SIZE];
	struct pl head = plain(buf, sizeof(buf), user), tail = head;
	size_t n = 0;

	head.l = number_length(&head);
	pl_advance(&tail, (ssize_t)head.l);
	if (head.l && is_blank(tail))
		tail.l = 0;

	prefix_skip(&head);
	for (; head.l && n < NUMBER_SIZE - 1; pl_advance(&head, 1))
		if (!is_separator(*head.p))
			number[n++] = *head.p;
	for (; tail.l && n < NUMBER_SIZE - 1; pl_advance(&tail, 1))
		number[n++] = *tail.p;

	number[n] = '\0';
}

struct pl number_dialled(const struct uri *uri)
{
	struct pl user = number_user(uri);
	const char *semi = user.l ? memchr(user.p, ';', user.l) : NULL;

	if (semi)
		user.l = (size_t)(semi - user.p);

	return user;
}

struct pl number_user(const struct uri *uri)
{
	if (!pl_strcasecmp(&uri->scheme, "tel"))
		return uri->host;

	return uri->user;
}
