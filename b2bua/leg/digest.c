/**
 * @file digest.c  Digest authentication: a challenge read, its response computed (RFC 7616, RFC 8760)
 */
#include <ctype.h>
#include <string.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <re.h>
#include "digest.h"

static const struct {
	const char *name;
	const EVP_MD *(*md)(void);
} algorithms[DIGEST_ALGORITHMC] = {
	[DIGEST_MD5] = {"MD5", EVP_md5},
	[DIGEST_SHA256] = {"SHA-256", EVP_sha256},
	[DIGEST_SHA512_256] = {"SHA-512-256", EVP_sha512_256},
};

/* ------------------------------------------------------------------ reading */

enum param { REALM, NONCE, OPAQUE, STALE, ALGORITHM, QOP, PARAMC };

static const char *const params[PARAMC] = {
	[REALM] = "realm", [NONCE] = "nonce",         [OPAQUE] = "opaque",
	[STALE] = "stale", [ALGORITHM] = "algorithm", [QOP] = "qop",
};

static bool is_token(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("-.!%*_+`'~", c));
}

static void space_skip(struct pl *pl)
{
	while (pl->l && strchr(" \t\r\n", pl->p[0]) && pl->p[0])
		pl_advance(pl, 1);
}

static struct pl token_take(struct pl *pl)
{
	struct pl token = {pl->p, 0};

	while (token.l < pl->l && is_token(pl->p[token.l]))
		++token.l;

	pl_advance(pl, (ssize_t)token.l);

	return token;
}

/* What stands between the quotes goes back as it came, so nothing in it may end our own line. */
static int quoted_take(struct pl *val, struct pl *pl)
{
	size_t i;

	for (i = 1; i < pl->l && pl->p[i] != '"'; i++) {
		if (pl->p[i] == '\\')
			++i;
		if (i >= pl->l || (unsigned char)pl->p[i] < 0x20 || pl->p[i] == 0x7f)
			return EBADMSG;
	}

	if (i >= pl->l || i - 1 > DIGEST_VALUE_MAX)
		return EBADMSG;

	*val = (struct pl){pl->p + 1, i - 1};
	pl_advance(pl, (ssize_t)i + 1);

	return 0;
}

/* name "=" ( token / quoted-string ); each name once */
static int param_take(struct pl valuev[PARAMC], struct pl *pl)
{
	struct pl name = token_take(pl), val;

	space_skip(pl);
	if (!name.l || !pl->l || pl->p[0] != '=')
		return EBADMSG;

	pl_advance(pl, 1);
	space_skip(pl);
	if (pl->l && pl->p[0] == '"') {
		if (quoted_take(&val, pl))
			return EBADMSG;
	}
	else {
		val = token_take(pl);
		if (!val.l)
			return EBADMSG;
	}

	for (size_t i = 0; i < PARAMC; i++) {
		if (pl_strcasecmp(&name, params[i]))
			continue;
		if (valuev[i].p)
			return EBADMSG;
		valuev[i] = val;
	}

	return 0;
}

static int params_take(struct pl valuev[PARAMC], struct pl *pl)
{
	for (;;) {
		while (space_skip(pl), pl->l && pl->p[0] == ',')
			pl_advance(pl, 1);

		if (!pl->l)
			return 0;

		if (param_take(valuev, pl))
			return EBADMSG;

		space_skip(pl);
		if (pl->l && pl->p[0] != ',')
			return EBADMSG;
	}
}

static int algorithm_decode(struct digest_challenge *c, const struct pl *val)
{
	static const struct pl sess = PL("-sess");
	struct pl name = *val, tail;

	c->named = val->p != NULL;
	if (!c->named)
		return 0;

	if (name.l > sess.l) {
		tail = (struct pl){name.p + name.l - sess.l, sess.l};
		c->sess = !pl_casecmp(&tail, &sess);
		if (c->sess)
			name.l -= sess.l;
	}

	for (size_t i = 0; i < DIGEST_ALGORITHMC; i++) {
		if (!pl_strcasecmp(&name, algorithms[i].name)) {
			c->algorithm = (enum digest_algorithm)i;
			return 0;
		}
	}

	return ENOTSUP;
}

