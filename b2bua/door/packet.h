/**
 * @file packet.h  A first look at a datagram before it is decoded
 */
#ifndef TANDEM_PACKET_H
#define TANDEM_PACKET_H

#include <stddef.h>
#include <stdint.h>

enum packet_kind { PACKET_JUNK, PACKET_KEEPALIVE, PACKET_STUN, PACKET_SIP };

/** What a datagram is. SIP: a start line with a version, a head without bare NUL, an empty line. */
enum packet_kind packet_kind(const uint8_t *buf, size_t len);

#endif
