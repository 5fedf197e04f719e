/**
 * @file post.c  HTTP requests that we make: libcurl's multi interface on libre's loop
 *
 * libcurl tells which sockets it waits for and until when; the loop tells it what happened.
 */
#include <curl/curl.h>
#include <re.h>
#include "log.h"
#include "post.h"

enum { CONNECT_TIMEOUT_S = 5 };

struct posts {
	CURLM *multi;
	struct tmr tmr;
	bool initialised; /* libcurl as a whole */
};

/* libre's handlers are not told which descriptor it was. */
struct socket {
	struct posts *posts;
	curl_socket_t fd;
};

struct post {
	struct posts *posts;
	CURL *easy;
	struct curl_slist *headers;
	struct mbuf *body;
	post_h *h;
	void *arg;
};

/* ---------------------------------------------------------------- what has ended */

static void post_end(struct post *p, CURLcode code)
{
	struct post_answer answer = {0};
	curl_off_t retry_after = 0;
	long status = 0;

	if (code == CURLE_OK) {
		(void)curl_easy_getinfo(p->easy, CURLINFO_RESPONSE_CODE, &status);
		(void)curl_easy_getinfo(p->easy, CURLINFO_RETRY_AFTER, &retry_after);
	}

	answer.status = (unsigned)status;
	answer.retry_after_s = (uint32_t)MIN(retry_after, (curl_off_t)INT32_MAX);
	answer.error = code == CURLE_OK ? NULL : curl_easy_strerror(code);

	p->h(&answer, p->arg);
	mem_deref(p);
}

static void ended_look(struct posts *ps)
{
	CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(ps->multi, &left))) {

		struct post *p = NULL;

		if (msg->msg != CURLMSG_DONE)
			continue;

		(void)curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, (char **)&p);
		post_end(p, msg->data.result);
	}
}

/* ---------------------------------------------------------------- the loop */

static void act(struct posts *ps, curl_socket_t fd, int what)
{
	int running;

	(void)mem_ref(ps);
	(void)curl_multi_socket_action(ps->multi, fd, what, &running);
	ended_look(ps);
	mem_deref(ps);
}

static void tmr_handler(void *arg)
{
	act(arg, CURL_SOCKET_TIMEOUT, 0);
}

static void fd_handler(int flags, void *arg)
{
	const struct socket *s = arg; /* may be gone when libcurl has acted */
	int what = 0;

	what |= flags & FD_READ ? CURL_CSELECT_IN : 0;
	what |= flags & FD_WRITE ? CURL_CSELECT_OUT : 0;
	what |= flags & FD_EXCEPT ? CURL_CSELECT_ERR : 0;

	act(s->posts, s->fd, what);
}

static int timer_set(CURLM *multi, long timeout_ms, void *arg)
{
	struct posts *ps = arg;

	(void)multi;

	if (timeout_ms < 0)
		tmr_cancel(&ps->tmr);
	else
		tmr_start(&ps->tmr, (uint64_t)timeout_ms, tmr_handler, ps);

	return 0;
}

static struct socket *socket_get(struct posts *ps, curl_socket_t fd, struct socket *s)
{
	if (s)
		return s;

	s = mem_zalloc(sizeof(*s), NULL);
	if (s) {
		s->posts = ps;
		s->fd = fd;
		(void)curl_multi_assign(ps->multi, fd, s);
	}

	return s;
}

static int socket_watch(CURL *easy, curl_socket_t fd, int what, void *arg, void *assigned)
{
	struct socket *s;
	int flags = 0;

	(void)easy;

	if (what == CURL_POLL_REMOVE) {
		fd_close(fd);
		mem_deref(assigned);
		return 0;
	}

	flags |= what & CURL_POLL_IN ? FD_READ : 0;
	flags |= what & CURL_POLL_OUT ? FD_WRITE : 0;
	s = socket_get(arg, fd, assigned);

	/* -1 fails what waits for this socket */
	return s && !fd_listen(fd, flags, fd_handler, s) ? 0 : -1;
}

/* ---------------------------------------------------------------- all of them */

static void posts_destructor(void *arg)
{
	struct posts *ps = arg;

	if (ps->multi)
		(void)curl_multi_cleanup(ps->multi);
	tmr_cancel(&ps->tmr);
	if (ps->initialised)
		curl_global_cleanup();
}