/* auth-int would bind the body, which a relay in between may rewrite: it is never chosen. */
static int qop_decode(struct digest_challenge *c, const struct pl *val)
{
	struct pl list = *val, item;

	if (!val->p)
		return 0;

	while (list.l) {
		item = token_take(&list);
		if (!pl_strcasecmp(&item, "auth"))
			c->qop = true;
		if (list.l)
			pl_advance(&list, 1);
	}

	return c->qop ? 0 : ENOTSUP;
}

int digest_challenge_decode(struct digest_challenge *c, const struct pl *val)
{
	struct pl pl = *val, scheme, valuev[PARAMC];
	int err;

	memset(c, 0, sizeof(*c));
	memset(valuev, 0, sizeof(valuev));

	space_skip(&pl);
	scheme = token_take(&pl);
	if (!scheme.l || !pl.l || !strchr(" \t\r\n", pl.p[0]))
		return EBADMSG;
	if (pl_strcasecmp(&scheme, "Digest"))
		return ENOTSUP;

	err = params_take(valuev, &pl);
	if (err)
		return err;

	if (!valuev[REALM].p || !pl_isset(&valuev[NONCE]))
		return EBADMSG;

	c->realm = valuev[REALM];
	c->nonce = valuev[NONCE];
	c->opaque = valuev[OPAQUE];
	c->stale = !pl_strcasecmp(&valuev[STALE], "true");

	err = algorithm_decode(c, &valuev[ALGORITHM]);

	return err ? err : qop_decode(c, &valuev[QOP]);
}

/* ------------------------------------------------------------------ answering */

/* H(data), in hex: one step of the computation (RFC 7616 3.4.1). */
static int hash_printf(char hex[DIGEST_HEX_SIZE], enum digest_algorithm algorithm, const char *fmt, ...)
{
	uint8_t md[EVP_MAX_MD_SIZE];
	char *text = NULL;
	unsigned len = 0;
	va_list ap;
	int err;

	va_start(ap, fmt);
	err = re_vsdprintf(&text, fmt, ap);
	va_end(ap);
	if (err)
		return err;

	if (!EVP_Digest(text, str_len(text), md, &len, algorithms[algorithm].md(), NULL))
		err = EINVAL;
	else if (re_snprintf(hex, DIGEST_HEX_SIZE, "%w", md, (size_t)len) < 0)
		err = ENOMEM;

	OPENSSL_cleanse(text, str_len(text));
	mem_deref(text);

	return err;
}

int digest_response(char hex[DIGEST_HEX_SIZE], const struct digest_challenge *c,
		    const struct digest_request *r)
{
	char ha1[DIGEST_HEX_SIZE], ha2[DIGEST_HEX_SIZE];
	int err;

	err = hash_printf(ha1, c->algorithm, "%s:%r:%s", r->user, &c->realm, r->password);
	if (!err && c->sess)
		err = hash_printf(ha1, c->algorithm, "%s:%r:%s", ha1, &c->nonce, r->cnonce);

	err = err ? err : hash_printf(ha2, c->algorithm, "%s:%s", r->met, r->uri);
	if (err)
		return err;

	if (c->qop)
		return hash_printf(hex, c->algorithm, "%s:%r:%08x:%s:auth:%s", ha1, &c->nonce, r->nc,
				   r->cnonce, ha2);

	return hash_printf(hex, c->algorithm, "%s:%r:%s", ha1, &c->nonce, ha2);
}

int digest_print(struct mbuf *mb, const struct digest_challenge *c, const struct digest_request *r)
{
	char hex[DIGEST_HEX_SIZE];
	int err;

	err = digest_response(hex, c, r);
	if (err)
		return err;

	err = mbuf_printf(mb,
			  "Digest username=\"%s\", realm=\"%r\", nonce=\"%r\", uri=\"%s\", response=\"%s\"",
			  r->user, &c->realm, &c->nonce, r->uri, hex);
	if (c->named)
		err |= mbuf_printf(mb, ", algorithm=%s%s", algorithms[c->algorithm].name,
				   c->sess ? "-sess" : "");
	if (c->qop || c->sess)
		err |= mbuf_printf(mb, ", cnonce=\"%s\"", r->cnonce);
	if (c->opaque.p)
		err |= mbuf_printf(mb, ", opaque=\"%r\"", &c->opaque);
	if (c->qop)
		err |= mbuf_printf(mb, ", qop=auth, nc=%08x", r->nc);

	return err;
}
