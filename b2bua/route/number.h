/**
 * @file number.h  Telephone numbers: what was dialled, in one form
 */
#ifndef TANDEM_NUMBER_H
#define TANDEM_NUMBER_H

#include <re.h>

enum { NUMBER_SIZE = 64 };

/**
 * Normalise the user part of a sip or tel URI: parameters, visual separators (RFC 3966 5.1.1) and a
 * leading "+" or "00" fall away, so that an international number is its E.164 digits. What is not a
 * number stays as it is, cut at NUMBER_SIZE - 1 bytes.
 */
void number_normalise(char number[NUMBER_SIZE], const struct pl *user);

/** The dialled user of a request URI: user of sip:, subscriber of tel:. */
struct pl number_user(const struct uri *uri);

#endif
