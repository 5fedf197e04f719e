/**
 * @file tls_peer.h  How a peer that we connect to by TLS proves who it is, and how we do
 */
#ifndef TANDEM_TLS_PEER_H
#define TANDEM_TLS_PEER_H

#include <re.h>

/** Plain values, read-only once made; whoever needs it holds a reference. Files are read anew for every
 *  connection, so that renewed ones count without a word to us. */
struct tls_peer {
	char *label; /* whose it is, for the log */
	char *ca;    /* PEM file of who may have signed its certificate; NULL: those the system trusts */
	char *name;  /* name its certificate must bear, and the one we ask for (SNI); NULL: the URI's host */
	char *cert;  /* PEM file of the chain and key we show it; NULL: tls_cert of tandem.conf */
	bool verify;
};

/** All fields empty and `verify` set; fill in texts that mem_deref() frees. */
int tls_peer_alloc(struct tls_peer **pp);

#endif
