/**
 * @file rpc.c  One question to the control socket of tandem-b2bua
 */
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <re.h>
#include "clock.h"
#include "json.h"
#include "rpc.h"

enum { READ_SIZE = 256 * 1024, ANSWER_MAX = 512 * 1024 * 1024 };

static int connect_error(const char *path, int err)
{
	switch (err) {

	case ENOENT:
	case ECONNREFUSED:
		return ctl_error("no daemon answers at %s; start it with ./dev up or systemctl start "
				 "tandem-b2bua, or "
				 "name its data folder with --data",
				 path);
	case EACCES:
		return ctl_error("you may not speak to %s; run tandemctl as root or as a member of the "
				 "daemon's group",
				 path);
	case ENAMETOOLONG:
		return ctl_error("the path %s is too long for a socket; use a shorter data folder", path);
	default:
		return ctl_error("cannot speak to %s: %m", path, err);
	}
}

static int socket_connect(int *fdp, const char *path)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd, err;

	if (str_len(path) >= sizeof(sun.sun_path))
		return ENAMETOOLONG;

	str_ncpy(sun.sun_path, path, sizeof(sun.sun_path));

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return errno;

	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun))) {
		err = errno;
		(void)close(fd);
		return err;
	}

	*fdp = fd;

	return 0;
}

/** Wait until the socket is ready for `events`; ETIMEDOUT at the deadline. */
static int ready_wait(int fd, short events, uint64_t deadline_ms)
{
	struct pollfd pfd = {.fd = fd, .events = events};

	for (;;) {
		const uint64_t now = clock_mono_ms();
		int n;

		if (now >= deadline_ms)
			return ETIMEDOUT;

		n = poll(&pfd, 1, (int)(deadline_ms - now));
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return errno;
	}
}

static int request_send(int fd, struct mbuf *mb, uint64_t deadline_ms)
{
	mb->pos = 0;

	while (mbuf_get_left(mb)) {

		ssize_t n;
		int err;

		err = ready_wait(fd, POLLOUT, deadline_ms);
		if (err)
			return err;

		n = send(fd, mbuf_buf(mb), mbuf_get_left(mb), MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return errno;

		mb->pos += n > 0 ? (size_t)n : 0;
	}

	return 0;
}

static int answer_receive(int fd, struct mbuf *mb, uint64_t deadline_ms)
{
	while (mb->end < ANSWER_MAX) {

		ssize_t n;
		int err;

		err = ready_wait(fd, POLLIN, deadline_ms);
		if (err)
			return err;

		if (mb->size < mb->end + READ_SIZE && mbuf_resize(mb, MAX(2 * mb->size, mb->end + READ_SIZE)))
			return ENOMEM;

		n = recv(fd, mb->buf + mb->end, READ_SIZE, 0);
		if (n < 0 && errno != EINTR)
			return errno;
		if (!n)
			return ECONNRESET;

		mb->end += n > 0 ? (size_t)n : 0;
		if (n > 0 && mb->buf[mb->end - 1] == '\n')
			return 0;
	}

	return EMSGSIZE;
}

static int exchange(struct mbuf *answer, const struct ctl *ctl, struct mbuf *request, uint32_t timeout_s)
{
	const uint64_t deadline_ms = clock_mono_ms() + (uint64_t)timeout_s * 1000;
	int fd = -1, err;

	err = socket_connect(&fd, ctl->socket);
	if (err)
		return connect_error(ctl->socket, err);

	err = request_send(fd, request, deadline_ms);
	err = err ? err : answer_receive(fd, answer, deadline_ms);
	(void)close(fd);

	if (err == ETIMEDOUT)
		return ctl_error("the daemon at %s did not answer within %u s; see its log, or wait longer "
				 "with "
				 "--timeout",
				 ctl->socket, timeout_s);
	if (err)
		return ctl_error("the daemon at %s broke off: %m; see its log", ctl->socket, err);

	return CTL_OK;
}

static int answer_take(struct odict **resultp, const struct mbuf *answer)
{
	const struct odict_entry *result, *error;
	struct json_fault fault;
	struct odict *json = NULL;
	int code = CTL_OK;

	if (json_read(&json, ODICT_OBJECT, (const char *)answer->buf, answer->end, &fault))
		return ctl_error("the daemon's answer is not JSON (column %u: %s); are both of the same "
				 "version?",
				 fault.column, fault.what);

	result = odict_lookup(json, "result");
	error = odict_lookup(json, "error");

	if (result && result->type == ODICT_OBJECT)
		*resultp = mem_ref(result->u.odict);
	else if (error && error->type == ODICT_OBJECT && odict_string(error->u.odict, "message"))
		code = ctl_error("%s", odict_string(error->u.odict, "message"));
	else
		code = ctl_error("the daemon's answer is not understood; are both of the same version?");

	mem_deref(json);

	return code;
}

int rpc_call(struct odict **resultp, const struct ctl *ctl, const char *method, const struct mbuf *params,
	     uint32_t timeout_s)
{
	struct mbuf *request = mbuf_alloc(512), *answer = mbuf_alloc(READ_SIZE);
	int code = CTL_FAILED, err = 0;

	if (!request || !answer)
		err = ENOMEM;

	err = err ? err
		  : mbuf_printf(request, "{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"%s\"", method);
	if (!err && params) {
		err = mbuf_write_str(request, ", \"params\": ");
		err = err ? err : mbuf_write_mem(request, params->buf, params->end);
	}
	err = err ? err : mbuf_write_str(request, "}\n");

	if (err)
		(void)ctl_error("%m", err);
	else
		code = exchange(answer, ctl, request, ctl->timeout_s ? ctl->timeout_s : timeout_s);
	if (code == CTL_OK)
		code = answer_take(resultp, answer);

	mem_deref(request);
	mem_deref(answer);

	return code;
}

int rpc_ask(struct odict **resultp, const struct ctl *ctl, const char *method, const char *key,
	    const char *text)
{
	struct mbuf *params = mbuf_alloc(256);
	int code, err;

	err = params ? mbuf_printf(params, "{\"%s\": ", key) : ENOMEM;
	err = err ? err : json_write_str(params, text, str_len(text));
	err = err ? err : mbuf_write_u8(params, '}');

	code = err ? ctl_error("%m", err) : rpc_call(resultp, ctl, method, params, RPC_TIMEOUT_S);
	mem_deref(params);

	return code;
}
