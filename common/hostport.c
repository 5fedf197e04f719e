/**
 * @file hostport.c  Addresses with ports, strictly
 */
#include <errno.h>
#include "hostport.h"

int decimal_decode(uint32_t *num, const struct pl *pl)
{
	size_t i;

	if (!pl->l || pl->l > 9)
		return EINVAL;

	for (i = 0; i < pl->l; i++)
		if (pl->p[i] < '0' || pl->p[i] > '9')
			return EINVAL;

	*num = pl_u32(pl);

	return 0;
}

int hostport_decode(struct sa *sa, const struct pl *pl)
{
	const char *colon = pl_strrchr(pl, ':');
	bool bracketed = false;
	struct pl host, port;
	uint32_t num;

	if (!colon)
		return EINVAL;

	host.p = pl->p;
	host.l = (size_t)(colon - pl->p);
	port.p = colon + 1;
	port.l = pl->l - host.l - 1;

	if (host.l > 2 && host.p[0] == '[' && host.p[host.l - 1] == ']') {
		++host.p;
		host.l -= 2;
		bracketed = true;
	}

	if (bracketed != (pl_strchr(&host, ':') != NULL))
		return EINVAL;

	if (decimal_decode(&num, &port) || num < 1 || num > 65535)
		return EINVAL;

	return sa_set(sa, &host, (uint16_t)num) ? EINVAL : 0;
}
