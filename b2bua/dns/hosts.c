/**
 * @file hosts.c  The lines of a hosts file
 */
#include <string.h>
#include <re.h>
#include "hosts.h"

static struct pl line_next(struct pl *rest)
{
	const char *lf = pl_strchr(rest, '\n');
	struct pl line = {rest->p, lf ? (size_t)(lf - rest->p) : rest->l};
	const char *hash;

	pl_advance(rest, (ssize_t)(line.l + (lf ? 1 : 0)));
	hash = pl_strchr(&line, '#');
	if (hash)
		line.l = (size_t)(hash - line.p);

	return line;
}

static struct pl word_next(struct pl *line)
{
	struct pl word;

	while (line->l && strchr(" \t\r", line->p[0]))
		pl_advance(line, 1);

	word = *line;
	while (line->l && !strchr(" \t\r", line->p[0]))
		pl_advance(line, 1);
	word.l -= line->l;

	return word;
}

static bool names(struct pl line, const char *name)
{
	struct pl word;

	while ((word = word_next(&line)).l)
		if (!pl_strcasecmp(&word, name))
			return true;

	return false;
}

static void record_add(struct list *rrl, const struct sa *sa)
{
	struct dnsrr *rr = dns_rr_alloc();

	if (!rr)
		return;

	rr->type = sa_af(sa) == AF_INET6 ? DNS_TYPE_AAAA : DNS_TYPE_A;
	rr->dnsclass = DNS_CLASS_IN;
	if (rr->type == DNS_TYPE_A)
		rr->rdata.a.addr = sa_in(sa);
	else
		sa_in6(sa, rr->rdata.aaaa.addr);
	list_append(rrl, &rr->le, rr);
}

bool hosts_find(struct list *rrl, const struct pl *text, const char *name, uint16_t type)
{
	const int af = type == DNS_TYPE_A ? AF_INET : type == DNS_TYPE_AAAA ? AF_INET6 : AF_UNSPEC;
	struct pl rest = *text;
	bool found = false;

	while (rest.l) {
		struct pl line = line_next(&rest);
		struct pl addr = word_next(&line);
		struct sa sa;

		if (!names(line, name) || sa_set(&sa, &addr, 0))
			continue;

		found = true;
		if (sa_af(&sa) == af)
			record_add(rrl, &sa);
	}

	return found;
}
