/**
 * @file client.c  One client of the control socket: its lines come in, its answers go out
 *
 * A client costs what it sends and no more: a line is bounded, all unfinished lines together are
 * bounded, who does not finish a line or does not read its answers is closed, and who asks faster
 * than it is answered is not read from.
 */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <re.h>
#include "clock.h"
#include "core.h"

enum {
	LINE_MAX_SIZE = 32 * 1024 * 1024, /* an `apply` of 300,000 rates */
	BUFFERED_MAX = 2 * LINE_MAX_SIZE, /* all unfinished lines together */
	READ_SIZE = 64 * 1024,            /* from one client in one turn of the loop */
	KEEP_SIZE = 64 * 1024,            /* buffer kept between lines */
	BACKLOG_SIZE = 1024 * 1024,       /* of answers not taken: no more is read */
	PENDING_MAX = 16,                 /* requests under way: no more is read */
	STALL_MS = 30000,                 /* to finish a line, or to take some of an answer */
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
	bool paused;        /* a large line is being decoded; those behind it wait */
	bool closing;       /* after the answers are sent */
};

static void client_event(int flags, void *arg);

static void client_destructor(void *arg)
{
	struct client *c = arg;

	list_unlink(&c->le);
	requests_orphan(&c->reql);

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

static bool is_done(const struct client *c)
{
	return c->closing && !out_left(c);
}

/** Where a client is ahead of us, its lines wait: in our buffer, then in its own. */
static bool is_ahead(const struct client *c)
{
	return out_left(c) > BACKLOG_SIZE || list_count(&c->reql) >= PENDING_MAX || c->closing || c->paused;
}

void client_poll(struct client *c)
{
	int flags = is_ahead(c) ? 0 : FD_READ;

	if (out_left(c))
		flags |= FD_WRITE;

	(void)fd_listen(c->fd, flags, client_event, c);
}

/* ---------------------------------------------------------------- answers go out */

int client_flush(struct client *c)
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

struct mbuf *client_answers(struct client *c)
{
	return c->out;
}

void client_finish(struct client *c)
{
	c->closing = true;
}

/* ---------------------------------------------------------------- lines come in */

struct list *client_requests(struct client *c)
{
	return &c->reql;
}

static bool line_is_blank(const char *p, size_t len)
{
	while (len && (*p == ' ' || *p == '\t' || *p == '\r')) {
		++p;
		--len;
	}

	return !len;
}

/** What remains moves to the front. */
static void lines_drop(struct client *c, size_t len)
{
	c->control->buffered -= len;
	c->in->end -= len;
	c->in->pos -= len;
	memmove(c->in->buf, c->in->buf + len, c->in->end);

	if (c->in->size > KEEP_SIZE && c->in->end < KEEP_SIZE)
		(void)mbuf_resize(c->in, KEEP_SIZE);
}

/** Take the lines that are whole out of the buffer, each after the one before it was begun. */
static void lines_take(struct client *c)
{
	size_t start = 0;

	while (!is_ahead(c)) {

		const char *p = (char *)c->in->buf + start;
		const char *from = (char *)c->in->buf + max(c->in->pos, start);
		const char *nl = memchr(from, '\n', c->in->end - (size_t)(from - (char *)c->in->buf));

		if (!nl) {
			c->in->pos = c->in->end;
			break;
		}

		if (!line_is_blank(p, (size_t)(nl - p)))
			request_begin(c->control->e, c, p, (size_t)(nl - p));

		start = (size_t)(nl - (char *)c->in->buf) + 1;
		c->in->pos = start;
	}

	if (start)
		lines_drop(c, start);
}

static void too_long(struct client *c)
{
	c->closing = true;

	request_reject(c->control->e, c,
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

void client_pause(struct client *c)
{
	c->paused = true;
}

void client_resume(struct client *c)
{
	c->paused = false;
	client_work(c);
	client_poll(c);
}

/* ---------------------------------------------------------------- life */

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

	if (err || is_done(c))
		mem_deref(c);
	else
		client_poll(c);

	mem_deref(c);
}

int client_add(struct control *control, int fd)
{
	struct client *c;

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

uint64_t client_silent_since_ms(const struct client *c)
{
	return list_isempty(&c->reql) ? c->active_ms : UINT64_MAX;
}

static bool client_stalls(const struct client *c, uint64_t now_ms)
{
	if (out_left(c))
		return now_ms - c->active_ms > STALL_MS;

	return c->line_ms && list_isempty(&c->reql) && now_ms - c->line_ms > STALL_MS;
}

void client_sweep(struct client *c, uint64_t now_ms)
{
	if (client_stalls(c, now_ms) || is_done(c))
		mem_deref(c);
	else if (c->in->end && list_count(&c->reql) < PENDING_MAX)
		client_work(c);
}
