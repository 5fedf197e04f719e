/**
 * @file auth.c  What a leg that we dial logs on with, and to whom it says so
 */
#include <string.h>
#include <openssl/crypto.h>
#include <re.h>
#include "log.h"
#include "auth.h"
#include "dialog.h"
#include "digest.h"
#include "header.h"

enum { SERVER, PROXY, KINDC, CNONCE_SIZE = 17 };

static const struct {
	enum sip_hdrid id;
	const char *challenge, *answer;
} kinds[KINDC] = {
	[SERVER] = {SIP_HDR_WWW_AUTHENTICATE, "WWW-Authenticate", "Authorization"},
	[PROXY] = {SIP_HDR_PROXY_AUTHENTICATE, "Proxy-Authenticate", "Proxy-Authorization"},
};

/** A challenge, used until another comes. */
struct session {
	char *text; /* the header's value, which `c` points into; NULL: never challenged */
	struct digest_challenge c;
	char cnonce[CNONCE_SIZE];
	uint32_t nc;
};

struct auth {
	char *user, *password;
	char *host; /* dialled */
	uint16_t port;
	char *realm; /* as provisioned, else that of the first challenge; NULL until then */
	struct sa peer;
	struct session sessionv[KINDC];
	char *invite; /* header lines of the last INVITE, for its ACK */
};

static void destructor(void *arg)
{
	struct auth *auth = arg;

	if (auth->password)
		OPENSSL_cleanse(auth->password, str_len(auth->password));

	for (size_t i = 0; i < KINDC; i++)
		mem_deref(auth->sessionv[i].text);

	mem_deref(auth->user);
	mem_deref(auth->password);
	mem_deref(auth->host);
	mem_deref(auth->realm);
	mem_deref(auth->invite);
}

static int target_learn(struct auth *auth, const char *target)
{
	struct uri uri;
	struct pl pl;
	int err;

	pl_set_str(&pl, target);
	err = uri_decode(&uri, &pl);
	if (err)
		return err;

	auth->port = dialog_uri_port(&uri);

	return pl_strdup(&auth->host, &uri.host);
}

int auth_alloc(struct auth **authp, const struct leg_credentials *cred, const char *target)
{
	struct auth *auth;
	int err;

	auth = mem_zalloc(sizeof(*auth), destructor);
	if (!auth)
		return ENOMEM;

	err = target_learn(auth, target);
	err |= str_dup(&auth->user, cred->user);
	err |= str_dup(&auth->password, cred->password);
	if (cred->realm)
		err |= str_dup(&auth->realm, cred->realm);

	if (err)
		mem_deref(auth);
	else
		*authp = auth;

	return err;
}

void auth_peer_set(struct auth *auth, const struct sa *peer)
{
	auth->peer = *peer;
}

static bool peer_is(const struct auth *auth, const struct sa *sa)
{
	return sa_isset(&auth->peer, SA_ALL) && sa_cmp(&auth->peer, sa, SA_ALL);
}

bool auth_may_go(const struct auth *auth, const struct uri *next_hop)
{
	const uint16_t port = dialog_uri_port(next_hop);
	struct sa sa;

	if (!pl_strcasecmp(&next_hop->host, auth->host) && port == auth->port)
		return true;

	return !sa_set(&sa, &next_hop->host, port) && peer_is(auth, &sa);
}

/* ------------------------------------------------------------------ challenges */

/* The best challenge of one kind. */
struct choice {
	const struct auth *auth;
	const char *name;
	const struct sip_hdr *hdr; /* NULL: none yet */
	struct digest_challenge c;
};

static bool challenge_handler(const struct sip_hdr *hdr, const struct sip_msg *msg, void *arg)
{
	struct choice *best = arg;
	struct digest_challenge c;

	(void)msg;
	if (pl_strcasecmp(&hdr->name, best->name) || digest_challenge_decode(&c, &hdr->val))
		return false;

	if (best->auth->realm && pl_strcmp(&c.realm, best->auth->realm))
		return false;

	if (!best->hdr || c.algorithm > best->c.algorithm) {
		best->hdr = hdr;
		best->c = c;
	}

	return false;
}

