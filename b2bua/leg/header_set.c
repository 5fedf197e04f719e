/**
 * @file header_set.c  The headers of one message on its way from one leg to the other, and rules over them
 */
#include <ctype.h>
#include <string.h>
#include <re.h>
#include "log.h"
#include "header.h"
#include "header_set.h"

enum { HEADERS_MAX = 256 };

struct header {
	struct le le;
	char *name; /* in its long form */
	char *value;
	bool crosses;
	bool party;
};

struct header_set {
	struct list headerl;
	struct mbuf *mb; /* for a value in the making */
};

/* Short forms of headers that rules may be for (IANA, SIP header fields). */
static const struct {
	char compact;
	const char *name;
} longv[] = {
	{'a', "Accept-Contact"},
	{'d', "Request-Disposition"},
	{'f', "From"},
	{'j', "Reject-Contact"},
	{'n', "Identity-Info"},
	{'s', "Subject"},
	{'t', "To"},
	{'y', "Identity"},
};

static struct pl long_name(const struct pl *name)
{
	struct pl found = *name;

	for (size_t i = 0; name->l == 1 && i < ARRAY_SIZE(longv); i++)
		if (tolower((unsigned char)*name->p) == longv[i].compact)
			pl_set_str(&found, longv[i].name);

	return found;
}

struct pl header_value(const struct sip_msg *msg, const struct pl *name)
{
	for (const struct le *le = msg->hdrl.head; le; le = le->next) {
		const struct sip_hdr *hdr = le->data;
		const struct pl found = long_name(&hdr->name);

		if (!pl_casecmp(&found, name))
			return hdr->val;
	}

	return pl_null;
}

static void header_destructor(void *arg)
{
	struct header *header = arg;

	list_unlink(&header->le);
	mem_deref(header->name);
	mem_deref(header->value);
}

static void set_destructor(void *arg)
{
	struct header_set *set = arg;

	list_flush(&set->headerl);
	mem_deref(set->mb);
}

/* As it may be sent: no control character of a peer's ends a line, or the text. */
static int text_dup(char **textp, const struct pl *pl)
{
	char *text = NULL;
	int err = re_sdprintf(&text, "%H", header_print_clean, pl);

	if (!err)
		*textp = text;

	return err;
}

static int header_add(struct header **hp, struct header_set *set, const struct pl *name,
		      const struct pl *value)
{
	struct header *header;
	int err;

	if (list_count(&set->headerl) >= HEADERS_MAX)
		return EOVERFLOW;

	header = mem_zalloc(sizeof(*header), header_destructor);
	if (!header)
		return ENOMEM;

	err = pl_strdup(&header->name, name);
	err = err ? err : text_dup(&header->value, value);
	if (err) {
		mem_deref(header);
		return err;
	}

	list_append(&set->headerl, &header->le, header);
	if (hp)
		*hp = header;

	return 0;
}

static struct pl made(const struct mbuf *mb)
{
	return (struct pl){(const char *)mb->buf, mb->end};
}

static int message_header_add(struct header_set *set, const struct sip_hdr *hdr, const struct sip_msg *msg,
			      const struct header_cross *cross)
{
	const struct pl name = long_name(&hdr->name);
	enum header_crossing crossing;
	struct header *header;
	struct pl value;
	int err;

	/* libre takes anything up to a colon for a name, line ends included */
	if (!header_name_is_sound(&name) || header_is_party(&name) ||
	    (header_is_ours(&name) && pl_strcasecmp(&name, "Reason")))
		return 0;

	mbuf_rewind(set->mb);
	crossing = header_cross_value(set->mb, hdr, msg, cross);
	if (crossing == HEADER_WITHHELD)
		return 0;

	value = crossing == HEADER_CROSSES ? made(set->mb) : hdr->val;
	err = header_add(&header, set, &name, &value);
	if (!err)
		header->crosses = crossing == HEADER_CROSSES;

	return err;
}

int header_set_alloc(struct header_set **setp, const struct sip_msg *msg, const struct header_cross *cross)
{
	struct header_set *set = mem_zalloc(sizeof(*set), set_destructor);
	int err = 0;

	if (!set)
		return ENOMEM;

	set->mb = mbuf_alloc(256);
	if (!set->mb)
		err = ENOMEM;

	for (const struct le *le = msg->hdrl.head; le && !err; le = le->next)
		err = message_header_add(set, le->data, msg, cross);

	if (err)
		mem_deref(set);
	else
		*setp = set;

	return err;
}

int header_set_party(struct header_set *set, const char *name, const struct pl *addr)
{
	struct header *header;
	struct pl pl;
	int err;

	pl_set_str(&pl, name);
	err = header_add(&header, set, &pl, addr);
	if (!err)
		header->party = true;

	return err;
}

static struct header *party_find(const struct header_set *set, const struct pl *name)
{
	for (const struct le *le = set->headerl.head; le; le = le->next) {
		struct header *header = le->data;

		if (header->party && !pl_strcasecmp(name, header->name))
			return header;
	}

