/**
 * @file test_relay.c  The NG client: replies, retries, a relay that dies and comes back
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <re.h>
#include "call/relay_farm.h"
#include "loop.h"
#include "ng_peer.h"
#include "unit.h"

enum { TURN_MS = 20 };

static struct ng_peer peer;
static struct relay_client *rc;

struct heard {
	unsigned n;
	int err;
	bool reply;
};

static void on_reply(int err, const struct ng_msg *reply, void *arg)
{
	struct heard *heard = arg;

	++heard->n;
	heard->err = err;
	heard->reply = reply != NULL;
}

static int client_open(const char *path)
{
	struct ng_target target;
	char errstr[256] = "";

	CU_ASSERT_EQUAL(ng_target_unix(&target, path), 0);

	return relay_client_alloc(&rc, &target, peer.dir, 0, errstr, sizeof(errstr));
}

static void open_all(void)
{
	loop_open();
	ng_peer_open(&peer);
	rc = NULL;
	CU_ASSERT_EQUAL_FATAL(client_open(peer.path), 0);
	CU_ASSERT_FALSE(relay_up(rc));
	loop_run(TURN_MS);
	CU_ASSERT_TRUE(relay_up(rc));
}

static void close_all(void)
{
	rc = mem_deref(rc);
	ng_peer_close(&peer);
	loop_close();
}

static void request(struct relay_op **opp, struct heard *heard)
{
	memset(heard, 0, sizeof(*heard));
	bwrite_str(relay_request(rc, "query"), "call-id", "x");
	CU_ASSERT_EQUAL(relay_request_send(rc, opp, on_reply, heard), 0);
	CU_ASSERT_EQUAL(heard->n, 0); /* never before it returns */
}

static void test_reply(void)
{
	struct relay_op *op = NULL;
	struct heard heard;

	open_all();
	request(&op, &heard);
	CU_ASSERT_PTR_NOT_NULL(op);
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(heard.n, 1);
	CU_ASSERT_EQUAL(heard.err, 0);
	CU_ASSERT_TRUE(heard.reply);
	CU_ASSERT_PTR_NULL(op);
	CU_ASSERT_EQUAL(peer.commands, 1);

	loop_run(4000);
	CU_ASSERT_EQUAL(heard.n, 1);
	CU_ASSERT_EQUAL(peer.commands, 1);
	close_all();
}

static void test_refusal(void)
{
	struct heard heard;

	open_all();
	peer.mood = NG_PEER_REFUSE;
	request(NULL, &heard);
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(heard.n, 1);
	CU_ASSERT_EQUAL(heard.err, EREMOTEIO);
	CU_ASSERT_TRUE(heard.reply);
	CU_ASSERT_TRUE(relay_up(rc)); /* it said no: it lives */
	close_all();
}

/* Sent at 0, 200, 600 and 1400 ms, given up at 3000. */
static void test_retry(void)
{
	struct heard heard;

	open_all();
	peer.mood = NG_PEER_PONG;
	request(NULL, &heard);
	loop_run(190);
	CU_ASSERT_EQUAL(peer.commands, 1);
	loop_run(400);
	CU_ASSERT_EQUAL(peer.commands, 2);
	loop_run(800);
	CU_ASSERT_EQUAL(peer.commands, 3);
	loop_run(1590);
	CU_ASSERT_EQUAL(peer.commands, 4);
	CU_ASSERT_EQUAL(heard.n, 0);
	loop_run(100);
	CU_ASSERT_EQUAL(peer.commands, 4);
	CU_ASSERT_EQUAL(heard.n, 1);
	CU_ASSERT_EQUAL(heard.err, ETIMEDOUT);
	CU_ASSERT_FALSE(heard.reply);
	close_all();
}

static void test_retry_answered(void)
{
	struct heard heard;

	open_all();
	peer.mood = NG_PEER_PONG;
	request(NULL, &heard);
	loop_run(300);
	peer.mood = NG_PEER_OK;
	loop_run(4000);
	CU_ASSERT_EQUAL(peer.commands, 3);
	CU_ASSERT_EQUAL(heard.n, 1);
	CU_ASSERT_EQUAL(heard.err, 0);
	close_all();
}

static void test_forgotten(void)
{
	struct relay_op *op = NULL;
	struct heard heard;

	open_all();
	request(&op, &heard);
	mem_deref(op);
	CU_ASSERT_PTR_NULL(op);
	loop_run(4000);
	CU_ASSERT_EQUAL(heard.n, 0);
	close_all();
}

/* A relay that hangs is down within 2 s, and up with its first word. */
static void test_silence(void)
{
	open_all();
	peer.mood = NG_PEER_SILENT;
	loop_run(1000);
	CU_ASSERT_TRUE(relay_up(rc));
	loop_run(1000);
	CU_ASSERT_FALSE(relay_up(rc));
	peer.mood = NG_PEER_OK;
	loop_run(600);
	CU_ASSERT_TRUE(relay_up(rc));
	close_all();
}