static int session_begin(struct session *s, const struct choice *best)
{
	char *text;
	struct pl pl;
	int err;

	err = pl_strdup(&text, &best->hdr->val);
	if (err)
		return err;

	mem_deref(s->text);
	s->text = text;
	s->nc = 0;
	(void)re_snprintf(s->cnonce, sizeof(s->cnonce), "%016llx", rand_u64());
	pl_set_str(&pl, text);

	return digest_challenge_decode(&s->c, &pl);
}

/* What comes again without being stale says that our answer was wrong. */
static bool is_refusal(const struct session *s, const struct choice *best, bool answered)
{
	if (best->c.stale)
		return false;

	return answered || (s->text && !pl_cmp(&s->c.nonce, &best->c.nonce));
}

static int kind_take(struct auth *auth, const struct sip_msg *msg, size_t kind, unsigned *answered)
{
	struct session *s = &auth->sessionv[kind];
	struct choice best = {.auth = auth, .name = kinds[kind].challenge};
	int err;

	(void)sip_msg_hdr_apply(msg, true, kinds[kind].id, challenge_handler, &best);
	if (!best.hdr)
		return ENOENT;

	if (is_refusal(s, &best, *answered & 1u << kind))
		return EACCES;

	err = auth->realm ? 0 : pl_strdup(&auth->realm, &best.c.realm);
	err = err ? err : session_begin(s, &best);
	*answered |= 1u << kind;

	return err;
}

int auth_take(struct auth *auth, const struct sip_msg *msg, unsigned *answered)
{
	const size_t first = msg->scode == 407 ? PROXY : SERVER;
	int err, other;

	if (!peer_is(auth, &msg->src))
		return EACCES;

	err = kind_take(auth, msg, first, answered);
	if (err && err != ENOENT)
		return err;

	/* a forking proxy may hand on a challenge of each kind (RFC 3261 16.7 step 7) */
	other = kind_take(auth, msg, first == PROXY ? SERVER : PROXY, answered);

	return other == ENOENT ? err : other;
}

/* ------------------------------------------------------------------ answers */

static int session_print(struct mbuf *mb, struct auth *auth, size_t kind, const char *met, const char *uri)
{
	struct session *s = &auth->sessionv[kind];
	struct digest_request r = {auth->user, auth->password, met, uri, s->cnonce, s->nc + 1};
	int err;

	if (!s->text)
		return 0;

	err = mbuf_printf(mb, "%s: ", kinds[kind].answer);
	err = err ? err : digest_print(mb, &s->c, &r);
	err = err ? err : mbuf_write_str(mb, "\r\n");
	if (!err)
		++s->nc;

	return err;
}

static int invite_keep(struct auth *auth, const struct mbuf *mb, size_t from)
{
	const struct pl lines = {(const char *)mb->buf + from, mb->end - from};

	auth->invite = mem_deref(auth->invite);

	return lines.l ? pl_strdup(&auth->invite, &lines) : 0;
}

int auth_print(struct mbuf *mb, struct auth *auth, const char *met, const char *uri)
{
	const size_t from = mb->end;
	struct pl pl;
	int err;

	if (!str_cmp(met, "ACK"))
		return auth->invite ? mbuf_write_str(mb, auth->invite) : 0;

	pl_set_str(&pl, uri);
	if (!header_uri_is_plain(&pl) || strchr(uri, '\\'))
		return 0;

	err = session_print(mb, auth, SERVER, met, uri);
	err = err ? err : session_print(mb, auth, PROXY, met, uri);
	if (err) {
		mb->pos = mb->end = from;
		return err;
	}

	return str_cmp(met, "INVITE") ? 0 : invite_keep(auth, mb, from);
}
