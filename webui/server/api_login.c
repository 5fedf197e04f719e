/**
 * @file api_login.c  Who is there: login, logout, the cookie
 */
#include <string.h>
#include <re.h>
#include "api.h"
#include "clock.h"
#include "log.h"
#include "password.h"
#include "request.h"
#include "session.h"
#include "throttle.h"
#include "web.h"

/* The cookie's value, which may be in one of several Cookie headers. */
static bool token_get(struct pl *token, const struct web *w, const struct request *req)
{
	const struct http_hdr *hdr = http_msg_xhdr(req->msg, "Cookie");

	return hdr && param_cookie(token, &hdr->val, w->cookie);
}

/* Another password has been set: those who knew the old one are out. */
static void password_watch(struct web *w)
{
	struct stat st;

	if (stat(w->password_path, &st))
		memset(&st, 0, sizeof(st));

	if (st.st_ino != w->password_file.st_ino || st.st_mtim.tv_sec != w->password_file.st_mtim.tv_sec ||
	    st.st_mtim.tv_nsec != w->password_file.st_mtim.tv_nsec)
		sessions_clear(w->sessions);

	w->password_file = st;
}

bool api_session_valid(struct web *w, const struct request *req)
{
	struct pl token;

	password_watch(w);

	return token_get(&token, w, req) && session_valid(w->sessions, &token, clock_mono_ms());
}

static void too_early(struct request *req, uint64_t wait_ms)
{
	const unsigned wait_s = (unsigned)((wait_ms + 999) / 1000);
	char header[80];

	(void)re_snprintf(header, sizeof(header), "Cache-Control: no-store\r\nRetry-After: %u\r\n", wait_s);
	request_error_header(req, 429, "too_many_tries", header,
			     "too many wrong passwords; try again in %u s", wait_s);
}

static void session_begin(struct web *w, struct request *req)
{
	struct answer answer = {.status = 204};
	char token[SESSION_TOKEN_SIZE], header[256];

	if (session_open(w->sessions, token, clock_mono_ms())) {
		request_error(req, 500, "no_randomness", "no session can be made");
		return;
	}

	(void)re_snprintf(header, sizeof(header),
			  "Cache-Control: no-store\r\n"
			  "Set-Cookie: %s=%s; Path=/; HttpOnly; SameSite=Strict\r\n",
			  w->cookie, token);
	answer.header = header;
	request_answer(req, &answer);
}

static int password_verify(const struct web *w, const char *password)
{
	char line[PASSWORD_HASH_SIZE];
	int err;

	if (strlen(password) > PASSWORD_LEN_MAX)
		return EACCES;

	err = password_read(line, sizeof(line), w->password_path);

	return err ? err : password_check(line, password);
}

void api_login(struct web *w, struct request *req)
{
	const char *password = odict_string(req->body, "password");
	const struct sa *peer = http_conn_peer(req->conn);
	uint64_t wait_ms;
	int err;

	if (!password) {
		request_error(req, 400, "password_missing", "give {\"password\": \"…\"}");
		return;
	}

	wait_ms = throttle_take(w->throttle, peer, clock_mono_ms());
	if (wait_ms) {
		too_early(req, wait_ms);
		return;
	}

	err = password_verify(w, password);
	if (err == EACCES) {
		throttle_failed(w->throttle, peer, clock_mono_ms());
		log_peer(LOG_WARN, "login from %j: wrong password", peer);
		request_error(req, 401, "wrong_password", "this is not the password");
	}
	else if (err) {
		log_error("%s: %m; set a password with tandem-webui --set-password", w->password_path, err);
		request_error(req, 503, "no_password",
			      "the password cannot be checked; set one with tandem-webui --set-password");
	}
	else {
		throttle_passed(w->throttle, peer);
		log_info("login from %j", peer);
		password_watch(w);
		session_begin(w, req);
	}
}

void api_logout(struct web *w, struct request *req)
{
	struct answer answer = {.status = 204};
	char header[128];
	struct pl token;

	if (token_get(&token, w, req))
		session_close(w->sessions, &token);

	(void)re_snprintf(header, sizeof(header),
			  "Set-Cookie: %s=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0\r\n", w->cookie);
	answer.header = header;
	request_answer(req, &answer);
}
