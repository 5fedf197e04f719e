/**
 * @file secure.h  TLS of the SIP stacks: our certificate, and who the far end of a connection must be
 *
 * libre has one TLS context for all connections of an interface, checks no certificate and tells no server
 * which name is meant. Here every connection that we open gets what its trunk demands, before its first byte:
 *
 *   secure_expect(peer, host) ─► libre connects ─► SSL_new: the connection takes what is expected
 *                                              ─► handshake starts: CA, name, SNI, certificate are set
 *
 * A connection that nobody expected (a response whose own connection is gone) trusts nobody, and fails.
 */
#ifndef TANDEM_SECURE_H
#define TANDEM_SECURE_H

#include <re.h>
#include "tls_peer.h"

struct secure;

/**
 * Read our certificate and key: TLS 1.2 and later.
 *
 * @param cert    PEM file, our certificate first, then those that lead to its root
 * @param key     PEM file of its private key, without password
 * @param errstr  names the file and the remedy when the return is not 0
 */
int secure_alloc(struct secure **sp, const char *cert, const char *key, char *errstr, size_t errsize);

/** Read both files again, for connections from now on; those that are open keep what they have. On a fault
 *  the old ones stay. */
int secure_reload(struct secure *s, char *errstr, size_t errsize);

/** For sip_transp_add(). */
struct tls *secure_tls(const struct secure *s);

/**
 * The request that is sent next may open a connection.
 *
 * @param peer  what its far end must prove; NULL: trust nobody
 * @param host  host of the URI that is connected to
 */
void secure_expect(struct secure *s, struct tls_peer *peer, const struct pl *host);

#endif
