/**
 * @file rpc.c  The b2bua's control socket as seen from here
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <re.h>
#include "clock.h"
#include "json.h"
#include "log.h"
#include "rpc.h"

enum {
	READ_SIZE = 64 * 1024,
	BUFFER_SIZE = 2 * READ_SIZE,
	KEEP_SIZE = 1024 * 1024, /* of a buffer, once a long line is done */
	TICK_MS = 250,
};

struct rpc {
	char *path;
	int fd;            /* -1: not connected */
	struct mbuf *in;   /* the unfinished line; `pos` is how far it was searched for its end */
	struct mbuf *out;  /* `pos` is how far it was sent */
	struct list callv; /* struct call, in the order they were asked */
	uint64_t last_id;
	struct tmr tmr; /* time-outs, and failures that must not be told before rpc_call returned */
	bool broken;
};

struct call {
	struct le le;
	uint64_t id;
	uint64_t until_ms;
	rpc_answer_h *h;
	void *arg;
};

static void event(int flags, void *arg);

static void call_destructor(void *arg)
{
	struct call *call = arg;

	list_unlink(&call->le);
}

static void call_answer(struct call *call, const struct rpc_answer *answer)
{
	list_unlink(&call->le);
	call->h(answer, call->arg);
	mem_deref(call);
}

static void call_fail(struct call *call, int err, const char *why)
{
	const struct rpc_answer answer = {.err = err, .error = why};

	call_answer(call, &answer);
}

static void disconnect(struct rpc *r)
{
	if (r->fd < 0)
		return;

	fd_close(r->fd);
	(void)close(r->fd);
	r->fd = -1;
	r->in = mem_deref(r->in);
	r->out = mem_deref(r->out);
}

/* Everything that waits is lost with the connection; a request that follows may make a new one. */
static void fail_all(struct rpc *r, int err, const char *why)
{
	struct list failed = r->callv;
	struct le *le;

	list_init(&r->callv);
	for (le = failed.head; le; le = le->next)
		le->list = &failed;

	disconnect(r);
	r->broken = false;

	while (failed.head)
		call_fail(failed.head->data, err, why);
}

static void destructor(void *arg)
{
	struct rpc *r = arg;

	tmr_cancel(&r->tmr);
	fail_all(r, ECONNABORTED, "the web server is stopping");
	mem_deref(r->path);
}

int rpc_alloc(struct rpc **rp, const char *path)
{
	struct rpc *r;
	int err;

	r = mem_zalloc(sizeof(*r), destructor);
	if (!r)
		return ENOMEM;

	r->fd = -1;
	tmr_init(&r->tmr);

	err = str_dup(&r->path, path);
	if (err)
		mem_deref(r);
	else
		*rp = r;

	return err;
}

static int answer_error(struct rpc_answer *answer, const struct odict *error)
{
	const struct odict_entry *code = odict_get_type(error, ODICT_INT, "code");

	answer->err = EPROTO;
	answer->code = code ? code->u.integer : 0;
	answer->error = odict_string(error, "message");

	return answer->error ? 0 : EBADMSG;
}

int rpc_decode(struct odict **op, uint64_t *id, struct rpc_answer *answer, const char *line, size_t len)
{
	const struct odict_entry *e;
	struct json_fault fault;
	struct odict *o = NULL;
	int err;

	err = json_read(&o, ODICT_OBJECT, line, len, &fault);
	if (err)
		return err;

	memset(answer, 0, sizeof(*answer));
	e = odict_get_type(o, ODICT_INT, "id");
	*id = e ? (uint64_t)e->u.integer : 0;
	err = e ? 0 : EBADMSG;

	e = odict_get_type(o, ODICT_OBJECT, "error");
	if (!err && e) {
		err = answer_error(answer, e->u.odict);
	}
	else if (!err) {
		e = odict_get_type(o, ODICT_OBJECT, "result");
		answer->result = e ? e->u.odict : NULL;
		err = e ? 0 : EBADMSG;
	}

	if (err)
		mem_deref(o);
	else
		*op = o;

	return err;
}

static struct call *call_find(const struct rpc *r, uint64_t id)
{
	struct le *le;

	for (le = r->callv.head; le; le = le->next) {

		struct call *call = le->data;

		if (call->id == id)
			return call;
	}

	return NULL;
}

static int line_handle(struct rpc *r, const char *line, size_t len)
{
	struct rpc_answer answer;
	struct odict *o = NULL;
	struct call *call;
	uint64_t id;
	int err;

	err = rpc_decode(&o, &id, &answer, line, len);
	if (err)
		return err;

	call = call_find(r, id); /* NULL: it took too long, and was told so */
	if (call)
		call_answer(call, &answer);

	mem_deref(o);

	return 0;
}

/* Handle every whole line. Handlers may break the connection, and with it `in`: it is held here. */
static int lines_handle(struct rpc *r)
{
	struct mbuf *in = mem_ref(r->in);
	size_t start = 0;
	int err = 0;

	while (!err && r->in == in) {

		const char *p = (const char *)in->buf + start;
		const char *nl = memchr(in->buf + in->pos, '\n', in->end - in->pos);

		if (!nl)
			break;

		err = line_handle(r, p, (size_t)(nl - p));
		start = (size_t)(nl + 1 - (const char *)in->buf);
		in->pos = start;
	}

	if (start) {
		memmove(in->buf, in->buf + start, in->end - start);
		in->end -= start;
	}
	in->pos = in->end;

	mem_deref(in);

	return err;
}

