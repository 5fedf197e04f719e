/**
 * @file test_connect.c  No connection of libre's waits between small messages
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>
#include <re.h>
#include "door/connect.h"
#include "unit.h"

static void connect_handler(const struct sa *peer, void *arg)
{
	(void)peer;
	(void)arg;
}

static bool hurries(int fd)
{
	socklen_t len = sizeof(int);
	int on = 0;

	return !getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, &len) && on;
}

static void test_opened(void)
{
	struct tcp_sock *ts = NULL;
	struct tcp_conn *tc = NULL;
	struct sa sa;

	sa_set_str(&sa, "127.0.0.1", 0);
	CU_ASSERT_EQUAL_FATAL(tcp_listen(&ts, &sa, connect_handler, NULL), 0);
	CU_ASSERT_EQUAL_FATAL(tcp_local_get(ts, &sa), 0);
	CU_ASSERT_EQUAL_FATAL(tcp_connect(&tc, &sa, NULL, NULL, NULL, NULL), 0);
	CU_ASSERT(hurries(tcp_conn_fd(tc)));

	mem_deref(tc);
	mem_deref(ts);
}

static void test_accepted(void)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(in);
	int listener = socket(AF_INET, SOCK_STREAM, 0), opened = socket(AF_INET, SOCK_STREAM, 0), accepted;

	CU_ASSERT_FATAL(!bind(listener, (struct sockaddr *)&in, len) && !listen(listener, 1));
	connect_hurry(listener);
	CU_ASSERT_FATAL(!getsockname(listener, (struct sockaddr *)&in, &len));
	CU_ASSERT_FATAL(!connect(opened, (struct sockaddr *)&in, len));
	accepted = accept(listener, NULL, NULL);

	CU_ASSERT(hurries(accepted));
	CU_ASSERT(!hurries(opened));

	(void)close(accepted);
	(void)close(opened);
	(void)close(listener);
}

static const struct unit_test testv[] = {
	{"a connection that libre opens does not wait between small messages", test_opened},
	{"nor does one that is accepted", test_accepted},
	{NULL, NULL},
};

const struct unit_suite connect_suite = {"connect", testv};
