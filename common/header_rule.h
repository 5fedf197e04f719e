/**
 * @file header_rule.h  What an operator has done to the headers of a trunk's messages, compiled
 *
 *   {"pass": "X-Foo"}  {"pass": "X-*"}      crosses as it is; a star ends a name
 *   {"drop": "P-*"}                         crosses not, nor can a later rule bring it back
 *   {"set": "X-Id", "value": "${cdr_id}"}   stands once, with this value; none where that is empty
 *   {"rename": "X-A", "to": "X-B"}          crosses under another name
 *   {"replace": "X-A", "match": "^a(.*)", "with": "b$1"}   where it crosses, its value is changed
 *
 * Rules go one after another, each over what the ones before left. Of From and To only the display name and the user
 * can be changed (by set and replace); what carries the dialog and the body belongs to the engine.
 */
#ifndef TANDEM_HEADER_RULE_H
#define TANDEM_HEADER_RULE_H

#include <re.h>
#include "subst.h"

enum { HEADER_RULES_MAX = 64, HEADER_NAME_MAX = 64 };

enum header_action { HEADER_PASS, HEADER_DROP, HEADER_SET, HEADER_RENAME, HEADER_REPLACE, HEADER_ACTIONC };

struct header_rule {
	enum header_action action;
	char *name;
	bool stem;           /* any name that begins so */
	char *to;            /* HEADER_RENAME */
	struct subst *subst; /* HEADER_SET, HEADER_REPLACE */
};

/** Read-only once made; whoever needs them holds a reference. */
struct header_rules {
	struct header_rule rulev[HEADER_RULES_MAX];
	size_t rulec;
};

/** A rule as it is written; NULL where a key is not given. */
struct header_rule_text {
	const char *actionv[HEADER_ACTIONC]; /* the name it is for, by action */
	const char *value, *to, *match, *with;
};

enum { HEADER_FAULT_SIZE = 256 };

/** What is wrong, to stand after the JSON path of the key; `key` NULL: the rule itself. */
struct header_fault {
	const char *key;
	char what[HEADER_FAULT_SIZE];
};

int header_rules_alloc(struct header_rules **rp);

/** Append a rule. 0, EINVAL (`fault` says why), ENOMEM. */
int header_rules_add(struct header_rules *r, const struct header_rule_text *text, struct header_fault *fault);

/** True for a token (RFC 3261 25.1) of up to HEADER_NAME_MAX bytes. */
bool header_name_is_sound(const struct pl *name);

/** True if a rule is for this header. */
bool header_rule_matches(const struct header_rule *rule, const struct pl *name);

/** True if a header carries the dialog or describes the body, so that no rule touches it. */
bool header_is_ours(const struct pl *name);

/** True for From and To, of which rules change the display name and the user alone. */
bool header_is_party(const struct pl *name);

#endif