/* 0: read, or nothing to read now. */
static int input_read(struct rpc *r)
{
	ssize_t n;
	int err;

	if (r->in->end > RPC_LINE_MAX)
		return EOVERFLOW;

	if (!r->in->end && r->in->size > KEEP_SIZE) {
		mem_deref(r->in);
		r->in = mbuf_alloc(BUFFER_SIZE);
		if (!r->in)
			return ENOMEM;
	}
	else if (r->in->size - r->in->end < READ_SIZE) {
		err = mbuf_resize(r->in, MAX(2 * r->in->size, (size_t)BUFFER_SIZE));
		if (err)
			return err;
	}

	n = recv(r->fd, r->in->buf + r->in->end, r->in->size - r->in->end, MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : errno;
	if (n == 0)
		return ECONNRESET;

	r->in->end += (size_t)n;

	return lines_handle(r);
}

static int output_flush(struct rpc *r)
{
	while (mbuf_get_left(r->out)) {

		const ssize_t n =
			send(r->fd, mbuf_buf(r->out), mbuf_get_left(r->out), MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return fd_listen(r->fd, FD_READ | FD_WRITE, event, r);
		if (n < 0)
			return errno;

		mbuf_advance(r->out, n);
	}

	mbuf_rewind(r->out);

	return fd_listen(r->fd, FD_READ, event, r);
}

static void event(int flags, void *arg)
{
	struct rpc *r = arg;
	int err = 0;

	if (flags & (FD_READ | FD_EXCEPT))
		err = input_read(r);
	if (!err && r->fd >= 0 && (flags & FD_WRITE))
		err = output_flush(r);

	if (err)
		fail_all(r, err, "the connection to tandem-b2bua broke");
}

static void tick(void *arg)
{
	const uint64_t now_ms = clock_mono_ms();
	struct rpc *r = arg;
	struct le *le;

	if (r->broken)
		fail_all(r, ECONNREFUSED,
			 "tandem-b2bua does not answer on its control socket; start it, or see its log");

	for (le = r->callv.head; le;) {

		struct call *call = le->data;

		le = le->next;
		if (now_ms >= call->until_ms)
			call_fail(call, ETIMEDOUT, "tandem-b2bua did not answer in time; see its log");
	}

	if (r->callv.head && !tmr_isrunning(&r->tmr))
		tmr_start(&r->tmr, TICK_MS, tick, r);
}

static int socket_connect(int fd, const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};

	if (str_len(path) >= sizeof(addr.sun_path))
		return ENAMETOOLONG;

	str_ncpy(addr.sun_path, path, sizeof(addr.sun_path));

	return connect(fd, (struct sockaddr *)&addr, sizeof(addr)) ? errno : 0;
}

static int reconnect(struct rpc *r)
{
	int err;

	if (r->fd >= 0)
		return 0;

	r->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (r->fd < 0)
		return errno;

	r->in = mbuf_alloc(BUFFER_SIZE);
	r->out = mbuf_alloc(1024);

	err = r->in && r->out ? socket_connect(r->fd, r->path) : ENOMEM;
	err = err ? err : fd_listen(r->fd, FD_READ, event, r);
	if (err)
		disconnect(r);

	return err;
}

static int request_write(struct mbuf *mb, uint64_t id, const char *method, const struct odict *params)
{
	const size_t pos = mb->pos;
	int err;

	mbuf_skip_to_end(mb);

	err = mbuf_printf(mb, "{\"jsonrpc\": \"2.0\", \"id\": %llu, \"method\": \"%s\"", id, method);
	if (params) {
		err |= mbuf_write_str(mb, ", \"params\": ");
		err |= json_write(mb, params, ODICT_OBJECT, 0);
	}
	err |= mbuf_write_str(mb, "}\n");

	mb->pos = pos;

	return err;
}

/* 0, or why the b2bua cannot be asked now. */
static int request_send(struct rpc *r, uint64_t id, const char *method, const struct odict *params)
{
	int err;

	err = reconnect(r);
	err = err ? err : request_write(r->out, id, method, params);

	return err ? err : output_flush(r);
}

int rpc_call(struct rpc *r, const char *method, const struct odict *params, uint32_t timeout_ms,
	     rpc_answer_h *h, void *arg)
{
	struct call *call;

	if (list_count(&r->callv) >= RPC_PENDING_MAX)
		return EBUSY;

	call = mem_zalloc(sizeof(*call), call_destructor);
	if (!call)
		return ENOMEM;

	call->id = ++r->last_id;
	call->until_ms = clock_mono_ms() + timeout_ms;
	call->h = h;
	call->arg = arg;
	list_append(&r->callv, &call->le, call);

	/* told from the loop: the caller is still on its way */
	if (request_send(r, call->id, method, params)) {
		r->broken = true;
		tmr_start(&r->tmr, 0, tick, r);
	}
	else if (!tmr_isrunning(&r->tmr)) {
		tmr_start(&r->tmr, TICK_MS, tick, r);
	}

	return 0;
}