/* A relay that died is down with the next request, which fails at once. */
static void test_death(void)
{
	struct heard heard;

	open_all();
	ng_peer_die(&peer);
	request(NULL, &heard);
	CU_ASSERT_FALSE(relay_up(rc));
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(heard.n, 1);
	CU_ASSERT_EQUAL(heard.err, ENOTCONN);

	ng_peer_rise(&peer);
	loop_run(600);
	CU_ASSERT_TRUE(relay_up(rc));
	request(NULL, &heard);
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(heard.err, 0);
	CU_ASSERT_EQUAL(heard.n, 1);
	close_all();
}

static void on_notice(struct relay_client *from, const struct pl *event, const struct pl *call_id,
		      const struct bval *dict, void *arg)
{
	char *all = arg;

	CU_ASSERT_PTR_EQUAL(from, rc);
	CU_ASSERT_PTR_NOT_NULL(bval_get(dict, "command"));
	(void)re_snprintf(all + strlen(all), 64 - strlen(all), "%r/%r ", event, call_id);
}

static void test_notify(void)
{
	char all[64] = "";

	open_all();
	relay_handlers_set(rc, on_notice, NULL, all);
	ng_peer_notify(&peer, "something-else", "no");
	ng_peer_notify(&peer, "media-timeout", "call7");
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(all, "something-else/no media-timeout/call7 ");
	close_all();
}

static void test_junk(void)
{
	static const char *const v[] =
		{"", " ", "junk", "x d", "x le", "x de", "x d6:result2:oke", "\xff\xff d1:", "x i1e"};
	struct heard heard;

	open_all();
	peer.mood = NG_PEER_PONG;
	request(NULL, &heard);
	loop_run(TURN_MS);
	for (size_t i = 0; i < ARRAY_SIZE(v); i++)
		ng_peer_send(&peer, v[i], strlen(v[i]));
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(heard.n, 0);
	CU_ASSERT_TRUE(relay_up(rc));
	close_all();
}

static void test_cannot_open(void)
{
	char long_dir[] = "/tmp/a-folder-with-a-name-that-is-longer-than-a-unix-socket-address-can-be-"
			  "which-is-one-hundred-and-eight-bytes";
	char no_dir[] = "/nonexistent", target[] = "udp:nowhere", sock[] = "/nonexistent/x";
	struct config v[] = {
		{.run_dir = long_dir, .ng_socket = sock},
		{.run_dir = no_dir, .ng_socket = sock},
		{.run_dir = no_dir, .ng_socket = sock, .ng_target = target},
	};
	static const char *const said[] = {"too long", "can this user write", "give udp:ADDR:PORT"};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct relay_farm *none = NULL;
		char errstr[256] = "";

		CU_ASSERT_NOT_EQUAL(relay_farm_alloc(&none, &v[i], errstr, sizeof(errstr)), 0);
		CU_ASSERT_PTR_NULL(none);
		CU_ASSERT_PTR_NOT_NULL(strstr(errstr, said[i]));
	}
}

static int udp_socket(struct sa *sa)
{
	const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	CU_ASSERT_FATAL(fd >= 0);
	(void)sa_set_str(sa, "127.0.0.1", 0);
	CU_ASSERT_EQUAL_FATAL(bind(fd, &sa->u.sa, sa->len), 0);
	sa->len = sizeof(sa->u);
	CU_ASSERT_EQUAL_FATAL(getsockname(fd, &sa->u.sa, &sa->len), 0);

	return fd;
}

/* By UDP anybody can write to us: only the relay may end a call, and no request may end the relay. */
static void test_udp(void)
{
	static const char notice[] = "c1 d7:call-id1:x7:command6:notify5:event13:media-timeoute";
	char errstr[256] = "", cookie[64] = "", big[70000] = "", told[64] = "";
	struct sa relay, stranger, client = {.len = sizeof(client.u)};
	const int fd = udp_socket(&relay), other = udp_socket(&stranger);
	struct ng_target target = {.name = "udp", .weight = 1};
	struct heard heard = {0};
	struct pl pl = {big, sizeof(big)};
	ssize_t n;

	loop_open();
	target.addr = relay;
	rc = NULL;
	CU_ASSERT_EQUAL_FATAL(relay_client_alloc(&rc, &target, "", 0, errstr, sizeof(errstr)), 0);
	CU_ASSERT_TRUE(relay_is_here(rc));
	relay_handlers_set(rc, on_notice, NULL, told);

	n = recvfrom(fd, cookie, sizeof(cookie) - 1, 0, &client.u.sa, &client.len);
	CU_ASSERT_FATAL(n > 0 && strchr(cookie, ' '));
	(void)re_snprintf(strchr(cookie, ' '), 20, " d6:result4:ponge");
	CU_ASSERT(sendto(fd, cookie, strlen(cookie), 0, &client.u.sa, client.len) > 0);
	loop_run(TURN_MS);
	CU_ASSERT_TRUE(relay_up(rc));

	CU_ASSERT(sendto(other, notice, strlen(notice), 0, &client.u.sa, client.len) > 0);
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(told, "");
	CU_ASSERT(sendto(fd, notice, strlen(notice), 0, &client.u.sa, client.len) > 0);
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(told, "media-timeout/x ");

	memset(big, 'x', sizeof(big));
	bwrite_pl(relay_request(rc, "offer"), "sdp", &pl);
	CU_ASSERT_EQUAL(relay_request_send(rc, NULL, on_reply, &heard), 0);
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(heard.n, 1);
	CU_ASSERT_EQUAL(heard.err, EMSGSIZE);
	CU_ASSERT_TRUE(relay_up(rc));

	rc = mem_deref(rc);
	(void)close(fd);
	(void)close(other);
	loop_close();
}

