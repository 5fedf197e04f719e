/**
 * @file header_id.h  A header is what its name says
 */
#ifndef TANDEM_HEADER_ID_H
#define TANDEM_HEADER_ID_H

#include <stdbool.h>

/**
 * True if libre tells headers by the whole of their name. Linking this makes it so where libre calls
 * hash_joaat_ci through its PLT; a libre built with -Bsymbolic-functions goes by twelve bits of a hash.
 */
bool header_id_guards_libre(void);

#endif