static int multi_set(struct posts *ps)
{
	CURLMcode code;

	code = curl_multi_setopt(ps->multi, CURLMOPT_SOCKETFUNCTION, socket_watch);
	code = code ? code : curl_multi_setopt(ps->multi, CURLMOPT_SOCKETDATA, ps);
	code = code ? code : curl_multi_setopt(ps->multi, CURLMOPT_TIMERFUNCTION, timer_set);
	code = code ? code : curl_multi_setopt(ps->multi, CURLMOPT_TIMERDATA, ps);
	code = code ? code
		    : curl_multi_setopt(ps->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)POST_CONN_MAX);
	code = code ? code : curl_multi_setopt(ps->multi, CURLMOPT_MAXCONNECTS, (long)POST_CONN_MAX);

	return code ? EINVAL : 0;
}

int posts_alloc(struct posts **psp)
{
	struct posts *ps = mem_zalloc(sizeof(*ps), posts_destructor);
	int err;

	if (!ps)
		return ENOMEM;

	ps->initialised = !curl_global_init(CURL_GLOBAL_DEFAULT);
	ps->multi = ps->initialised ? curl_multi_init() : NULL;
	err = ps->multi ? multi_set(ps) : ENOMEM;
	if (err)
		mem_deref(ps);
	else
		*psp = ps;

	return err;
}

/* ---------------------------------------------------------------- one */

static void post_destructor(void *arg)
{
	struct post *p = arg;

	if (p->easy) {
		(void)curl_multi_remove_handle(p->posts->multi, p->easy);
		curl_easy_cleanup(p->easy);
	}
	curl_slist_free_all(p->headers);
	mem_deref(p->body);
}

/* NOLINTNEXTLINE(readability-non-const-parameter): libcurl says what it is called with */
static size_t body_forget(char *data, size_t size, size_t count, void *arg)
{
	(void)data;
	(void)arg;

	return size * count;
}

static int headers_add(struct post *p, const char *const *headerv)
{
	struct curl_slist *list;

	for (; *headerv; headerv++) {

		list = curl_slist_append(p->headers, *headerv);
		if (!list)
			return ENOMEM;
		p->headers = list;
	}

	return 0;
}

#define SET(option, value) code = code ? code : curl_easy_setopt(p->easy, option, value)

static CURLcode security_set(struct post *p, const struct post_request *request)
{
	CURLcode code = CURLE_OK;

	SET(CURLOPT_PROTOCOLS_STR, "http,https");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_PROXY, "");
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (request->tls_ca)
		SET(CURLOPT_CAINFO, request->tls_ca);

	return code;
}

static CURLcode request_set(struct post *p, const struct post_request *request)
{
	CURLcode code = CURLE_OK;

	SET(CURLOPT_PRIVATE, p);
	SET(CURLOPT_URL, request->url);
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_USERAGENT, "tandem/" TANDEM_VERSION);
	SET(CURLOPT_HTTPHEADER, p->headers);
	SET(CURLOPT_POSTFIELDSIZE, (long)p->body->end);
	SET(CURLOPT_POSTFIELDS, (const char *)p->body->buf);
	SET(CURLOPT_WRITEFUNCTION, body_forget);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_TIMEOUT, (long)request->timeout_s);
	SET(CURLOPT_CONNECTTIMEOUT, (long)CONNECT_TIMEOUT_S);
	/* a name server that is silent must not hold up whoever cancels */
	SET(CURLOPT_QUICK_EXIT, 1L);

	return code;
}

#undef SET

static int post_begin(struct post *p, const struct post_request *request)
{
	CURLcode code;
	int err;

	p->easy = curl_easy_init();
	if (!p->easy)
		return ENOMEM;

	err = headers_add(p, request->headerv);
	if (err)
		return err;

	code = security_set(p, request);
	code = code ? code : request_set(p, request);
	if (code) {
		log_warn("post: libcurl: %s", curl_easy_strerror(code));
		return EINVAL;
	}

	return curl_multi_add_handle(p->posts->multi, p->easy) ? ENOMEM : 0;
}

int post_send(struct post **pp, struct posts *ps, const struct post_request *request, post_h *h, void *arg)
{
	struct post *p;
	int err;

	p = mem_zalloc(sizeof(*p), post_destructor);
	if (!p)
		return ENOMEM;

	p->posts = ps;
	p->body = mem_ref(request->body);
	p->h = h;
	p->arg = arg;

	err = post_begin(p, request);
	if (err)
		mem_deref(p);
	else
		*pp = p;

	return err;
}