	return NULL;
}

/* ------------------------------------------------------------------ rules */

static int value_set(struct header *header, const struct pl *value)
{
	char *text = NULL;
	int err = text_dup(&text, value);

	if (err)
		return err;

	mem_deref(header->value);
	header->value = text;

	return 0;
}

/* An address stays one: what a rule made of From or To counts only if a peer could read it. */
static int party_set(struct header *header, const struct pl *value)
{
	struct sip_addr addr;
	char *text = NULL;
	struct pl clean;
	int err = text_dup(&text, value);

	if (err)
		return err;

	pl_set_str(&clean, text);
	if (!sip_addr_decode(&addr, &clean) && header_uri_is_plain(&addr.auri))
		err = value_set(header, &clean);
	mem_deref(text);

	return err;
}

static bool is_for(const struct header_rule *rule, const struct header *header)
{
	struct pl name;

	pl_set_str(&name, header->name);

	return header_rule_matches(rule, &name) && pl_strcasecmp(&name, "Reason");
}

static void rule_drop(struct header_set *set, const struct header_rule *rule)
{
	struct le *le = set->headerl.head;

	while (le) {
		struct header *header = le->data;

		le = le->next;
		if (!header->party && is_for(rule, header))
			mem_deref(header);
	}
}

static int rule_set(struct header_set *set, const struct header_rule *rule, const struct subst_values *values)
{
	struct header *header;
	struct pl name, value;
	int err;

	pl_set_str(&name, rule->name);
	mbuf_rewind(set->mb);
	err = subst_print(set->mb, rule->subst, values);
	if (err)
		return err;

	value = made(set->mb);
	header = party_find(set, &name);
	if (header)
		return party_set(header, &value);

	if (header_is_party(&name))
		return 0;

	rule_drop(set, rule);
	if (!value.l)
		return 0;

	err = header_add(&header, set, &name, &value);
	if (!err)
		header->crosses = true;

	return err;
}

static int replace(struct header_set *set, struct header *header, const struct header_rule *rule,
		   const struct subst_values *values)
{
	struct pl value;
	int err;

	if (!header->crosses && !header->party)
		return 0;

	pl_set_str(&value, header->value);
	mbuf_rewind(set->mb);
	err = subst_replace(set->mb, rule->subst, &value, values);
	if (err)
		return err == ENOENT ? 0 : err;

	value = made(set->mb);

	return header->party ? party_set(header, &value) : value_set(header, &value);
}

static int rename_to(struct header *header, const char *name)
{
	char *text = NULL;

	if (str_dup(&text, name))
		return ENOMEM;

	mem_deref(header->name);
	header->name = text;
	header->crosses = true;

	return 0;
}

static int rule_one(struct header_set *set, struct header *header, const struct header_rule *rule,
		    const struct subst_values *values)
{
	switch (rule->action) {

	case HEADER_PASS:
		header->crosses = true;
		return 0;
	case HEADER_RENAME:
		return header->party ? 0 : rename_to(header, rule->to);
	case HEADER_REPLACE:
		return replace(set, header, rule, values);
	default:
		return 0;
	}
}

static int rule_run(struct header_set *set, const struct header_rule *rule, const struct subst_values *values)
{
	int err = 0;

	if (rule->action == HEADER_SET)
		return rule_set(set, rule, values);

	if (rule->action == HEADER_DROP) {
		rule_drop(set, rule);
		return 0;
	}

	for (struct le *le = set->headerl.head; le && !err; le = le->next)
		if (is_for(rule, le->data))
			err = rule_one(set, le->data, rule, values);

	return err;
}

int header_set_apply(struct header_set *set, const struct header_rules *rules,
		     const struct subst_values *values, const char *who)
{
	for (size_t i = 0; rules && i < rules->rulec; i++) {
		const int err = rule_run(set, &rules->rulev[i], values);

		if (err == EOVERFLOW)
			log_peer(LOG_WARN,
				 "trunk %s: header rule %zu for %s was given up on a message, for its "
				 "expression takes too long or the header is too large; simplify it",
				 who, i, rules->rulev[i].name);
		else if (err)
			return err;
	}

	return 0;
}

/* ------------------------------------------------------------------ what came of it */

struct pl header_set_party_of(const struct header_set *set, const char *name)
{
	const struct header *header;
	struct pl pl;

	pl_set_str(&pl, name);
	header = party_find(set, &pl);
	if (!header)
		return pl_null;

	pl_set_str(&pl, header->value);

	return pl;
}

int header_set_print(struct mbuf *mb, const struct header_set *set)
{
	int err = 0;

	for (const struct le *le = set->headerl.head; le && !err; le = le->next) {
		const struct header *header = le->data;
		struct pl value;

		pl_set_str(&value, header->value);
		if (header->crosses && !header->party)
			err = mbuf_printf(mb, "%s: %H\r\n", header->name, header_print_clean, &value);
	}

	return err;
}
