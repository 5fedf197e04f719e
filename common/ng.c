/**
 * @file ng.c  The NG protocol's framing, for both ends: cookie, space, dictionary
 */
#include <string.h>
#include <re.h>
#include "ng.h"

static int cookie_decode(struct pl *cookie, struct pl *body, const struct pl *pl)
{
	const char *space = pl->l ? memchr(pl->p, ' ', pl->l) : NULL;
	size_t i;

	if (!space || space == pl->p || space - pl->p > NG_COOKIE_MAX)
		return EBADMSG;

	for (i = 0; pl->p + i < space; i++)
		if (pl->p[i] < 0x21 || pl->p[i] > 0x7e)
			return EBADMSG;

	cookie->p = pl->p;
	cookie->l = (size_t)(space - pl->p);
	body->p = space + 1;
	body->l = pl->l - cookie->l - 1;

	return 0;
}

int ng_decode(struct ng_msg *msg, const struct pl *pl)
{
	struct pl body;
	int err;

	if (!msg || !pl)
		return EINVAL;

	memset(msg, 0, sizeof(*msg));

	err = cookie_decode(&msg->cookie, &body, pl);
	if (err)
		return err;

	msg->json = body.l && body.p[0] == '{';
	err = msg->json ? bencode_decode_json(&msg->doc, &body) : bencode_decode(&msg->doc, &body);
	if (err)
		return err;

	if (msg->doc->root->type != BVAL_DICT) {
		ng_msg_reset(msg);
		return EBADMSG;
	}

	msg->dict = msg->doc->root;

	return 0;
}

void ng_msg_reset(struct ng_msg *msg)
{
	if (!msg)
		return;

	msg->doc = mem_deref(msg->doc);
	msg->dict = NULL;
}

void ng_begin(struct bwriter *w, struct mbuf *mb, const struct pl *cookie, bool json)
{
	bwriter_init(w, mb, json);
	w->err = mbuf_write_pl(mb, cookie);
	if (!w->err)
		w->err = mbuf_write_u8(mb, ' ');

	bwrite_dict(w, NULL);
}

int ng_end(struct bwriter *w)
{
	bwrite_end_dict(w);

	return w->err;
}

int ng_error(struct mbuf *mb, const struct pl *cookie, bool json, const char *reason)
{
	struct bwriter w;

	ng_begin(&w, mb, cookie, json);
	bwrite_str(&w, "result", "error");
	bwrite_str(&w, "error-reason", reason);

	return ng_end(&w);
}

int ng_result(const struct ng_msg *reply, struct pl *reason)
{
	struct pl result;

	if (!reply || bval_str(reply->dict, "result", &result))
		return EBADMSG;

	if (!pl_strcmp(&result, "ok") || !pl_strcmp(&result, "pong"))
		return 0;

	if (reason && bval_str(reply->dict, "error-reason", reason))
		*reason = result;

	return EREMOTEIO;
}
