/**
 * @file number.h  Telephone numbers: what was dialled, in one form
 */
#ifndef TANDEM_NUMBER_H
#define TANDEM_NUMBER_H

#include <re.h>

enum { NUMBER_SIZE = 64 };

/**
 * Normalise the user part of a sip or tel URI: parameters, visual separators (RFC 3966 5.1.1) and a
 * leading "+" or "00" fall away, so that an international number is its E.164 digits, and escapes of what
 * need none are resolved. Where more than a number follows it stays behind the digits: a prefix that is
 * denied or dear is seen whatever is put at its end. What is no number stays as it is. All is cut at
 * NUMBER_SIZE - 1 bytes.
 */
void number_normalise(char number[NUMBER_SIZE], const struct pl *user);

/** The user of a URI: user of sip:, subscriber of tel:. */
struct pl number_user(const struct uri *uri);

/**
 * What of the user is dialled: without parameters. They are not priced, and "rn" or "cic" (RFC 4694) would lead the
 * call elsewhere.
 */
struct pl number_dialled(const struct uri *uri);

#endif
