/**
 * @file test_ng_replies.c  Replies reach whom they are for, in order, whatever others leave unread
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <re.h>
#include "ng_replies.h"
#include "ng_senders.h"
#include "unit.h"

enum { CLIENTS = NG_SENDERS_MAX + 4, ROUNDS = 3 };

static char folder[32];
static int listener;
static struct ng_replies *replies;

struct client {
	struct ng_peer peer; /* as the listener sees it */
	int fd;
};

static struct ng_peer peer_of(const char *name)
{
	struct ng_peer peer = {.fd = listener, .len = sizeof(peer.u.un)};

	peer.u.un.sun_family = AF_UNIX;
	(void)re_snprintf(peer.u.un.sun_path, sizeof(peer.u.un.sun_path), "%s/%s", folder, name);

	return peer;
}

static int socket_bound(const struct ng_peer *name)
{
	const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL_FATAL(bind(fd, &name->u.sa, name->len), 0);

	return fd;
}

static struct client client_open(unsigned i, bool connected)
{
	const struct ng_peer server = peer_of("server");
	struct client client;
	char name[16];

	(void)re_snprintf(name, sizeof(name), "client%u", i);
	client.peer = peer_of(name);
	client.fd = socket_bound(&client.peer);
	if (connected)
		CU_ASSERT_EQUAL_FATAL(connect(client.fd, &server.u.sa, server.len), 0);

	return client;
}

static void client_close(struct client *client)
{
	(void)close(client->fd);
	(void)unlink(client->peer.u.un.sun_path);
}

static void all_open(void)
{
	struct ng_peer server;

	str_ncpy(folder, "/tmp/ng_repliesXXXXXX", sizeof(folder));
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
	server = peer_of("server");
	listener = socket_bound(&server);
	CU_ASSERT_EQUAL_FATAL(ng_replies_alloc(&replies), 0);
}

static void all_close(void)
{
	const struct ng_peer server = peer_of("server");

	replies = mem_deref(replies);
	(void)close(listener);
	(void)unlink(server.u.un.sun_path);
	(void)rmdir(folder);
}

static void reply(const struct ng_peer *to, unsigned number)
{
	CU_ASSERT_EQUAL(mbuf_printf(ng_replies_next(replies), "%u", number), 0);
	ng_replies_add(replies, to);
}

/* What it has read; UINT_MAX: nothing. */
static unsigned heard(const struct client *client)
{
	char text[16] = "";

	return recv(client->fd, text, sizeof(text) - 1, 0) > 0 ? (unsigned)strtoul(text, NULL, 10) : UINT_MAX;
}

static void each_client_gets_its_own_in_order(void)
{
	struct client clientv[CLIENTS];
	unsigned i, round;

	all_open();
	for (i = 0; i < CLIENTS; i++)
		clientv[i] = client_open(i, i % 3 == 0);

	for (round = 0; round < ROUNDS; round++)
		for (i = 0; i < CLIENTS; i++)
			reply(&clientv[i].peer, round * 100 + i);
	ng_replies_flush(replies);

	for (i = 0; i < CLIENTS; i++) {
		for (round = 0; round < ROUNDS; round++)
			CU_ASSERT_EQUAL(heard(&clientv[i]), round * 100 + i);
		client_close(&clientv[i]);
	}

	CU_ASSERT_EQUAL(ng_replies_unsent(replies), 0);
	all_close();
}

static void who_is_gone_or_has_no_name_keeps_back_nobody(void)
{
	const struct ng_peer nameless = {.fd = listener,
					 .len = sizeof(sa_family_t),
					 .u.sa.sa_family = AF_UNIX};
	struct client here, gone;

	all_open();
	here = client_open(1, false);
	gone = client_open(2, false);
	client_close(&gone);

	reply(&here.peer, 1);
	reply(&gone.peer, 2);
	reply(&nameless, 3);
	reply(&here.peer, 4);
	ng_replies_flush(replies);

	CU_ASSERT_EQUAL(heard(&here), 1);
	CU_ASSERT_EQUAL(heard(&here), 4);
	CU_ASSERT_EQUAL(heard(&here), UINT_MAX);
	CU_ASSERT_EQUAL(ng_replies_unsent(replies), 2);
	client_close(&here);
	all_close();
}

static void what_one_leaves_unread_is_no_others_loss(void)
{
	static uint8_t large[32 * 1024];
	struct client deaf, other;
	unsigned i;

	all_open();
	deaf = client_open(1, true);
	other = client_open(2, false);
	for (i = 0; i < 1000 && !ng_replies_unsent(replies); i++)
		ng_replies_send(replies, &deaf.peer, large, sizeof(large));
	CU_ASSERT_EQUAL(ng_replies_unsent(replies), 1);

	reply(&other.peer, 7);
	ng_replies_flush(replies);
	CU_ASSERT_EQUAL(heard(&other), 7);
	CU_ASSERT_EQUAL(ng_replies_unsent(replies), 1);
	client_close(&deaf);
	client_close(&other);
	all_close();
}

static const struct unit_test testv[] = {
	{"each client gets its own replies, in order", each_client_gets_its_own_in_order},
	{"who is gone or has no name keeps back nobody", who_is_gone_or_has_no_name_keeps_back_nobody},
	{"what one leaves unread is no other's loss", what_one_leaves_unread_is_no_others_loss},
	{NULL, NULL},
};

const struct unit_suite ng_replies_suite = {"ng_replies", testv};
