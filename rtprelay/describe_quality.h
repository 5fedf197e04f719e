/**
 * @file describe_quality.h  What query and delete tell of quality: our precise keys, and rtpengine's
 */
#ifndef TANDEM_DESCRIBE_QUALITY_H
#define TANDEM_DESCRIBE_QUALITY_H

#include <re.h>
#include "bencode.h"
#include "session.h"

/** Of whom a reply tells: of all, or of a party and of whom it hears. */
struct describe_scope {
	bool all;
	const struct party *party; /* NULL: nobody */
};

bool describe_scope_has(const struct describe_scope *scope, const struct party *p);

/** The keys of an RTP stream, in its dictionary. */
void describe_quality(struct bwriter *w, const struct watch_report *report);

/** The dictionary "SSRC", as rtpengine writes it. */
void describe_ssrcs(struct bwriter *w, const struct session *s, const struct describe_scope *scope);

#endif
