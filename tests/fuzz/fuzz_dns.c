/**
 * @file fuzz_dns.c  Any answer of a name server, and any hosts file
 */
#include <stdlib.h>
#include <re.h>
#include "dns/hosts.h"
#include "dns/message.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;

	return libre_init();
}

static void answer(const uint8_t *data, size_t size)
{
	/* id and question are those of the seeds: a server has them from us */
	const struct dns_question q = {.id = 7,
				       .type = size % 2 ? DNS_TYPE_SRV : DNS_TYPE_NAPTR,
				       .name = "a.test"};
	struct mbuf *mb = mbuf_alloc(size + 64);
	struct dnshdr hdr = {.id = 7};
	struct dns_answer a;

	(void)dns_question_encode(mb, &q);
	if (size > DNS_HEADER_SIZE) {
		(void)mbuf_write_mem(mb, data + DNS_HEADER_SIZE, size - DNS_HEADER_SIZE);
		mb->pos = 2;
		(void)mbuf_write_mem(mb, data + 2, DNS_HEADER_SIZE - 2);
	}
	mb->pos = 0;
	(void)dns_hdr_decode(mb, &hdr);
	mb->pos = 0;

	if (!dns_answer_decode(&a, mb, &q) && !a.truncated) {
		if (a.ttl_s < DNS_TTL_MIN_S || a.ttl_s > DNS_TTL_MAX_S)
			abort();
		if (list_count(&a.rrl) > DNS_RECORDS_MAX)
			abort();
	}
	list_flush(&a.rrl);
	mem_deref(mb);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct pl text = {(const char *)data, size};
	struct list rrl = LIST_INIT;

	answer(data, size);
	(void)hosts_find(&rrl, &text, "localhost", DNS_TYPE_A);
	list_flush(&rrl);

	return 0;
}
