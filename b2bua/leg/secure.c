/**
 * @file secure.c  TLS connections: certificates, names, versions
 */
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <re.h>
#include "log.h"
#include "secure.h"

/** Who the far end of one connection must be. */
struct expected {
	struct tls_peer *peer;
	char *name;
};

struct secure {
	struct tls *tls;
	SSL_CTX *own; /* our chain and key as last read; never a connection's own context */
	char *cert, *key;
	struct expected *next; /* of the connection that is about to be opened */
	struct tmr tmr;        /* forgets it if none was */
	int index;             /* of struct expected in an SSL */
};

static void expected_destructor(void *arg)
{
	struct expected *x = arg;

	mem_deref(x->peer);
	mem_deref(x->name);
}

/* Connections may outlive us, so the context forgets us. */
static void destructor(void *arg)
{
	struct secure *s = arg;

	tmr_cancel(&s->tmr);
	if (s->tls)
		SSL_CTX_set_app_data(tls_openssl_context(s->tls), NULL);
	SSL_CTX_free(s->own);
	mem_deref(s->next);
	mem_deref(s->tls);
	mem_deref(s->cert);
	mem_deref(s->key);
}

static struct secure *secure_of(const SSL *ssl)
{
	return SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
}

static const char *reason(void)
{
	const char *text = ERR_reason_error_string(ERR_peek_last_error());

	ERR_clear_error();

	return text ? text : "unknown fault";
}

/* ---------------------------------------------------------------- connections that we open */

static void expected_new(void *parent, void *ptr, CRYPTO_EX_DATA *ad, int index, long argl, void *argp)
{
	struct secure *s = secure_of(parent);

	(void)ptr;
	(void)argl;
	(void)argp;

	if (s && s->next && index == s->index && CRYPTO_set_ex_data(ad, index, s->next))
		s->next = NULL;
}

static void expected_free(void *parent, void *ptr, CRYPTO_EX_DATA *ad, int index, long argl, void *argp)
{
	(void)parent;
	(void)ad;
	(void)index;
	(void)argl;
	(void)argp;
	mem_deref(ptr);
}

static int trust_set(SSL *ssl, const char *ca)
{
	X509_STORE *store = X509_STORE_new();
	int ok;

	if (!store)
		return ENOMEM;

	ok = ca ? X509_STORE_load_file(store, ca) : X509_STORE_set_default_paths(store);
	ok = ok && SSL_set1_verify_cert_store(ssl, store);
	X509_STORE_free(store);

	return ok ? 0 : EINVAL;
}

/* An address is looked for among the certificate's addresses, and is no name for SNI (RFC 6066 3). */
static int name_set(SSL *ssl, const struct expected *x)
{
	struct sa sa;

	if (!sa_set_str(&sa, x->name, 0))
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), x->name) ? 0 : EINVAL;

	return SSL_set1_host(ssl, x->name) && SSL_set_tlsext_host_name(ssl, x->name) ? 0 : EINVAL;
}

static void expected_apply(SSL *ssl, const struct expected *x)
{
	int err = 0;

	SSL_set_verify(ssl, SSL_VERIFY_PEER, NULL);
	if (!x)
		return;

	if (x->peer->verify)
		err = trust_set(ssl, x->peer->ca);
	if (err) {
		log_peer(LOG_ERROR, "trunk %s: tls_ca %s: %s; calls to it fail until it can be read",
			 x->peer->label, x->peer->ca ? x->peer->ca : "of the system", reason());
		return;
	}

	err = name_set(ssl, x);
	if (err)
		log_peer(LOG_ERROR, "trunk %s: %s is no name for TLS; give it a tls_name", x->peer->label,
			 x->name);
	else if (!x->peer->verify)
		SSL_set_verify(ssl, SSL_VERIFY_NONE, NULL);
}

static void alert_log(const SSL *ssl, const struct expected *x, bool sent, int alert)
{
	const long verdict = SSL_get_verify_result(ssl);

	if (sent && verdict != X509_V_OK)
		log_peer(LOG_WARN,
			 "trunk %s: its TLS certificate for %s is refused: %s; see tls_ca and tls_name",
			 x->peer->label, x->name, X509_verify_cert_error_string(verdict));
	else
		log_peer(LOG_WARN, "trunk %s: no TLS with %s: %s says \"%s\"", x->peer->label, x->name,
			 sent ? "this end" : "its end", SSL_alert_desc_string_long(alert));
}

static void info_handler(const SSL *ssl, int where, int value)
{
	const struct secure *s = secure_of(ssl);
	const struct expected *x = s ? SSL_get_ex_data(ssl, s->index) : NULL;

	if (SSL_is_server(ssl))
		return;

	if (where & SSL_CB_HANDSHAKE_START && !SSL_is_init_finished(ssl))
		expected_apply((SSL *)ssl, x); /* OpenSSL gives it const, and says that it may be set here */

	if (x && where & SSL_CB_ALERT && value >> 8 == SSL3_AL_FATAL)
		alert_log(ssl, x, where & SSL_CB_WRITE, value);
}

