/**
 * @file statistics.h  The reply to NG statistics
 */
#ifndef TANDEM_STATISTICS_H
#define TANDEM_STATISTICS_H

#include "bencode.h"

struct relay;

/** Write the whole relay's figures into an open dictionary. */
void statistics_write(const struct relay *relay, struct bwriter *w);

#endif
