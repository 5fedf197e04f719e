/**
 * @file dns_servers.c  A list of name servers
 */
#include <errno.h>
#include <re.h>
#include "dns_servers.h"
#include "hostport.h"

static bool is_gap(char c)
{
	return c == ' ' || c == ',' || c == '\t';
}

static struct pl word_next(struct pl *rest)
{
	struct pl word;

	while (rest->l && is_gap(rest->p[0]))
		pl_advance(rest, 1);

	word = *rest;
	while (rest->l && !is_gap(rest->p[0]))
		pl_advance(rest, 1);
	word.l -= rest->l;

	return word;
}

static int server_decode(struct sa *sa, const struct pl *word)
{
	if (word->l < INET6_ADDRSTRLEN && word->p[0] != '[' && !sa_set(sa, word, DNS_PORT))
		return 0;

	return hostport_decode(sa, word);
}

int dns_servers_decode(struct dns_servers *servers, const struct pl *text, struct pl *bad)
{
	struct pl rest = *text, word;

	servers->n = 0;
	while ((word = word_next(&rest)).l) {

		*bad = word;
		if (servers->n == DNS_SERVERS_MAX)
			return EOVERFLOW;

		if (server_decode(&servers->v[servers->n], &word))
			return EINVAL;

		++servers->n;
	}

	return 0;
}