static void on_news(struct relay_client *from, enum relay_news news, void *arg)
{
	static const char *const wordv[] = {"down", "back", "restarted"};
	char *all = arg;

	CU_ASSERT_PTR_EQUAL(from, rc);
	(void)re_snprintf(all + strlen(all), 64 - strlen(all), "%s ", wordv[news]);
}

/* However short it was away: the instance tells. */
static void test_restart(void)
{
	char all[64] = "";

	open_all();
	relay_handlers_set(rc, NULL, on_news, all);
	CU_ASSERT_TRUE(relay_is_tandem(rc));
	CU_ASSERT_EQUAL(relay_generation(rc), 1);

	str_ncpy(peer.instance, "run-2", sizeof(peer.instance));
	loop_run(600);
	CU_ASSERT_STRING_EQUAL(all, "restarted ");
	CU_ASSERT_EQUAL(relay_generation(rc), 2);

	ng_peer_die(&peer);
	loop_run(600);
	CU_ASSERT_NOT_EQUAL(relay_down_ms(rc), 0);
	ng_peer_rise(&peer);
	loop_run(600);
	CU_ASSERT_STRING_EQUAL(all, "restarted down back ");
	CU_ASSERT_EQUAL(relay_generation(rc), 2);
	close_all();
}

static void test_stranger_restart(void)
{
	char all[64] = "";

	open_all();
	close_all();

	loop_open();
	ng_peer_open(&peer);
	peer.instance[0] = '\0';
	CU_ASSERT_EQUAL_FATAL(client_open(peer.path), 0);
	relay_handlers_set(rc, NULL, on_news, all);
	loop_run(TURN_MS);
	CU_ASSERT_FALSE(relay_is_tandem(rc));
	ng_peer_die(&peer);
	loop_run(600);
	ng_peer_rise(&peer);
	loop_run(600);
	CU_ASSERT_STRING_EQUAL(all, "down back ");
	CU_ASSERT_EQUAL(relay_generation(rc), 1);
	close_all();
}

/* What waits for a relay that hangs need not wait any longer than it takes to know that. */
static void test_down_fails_all(void)
{
	struct heard heardv[20];

	open_all();
	peer.mood = NG_PEER_SILENT;
	for (size_t i = 0; i < ARRAY_SIZE(heardv); i++)
		request(NULL, &heardv[i]);
	loop_run(2100);
	CU_ASSERT_FALSE(relay_up(rc));
	for (size_t i = 0; i < ARRAY_SIZE(heardv); i++) {
		CU_ASSERT_EQUAL(heardv[i].n, 1);
		CU_ASSERT_EQUAL(heardv[i].err, ENOTCONN);
	}

	request(NULL, &heardv[0]);
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(heardv[0].err, ENOTCONN);
	close_all();
}

/* A unix socket holds ten datagrams: of any number of requests eight are under way. */
static void test_window(void)
{
	struct heard heardv[20];
	unsigned n = 0;

	open_all();
	peer.mood = NG_PEER_PONG;
	for (size_t i = 0; i < ARRAY_SIZE(heardv); i++)
		request(NULL, &heardv[i]);
	loop_run(150);
	CU_ASSERT_EQUAL(peer.commands, 8);

	peer.mood =
		NG_PEER_OK; /* the eight are answered when they are repeated, and make room for the rest */
	loop_run(200);
	CU_ASSERT_EQUAL(peer.commands, 8 + ARRAY_SIZE(heardv));
	for (size_t i = 0; i < ARRAY_SIZE(heardv); i++)
		n += heardv[i].n == 1 && !heardv[i].err;
	CU_ASSERT_EQUAL(n, ARRAY_SIZE(heardv));
	close_all();
}

static const struct unit_test testv[] = {
	{"of many requests eight are under way", test_window},
	{"a relay that goes down fails what waits for it", test_down_fails_all},
	{"a relay that was started anew says so, however short it was away", test_restart},
	{"of a relay that does not name its runs only a return is told", test_stranger_restart},
	{"a reply reaches its request once", test_reply},
	{"a refusal is told with its reply, and the relay lives", test_refusal},
	{"a request is repeated three times and given up", test_retry},
	{"a repeated request is answered once", test_retry_answered},
	{"a request forgotten is not told of", test_forgotten},
	{"a silent relay is down within 2 s, and up again", test_silence},
	{"a dead relay is down at once, and up again", test_death},
	{"a media time-out is handed on", test_notify},
	{"junk is dropped", test_junk},
	{"a socket that cannot be opened says why", test_cannot_open},
	{"by UDP only the relay is heard, and one request too large harms no other", test_udp},
	{NULL, NULL},
};

const struct unit_suite relay_suite = {"relay", testv};
