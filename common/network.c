/**
 * @file network.c  A list of addresses and networks, and whether an address is in one of them
 */
#include <errno.h>
#include <string.h>
#include <re.h>
#include "network.h"

enum { IPV4_MAPPED_BITS = 96 };

/* An address in 16 bytes, so that a socket of both families needs one comparison (RFC 4291 2.5.5.2). */
static int bytes_of(uint8_t addr[16], const struct sa *sa)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	switch (sa_af(sa)) {

	case AF_INET:
		memcpy(addr, mapped, sizeof(mapped));
		memcpy(addr + sizeof(mapped), &sa->u.in.sin_addr, 4);
		return 0;

	case AF_INET6:
		memcpy(addr, &sa->u.in6.sin6_addr, 16);
		return 0;

	default:
		return EINVAL;
	}
}

static bool network_has(const struct network *net, const uint8_t addr[16])
{
	const unsigned whole = net->bits / 8, rest = net->bits % 8;

	if (memcmp(net->addr, addr, whole))
		return false;

	return !rest || !((net->addr[whole] ^ addr[whole]) >> (8 - rest));
}

static int bits_decode(uint8_t *bits, const struct pl *pl, unsigned max)
{
	const uint32_t num = pl_u32(pl);
	size_t i;

	for (i = 0; i < pl->l; i++)
		if (pl->p[i] < '0' || pl->p[i] > '9')
			return EINVAL;

	if (!pl->l || pl->l > 3 || num > max)
		return EINVAL;

	*bits = (uint8_t)num;

	return 0;
}

static int network_decode(struct network *net, const struct pl *word)
{
	const char *slash = pl_strchr(word, '/');
	struct pl host = *word, bits = PL_INIT;
	unsigned base;
	struct sa sa;
	int err;

	if (slash) {
		host.l = (size_t)(slash - word->p);
		bits = *word;
		pl_advance(&bits, (ssize_t)host.l + 1);
	}

	if (!host.l || host.l >= INET6_ADDRSTRLEN || sa_set(&sa, &host, 0))
		return EINVAL;

	err = bytes_of(net->addr, &sa);
	if (err)
		return err;

	base = sa_af(&sa) == AF_INET ? IPV4_MAPPED_BITS : 0;
	net->bits = (uint8_t)(128 - base);
	err = slash ? bits_decode(&net->bits, &bits, 128 - base) : 0;
	net->bits = (uint8_t)(net->bits + base);

	return err;
}

static bool is_gap(char c)
{
	return c == ' ' || c == ',' || c == '\t';
}

static bool word_next(struct pl *word, struct pl *rest)
{
	while (rest->l && is_gap(*rest->p))
		pl_advance(rest, 1);

	word->p = rest->p;
	word->l = 0;
	for (; rest->l && !is_gap(*rest->p); pl_advance(rest, 1))
		++word->l;

	return word->l > 0;
}

int networks_decode(struct networks *nets, const struct pl *text, struct pl *bad)
{
	struct pl rest = *text;
	int err;

	nets->c = 0;

	while (word_next(bad, &rest)) {

		if (nets->c >= NETWORKS_MAX)
			return EOVERFLOW;

		err = network_decode(&nets->v[nets->c], bad);
		if (err)
			return err;

		++nets->c;
	}

	return 0;
}

bool networks_have(const struct networks *nets, const struct sa *sa)
{
	uint8_t addr[16];
	unsigned i;

	if (bytes_of(addr, sa))
		return false;

	for (i = 0; i < nets->c; i++)
		if (network_has(&nets->v[i], addr))
			return true;

	return false;
}
