/**
 * @file load.h  How many calls a trunk or an account carries now, and how its attempts fared
 */
#ifndef TANDEM_LOAD_H
#define TANDEM_LOAD_H

#include <re.h>

struct load;

/**
 * Take one place; mem_deref gives it back. The count belongs to the name, so it outlives changes of
 * the model.
 *
 * @param max  limit, 0 = none; ENOSPC when it is reached
 */
int load_take(struct load **loadp, struct hash *ht, const char *kind, const char *name, uint32_t max);

/** An attempt that holds a place was answered, or failed; `why` is a few words for the operator. */
void load_answered(struct load *load);
void load_failed(struct load *load, const char *why);

/** What is known of a name since the start. */
struct load_figures {
	uint32_t active;
	uint64_t attempts, answers, failures;
	int64_t failed_us;   /* wall clock of the last failure; 0: none */
	const char *failure; /* of the last one; "" */
};

/** Zeros for a name that has carried nothing. */
void load_figures(struct load_figures *lf, const struct hash *ht, const char *kind, const char *name);

#endif
