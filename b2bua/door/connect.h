/**
 * @file connect.h  Connections told not to wait
 */
#ifndef TANDEM_CONNECT_H
#define TANDEM_CONNECT_H

/**
 * Switch Nagle's rule off: by it a small message waits until the one before is acknowledged, 40 ms where the peer
 * delays that. Connections accepted from a listening socket inherit it.
 *
 * Those that libre opens have it without asking, where it calls tcp_connect through its PLT
 * (docs/decisions/0010-libre-guards.md).
 */
void connect_hurry(int fd);

#endif
