/**
 * @file fuzz_apply.c  Any bytes as provisioning: refused in one plain line, or a model whose export changes nothing
 */
#include <stdlib.h>
#include <string.h>
#include <re.h>
#include "json.h"
#include "store/build.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char base[] =
	"{\"interfaces\": [{\"name\": \"access\", \"listen\": [\"udp:127.0.0.1:5060\"]}],"
	" \"accounts\": [{\"name\": \"acme\", \"currency\": \"CNY\"}],"
	" \"trunks\": [{\"name\": \"pbx\", \"interface\": \"access\", \"target\": \"sip:127.0.0.1\"}]}";

static void line_check(const char *line)
{
	if (!*line)
		abort();

	for (; *line; line++)
		if ((uint8_t)*line < 0x20 || *line == 0x7f)
			abort();
}

/** Merge and build; 0 with the draft, or the fault's line was checked. */
static int apply(struct draft **dp, const struct odict *old, const struct odict *json, bool prune)
{
	char errstr[512] = "";
	struct fault fault = {errstr, sizeof(errstr)};
	const struct merge merge = {old, json, FORM_JSON, prune};
	struct draft *draft = NULL;
	struct model *model = NULL;
	int err;

	err = draft_merge(&draft, &merge, &fault);
	if (!err)
		err = model_build(&model, draft, &fault);

	if (err) {
		line_check(errstr);
		mem_deref(draft);
	}
	else {
		*dp = draft;
	}

	mem_deref(model);

	return err;
}

static struct odict *text_read(const char *text, size_t len)
{
	struct json_fault fault = {0, 0, NULL};
	struct odict *json = NULL;

	if (json_read(&json, ODICT_OBJECT, text, len, &fault) &&
	    (!fault.line || !fault.column || !fault.what))
		abort();

	return json;
}

/** What is exported, as text and back, is what is there. */
static void export_check(const struct draft *draft)
{
	struct mbuf *mb = mbuf_alloc(1024);
	struct odict *again;
	struct draft *same = NULL;

	if (document_write(mb, draft->doc, NULL))
		abort();

	again = text_read((char *)mb->buf, mb->end);
	if (!again || apply(&same, draft->doc, again, true) || !list_isempty(&same->changel))
		abort();

	mem_deref(same);
	mem_deref(again);
	mem_deref(mb);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct odict *old = text_read(base, strlen(base));
	struct odict *json = size ? text_read((const char *)data + 1, size - 1) : NULL;
	struct draft *first = NULL, *second = NULL;

	if (!old || apply(&first, NULL, old, false))
		abort();

	if (json && !apply(&second, first->doc, json, data[0] & 1))
		export_check(second);

	mem_deref(second);
	mem_deref(first);
	mem_deref(json);
	mem_deref(old);

	return 0;
}
