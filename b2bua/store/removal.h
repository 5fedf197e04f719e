/**
 * @file removal.h  What a document names under "remove": {"trunks": ["ims-a"], "routes": ["86"]}
 */
#ifndef TANDEM_REMOVAL_H
#define TANDEM_REMOVAL_H

#include "document.h"

#define REMOVAL_KEY "remove"

/** Whether it names kinds whose objects have names, each with a list. EINVAL: `fault` says what is wrong. */
int removal_kinds_check(const struct odict_entry *removal, struct fault *fault);

/**
 * The names of one kind, as keys; what is named must be in `before`, and not be `given` at the same time.
 *
 * @param names  set where 0 is returned: mem_deref it; NULL: none of this kind is removed
 *
 * @return 0, EINVAL (`fault` says where and what) or ENOMEM
 */
int removal_read(struct odict **names, const struct merge *m, const struct kind *kind,
		 const struct odict *before, const struct odict *given, struct fault *fault);

#endif
