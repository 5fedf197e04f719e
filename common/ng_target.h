/**
 * @file ng_target.h  Where media relays take NG: the value of ng_target, a list with weights
 *
 *   udp:127.0.0.1:2223 weight=2, udp:[::1]:2224, unix:/run/rtpengine.sock weight=0
 */
#ifndef TANDEM_NG_TARGET_H
#define TANDEM_NG_TARGET_H

#include <re.h>

enum {
	NG_TARGETS_MAX = 16,
	NG_TARGET_SIZE = 128, /* of a name; a unix socket's path is shorter */
	NG_PATH_SIZE = 108,   /* sun_path */
	NG_WEIGHT_MAX = 1000,
};

struct ng_target {
	char name[NG_TARGET_SIZE]; /* as it was written, without its weight */
	char path[NG_PATH_SIZE];   /* of a unix datagram socket; "": `addr` */
	struct sa addr;
	uint32_t weight; /* its share of new calls; 0: it takes none, and keeps those it has */
};

struct ng_targets {
	struct ng_target v[NG_TARGETS_MAX];
	size_t c;
};

/**
 * Read the list; an empty text is no target at all.
 *
 * @param remedy  set on error: what to write instead
 *
 * @return 0 or EINVAL
 */
int ng_targets_decode(struct ng_targets *targets, const struct pl *text, const char **remedy);

/** One target that is the unix socket at `path`. ENAMETOOLONG. */
int ng_target_unix(struct ng_target *target, const char *path);

#endif
