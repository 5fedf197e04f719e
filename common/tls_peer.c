/**
 * @file tls_peer.c  What is held of a TLS peer
 */
#include <re.h>
#include "tls_peer.h"

static void destructor(void *arg)
{
	struct tls_peer *p = arg;

	mem_deref(p->label);
	mem_deref(p->ca);
	mem_deref(p->name);
	mem_deref(p->cert);
}

int tls_peer_alloc(struct tls_peer **pp)
{
	struct tls_peer *p = mem_zalloc(sizeof(*p), destructor);

	if (!p)
		return ENOMEM;

	p->verify = true;
	*pp = p;

	return 0;
}
