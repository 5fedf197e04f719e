/**
 * @file post.h  HTTP requests that we make: POST by libcurl, on the loop
 *
 * Names are looked up on a thread of libcurl's; all else happens on the loop without waiting. Certificates are
 * checked, redirections are not followed, answers are read and forgotten.
 */
#ifndef TANDEM_WEBUI_POST_H
#define TANDEM_WEBUI_POST_H

#include <re.h>

struct posts;
struct post;

enum {
	POST_CONN_MAX = 64, /* connections at one time, kept ones included */
	POST_HEADERS_MAX = 8,
};

/** All texts are copied. */
struct post_request {
	const char *url;                           /* http: or https: */
	const char *headerv[POST_HEADERS_MAX + 1]; /* "Name: value"; ends with NULL */
	struct mbuf *body;                         /* all of it; referenced, not changed */
	uint32_t timeout_s;                        /* for everything */
	const char *tls_ca;                        /* PEM file; NULL: those the system trusts */
};

struct post_answer {
	unsigned status;        /* 0: there was no answer */
	uint32_t retry_after_s; /* what the answer asks for; 0: nothing */
	const char *error;      /* why there was none, in libcurl's words */
};

/** Called once, not before post_send() returned; the post is gone afterwards. */
typedef void(post_h)(const struct post_answer *answer, void *arg);

/** mem_deref before it all posts. */
int posts_alloc(struct posts **psp);

/** mem_deref(post) cancels: the handler is not called then. */
int post_send(struct post **pp, struct posts *ps, const struct post_request *request, post_h *h, void *arg);

#endif
