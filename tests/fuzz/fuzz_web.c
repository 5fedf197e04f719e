/**
 * @file fuzz_web.c  What the web server takes apart itself: paths, queries, cookies, answers, passwords
 *
 * The first byte says which; the rest is the input. libre decodes the HTTP around it, so a whole
 * request goes through libre first and what it found in it through ours.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <re.h>
#include "endpoint.h"
#include "json.h"
#include "metrics.h"
#include "param.h"
#include "query_cdr.h"
#include "query_ledger.h"
#include "rpc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void insist(bool truth)
{
	if (!truth)
		abort();
}

static void query_take(const struct pl *query)
{
	char value[128];
	struct pl unknown;
	uint64_t limit = 50;

	if (!param_text(value, sizeof(value), query, "before")) {

		struct query_cdr want;
		struct query_ledger ledger = {0};

		insist(strlen(value) < sizeof(value));
		(void)query_cursor(&want, value);
		if (!query_ledger_cursor(&ledger, value))
			insist(ledger.before_us >= 0 && strlen(ledger.before_id) < sizeof(ledger.before_id));
	}

	(void)param_number(&limit, query, "limit", 1, 500);
	insist(limit >= 1 && limit <= 500);
	(void)param_known(query, "limit before account callee", &unknown);
}

static void path_take(const struct pl *method, const struct pl *path)
{
	char allow[ENDPOINT_ALLOW_SIZE], id_text[PARAM_PATH_ID_SIZE];
	struct pl id;

	if (endpoint_find(method, path, &id, allow) && id.l) {
		insist(id.p >= path->p && id.p + id.l <= path->p + path->l);
		(void)param_decode(id_text, sizeof(id_text), &id);
	}
}

static void cookie_take(const struct pl *header)
{
	struct pl value;

	if (param_cookie(&value, header, "tandem_session_8888"))
		insist(value.p >= header->p && value.p + value.l <= header->p + header->l);
}

static void request_take(const struct pl *text)
{
	struct mbuf *mb = mbuf_alloc(text->l + 1);
	struct http_msg *msg = NULL;
	const struct http_hdr *hdr;

	insist(mb && !mbuf_write_mem(mb, (const uint8_t *)text->p, text->l));
	mb->pos = 0;

	if (!http_msg_decode(&msg, mb, true)) {

		path_take(&msg->met, &msg->path);
		query_take(&msg->prm);
		hdr = http_msg_xhdr(msg, "Cookie");
		if (hdr)
			cookie_take(&hdr->val);
	}

	mem_deref(msg);
	mem_deref(mb);
}

static void answer_take(const struct pl *line)
{
	struct rpc_answer answer;
	struct odict *o = NULL;
	struct mbuf *mb;
	uint64_t id;

	if (rpc_decode(&o, &id, &answer, line->p, line->l))
		return;

	mb = mbuf_alloc(1024);
	insist(mb != NULL);
	insist((answer.err == 0) == (answer.result != NULL));
	if (answer.result)
		insist(!metrics_print(mb, answer.result, true));

	mem_deref(mb);
	mem_deref(o);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct pl get = PL("GET");
	struct pl text;

	if (!size)
		return 0;

	text.p = (const char *)data + 1;
	text.l = size - 1;

	switch (data[0]) {

	case 'p':
		path_take(&get, &text);
		break;

	case 'q':
		query_take(&text);
		break;

	case 'c':
		cookie_take(&text);
		break;

	case 'r':
		request_take(&text);
		break;

	default:
		answer_take(&text);
		break;
	}

	return 0;
}
