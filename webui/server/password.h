/**
 * @file password.h  The operator's password: a salted scrypt hash in DATA/web.password
 */
#ifndef TANDEM_WEBUI_PASSWORD_H
#define TANDEM_WEBUI_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>

enum {
	PASSWORD_LEN_MIN = 8,
	PASSWORD_LEN_MAX = 256,
	PASSWORD_RANDOM_SIZE = 24, /* "abcde-fghij-klmno-pqrst" and its NUL */
	PASSWORD_HASH_SIZE = 160,
};

/** Hash with a new salt into one line of text: "scrypt:N:r:p:SALT:KEY", in hex. Some 50 ms. ENOMEM, EIO. */
int password_hash(char *line, size_t size, const char *password);

/** 0 when it is the password of that line; EACCES when not, EBADMSG when the line is none of ours. */
int password_check(const char *line, const char *password);

/** A random password of 98 bits, in letters and digits that cannot be mistaken for each other. EIO. */
int password_random(char str[PASSWORD_RANDOM_SIZE]);

/** Read the line of a password file. ENOENT, EACCES, EBADMSG. */
int password_read(char *line, size_t size, const char *path);

/** Write it, mode 0600, all or nothing. */
int password_write(const char *path, const char *line);

#endif
