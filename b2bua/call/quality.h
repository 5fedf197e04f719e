/**
 * @file quality.h  What a relay's reply says of the media: our relay's keys, or rtpengine's
 */
#ifndef TANDEM_CALL_QUALITY_H
#define TANDEM_CALL_QUALITY_H

#include <re.h>
#include "bencode.h"
#include "cdr.h"

/**
 * Add what one party sent, all its m-lines.
 *
 * @param sum    figures are added to it (quality_add)
 * @param reply  dictionary of a reply to `query` or `delete`
 * @param tag    the party, of its dictionary `tags`
 */
void quality_read(struct cdr_media *sum, const struct bval *reply, const struct bval *tag);

/** Add what came before or beside: counters are summed, MOS is the mean by packets, worst is worst. */
void quality_add(struct cdr_media *sum, const struct cdr_media *m);

/** A party's media for the operator: what `sum` has of it, and what only our relay tells. */
int quality_describe(struct odict *od, const struct bval *reply, const struct bval *tag);

/**
 * An event the relay told of: its kind in table `event`.
 *
 * @param detail  its JSON is appended
 *
 * @return NULL: nothing to record
 */
const char *quality_event(struct mbuf *detail, const struct pl *event, const struct bval *dict);

#endif