static void forget(void *arg)
{
	struct secure *s = arg;

	s->next = mem_deref(s->next);
}

void secure_expect(struct secure *s, struct tls_peer *peer, const struct pl *host)
{
	struct expected *x;

	if (!s)
		return;

	s->next = mem_deref(s->next);
	if (!peer)
		return;

	x = mem_zalloc(sizeof(*x), expected_destructor);
	if (!x)
		return;

	x->peer = mem_ref(peer);
	if (peer->name ? str_dup(&x->name, peer->name) : pl_strdup(&x->name, host)) {
		mem_deref(x);
		return;
	}

	s->next = x;
	tmr_start(&s->tmr, 0, forget, s);
}

/* ---------------------------------------------------------------- who we are */

/* NOLINTNEXTLINE(readability-non-const-parameter): OpenSSL's type of it */
static int no_password(char *buf, int size, int writing, void *arg)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)arg;

	return 0;
}

static int own_load(SSL_CTX **ctxp, const char *cert, const char *key, char *errstr, size_t errsize)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());
	const char *remedy = NULL;

	if (!ctx)
		return ENOMEM;

	ERR_clear_error();
	SSL_CTX_set_default_passwd_cb(ctx, no_password);

	if (SSL_CTX_use_certificate_chain_file(ctx, cert) <= 0)
		remedy = "tls_cert %s: %s; give it a PEM file that can be read";
	else if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) <= 0)
		remedy = "tls_key %s: %s; give it the PEM file of tls_cert's key, without password";

	if (remedy) {
		(void)re_snprintf(errstr, errsize, remedy, remedy[4] == 'c' ? cert : key, reason());
		SSL_CTX_free(ctx);
		return EINVAL;
	}

	*ctxp = ctx;

	return 0;
}

static int own_show(SSL *ssl, SSL_CTX *own)
{
	STACK_OF(X509) *chain = NULL;

	return SSL_CTX_get0_chain_certs(own, &chain) &&
	       SSL_use_cert_and_key(ssl, SSL_CTX_get0_certificate(own), SSL_CTX_get0_privatekey(own), chain,
				    1);
}

static int peer_show(SSL *ssl, const struct tls_peer *peer)
{
	SSL_set_default_passwd_cb(ssl, no_password);
	if (SSL_use_certificate_chain_file(ssl, peer->cert) > 0 &&
	    SSL_use_PrivateKey_file(ssl, peer->cert, SSL_FILETYPE_PEM) > 0)
		return 1;

	log_peer(LOG_ERROR, "trunk %s: tls_cert %s: %s; give it a PEM file of chain and key", peer->label,
		 peer->cert, reason());

	return 0;
}

/* Asked in each handshake in which we shall say who we are; 0 breaks it off. */
static int cert_handler(SSL *ssl, void *arg)
{
	const struct secure *s = secure_of(ssl);
	const struct expected *x = s ? SSL_get_ex_data(ssl, s->index) : NULL;

	(void)arg;

	if (!s)
		return 0;

	return x && x->peer->cert && !SSL_is_server(ssl) ? peer_show(ssl, x->peer) : own_show(ssl, s->own);
}

static int context_alloc(struct secure *s)
{
	SSL_CTX *ctx;
	int err;

	err = tls_alloc(&s->tls, TLS_METHOD_SSLV23, NULL, NULL);
	if (err)
		return err;

	s->index = SSL_get_ex_new_index(0, NULL, expected_new, NULL, expected_free);
	if (s->index < 0)
		return ENOMEM;

	ctx = tls_openssl_context(s->tls);
	SSL_CTX_set_app_data(ctx, s);
	SSL_CTX_set_cert_cb(ctx, cert_handler, NULL);
	SSL_CTX_set_info_callback(ctx, info_handler);
	(void)SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET);
	(void)SSL_CTX_set_num_tickets(ctx, 0);
	(void)SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);

	return SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) ? 0 : EINVAL;
}

int secure_alloc(struct secure **sp, const char *cert, const char *key, char *errstr, size_t errsize)
{
	struct secure *s = mem_zalloc(sizeof(*s), destructor);
	int err;

	if (!s)
		return ENOMEM;

	err = str_dup(&s->cert, cert);
	err = err ? err : str_dup(&s->key, key);
	err = err ? err : own_load(&s->own, cert, key, errstr, errsize);
	err = err ? err : context_alloc(s);

	if (err)
		mem_deref(s);
	else
		*sp = s;

	return err;
}

int secure_reload(struct secure *s, char *errstr, size_t errsize)
{
	SSL_CTX *own = NULL;
	int err = own_load(&own, s->cert, s->key, errstr, errsize);

	if (err)
		return err;

	SSL_CTX_free(s->own);
	s->own = own;

	return 0;
}

struct tls *secure_tls(const struct secure *s)
{
	return s ? s->tls : NULL;
}
