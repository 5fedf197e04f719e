/**
 * @file number.c  Number normalisation
 */
#include <ctype.h>
#include <string.h>
#include <re.h>
#include "number.h"

static bool is_separator(char c)
{
	return c == '-' || c == '.' || c == '(' || c == ')' || c == ' ';
}

static bool is_number(const struct pl *pl)
{
	size_t digits = 0;

	for (size_t i = 0; i < pl->l; i++) {
		if (isdigit((unsigned char)pl->p[i]))
			++digits;
		else if (!is_separator(pl->p[i]) && (i || pl->p[i] != '+'))
			return false;
	}

	return digits > 0;
}

void number_normalise(char number[NUMBER_SIZE], const struct pl *user)
{
	struct pl pl = *user;
	const char *semi = pl.l ? memchr(pl.p, ';', pl.l) : NULL;
	size_t n = 0;

	if (semi)
		pl.l = (size_t)(semi - pl.p);

	if (!is_number(&pl)) {
		if (pl.l >= NUMBER_SIZE)
			pl.l = NUMBER_SIZE - 1;
		if (pl.l)
			memcpy(number, pl.p, pl.l);
		number[pl.l] = '\0';
		return;
	}

	if (pl.p[0] == '+')
		pl_advance(&pl, 1);
	else if (pl.l > 2 && pl.p[0] == '0' && pl.p[1] == '0')
		pl_advance(&pl, 2);

	for (size_t i = 0; i < pl.l && n < NUMBER_SIZE - 1; i++)
		if (!is_separator(pl.p[i]))
			number[n++] = pl.p[i];

	number[n] = '\0';
}

struct pl number_user(const struct uri *uri)
{
	if (!pl_strcasecmp(&uri->scheme, "tel"))
		return uri->host;

	return uri->user;
}
