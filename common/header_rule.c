/**
 * @file header_rule.c  What an operator has done to the headers of a trunk's messages, compiled
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>
#include <re.h>
#include "header_rule.h"

/* What carries the dialog, the transaction, the session or the body, with compact forms (RFC 3261 7.3.3). */
static const char *const ourv[] = {
	"Accept",
	"Accept-Encoding",
	"Accept-Language",
	"Allow",
	"Allow-Events",
	"Authentication-Info",
	"Authorization",
	"Call-ID",
	"Contact",
	"Content-Disposition",
	"Content-Encoding",
	"Content-Language",
	"Content-Length",
	"Content-Type",
	"CSeq",
	"Event",
	"Expires",
	"Info-Package",
	"Max-Forwards",
	"MIME-Version",
	"Min-Expires",
	"Min-SE",
	"Path",
	"Proxy-Authenticate",
	"Proxy-Authorization",
	"Proxy-Require",
	"RAck",
	"Reason",
	"Record-Route",
	"Recv-Info",
	"Refer-Sub",
	"Refer-To",
	"Referred-By",
	"Replaces",
	"Require",
	"Retry-After",
	"Route",
	"RSeq",
	"Security-Client",
	"Security-Server",
	"Security-Verify",
	"Server",
	"Service-Route",
	"Session-Expires",
	"SIP-ETag",
	"SIP-If-Match",
	"Subscription-State",
	"Supported",
	"Target-Dialog",
	"Timestamp",
	"Unsupported",
	"User-Agent",
	"Via",
	"Warning",
	"WWW-Authenticate",
};

static const char compact_ours[] = "bceiklmoruvx";

static const char *const keyv[HEADER_ACTIONC] = {"pass", "drop", "set", "rename", "replace"};

static void destructor(void *arg)
{
	struct header_rules *r = arg;

	for (size_t i = 0; i < r->rulec; i++) {
		mem_deref(r->rulev[i].name);
		mem_deref(r->rulev[i].to);
		mem_deref(r->rulev[i].subst);
	}
}

int header_rules_alloc(struct header_rules **rp)
{
	*rp = mem_zalloc(sizeof(**rp), destructor);

	return *rp ? 0 : ENOMEM;
}

bool header_is_ours(const struct pl *name)
{
	if (name->l == 1)
		return memchr(compact_ours, tolower((unsigned char)*name->p), sizeof(compact_ours) - 1);

	for (size_t i = 0; i < ARRAY_SIZE(ourv); i++)
		if (!pl_strcasecmp(name, ourv[i]))
			return true;

	return false;
}

bool header_is_party(const struct pl *name)
{
	return !pl_strcasecmp(name, "From") || !pl_strcasecmp(name, "To") || !pl_strcasecmp(name, "f") ||
	       !pl_strcasecmp(name, "t");
}

bool header_rule_matches(const struct header_rule *rule, const struct pl *name)
{
	const size_t len = strlen(rule->name);

	return (rule->stem ? name->l >= len : name->l == len) && !strncasecmp(rule->name, name->p, len);
}

/* ------------------------------------------------------------------ checks */

static int fault_set(struct header_fault *fault, const char *key, const char *what)
{
	fault->key = key;
	str_ncpy(fault->what, what, sizeof(fault->what));

	return EINVAL;
}

bool header_name_is_sound(const struct pl *pl)
{
	for (size_t i = 0; i < pl->l; i++)
		if (!isalnum((unsigned char)pl->p[i]) && !strchr("-.!%_`'~+", pl->p[i]))
			return false;

	return pl->l && pl->l <= HEADER_NAME_MAX;
}

/* A name that a rule may be for; NULL, or what is wrong. */
static const char *name_fault(const struct pl *name, bool party)
{
	if (!header_name_is_sound(name))
		return "is no header's name; write 1 to 64 letters, digits and -, for example \"X-Foo\"";

	if (header_is_ours(name))
		return "belongs to the call's own machinery, so no rule can touch it; remove the rule";

	if (header_is_party(name) && name->l == 1)
		return "is a short form; write \"From\" or \"To\"";

	if (header_is_party(name) && !party)
		return "stands in every message; only its display name and user can change, by \"set\" or "
		       "\"replace\"";

	return NULL;
}

