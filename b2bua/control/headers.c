/**
 * @file headers.c  What a trunk's rules make of the headers of a message
 */
#include <string.h>
#include <re.h>
#include "leg/header.h"
#include "leg/header_set.h"
#include "route/number.h"
#include "store/store.h"
#include "core.h"

enum { HASH_SIZE = 8, MESSAGE_MAX = 65536 };

static const char example[] =
	"INVITE sip:8613800138000@192.0.2.9 SIP/2.0\n"
	"Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK7\n"
	"From: \"Front desk\" <sip:4001@192.0.2.1>;tag=7\n"
	"To: <sip:8613800138000@192.0.2.9>\n"
	"Call-ID: 7@192.0.2.1\n"
	"CSeq: 1 INVITE\n"
	"Contact: <sip:4001@192.0.2.1:5060>\n"
	"P-Asserted-Identity: \"Front desk\" <sip:+867554001@192.0.2.1>\n"
	"Diversion: <sip:4002@192.0.2.1>;reason=no-answer\n"
	"History-Info: <sip:4002@192.0.2.1>;index=1\n"
	"User-to-User: 56a390f3d2b7310023a2;encoding=hex\n"
	"Session-ID: ab30317f1a784dc48ff824d0d3715d86;remote=00000000000000000000000000000000\n"
	"Alert-Info: <urn:alert:source:external>\n"
	"Subject: rain\n"
	"X-Account: 7\n";

/** One way: from the trunk, or to it. */
struct way {
	const struct trunk *trunk;
	const struct sip_msg *msg;
	bool from;
	struct odict *lines;
	char caller[NUMBER_SIZE], callee[NUMBER_SIZE], callid[128];
};

static void value(struct pl *pl, enum subst_variable variable, const struct pl *name, void *arg)
{
	const struct way *w = arg;
	const struct account *account = w->trunk->account;
	const char *const textv[SUBST_VARIABLEC] = {
		[SUBST_CALLER] = w->caller,
		[SUBST_CALLEE] = w->callee,
		[SUBST_CALL_ID] = w->callid,
		[SUBST_CDR_ID] = "01890a5d-ac96-774b-bcce-b302099a8057",
		[SUBST_SRC_TRUNK] = w->from ? w->trunk->name : "another",
		[SUBST_DST_TRUNK] = w->from ? "another" : w->trunk->name,
		[SUBST_ACCOUNT] = w->from && account ? account->name : NULL,
		[SUBST_SRC_ADDR] = "192.0.2.1",
	};

	if (variable == SUBST_HEADER)
		*pl = header_value(w->msg, name);
	else
		pl_set_str(pl, textv[variable]);
}

static int lines_add(struct odict *array, const struct mbuf *mb)
{
	struct pl rest = {(const char *)mb->buf, mb->end};
	int err = 0;

	while (rest.l && !err) {
		const char *end = pl_strchr(&rest, '\r');
		const struct pl line = {rest.p, end ? (size_t)(end - rest.p) : rest.l};
		char *text = NULL;

		err = re_sdprintf(&text, "%H", header_print_clean, &line);
		if (!err && text[0])
			err = odict_entry_add(array, "", ODICT_STRING, text);
		mem_deref(text);
		pl_advance(&rest, (ssize_t)MIN(line.l + 2, rest.l));
	}

	return err;
}

static int party_add(struct header_set *set, const char *name, const struct sip_taddr *addr)
{
	struct mbuf *mb = mbuf_alloc(64);
	struct pl pl;
	int err = ENOMEM;

	if (mb) {
		err = header_print_name(mb, &addr->val, &addr->auri);
		err = err ? err : mbuf_printf(mb, "<%r>", &addr->auri);
		pl = (struct pl){(const char *)mb->buf, mb->end};
		err = err ? err : header_set_party(set, name, &pl);
	}
	mem_deref(mb);

	return err;
}

static int parties_print(struct mbuf *mb, const struct header_set *set)
{
	const struct pl from = header_set_party_of(set, "From"), to = header_set_party_of(set, "To");

	return mbuf_printf(mb, "From: %r\r\nTo: %r\r\n", &from, &to);
}

