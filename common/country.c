/**
 * @file country.c  Which country a telephone number belongs to (ITU-T E.164)
 */
#include <string.h>
#include "country.h"

enum { DIGITS_MIN = 7, DIGITS_MAX = 15 };

/* The codes of two digits; those of one are 1 and 7, all others have three. */
static const char pairs[] = "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 "
			    "60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98 ";

/* Area codes of the North American plan outside the United States' mainland and Canada. */
static const char islands[] =
	"242 246 264 268 284 340 345 441 473 649 658 664 670 671 684 721 758 767 784 787 "
	"809 829 849 868 869 876 939 ";

static bool is_listed(const char *list, const char *digits, size_t len)
{
	for (; *list; list += len + 1)
		if (!memcmp(list, digits, len))
			return true;

	return false;
}

static size_t code_length(const char *number)
{
	switch (number[0]) {

	case '1':
		return is_listed(islands, number + 1, 3) ? 4 : 1;
	case '7':
		return number[1] == '6' || number[1] == '7' ? 2 : 1;
	default:
		return is_listed(pairs, number, 2) ? 2 : 3;
	}
}

struct pl country_of(const char *number)
{
	const size_t len = str_len(number);

	if (len < DIGITS_MIN || len > DIGITS_MAX || number[0] == '0' || strspn(number, "0123456789") != len)
		return (struct pl){NULL, 0};

	return (struct pl){number, code_length(number)};
}

bool country_is_code(const char *text)
{
	char number[COUNTRY_SIZE + DIGITS_MIN];
	struct pl code;

	if (!str_isset(text) || re_snprintf(number, sizeof(number), "%s0000000", text) < 0)
		return false;

	code = country_of(number);

	return pl_isset(&code) && !pl_strcmp(&code, text);
}
