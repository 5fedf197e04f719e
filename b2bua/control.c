/**
 * @file control.c  The control socket: its clients, their lines and their answers
 *
 * A client costs what it sends and no more: a line is bounded, all unfinished lines together are
 * bounded, who does not finish a line or does not read its answers is closed, and who asks faster
 * than it is answered is not read from.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <re.h>
#include "background.h"
#include "clock.h"
#include "json.h"
#include "log.h"
#include "nearest.h"
#include "call/call.h"
#include "control.h"
#include "control_method.h"

enum {
	CLIENTS_MAX = 128,
	LINE_LARGE = 16 * 1024,           /* decoded beside the loop */
	LINE_MAX_SIZE = 32 * 1024 * 1024, /* an `apply` of 300,000 rates */
	BUFFERED_MAX = 2 * LINE_MAX_SIZE, /* all unfinished lines together */
	READ_SIZE = 64 * 1024,            /* from one client in one turn of the loop */
	KEEP_SIZE = 64 * 1024,            /* buffer kept between lines */
	BACKLOG_SIZE = 1024 * 1024,       /* of answers not taken: no more is read */
	PENDING_MAX = 16,                 /* requests under way: no more is read */
	STALL_MS = 30000,                 /* to finish a line, or to take some of an answer */
	JANITOR_MS = 1000,
	RATE_S = 10,
	PARSE_ERROR = -32700,
	INVALID_REQUEST = -32600,
	METHOD_NOT_FOUND = -32601,
};

struct control {
	struct engine *e;
	char *path;
	int fd;
	struct list clientl;
	size_t buffered; /* bytes of unfinished lines, all clients */
	struct tmr tmr_janitor;
	uint64_t attemptv[RATE_S + 1]; /* call attempts since start, a second apart; the newest at `sample` */
	unsigned sample;
};

struct client {
	struct le le;
	struct control *control;
	int fd;
	struct mbuf *in;    /* what has come of the next line; `pos` is how far it was searched for its end */
	struct mbuf *out;   /* answers; `pos` is how far they were sent */
	struct list reql;   /* under way */
	uint64_t active_ms; /* last byte that went either way */
	uint64_t line_ms;   /* when the unfinished line began; 0: none */
	bool reading;       /* a large line is being decoded; those behind it wait */
	bool closing;       /* after the answers are sent */
};

struct control_req {
	struct le le;
	struct client *client;         /* NULL: gone, nobody takes the answer */
	struct odict *id;              /* of one entry; NULL: a notification, which is not answered */
	struct odict *json;            /* the request; handlers may use it until they answer */
	struct background *background; /* where a large one is freed; NULL: here */
};

/** A large line on its way through the background. */
struct reading {
	struct control_req *req;
	struct mbuf *line;
	struct odict *json;
	struct json_fault fault;
	int err;
};

static void client_event(int flags, void *arg);

/* ---------------------------------------------------------------- clients */

static void client_destructor(void *arg)
{
	struct client *c = arg;
	struct le *le;

	list_unlink(&c->le);

	while ((le = c->reql.head)) {
		struct control_req *req = le->data;

		list_unlink(le);
		req->client = NULL;
	}

	if (c->fd >= 0) {
		fd_close(c->fd);
		(void)close(c->fd);
	}

	c->control->buffered -= c->in ? c->in->end : 0;
	mem_deref(c->in);
	mem_deref(c->out);
}

static size_t out_left(const struct client *c)
{
	return c->out->end - c->out->pos;
}

/** What the loop shall tell us of this client: readable unless it is ahead of us, writable if it is behind. */
static void client_poll(struct client *c)
{
	const bool ahead =
		out_left(c) > BACKLOG_SIZE || list_count(&c->reql) >= PENDING_MAX || c->closing || c->reading;
	int flags = ahead ? 0 : FD_READ;

	if (out_left(c))
		flags |= FD_WRITE;

	(void)fd_listen(c->fd, flags, client_event, c);
}

