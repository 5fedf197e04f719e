/**
 * @file web.c  Starts the rooms of the web server, and leads each request to its endpoint
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <re.h>
#include "api.h"
#include "asset.h"
#include "clock.h"
#include "endpoint.h"
#include "log.h"
#include "password.h"
#include "query.h"
#include "request.h"
#include "rpc.h"
#include "server.h"
#include "session.h"
#include "throttle.h"
#include "watch.h"
#include "webhooks.h"
#include "web.h"

static void destructor(void *arg)
{
	struct web *w = arg;

	mem_deref(w->webhooks);
	mem_deref(w->watch);
	mem_deref(w->rpc); /* answers what is pending, on connections that are still there */
	mem_deref(w->server);
	mem_deref(w->query);
	mem_deref(w->sessions);
	mem_deref(w->throttle);
	mem_deref(w->password_path);
	mem_deref(w->cfg);
}

/* ---------------------------------------------------------------- requests */

static bool is_change(const struct pl *method)
{
	return pl_strcmp(method, "GET") && pl_strcmp(method, "HEAD");
}

/* A page of another site can send a form, but no header of its choice and no JSON without our consent. */
static bool change_meant(const struct request *req)
{
	return http_msg_xhdr(req->msg, "X-Tandem-Request") != NULL;
}

static bool body_is_json(const struct http_msg *msg)
{
	return !pl_strcasecmp(&msg->ctyp.type, "application") && !pl_strcasecmp(&msg->ctyp.subtype, "json");
}

/* Who may, and did they mean it? Answers and returns false if not. */
static bool request_allowed(struct web *w, struct request *req)
{
	const struct endpoint *ep = req->endpoint;

	if (is_change(&req->msg->met) && !change_meant(req)) {
		request_error(req, 403, "header_missing", "a change needs the header X-Tandem-Request: 1");
		return false;
	}

	if (ep->access == ACCESS_SESSION && !api_session_valid(w, req)) {
		request_error(req, 401, "login_needed", "log in first: POST /api/v1/login");
		return false;
	}

	return true;
}

/* Is what it says in order? Answers and returns false if not. */
static bool request_sound(struct request *req, const struct pl *id)
{
	const struct endpoint *ep = req->endpoint;
	struct pl unknown;
	char why[160];

	if (param_decode(req->id, sizeof(req->id), id)) {
		request_error(req, 400, "bad_id", "the id in the path is not percent-encoded UTF-8");
		return false;
	}

	if (!param_known(&req->msg->prm, ep->query, &unknown)) {
		request_error(req, 400, "bad_parameter", "unknown parameter; this takes: %s",
			      ep->query[0] ? ep->query : "none");
		return false;
	}

	if (ep->body == BODY_JSON && !body_is_json(req->msg)) {
		request_error(req, 415, "not_json", "send Content-Type: application/json");
		return false;
	}

	if (ep->body == BODY_JSON && request_body_read(req, why, sizeof(why))) {
		request_error(req, 400, "bad_json", "%s", why);
		return false;
	}

	return true;
}

static void no_endpoint(struct request *req, const char *allow)
{
	char header[128];

	if (!allow[0]) {
		request_error(req, 404, "not_found", "nothing is here; see /api/v1/openapi.yaml");
		return;
	}

	(void)re_snprintf(header, sizeof(header), "Allow: %s\r\n", allow);
	request_error_header(req, 405, "bad_method", header, "this path takes %s", allow);
}

static bool asset_try(struct request *req)
{
	char path[64];

	if (is_change(&req->msg->met) || pl_strcpy(&req->msg->path, path, sizeof(path)))
		return false;

	return asset_answer(req, path);
}

static void request_handler(struct request *req, void *arg)
{
	struct web *w = arg;
	char allow[ENDPOINT_ALLOW_SIZE];
	struct pl id;

	req->web = w;
	req->endpoint = endpoint_find(&req->msg->met, &req->msg->path, &id, allow);

	if (!req->endpoint) {
		if (!asset_try(req))
			no_endpoint(req, allow);
		return;
	}

	if (request_allowed(w, req) && request_sound(req, &id))
		req->endpoint->h(w, req);
}

/* ---------------------------------------------------------------- start */

static int listen_error(int err, const struct config *cfg, char *errstr, size_t errsize)
{
	if (err == EADDRINUSE)
		(void)re_snprintf(errstr, errsize,
				  "http_listen %s: the port is in use; stop the other program, or name "
				  "another port",
				  cfg->http_listen);
	else
		(void)re_snprintf(errstr, errsize,
				  "http_listen %s: %m; name an address of this machine and a port this user "
				  "may open",
				  cfg->http_listen, err);

	return err;
}

/* The password and, where HTTP leaves the machine, all else would cross the network readable. */
static void loopback_check(const char *listen)
{
	struct sa sa;

	if (!sa_decode(&sa, listen, strlen(listen)) && !sa_is_loopback(&sa))
		log_warn("http_listen %s is reached without encryption; put a TLS proxy before it "
			 "(docs/web.md)",
			 listen);
}

int web_alloc(struct web **wp, struct config *cfg, char *errstr, size_t errsize)
{
	struct web *w;
	int err;

	w = mem_zalloc(sizeof(*w), destructor);
	if (!w)
		return ENOMEM;

	w->cfg = mem_ref(cfg);

	err = sessions_alloc(&w->sessions);
	err = err ? err : throttle_alloc(&w->throttle, clock_mono_ms());
	err = err ? err : rpc_alloc(&w->rpc, cfg->control_socket);
	err = err ? err : query_alloc(&w->query, cfg->data_dir);
	err = err ? err : re_sdprintf(&w->password_path, "%s/web.password", cfg->data_dir);
	if (err)
		goto out;

	err = server_alloc(&w->server, cfg->http_listen, request_handler, w);
	if (err) {
		(void)listen_error(err, cfg, errstr, errsize);
		goto out;
	}

	loopback_check(cfg->http_listen);
	(void)re_snprintf(w->cookie, sizeof(w->cookie), "tandem_session_%u", server_port(w->server));

out:
	if (err)
		mem_deref(w);
	else
		*wp = w;

	return err;
}

/* On a new data folder: a password that is said once, here. */
static int password_first(const struct web *w, char *errstr, size_t errsize)
{
	char password[PASSWORD_RANDOM_SIZE], line[PASSWORD_HASH_SIZE];
	int err;

	if (!access(w->password_path, F_OK))
		return 0;

	err = password_random(password);
	err = err ? err : password_hash(line, sizeof(line), password);
	err = err ? err : password_write(w->password_path, line);

	if (err)
		(void)re_snprintf(errstr, errsize, "%s: %m; this user needs to write its folder",
				  w->password_path, err);
	else
		log_info("first password: %s", password);

	return err;
}

int web_start(struct web *w, char *errstr, size_t errsize)
{
	int err;

	err = password_first(w, errstr, errsize);

	err = err ? err : watch_alloc(&w->watch, w->rpc, w->query);

	return err ? err : webhooks_alloc(&w->webhooks, w->rpc, w->query);
}