static int name_take(struct header_rule *rule, const char *text, struct header_fault *fault)
{
	const bool changes = rule->action == HEADER_SET || rule->action == HEADER_REPLACE;
	const char *key = keyv[rule->action], *what;
	struct pl name;

	pl_set_str(&name, text);
	rule->stem = rule->action <= HEADER_DROP && name.l && name.p[name.l - 1] == '*';
	if (rule->stem)
		--name.l;

	what = rule->stem ? (name.l && !header_name_is_sound(&name)
				     ? "is no beginning of a name; write for example \"X-*\""
				     : NULL)
			  : name_fault(&name, changes);
	if (what)
		return fault_set(fault, key, what);

	return name.l ? pl_strdup(&rule->name, &name) : str_dup(&rule->name, "");
}

/* One key of these stands beside each action, no other. */
static int keys_check(enum header_action action, const struct header_rule_text *text,
		      struct header_fault *fault)
{
	const struct {
		const char *key, *given;
		enum header_action action;
	} v[] = {
		{"value", text->value, HEADER_SET},
		{"to", text->to, HEADER_RENAME},
		{"match", text->match, HEADER_REPLACE},
		{"with", text->with, HEADER_REPLACE},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		if (v[i].action == action && !v[i].given)
			return fault_set(fault, v[i].key, "is missing; give it");

		if (v[i].action != action && v[i].given)
			return fault_set(fault, v[i].key, "is not for this kind of rule; remove it");
	}

	return 0;
}

static int action_find(enum header_action *action, const struct header_rule_text *text,
		       struct header_fault *fault)
{
	unsigned given = 0;

	for (unsigned i = 0; i < HEADER_ACTIONC; i++) {
		if (!text->actionv[i])
			continue;

		++given;
		*action = (enum header_action)i;
	}

	if (given == 1)
		return 0;

	return fault_set(fault, NULL,
			 "must do one thing; give one of \"pass\", \"drop\", \"set\", \"rename\" and "
			 "\"replace\"");
}

static int to_take(struct header_rule *rule, const char *text, struct header_fault *fault)
{
	const char *what;
	struct pl to;

	pl_set_str(&to, text);
	what = name_fault(&to, false);

	return what ? fault_set(fault, "to", what) : str_dup(&rule->to, text);
}

static int subst_take(struct header_rule *rule, const struct header_rule_text *text,
		      struct header_fault *fault)
{
	const bool set = rule->action == HEADER_SET;
	const char *written = set ? text->value : text->with;
	int err;

	fault->key = set ? "value" : "with";
	if (str_len(written) > SUBST_TEXT_MAX)
		return fault_set(fault, fault->key, "is too long; give up to 1024 bytes");
	if (!set && str_len(text->match) > SUBST_PATTERN_MAX)
		return fault_set(fault, "match", "is too long; give up to 256 bytes");

	err = subst_compile(&rule->subst, set ? NULL : text->match, written, fault->what,
			    sizeof(fault->what));
	if (err != EBADMSG)
		return err;

	fault->key = "match";

	return EINVAL;
}

static int rule_make(struct header_rule *rule, const struct header_rule_text *text,
		     struct header_fault *fault)
{
	int err;

	err = action_find(&rule->action, text, fault);
	err = err ? err : keys_check(rule->action, text, fault);
	err = err ? err : name_take(rule, text->actionv[rule->action], fault);
	if (err)
		return err;

	switch (rule->action) {

	case HEADER_RENAME:
		return to_take(rule, text->to, fault);
	case HEADER_SET:
	case HEADER_REPLACE:
		return subst_take(rule, text, fault);
	default:
		return 0;
	}
}

int header_rules_add(struct header_rules *r, const struct header_rule_text *text, struct header_fault *fault)
{
	if (r->rulec == HEADER_RULES_MAX)
		return fault_set(fault, NULL, "is one too many; give up to 64");

	/* counted first, so that what a rule held when it failed is freed with the rest */
	return rule_make(&r->rulev[r->rulec++], text, fault);
}
