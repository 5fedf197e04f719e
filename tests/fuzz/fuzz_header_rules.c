/**
 * @file fuzz_header_rules.c  Any rules over any message: no line end of theirs goes on, and nothing of ours changes
 *
 * The first five lines are a rule: its action's letter (p, d, s, r, e) and the name, then value, to, match, with. The
 * rest is a message.
 */
#include <stdlib.h>
#include <string.h>
#include <re.h>
#include "leg/header_set.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { RULE_LINES = 5 };

static char *line_take(const uint8_t **data, size_t *size)
{
	const uint8_t *end = *size ? memchr(*data, '\n', *size) : NULL;
	const size_t len = end ? (size_t)(end - *data) : 0;
	char *line = mem_zalloc(len + 1, NULL);

	if (!line)
		abort();
	if (end) {
		memcpy(line, *data, len);
		*data = end + 1;
		*size -= len + 1;
	}

	return line;
}

static int rule_add(struct header_rules *rules, char *const linev[RULE_LINES])
{
	static const char letterv[] = "pdsre";
	const char *letter = *linev[0] ? strchr(letterv, *linev[0]) : NULL;
	struct header_rule_text text = {.value = NULL};
	struct header_fault fault;
	size_t action;

	if (!letter)
		return EINVAL;

	action = (size_t)(letter - letterv);
	text.actionv[action] = linev[0] + 1;
	if (action == HEADER_SET)
		text.value = linev[1];
	if (action == HEADER_RENAME)
		text.to = linev[2];
	if (action == HEADER_REPLACE) {
		text.match = linev[3];
		text.with = linev[4];
	}

	return header_rules_add(rules, &text, &fault);
}

static void value(struct pl *pl, enum subst_variable variable, const struct pl *name, void *arg)
{
	if (variable == SUBST_HEADER)
		*pl = header_value(arg, name);
	else
		pl_set_str(pl, "x");
}

/* Each line is a header that may be there. */
static void check_lines(const struct mbuf *mb)
{
	struct pl rest = {(const char *)mb->buf, mb->end};

	while (rest.l) {
		const char *colon = pl_strchr(&rest, ':'), *end = pl_strchr(&rest, '\n');
		struct pl name = {rest.p, colon ? (size_t)(colon - rest.p) : 0};

		if (!colon || !end || colon > end || end[-1] != '\r' ||
		    (header_is_ours(&name) && pl_strcasecmp(&name, "Reason")))
			abort();

		pl_advance(&rest, end + 1 - rest.p);
	}
}

static void run(const struct header_rules *rules, const struct sip_msg *msg)
{
	static const struct pl from = PL("\"A\" <sip:1@h>");
	const struct subst_values values = {value, (void *)msg};
	const struct header_cross cross = {&msg->src, true};
	struct mbuf *mb = mbuf_alloc(256);
	struct header_set *set = NULL;
	struct sip_addr addr;
	struct pl pl;

	if (!header_set_alloc(&set, msg, &cross) && !header_set_party(set, "From", &from) &&
	    !header_set_apply(set, rules, &values, "fuzz") && !header_set_print(mb, set)) {
		check_lines(mb);
		pl = header_set_party_of(set, "From");
		if (sip_addr_decode(&addr, &pl))
			abort();
	}

	mem_deref(set);
	mem_deref(mb);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct header_rules *rules = NULL;
	struct sip_msg *msg = NULL;
	char *linev[RULE_LINES];
	struct mbuf *mb;
	bool usable;

	for (size_t i = 0; i < RULE_LINES; i++)
		linev[i] = line_take(&data, &size);

	mb = mbuf_alloc(size + 1);
	if (!mb || header_rules_alloc(&rules))
		abort();
	(void)mbuf_write_mem(mb, data, size);
	mb->pos = 0;

	usable = !rule_add(rules, linev) && !sip_msg_decode(&msg, mb);
	if (usable) {
		(void)sa_set_str(&msg->src, "192.0.2.1", 5060);
		run(rules, msg);
	}

	for (size_t i = 0; i < RULE_LINES; i++)
		mem_deref(linev[i]);
	mem_deref(msg);
	mem_deref(mb);
	mem_deref(rules);

	return 0;
}
