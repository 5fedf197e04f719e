/**
 * @file country.h  Which country a telephone number belongs to (ITU-T E.164)
 */
#ifndef TANDEM_COUNTRY_H
#define TANDEM_COUNTRY_H

#include <re.h>

enum { COUNTRY_SIZE = 5 };

/**
 * The digits at a number's begin that say its country: "86", "44", "852". Of the North American plan "1" is the United
 * States and Canada, while the islands and territories stand for themselves, "1876"; so does Kazakhstan, "76" and "77".
 *
 * @param number digits without +
 *
 * Unset: it is no international number: too short or too long for one, with other signs, or with a leading 0.
 */
struct pl country_of(const char *number);

/** True for what country_of() may say. */
bool country_is_code(const char *text);

#endif
