/**
 * @file message.h  A DNS question and its answer (RFC 1035) as bytes
 */
#ifndef TANDEM_DNS_MESSAGE_H
#define TANDEM_DNS_MESSAGE_H

#include <re.h>

enum {
	DNS_TTL_MIN_S = 1,
	DNS_TTL_MAX_S = 86400,
	DNS_NEGATIVE_MAX_S = 300, /* RFC 2308 5 says hours; an operator who adds a record will not wait */
	DNS_NEGATIVE_S = 30,      /* where the zone does not say */
	DNS_RECORDS_MAX = 64,
};

struct dns_question {
	uint16_t id, type;
	const char *name;
};

/** What a server said. `rrl` holds references to struct dnsrr; list_flush it. */
struct dns_answer {
	struct list rrl; /* of the type asked for; none if the name has none */
	uint32_t ttl_s;  /* how long it holds, that there are none as well */
	bool truncated;  /* ask by TCP */
};

/** Print a question into `mb`. EINVAL: no DNS name. */
int dns_question_encode(struct mbuf *mb, const struct dns_question *q);

/**
 * Read an answer; CNAMEs are followed.
 *
 * @param mb  the message, from byte 0 on
 *
 * @return 0, EBADMSG (malformed, or another question's), EPROTO (the server could not say)
 */
int dns_answer_decode(struct dns_answer *a, struct mbuf *mb, const struct dns_question *q);

#endif