static int way_show(struct way *w)
{
	const struct header_cross cross = {&w->trunk->interface->listenv[0].addr, w->trunk->trust};
	const struct subst_values values = {value, w};
	struct mbuf *mb = mbuf_alloc(512);
	struct header_set *set = NULL;
	int err = mb ? header_set_alloc(&set, w->msg, &cross) : ENOMEM;

	err = err ? err : party_add(set, "From", &w->msg->from);
	err = err ? err : party_add(set, "To", &w->msg->to);
	err = err ? err
		  : header_set_apply(set, w->from ? w->trunk->headers_in : w->trunk->headers_out, &values,
				     w->trunk->name);
	err = err ? err : parties_print(mb, set);
	err = err ? err : header_set_print(mb, set);
	err = err ? err : lines_add(w->lines, mb);
	mem_deref(set);
	mem_deref(mb);

	return err;
}

static int way_add(struct odict *result, const char *key, const struct trunk *trunk,
		   const struct sip_msg *msg, bool from)
{
	struct way w = {.trunk = trunk, .msg = msg, .from = from};
	struct pl caller = number_user(&msg->from.uri), callee = number_user(&msg->uri);
	int err;

	number_normalise(w.caller, &caller);
	number_normalise(w.callee, &callee);
	(void)pl_strcpy(&msg->callid, w.callid, sizeof(w.callid));

	err = odict_alloc(&w.lines, HASH_SIZE);
	err = err ? err : way_show(&w);
	err = err ? err : odict_entry_add(result, key, ODICT_ARRAY, w.lines);
	mem_deref(w.lines);

	return err;
}

/* As an editor leaves it: lines end in CRLF here, and an empty one ends the headers. */
static struct mbuf *message_bytes(const char *text)
{
	struct mbuf *mb = mbuf_alloc(strlen(text) + 64);

	if (!mb)
		return NULL;

	for (const char *p = text; *p; p++)
		if (*p != '\r')
			(void)mbuf_write_str(mb, *p == '\n' ? "\r\n" : (const char[]){*p, '\0'});
	(void)mbuf_write_str(mb, "\r\n\r\n");
	mb->pos = 0;

	return mb;
}

static int headers_show(struct odict **resultp, const struct trunk *trunk, const struct sip_msg *msg,
			const struct mbuf *bytes)
{
	struct odict *result = NULL, *before = NULL;
	int err;

	err = odict_alloc(&result, HASH_SIZE);
	err = err ? err : odict_alloc(&before, HASH_SIZE);
	err = err ? err : odict_entry_add(result, "trunk", ODICT_STRING, trunk->name);
	err = err ? err : lines_add(before, bytes);
	err = err ? err : odict_entry_add(result, "before", ODICT_ARRAY, before);
	err = err ? err : way_add(result, "from_it", trunk, msg, true);
	err = err ? err : way_add(result, "to_it", trunk, msg, false);
	mem_deref(before);

	if (err)
		mem_deref(result);
	else
		*resultp = result;

	return err;
}

void method_headers(struct engine *e, struct control_req *req, const struct odict *params)
{
	const char *name = odict_string(params, "trunk"), *text = odict_string(params, "message");
	const struct trunk *trunk = name ? model_trunk(store_model(e->store), name) : NULL;
	struct odict *result = NULL;
	struct sip_msg *msg = NULL;
	struct mbuf *bytes;
	int err;

	if (!trunk) {
		control_error(req, name ? CONTROL_NOT_FOUND : CONTROL_INVALID_PARAMS,
			      name ? "there is no such trunk; `trunks` lists them"
				   : "\"trunk\" is missing; give its name");
		return;
	}

	text = text ? text : example;
	bytes = strlen(text) <= MESSAGE_MAX ? message_bytes(text) : NULL;
	if (!bytes || sip_msg_decode(&msg, bytes) || !msg->req) {
		control_error(req, CONTROL_INVALID_PARAMS,
			      "\"message\" is no SIP request of up to 64 KiB with Via, From, To, Call-ID and "
			      "CSeq; give the whole text of one");
		goto out;
	}

	err = headers_show(&result, trunk, msg, bytes);
	method_reply(req, err, result);

out:
	mem_deref(msg);
	mem_deref(bytes);
}