/** Send what the client takes. Anything but 0: it is gone. */
static int client_flush(struct client *c)
{
	while (out_left(c)) {

		const ssize_t n =
			send(c->fd, mbuf_buf(c->out), mbuf_get_left(c->out), MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;

		if (n < 0)
			return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : errno;

		c->out->pos += (size_t)n;
		c->active_ms = clock_mono_ms();
	}

	if (c->out->size > KEEP_SIZE) {
		mem_deref(c->out);
		c->out = mbuf_alloc(1024);
		return c->out ? 0 : ENOMEM;
	}

	mbuf_rewind(c->out);

	return 0;
}

/* ---------------------------------------------------------------- answers */

static int id_write(struct mbuf *mb, const struct odict *id)
{
	const struct odict_entry *e = id ? odict_lookup(id, "id") : NULL;

	return e ? json_write_value(mb, e) : mbuf_write_str(mb, "null");
}

/** Append one answer line behind what waits already; `pos` stays where the sending is. */
static int answer_write(struct client *c, const struct odict *id, const char *key, const struct odict *value,
			const struct mbuf *text)
{
	const size_t pos = c->out->pos;
	int err;

	mbuf_skip_to_end(c->out);

	err = mbuf_write_str(c->out, "{\"jsonrpc\": \"2.0\", \"id\": ");
	err |= id_write(c->out, id);
	err |= mbuf_printf(c->out, ", \"%s\": ", key);
	err |= text ? mbuf_write_mem(c->out, text->buf, text->end)
		    : json_write(c->out, value, ODICT_OBJECT, 0);
	err |= mbuf_write_str(c->out, "}\n");

	c->out->pos = pos;

	return err;
}

static void req_destructor(void *arg)
{
	struct control_req *req = arg;

	list_unlink(&req->le);
	mem_deref(req->id);

	if (req->background)
		background_free(req->background, req->json);
	else
		mem_deref(req->json);
}

/** A client is only closed by its own events or the janitor: an answer may come from inside either. */
static void req_answer(struct control_req *req, const char *key, const struct odict *value,
		       const struct mbuf *text)
{
	struct client *c = req->client;

	if (c && req->id && (answer_write(c, req->id, key, value, text) || client_flush(c)))
		c->closing = true;

	mem_deref(req);

	if (c)
		client_poll(c);
}

void control_reply(struct control_req *req, struct odict *result)
{
	struct odict *empty = NULL;

	if (!result && odict_alloc(&empty, 1)) {
		control_error(req, CONTROL_FAILED, "out of memory");
		return;
	}

	req_answer(req, "result", result ? result : empty, NULL);
	mem_deref(empty);
	mem_deref(result);
}

void control_reply_text(struct control_req *req, const struct mbuf *json)
{
	req_answer(req, "result", NULL, json);
}

static int error_make(struct odict **op, int code, const char *fmt, va_list ap)
{
	char *message = NULL;
	struct odict *o = NULL;
	int err;

	err = odict_alloc(&o, 4);
	err = err ? err : re_vsdprintf(&message, fmt, ap);
	err = err ? err : odict_entry_add(o, "code", ODICT_INT, (int64_t)code);
	err = err ? err : odict_entry_add(o, "message", ODICT_STRING, message);
	mem_deref(message);

	if (err)
		mem_deref(o);
	else
		*op = o;

	return err;
}

void control_error(struct control_req *req, int code, const char *fmt, ...)
{
	struct odict *error = NULL;
	va_list ap;
	int err;

	va_start(ap, fmt);
	err = error_make(&error, code, fmt, ap);
	va_end(ap);

	if (err) {
		if (req->client)
			req->client->closing = true;
		mem_deref(req);
		return;
	}

	req_answer(req, "error", error, NULL);
	mem_deref(error);
}

/* ---------------------------------------------------------------- requests */

static struct control_req *req_alloc(struct client *c)
{
	struct control_req *req;

	req = mem_zalloc(sizeof(*req), req_destructor);
	if (!req)
		return NULL;

	req->client = c;
	list_append(&c->reql, &req->le, req);

	return req;
}

/** Keep the id to answer with. EINVAL: JSON-RPC allows text, a number or null. */
static int id_keep(struct control_req *req, const struct odict *json)
{
	const struct odict_entry *e = odict_lookup(json, "id");
	int err;

	if (!e)
		return 0;

	err = odict_alloc(&req->id, 1);
	if (err)
		return err;

	switch (e->type) {

	case ODICT_STRING:
		return odict_entry_add(req->id, "id", ODICT_STRING, e->u.str);
	case ODICT_INT:
		return odict_entry_add(req->id, "id", ODICT_INT, e->u.integer);
	case ODICT_NULL:
		return odict_entry_add(req->id, "id", ODICT_NULL);
	default:
		return EINVAL;
	}
}

/** A fault found before an id was: it is answered in any case, with id null. */
static void req_refuse(struct control_req *req, int code, const char *what)
{
	if (!req->id && odict_alloc(&req->id, 1)) {
		mem_deref(req);
		return;
	}

	control_error(req, code, "%s", what);
}

static void unknown_method(struct control_req *req, const char *name)
{
	struct nearest n;
	size_t i;

	nearest_init(&n, name);
	for (i = 0; i < control_methodc; i++)
		nearest_offer(&n, control_methodv[i].name);

	if (n.name)
		control_error(req, METHOD_NOT_FOUND, "no such method; did you mean \"%s\"?", n.name);
	else
		control_error(req, METHOD_NOT_FOUND, "no such method; \"help\" lists them");
}

static void req_dispatch(struct control *control, struct control_req *req)
{
	const struct odict_entry *params = odict_lookup(req->json, "params");
	const char *name = odict_string(req->json, "method");
	const struct control_method *method;
	int err;

	err = id_keep(req, req->json);
	if (err || !name) {
		req_refuse(req, INVALID_REQUEST,
			   err ? "\"id\" must be text, a whole number or null"
			       : "\"method\" is missing; \"help\" lists them");
		return;
	}

	method = control_method_find(name);
	if (!method) {
		unknown_method(req, name);
		return;
	}

	if (params && params->type != ODICT_OBJECT) {
		control_error(req, CONTROL_INVALID_PARAMS, "\"params\" must be an object { }");
		return;
	}

	method->h(control->e, req, params ? params->u.odict : NULL);
}

/** Go on with a line that was decoded, or refused with a fault. */
static void line_decoded(struct control *control, struct control_req *req, int err,
			 const struct json_fault *fault)
{
	char message[256];

	if (!err) {
		req_dispatch(control, req);
		return;
	}

	(void)re_snprintf(message, sizeof(message), "not JSON: line %u, column %u: %s", fault->line,
			  fault->column, fault->what);
	req_refuse(req, PARSE_ERROR, message);
}

static void reading_destructor(void *arg)
{
	struct reading *r = arg;

	mem_deref(r->line);
}

static void reading_job(void *arg)
{
	struct reading *r = arg;

	r->err = json_read(&r->json, ODICT_OBJECT, (const char *)r->line->buf, r->line->end, &r->fault);
}

static void client_work(struct client *c);

static void reading_done(int err, void *arg)
{
	struct reading *r = arg;
	struct control_req *req = r->req;
	struct client *c = mem_ref(req->client);

	req->json = r->json;

	if (!c || err) {
		mem_deref(req); /* nobody waits for the answer */
	}
	else {
		c->reading = false;
		line_decoded(c->control, req, r->err, &r->fault);
		client_work(c);
		client_poll(c);
	}

	mem_deref(r);
	mem_deref(c);
}

/** A large line would hold the loop up: it is decoded, and its values are freed, beside it. */
static int line_read_aside(struct client *c, struct control_req *req, const char *line, size_t len)
{
	struct reading *r;
	int err;

	r = mem_zalloc(sizeof(*r), reading_destructor);
	if (!r)
		return ENOMEM;

	r->req = req;
	r->line = mbuf_alloc(len);

	err = r->line ? mbuf_write_mem(r->line, (const uint8_t *)line, len) : ENOMEM;
	req->background = store_background(c->control->e->store);
	err = err ? err : background_run(req->background, reading_job, reading_done, r);
	if (err)
		mem_deref(r);
	else
		c->reading = true;

	return err;
}

static void line_handle(struct client *c, const char *line, size_t len)
{
	struct json_fault fault = {0, 0, NULL};
	struct control_req *req;
	int err;

	req = req_alloc(c);
	if (!req) {
		c->closing = true;
		return;
	}

	if (len > LINE_LARGE) {
		if (line_read_aside(c, req, line, len))
			control_error(req, CONTROL_FAILED, "out of memory");
		return;
	}

	err = json_read(&req->json, ODICT_OBJECT, line, len, &fault);
	line_decoded(c->control, req, err, &fault);
}

/* ---------------------------------------------------------------- reading */

static bool line_is_blank(const char *p, size_t len)
{
	while (len && (*p == ' ' || *p == '\t' || *p == '\r')) {
		++p;
		--len;
	}

	return !len;
}

/** Take the lines that are whole out of the buffer, each after the one before it was begun. */
static void lines_take(struct client *c)
{
	size_t start = 0;

	while (!c->closing && !c->reading && list_count(&c->reql) < PENDING_MAX &&
	       out_left(c) <= BACKLOG_SIZE) {

		const char *p = (char *)c->in->buf + start;
		const char *from = (char *)c->in->buf + max(c->in->pos, start);
		const char *nl = memchr(from, '\n', c->in->end - (size_t)(from - (char *)c->in->buf));

		if (!nl) {
			c->in->pos = c->in->end;
			break;
		}

		if (!line_is_blank(p, (size_t)(nl - p)))
			line_handle(c, p, (size_t)(nl - p));

		start = (size_t)(nl - (char *)c->in->buf) + 1;
		c->in->pos = start;
	}

	if (!start)
		return;

	/* what remains moves to the front */
	c->control->buffered -= start;
	c->in->end -= start;
	c->in->pos -= start;
	memmove(c->in->buf, c->in->buf + start, c->in->end);

	if (c->in->size > KEEP_SIZE && c->in->end < KEEP_SIZE)
		(void)mbuf_resize(c->in, KEEP_SIZE);
}

static void too_long(struct client *c)
{
	struct control_req *req = req_alloc(c);

	c->closing = true;

	if (req)
		req_refuse(req, INVALID_REQUEST,
			   c->in->end > LINE_MAX_SIZE
				   ? "the line is too long; a request may have 32 MiB"
				   : "too much is under way from other clients; try again later");
}

static int client_read(struct client *c)
{
	const size_t pos = c->in->pos;
	ssize_t n;
	int err;

	if (c->in->size < c->in->end + READ_SIZE) {
		err = mbuf_resize(c->in, max(c->in->size * 2, c->in->end + READ_SIZE));
		if (err)
			return err;
	}

	n = recv(c->fd, c->in->buf + c->in->end, READ_SIZE, MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : errno;
	if (!n)
		return ECONNRESET;

	c->in->end += (size_t)n;
	c->in->pos = pos;
	c->control->buffered += (size_t)n;
	c->active_ms = clock_mono_ms();

	return 0;
}

static void client_work(struct client *c)
{
	lines_take(c);

	if (c->in->end > LINE_MAX_SIZE || c->control->buffered > BUFFERED_MAX)
		too_long(c);

	if (!c->in->end)
		c->line_ms = 0;
	else if (!c->line_ms)
		c->line_ms = clock_mono_ms();
}

static void client_event(int flags, void *arg)
{
	struct client *c = mem_ref(arg);
	int err = 0;

	if (flags & FD_WRITE)
		err = client_flush(c);
	if (!err && flags & (FD_READ | FD_EXCEPT))
		err = client_read(c);
	if (!err)
		client_work(c);

	if (err || (c->closing && !out_left(c)))
		mem_deref(c);
	else
		client_poll(c);

	mem_deref(c);
}

/* ---------------------------------------------------------------- the listening socket */

/** Room for one more: who has been silent longest and awaits nothing goes. */
static bool room_make(struct control *control)
{
	struct client *idle = NULL;
	struct le *le;

	if (list_count(&control->clientl) < CLIENTS_MAX)
		return true;

	for (le = control->clientl.head; le; le = le->next) {

		struct client *c = le->data;

		if (list_isempty(&c->reql) && (!idle || c->active_ms < idle->active_ms))
			idle = c;
	}

	mem_deref(idle);

	return idle;
}

static int client_add(struct control *control, int fd)
{
	struct client *c;

	if (!room_make(control))
		return EMFILE;

	c = mem_zalloc(sizeof(*c), client_destructor);
	if (!c)
		return ENOMEM;

	c->control = control;
	c->fd = -1;
	c->active_ms = clock_mono_ms();
	c->in = mbuf_alloc(1024);
	c->out = mbuf_alloc(1024);

	if (!c->in || !c->out || fd_listen(fd, FD_READ, client_event, c)) {
		mem_deref(c);
		return ENOMEM;
	}

	c->fd = fd;
	list_append(&control->clientl, &c->le, c);

	return 0;
}

static void accept_event(int flags, void *arg)
{
	struct control *control = arg;
	const int fd = accept4(control->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0)
		return;

	if (client_add(control, fd))
		(void)close(fd);
}

static bool client_stalls(const struct client *c, uint64_t now)
{
	if (out_left(c))
		return now - c->active_ms > STALL_MS;

	return c->line_ms && list_isempty(&c->reql) && now - c->line_ms > STALL_MS;
}

static void attempts_sample(struct control *control)
{
	struct call_stats stats;

	calls_stats(control->e->calls, &stats);
	control->sample = (control->sample + 1) % ARRAY_SIZE(control->attemptv);
	control->attemptv[control->sample] = stats.attempts;
}

double control_cps(const struct control *control)
{
	const unsigned oldest = (control->sample + 1) % ARRAY_SIZE(control->attemptv);

	return (double)(control->attemptv[control->sample] - control->attemptv[oldest]) / RATE_S;
}

static void janitor(void *arg)
{
	struct control *control = arg;
	const uint64_t now = clock_mono_ms();
	struct le *le = control->clientl.head;

	tmr_start(&control->tmr_janitor, JANITOR_MS, janitor, control);

	while (le) {
		struct client *c = le->data;

		le = le->next;

		if (client_stalls(c, now) || (c->closing && !out_left(c)))
			mem_deref(c);
		else if (c->in->end && list_count(&c->reql) < PENDING_MAX)
			client_work(c); /* lines that waited for requests under way */
	}

	attempts_sample(control);
}

static void control_destructor(void *arg)
{
	struct control *control = arg;

	tmr_cancel(&control->tmr_janitor);
	list_flush(&control->clientl);

	if (control->fd >= 0) {
		fd_close(control->fd);
		(void)close(control->fd);
		(void)unlink(control->path);
	}

	mem_deref(control->path);
}

/** A socket file that nobody answers on was left by a crash. */
static int stale_remove(const struct sockaddr_un *sun)
{
	struct stat st;
	int fd, err;

	if (lstat(sun->sun_path, &st))
		return errno == ENOENT ? 0 : errno;

	if (!S_ISSOCK(st.st_mode))
		return ENOTSOCK;

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return errno;

	err = connect(fd, (const struct sockaddr *)sun, sizeof(*sun)) ? errno : 0;
	(void)close(fd);

	/* EAGAIN: somebody lives there and is busy */
	if (err != ECONNREFUSED)
		return EADDRINUSE;

	return unlink(sun->sun_path) ? errno : 0;
}

static int socket_open(int *fdp, const char *path)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd, err;

	if (str_len(path) >= sizeof(sun.sun_path))
		return ENAMETOOLONG;

	str_ncpy(sun.sun_path, path, sizeof(sun.sun_path));

	err = stale_remove(&sun);
	if (err)
		return err;

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return errno;

	/* the process's umask keeps the world out until the mode is set */
	if (bind(fd, (struct sockaddr *)&sun, sizeof(sun)) || chmod(path, 0660) || listen(fd, CLIENTS_MAX)) {
		err = errno;
		(void)close(fd);
		return err;
	}

	*fdp = fd;

	return 0;
}

int control_alloc(struct control **cp, struct engine *e, const char *path)
{
	struct control *control;
	int err;

	if (!cp || !path)
		return EINVAL;

	control = mem_zalloc(sizeof(*control), control_destructor);
	if (!control)
		return ENOMEM;

	control->e = e;
	control->fd = -1;

	err = str_dup(&control->path, path);
	err = err ? err : socket_open(&control->fd, path);
	err = err ? err : fd_listen(control->fd, FD_READ, accept_event, control);

	if (err) {
		mem_deref(control);
		return err;
	}

	tmr_start(&control->tmr_janitor, JANITOR_MS, janitor, control);
	*cp = control;

	return 0;
}
