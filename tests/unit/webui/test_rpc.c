/**
 * @file test_rpc.c  The control socket as seen from the web server, against a peer of our own
 */
#include <string.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <re.h>
#include "rpc.h"
#include "unit.h"

/* ---------------------------------------------------------------- answers */

static void test_decode(void)
{
	static const struct {
		const char *line;
		int err;        /* of rpc_decode */
		int answer_err; /* of the answer */
	} v[] = {
		{"{\"jsonrpc\": \"2.0\", \"id\": 7, \"result\": {\"a\": 1}}", 0, 0},
		{"{\"id\": 7, \"error\": {\"code\": -32000, \"message\": \"no\"}}", 0, EPROTO},
		{"{\"id\": 7, \"error\": {\"message\": \"no\"}}", 0, EPROTO},
		{"{\"id\": 7, \"error\": {\"code\": 1}}", EBADMSG, 0},
		{"{\"id\": 7}", EBADMSG, 0},
		{"{\"id\": 7, \"result\": []}", EBADMSG, 0},
		{"{\"id\": null, \"result\": {}}", EBADMSG, 0},
		{"{\"id\": \"7\", \"result\": {}}", EBADMSG, 0},
		{"{\"id\": 1e300, \"result\": {}}", EBADMSG, 0},
		{"{\"result\": {}}", EBADMSG, 0},
		{"[]", EBADMSG, 0},
		{"", EBADMSG, 0},
		{"{\"id\": 7, \"result\": {}", EBADMSG, 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {

		struct rpc_answer answer;
		struct odict *o = NULL;
		uint64_t id = 0;

		CU_ASSERT_EQUAL(rpc_decode(&o, &id, &answer, v[i].line, strlen(v[i].line)), v[i].err);
		if (!v[i].err) {
			CU_ASSERT_EQUAL(id, 7);
			CU_ASSERT_EQUAL(answer.err, v[i].answer_err);
			CU_ASSERT_EQUAL(answer.result != NULL, v[i].answer_err == 0);
			CU_ASSERT_EQUAL(answer.error != NULL, v[i].answer_err != 0);
		}
		mem_deref(o);
	}
}

/* ---------------------------------------------------------------- a connection */

struct peer {
	char dir[32], path[64];
	int listen_fd, fd;
	char in[4096];
	size_t len;
	const char *answer; /* what is sent when a line has come; NULL: silence, "": close */
	unsigned lines;
};

struct outcome {
	unsigned answers;
	int err;
	bool wanted_all; /* re_cancel at the last one */
	unsigned wanted;
};

static void peer_read(int flags, void *arg)
{
	struct peer *p = arg;
	const ssize_t n = recv(p->fd, p->in + p->len, sizeof(p->in) - p->len, MSG_DONTWAIT);

	if (n <= 0) {
		fd_close(p->fd);
		(void)close(p->fd);
		p->fd = -1;
		return;
	}

	for (ssize_t i = 0; i < n; i++)
		p->lines += p->in[p->len + (size_t)i] == '\n';
	p->len += (size_t)n;

	if (p->answer && !p->answer[0]) {
		fd_close(p->fd);
		(void)close(p->fd);
		p->fd = -1;
	}
	else if (p->answer) {
		CU_ASSERT_EQUAL(send(p->fd, p->answer, strlen(p->answer), MSG_NOSIGNAL),
				(ssize_t)strlen(p->answer));
	}
}

static void peer_accept(int flags, void *arg)
{
	struct peer *p = arg;

	p->fd = accept(p->listen_fd, NULL, NULL);
	CU_ASSERT_EQUAL(fd_listen(p->fd, FD_READ, peer_read, p), 0);
}

static void peer_start(struct peer *p, const char *answer)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};

	memset(p, 0, sizeof(*p));
	str_ncpy(p->dir, "/tmp/tandem-unit-XXXXXX", sizeof(p->dir));
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(p->dir));
	(void)re_snprintf(p->path, sizeof(p->path), "%s/sock", p->dir);
	str_ncpy(addr.sun_path, p->path, sizeof(addr.sun_path));

	p->answer = answer;
	p->fd = -1;
	p->listen_fd = socket(AF_UNIX, SOCK_STREAM, 0);
	CU_ASSERT_EQUAL_FATAL(bind(p->listen_fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	CU_ASSERT_EQUAL_FATAL(listen(p->listen_fd, 4), 0);
	CU_ASSERT_EQUAL_FATAL(fd_listen(p->listen_fd, FD_READ, peer_accept, p), 0);
}

static void peer_stop(struct peer *p)
{
	if (p->fd >= 0) {
		fd_close(p->fd);
		(void)close(p->fd);
	}
	fd_close(p->listen_fd);
	(void)close(p->listen_fd);
	(void)unlink(p->path);
	(void)rmdir(p->dir);
}

static void answer_handler(const struct rpc_answer *answer, void *arg)
{
	struct outcome *o = arg;

	o->err = answer->err;
	if (++o->answers == o->wanted)
		re_cancel();
}

static void too_long(void *arg)
{
	CU_FAIL("no answer came");
	re_cancel();
}

static void loop(void)
{
	struct tmr tmr;

	tmr_init(&tmr);
	tmr_start(&tmr, 5000, too_long, NULL);
	(void)re_main(NULL);
	tmr_cancel(&tmr);
}

static struct outcome ask(const char *path, unsigned times, uint32_t timeout_ms)
{
	struct outcome o = {.wanted = times};
	struct rpc *r = NULL;

	CU_ASSERT_EQUAL_FATAL(rpc_alloc(&r, path), 0);

	for (unsigned i = 0; i < times; i++)
		CU_ASSERT_EQUAL(rpc_call(r, "status", NULL, timeout_ms, answer_handler, &o), 0);

	CU_ASSERT_EQUAL(o.answers, 0);
	loop();
	mem_deref(r);

	return o;
}

static void test_answered(void)
{
	struct peer p;
	struct outcome o;

	/* for another id, then ours in one piece with the next */
	peer_start(&p, "{\"id\": 99, \"result\": {}}\n{\"id\": 1, \"result\": {}}\n{\"id\": 2, \"result\": "
		       "{}}\n");
	o = ask(p.path, 2, 5000);
	CU_ASSERT_EQUAL(o.answers, 2);
	CU_ASSERT_EQUAL(o.err, 0);
	CU_ASSERT_EQUAL(p.lines, 2);
	CU_ASSERT_PTR_NOT_NULL(strstr(p.in, "{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"status\"}\n"));
	peer_stop(&p);
}

static void test_failures(void)
{
	static const struct {
		const char *answer;
		uint32_t timeout_ms;
		int err;
	} v[] = {
		{NULL, 100, ETIMEDOUT},
		{"", 5000, ECONNRESET},
		{"nonsense\n", 5000, EBADMSG},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {

		struct peer p;
		struct outcome o;

		peer_start(&p, v[i].answer);
		o = ask(p.path, 3, v[i].timeout_ms);
		CU_ASSERT_EQUAL(o.answers, 3);
		CU_ASSERT_EQUAL(o.err, v[i].err);
		peer_stop(&p);
	}
}

static void test_nobody(void)
{
	const struct outcome o = ask("/tmp/tandem-unit-there-is-no-such-socket", 2, 5000);

	CU_ASSERT_EQUAL(o.answers, 2);
	CU_ASSERT_EQUAL(o.err, ECONNREFUSED);
}

static void test_again(void)
{
	struct outcome o = {.wanted = 1};
	struct rpc *r = NULL;
	struct peer p;

	peer_start(&p, "");
	CU_ASSERT_EQUAL_FATAL(rpc_alloc(&r, p.path), 0);
	CU_ASSERT_EQUAL(rpc_call(r, "status", NULL, 5000, answer_handler, &o), 0);
	loop();
	CU_ASSERT_EQUAL(o.err, ECONNRESET);

	p.answer = "{\"id\": 2, \"result\": {}}\n";
	o = (struct outcome){.wanted = 1};
	CU_ASSERT_EQUAL(rpc_call(r, "status", NULL, 5000, answer_handler, &o), 0);
	loop();
	CU_ASSERT_EQUAL(o.answers, 1);
	CU_ASSERT_EQUAL(o.err, 0);
	mem_deref(r);
	peer_stop(&p);
}

static void test_bound(void)
{
	struct outcome o = {.wanted = 0};
	struct rpc *r = NULL;
	struct peer p;

	peer_start(&p, NULL);
	CU_ASSERT_EQUAL_FATAL(rpc_alloc(&r, p.path), 0);

	for (unsigned i = 0; i < RPC_PENDING_MAX; i++)
		CU_ASSERT_EQUAL(rpc_call(r, "status", NULL, 5000, answer_handler, &o), 0);

	CU_ASSERT_EQUAL(rpc_call(r, "status", NULL, 5000, answer_handler, &o), EBUSY);
	mem_deref(r);
	CU_ASSERT_EQUAL(o.answers, RPC_PENDING_MAX);
	CU_ASSERT_EQUAL(o.err, ECONNABORTED);
	peer_stop(&p);
}

static const struct unit_test testv[] = {
	{"an answer has an id and a result or an error, or is refused", test_decode},
	{"answers find their requests by id", test_answered},
	{"silence, a closed connection and nonsense fail every request once", test_failures},
	{"nobody on the socket is told from the loop", test_nobody},
	{"a broken connection is made again by the next request", test_again},
	{"so many may wait and no more; the end answers them all", test_bound},
	{NULL, NULL},
};

const struct unit_suite rpc_suite = {"rpc", testv};
