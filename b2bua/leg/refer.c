/**
 * @file refer.c  Reads what asks for a transfer
 */
#include <ctype.h>
#include <string.h>
#include <re.h>
#include "header.h"
#include "refer.h"

enum { REPLACES_SIZE_MAX = 1024 };

/* Spaces and line folds around a value are none of it. */
static struct pl trimmed(struct pl pl)
{
	while (pl.l && isspace((unsigned char)*pl.p))
		pl_advance(&pl, 1);
	while (pl.l && isspace((unsigned char)pl.p[pl.l - 1]))
		--pl.l;

	return pl;
}

static bool is_one_word(const struct pl *pl)
{
	return pl->l && header_uri_is_plain(pl);
}

int refer_replaces_decode(struct refer_replaces *r, const struct pl *val)
{
	struct pl params, end;

	if (val->l > REPLACES_SIZE_MAX || re_regex(val->p, val->l, "[^;]+;[^]+", &r->callid, &params))
		return EBADMSG;

	/* msg_param_decode wants the semicolon in front of each */
	--params.p;
	++params.l;
	r->callid = trimmed(r->callid);

	if (msg_param_decode(&params, "to-tag", &r->to_tag) ||
	    msg_param_decode(&params, "from-tag", &r->from_tag) || !is_one_word(&r->callid) ||
	    !is_one_word(&r->to_tag) || !is_one_word(&r->from_tag))
		return EBADMSG;

	r->early_only = !msg_param_exists(&params, "early-only", &end);

	return 0;
}

struct refer_to {
	struct pl val;
	unsigned n;
};

static bool refer_to_handler(const struct sip_hdr *hdr, const struct sip_msg *msg, void *arg)
{
	struct refer_to *to = arg;

	(void)msg;
	to->val = hdr->val;

	return ++to->n > 1;
}

/* libre splits only those headers at commas that may be lists. */
static bool is_several(const struct pl *val, const struct pl *auri)
{
	const char *end = auri->p + auri->l;

	return memchr(end, ',', (size_t)(val->p + val->l - end));
}

static bool is_dialled(const struct pl *scheme)
{
	return !pl_strcasecmp(scheme, "sip") || !pl_strcasecmp(scheme, "sips") ||
	       !pl_strcasecmp(scheme, "tel");
}

/* Only who is called matters: what else the URI says is for whoever would dial it (RFC 3261 19.1.5). */
static int uri_take(char uri[REFER_URI_SIZE], const struct uri *from)
{
	struct uri bare = {.scheme = from->scheme, .user = from->user, .host = from->host, .af = from->af};

	return re_snprintf(uri, REFER_URI_SIZE, "%H", uri_encode, &bare) < 0 ? EBADMSG : 0;
}

/* RFC 3261 19.1.2. What would end the header, once it is one, cannot be meant. */
static int unescape(char *text, const struct pl *val)
{
	size_t n = 0;

	for (size_t i = 0; i < val->l; i++) {
		char c = val->p[i];

		if (c == '%') {
			if (i + 2 >= val->l || !isxdigit((unsigned char)val->p[i + 1]) ||
			    !isxdigit((unsigned char)val->p[i + 2]))
				return EBADMSG;
			c = (char)(ch_hex(val->p[i + 1]) << 4 | ch_hex(val->p[i + 2]));
			i += 2;
		}
		if ((unsigned char)c < 0x20 || c == 0x7f)
			return EBADMSG;
		text[n++] = c;
	}

	text[n] = '\0';

	return 0;
}

static int replaces_take(char **replaces, const struct pl *headers)
{
	static const struct pl name = PL("Replaces");
	struct pl val;

	if (uri_header_get(headers, &name, &val))
		return 0;
	if (val.l > REPLACES_SIZE_MAX)
		return EBADMSG;

	*replaces = mem_alloc(val.l + 1, NULL);

	return *replaces ? unescape(*replaces, &val) : ENOMEM;
}

int refer_decode(struct refer *r, const struct sip_msg *msg)
{
	const struct sip_hdr *sub = sip_msg_hdr(msg, SIP_HDR_REFER_SUB);
	struct refer_to to = {PL_INIT, 0};
	struct sip_addr addr;
	struct pl met;
	int err;

	*r = (struct refer){.replaces = NULL};
	(void)sip_msg_hdr_apply(msg, true, SIP_HDR_REFER_TO, refer_to_handler, &to);
	if (to.n != 1 || sip_addr_decode(&addr, &to.val) || is_several(&to.val, &addr.auri) ||
	    !header_uri_is_plain(&addr.auri))
		return EBADMSG;

	if (!is_dialled(&addr.uri.scheme))
		return ENOTSUP;
	if (!msg_param_decode(&addr.uri.params, "method", &met) && pl_strcasecmp(&met, "INVITE"))
		return ENOTSUP;

	err = uri_take(r->uri, &addr.uri);
	err = err ? err : replaces_take(&r->replaces, &addr.uri.headers);
	r->silent = sub && !re_regex(sub->val.p, sub->val.l, "false");
	if (err)
		refer_reset(r);

	return err;
}

void refer_reset(struct refer *r)
{
	r->replaces = mem_deref(r->replaces);
}
