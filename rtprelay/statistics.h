/**
 * @file statistics.h  The reply to NG statistics
 */
#ifndef TANDEM_STATISTICS_H
#define TANDEM_STATISTICS_H

#include "bencode.h"
#include "load.h"

struct relay;

/** Write the whole relay's figures into an open dictionary. */
void statistics_write(const struct relay *relay, struct bwriter *w);

/** What all workers have relayed, and what they could not. */
void statistics_total(const struct relay *relay, struct load_total *total);

#endif
