/**
 * @file message.c  DNS questions and answers
 */
#include <re.h>
#include "message.h"

enum { CNAMES_MAX = 8 };

int dns_question_encode(struct mbuf *mb, const struct dns_question *q)
{
	const struct dnshdr hdr = {.id = q->id, .opcode = DNS_OPCODE_QUERY, .rd = true, .nq = 1};
	int err;

	err = dns_hdr_encode(mb, &hdr);
	err |= dns_dname_encode(mb, q->name, NULL, 0, false);
	err |= mbuf_write_u16(mb, htons(q->type));
	err |= mbuf_write_u16(mb, htons(DNS_CLASS_IN));

	return err;
}

static int question_check(struct mbuf *mb, const struct dns_question *q)
{
	char *name = NULL;
	bool same;

	if (dns_dname_decode(mb, &name, 0))
		return EBADMSG;

	same = mbuf_get_left(mb) >= 4 && ntohs(mbuf_read_u16(mb)) == q->type &&
	       ntohs(mbuf_read_u16(mb)) == DNS_CLASS_IN && !str_casecmp(name, q->name);
	mem_deref(name);

	return same ? 0 : EBADMSG;
}

static int records_decode(struct list *rrl, struct mbuf *mb, unsigned n)
{
	struct dnsrr *rr;
	int err;

	for (unsigned i = 0; i < n; i++) {

		if (i == DNS_RECORDS_MAX)
			return EBADMSG;

		rr = NULL;
		err = dns_rr_decode(mb, &rr, 0);
		if (err)
			return err == ENOMEM ? err : EBADMSG;

		list_append(rrl, &rr->le, rr);
	}

	return 0;
}

static uint32_t ttl_min(uint32_t ttl_s, const struct dnsrr *rr)
{
	/* RFC 2181 8: what has the highest bit set is 0 */
	const int64_t ttl = rr->ttl < 0 || rr->ttl > INT32_MAX ? 0 : rr->ttl;

	return (uint32_t)MIN((int64_t)ttl_s, MAX(ttl, DNS_TTL_MIN_S));
}

static const struct dnsrr *find(const struct list *rrl, const char *name, uint16_t type)
{
	for (struct le *le = list_head(rrl); le; le = le->next) {
		const struct dnsrr *rr = le->data;

		if (rr->type == type && rr->dnsclass == DNS_CLASS_IN && !str_casecmp(rr->name, name))
			return rr;
	}

	return NULL;
}

static const char *canonical(struct dns_answer *a, const struct list *said, const char *name)
{
	const struct dnsrr *rr;

	for (unsigned i = 0; i < CNAMES_MAX && (rr = find(said, name, DNS_TYPE_CNAME)); i++) {
		name = rr->rdata.cname.cname;
		a->ttl_s = ttl_min(a->ttl_s, rr);
	}

	return name;
}

static void positive_take(struct dns_answer *a, struct list *said, const struct dns_question *q)
{
	const char *name = canonical(a, said, q->name);
	struct le *le = list_head(said), *next;

	for (; le; le = next) {
		struct dnsrr *rr = le->data;

		next = le->next;
		if (rr->type != q->type || rr->dnsclass != DNS_CLASS_IN || str_casecmp(rr->name, name))
			continue;

		list_unlink(&rr->le);
		list_append(&a->rrl, &rr->le, rr);
		a->ttl_s = ttl_min(a->ttl_s, rr);
	}
}

/* RFC 2308 5: the zone's SOA says how long nothing stays nothing. */
static void negative_take(struct dns_answer *a, const struct list *authority)
{
	a->ttl_s = DNS_NEGATIVE_S;

	for (struct le *le = list_head(authority); le; le = le->next) {
		const struct dnsrr *rr = le->data;

		if (rr->type == DNS_TYPE_SOA)
			a->ttl_s = ttl_min(MIN(rr->rdata.soa.ttlmin, DNS_NEGATIVE_MAX_S), rr);
	}

	a->ttl_s = MAX(a->ttl_s, DNS_TTL_MIN_S);
}

int dns_answer_decode(struct dns_answer *a, struct mbuf *mb, const struct dns_question *q)
{
	struct list said = LIST_INIT, authority = LIST_INIT;
	struct dnshdr hdr;
	int err;

	*a = (struct dns_answer){.ttl_s = DNS_TTL_MAX_S};

	if (dns_hdr_decode(mb, &hdr) || !hdr.qr || hdr.id != q->id || hdr.nq != 1)
		return EBADMSG;

	err = question_check(mb, q);
	if (err)
		return err;

	if (hdr.rcode != DNS_RCODE_OK && hdr.rcode != DNS_RCODE_NAME_ERR)
		return EPROTO;

	a->truncated = hdr.tc;
	if (hdr.tc)
		return 0;

	err = records_decode(&said, mb, hdr.nans);
	err = err ? err : records_decode(&authority, mb, hdr.nauth);
	if (err)
		goto out;

	positive_take(a, &said, q);
	if (!a->rrl.head)
		negative_take(a, &authority);

out:
	list_flush(&said);
	list_flush(&authority);

	return err;
}
