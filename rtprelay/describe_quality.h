/**
 * @file describe_quality.h  What query and delete tell of quality: our precise keys, and rtpengine's
 */
#ifndef TANDEM_DESCRIBE_QUALITY_H
#define TANDEM_DESCRIBE_QUALITY_H

#include <re.h>
#include "bencode.h"
#include "session.h"

/** The keys of an RTP stream, in its dictionary. */
void describe_quality(struct bwriter *w, const struct watch_report *report);

/** The dictionary "SSRC" of a whole session, as rtpengine writes it. */
void describe_ssrcs(struct bwriter *w, const struct session *s);

#endif
