/**
 * @file build.h  Makes a model of a draft: resolves references and finds what does not fit together
 */
#ifndef TANDEM_BUILD_H
#define TANDEM_BUILD_H

#include "document.h"
#include "model.h"

/** @return 0, EINVAL (`fault` says where and what) or ENOMEM */
int model_build(struct model **mp, struct draft *draft, struct fault *fault);

/* model.c, while a model is being built */
enum name_type { NAME_INTERFACE, NAME_ACCOUNT, NAME_TRUNK };

int model_alloc(struct model **mp);
int model_name_add(struct model *m, enum name_type type, const char *name, void *object);

/** Let calls from `match` be those of `trunk`, unless another trunk on its interface has it: that one is returned. */
int model_match_add(struct model *m, const struct trunk *trunk, const struct match *match,
		    const struct trunk **takenp);
void model_route_add(struct model *m, struct route *route);

#endif
