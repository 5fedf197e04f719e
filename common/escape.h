/**
 * @file escape.h  Text from outside made safe to show: what is not plain text becomes \xNN
 *
 * Plain text is printable ASCII and well-formed UTF-8 (RFC 3629), without the control characters,
 * line separators and direction overrides that let text lie about itself on a terminal.
 */
#ifndef TANDEM_ESCAPE_H
#define TANDEM_ESCAPE_H

#include <stddef.h>
#include <re.h>

/** Length in bytes (1 to 4) of the plain character at the start of `p`, or 0 if there is none. */
size_t escape_plain_len(const char *p, size_t len);

/**
 * Write `text` escaped into `buf`, NUL-terminated; cut between two characters when it is full.
 *
 * @return how many bytes of `text` were taken
 */
size_t escape_text(char *buf, size_t size, const char *text, size_t len);

/** Print handler: re_printf("%H", escape_print, &pl). */
int escape_print(struct re_printf *pf, const struct pl *pl);

#endif
