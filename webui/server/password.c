/**
 * @file password.c  The operator's password
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <re.h>
#include "password.h"

/* 16 MiB and some 50 ms for a guess, which is as long as the loop may stand still for a login. */
enum {
	COST_N = 1 << 14,
	COST_R = 8,
	COST_P = 1,
	COST_N_MAX = 1 << 17,
	MEMORY_MAX = 160 * 1024 * 1024,
	SALT_SIZE = 16,
	KEY_SIZE = 32,
};

struct cost {
	unsigned n, r, p;
};

static int key_derive(uint8_t key[KEY_SIZE], const char *password, const uint8_t *salt,
		      const struct cost *cost)
{
	const int ok = EVP_PBE_scrypt(password, strlen(password), salt, SALT_SIZE, cost->n, cost->r, cost->p,
				      MEMORY_MAX, key, KEY_SIZE);

	return ok ? 0 : ENOMEM;
}

int password_hash(char *line, size_t size, const char *password)
{
	static const struct cost cost = {COST_N, COST_R, COST_P};
	uint8_t salt[SALT_SIZE], key[KEY_SIZE];
	int err;

	if (RAND_bytes(salt, sizeof(salt)) != 1)
		return EIO;

	err = key_derive(key, password, salt, &cost);
	if (err)
		return err;

	if (re_snprintf(line, size, "scrypt:%u:%u:%u:%w:%w", cost.n, cost.r, cost.p, salt, sizeof(salt), key,
			sizeof(key)) < 0)
		return ENOMEM;

	return 0;
}

static bool cost_valid(const struct cost *cost)
{
	return cost->n >= 2 && cost->n <= COST_N_MAX && (cost->n & (cost->n - 1)) == 0 && cost->r >= 1 &&
	       cost->r <= 8 && cost->p >= 1 && cost->p <= 4;
}

static int hex_decode(uint8_t *bytes, size_t size, const struct pl *hex)
{
	size_t i;

	if (hex->l != 2 * size)
		return EBADMSG;

	for (i = 0; i < size; i++)
		bytes[i] = (uint8_t)(ch_hex(hex->p[2 * i]) << 4 | ch_hex(hex->p[2 * i + 1]));

	return 0;
}

static int line_parse(struct cost *cost, uint8_t salt[SALT_SIZE], uint8_t key[KEY_SIZE], const char *line)
{
	struct pl n, r, p, s, k;

	if (re_regex(line, strlen(line), "scrypt:[0-9]+:[0-9]+:[0-9]+:[0-9a-f]+:[0-9a-f]+", &n, &r, &p, &s,
		     &k))
		return EBADMSG;

	if (n.p != line + strlen("scrypt:") || k.p + k.l != line + strlen(line) || n.l > 6 || r.l > 1 ||
	    p.l > 1)
		return EBADMSG;

	*cost = (struct cost){pl_u32(&n), pl_u32(&r), pl_u32(&p)};
	if (!cost_valid(cost))
		return EBADMSG;

	return hex_decode(salt, SALT_SIZE, &s) || hex_decode(key, KEY_SIZE, &k) ? EBADMSG : 0;
}

int password_check(const char *line, const char *password)
{
	uint8_t salt[SALT_SIZE], key[KEY_SIZE], given[KEY_SIZE];
	struct cost cost;
	int err;

	err = line_parse(&cost, salt, key, line);
	err = err ? err : key_derive(given, password, salt, &cost);
	if (err)
		return err;

	return CRYPTO_memcmp(given, key, KEY_SIZE) ? EACCES : 0;
}

int password_random(char str[PASSWORD_RANDOM_SIZE])
{
	static const char letters[] =
		"abcdefghijkmnpqrstuvwxyz23456789"; /* 32: no bias from a byte's low bits */
	uint8_t random[PASSWORD_RANDOM_SIZE];
	size_t i;

	if (RAND_bytes(random, sizeof(random)) != 1)
		return EIO;

	for (i = 0; i < PASSWORD_RANDOM_SIZE - 1; i++)
		str[i] = i % 6 == 5 ? '-' : letters[random[i] % 32];

	str[i] = '\0';

	return 0;
}

int password_read(char *line, size_t size, const char *path)
{
	FILE *f = fopen(path, "re");
	int err = 0;

	if (!f)
		return errno;

	if (!fgets(line, (int)size, f))
		err = EBADMSG;
	else
		line[strcspn(line, "\n")] = '\0';

	(void)fclose(f);

	return err;
}

static int text_write(int fd, const char *line)
{
	if (dprintf(fd, "%s\n", line) < 0 || fsync(fd))
		return errno;

	return 0;
}

int password_write(const char *path, const char *line)
{
	char tmp[4096];
	int fd, err;

	if (re_snprintf(tmp, sizeof(tmp), "%s.new", path) < 0)
		return ENAMETOOLONG;

	(void)unlink(tmp); /* of a write that was cut short */
	fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return errno;

	err = text_write(fd, line);
	(void)close(fd);

	if (!err && rename(tmp, path))
		err = errno;
	if (err)
		(void)unlink(tmp);

	return err;
}
