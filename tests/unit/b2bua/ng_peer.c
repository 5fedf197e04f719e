/**
 * @file ng_peer.c  A small media relay for tests
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <re.h>
#include "ng_peer.h"
#include "unit.h"

void ng_peer_send(struct ng_peer *p, const void *data, size_t size)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};

	str_ncpy(un.sun_path, p->client, sizeof(un.sun_path));
	CU_ASSERT_EQUAL(sendto(p->fd, data, size, 0, (struct sockaddr *)&un, sizeof(un)), (ssize_t)size);
}

static void stream_write(struct bwriter *w, int64_t packets, int64_t lost, int64_t jitter_us)
{
	bwrite_dict(w, NULL);
	bwrite_dict(w, "stats");
	bwrite_int(w, "packets", packets);
	bwrite_int(w, "bytes", packets * 172);
	bwrite_end_dict(w);
	bwrite_int(w, "lost", lost);
	bwrite_int(w, "jitter-us", jitter_us);
	bwrite_end_dict(w);
}

/* One media of one RTP stream and its RTCP, which does not count. */
static void tag_write(struct bwriter *w, const char *tag, int64_t packets, int64_t lost, int64_t jitter_us)
{
	bwrite_dict(w, tag);
	bwrite_list(w, "medias");
	bwrite_dict(w, NULL);
	bwrite_list(w, "streams");
	stream_write(w, packets, lost, jitter_us);
	stream_write(w, 7777, 7777, 7777);
	bwrite_end_list(w);
	bwrite_end_dict(w);
	bwrite_end_list(w);
	bwrite_end_dict(w);
}

static void tags_write(struct bwriter *w, int64_t more)
{
	bwrite_dict(w, "tags");
	tag_write(w, "a", 100 + more, 1, 500);
	tag_write(w, "b1", 10, 2, 900);
	tag_write(w, "b2", 20, 3, 300);
	bwrite_end_dict(w);
}

static void result_write(struct bwriter *w, const struct ng_peer *p, const struct pl *command)
{
	static const char *const reasonv[] = {
		[NG_PEER_REFUSE] = "Failed to parse SDP",
		[NG_PEER_FULL] = "Ran out of ports",
		[NG_PEER_LIMIT] = "Parallel session limit reached",
		[NG_PEER_LOST] = "Unknown call-id",
	};
	const bool offer = !pl_strcmp(command, "offer");
	const bool full = p->mood == NG_PEER_FULL || p->mood == NG_PEER_LIMIT || p->mood == NG_PEER_LOAD;
	const bool error =
		p->mood == NG_PEER_REFUSE || (full && offer) || (p->mood == NG_PEER_LOST && !offer);

	bwrite_str(w, "result", !error ? "ok" : p->mood == NG_PEER_LOAD ? "load limit" : "error");
	if (error && p->mood != NG_PEER_LOAD)
		bwrite_str(w, "error-reason", reasonv[p->mood]);
	else if (error)
		return;
	else if (p->mood == NG_PEER_EMPTY)
		return;
	else if (!pl_strcmp(command, "delete") || !pl_strcmp(command, "query"))
		tags_write(w, p->packets);
	else
		bwrite_str(w, "sdp", p->sdp ? p->sdp : NG_PEER_SDP);
}

static void heard_add(struct ng_peer *p, const struct pl *command)
{
	const size_t len = strlen(p->heard);

	(void)re_snprintf(p->heard + len, sizeof(p->heard) - len, len ? " %r" : "%r", command);
}

static void command_answer(struct ng_peer *p, const struct ng_msg *msg)
{
	struct pl command = PL_INIT, tag;
	struct bwriter w;
	struct mbuf *mb;
	bool ping;

	(void)bval_str(msg->dict, "command", &command);
	ping = !pl_strcmp(&command, "ping");
	++*(ping ? &p->pings : &p->commands);
	if (!ping)
		heard_add(p, &command);
	if (!pl_strcmp(&command, "offer")) {
		p->offered_to[0] = '\0';
		if (!bval_str(msg->dict, "to-tag", &tag))
			(void)pl_strcpy(&tag, p->offered_to, sizeof(p->offered_to));
	}

	if (p->mood == NG_PEER_SILENT || (p->mood == NG_PEER_PONG && !ping))
		return;

	mb = mbuf_alloc(1024);
	if (!mb)
		return;

	ng_begin(&w, mb, &msg->cookie, false);
	if (p->instance[0] && bval_get(msg->dict, "tandem-instance"))
		bwrite_str(&w, "tandem-instance", p->instance);
	if (ping)
		bwrite_str(&w, "result", "pong");
	else
		result_write(&w, p, &command);
	if (!ng_end(&w)) /* memory may be made short */
		ng_peer_send(p, mb->buf, mb->end);
	mem_deref(mb);
}

static void on_read(int flags, void *arg)
{
	struct sockaddr_un un = {.sun_family = 0};
	socklen_t len = sizeof(un);
	struct ng_peer *p = arg;
	struct ng_msg msg = {.doc = NULL};
	char buf[4096];
	struct pl pl = {buf, 0};
	ssize_t n;
	int err;

	n = recvfrom(p->fd, buf, sizeof(buf), MSG_DONTWAIT, (struct sockaddr *)&un, &len);
	if (n < 0)
		return;

	str_ncpy(p->client, un.sun_path, sizeof(p->client));
	pl.l = (size_t)n;
	err = ng_decode(&msg, &pl);
	if (err == ENOMEM)
		return;
	CU_ASSERT_EQUAL(err, 0);

	if (!strstr(buf, "4:ping")) {
		memcpy(p->last, buf, pl.l);
		p->last_len = pl.l;
	}
	command_answer(p, &msg);
	ng_msg_reset(&msg);
}

void ng_peer_rise(struct ng_peer *p)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};

	str_ncpy(un.sun_path, p->path, sizeof(un.sun_path));
	p->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	CU_ASSERT_EQUAL_FATAL(bind(p->fd, (struct sockaddr *)&un, sizeof(un)), 0);
	CU_ASSERT_EQUAL_FATAL(fd_listen(p->fd, FD_READ, on_read, p), 0);
}

void ng_peer_die(struct ng_peer *p)
{
	fd_close(p->fd);
	(void)close(p->fd);
	(void)unlink(p->path);
	p->fd = -1;
}

void ng_peer_open(struct ng_peer *p)
{
	memset(p, 0, sizeof(*p));
	str_ncpy(p->dir, "/tmp/tandem-unit-XXXXXX", sizeof(p->dir));
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(p->dir));
	(void)re_snprintf(p->path, sizeof(p->path), "%s/relay.sock", p->dir);
	str_ncpy(p->instance, "run-1", sizeof(p->instance));
	p->cfg.run_dir = p->dir;
	p->cfg.ng_socket = p->path;
	ng_peer_rise(p);
}

void ng_peer_close(struct ng_peer *p)
{
	if (p->fd >= 0)
		ng_peer_die(p);
	(void)rmdir(p->dir);
}

const char *ng_peer_target(const struct ng_peer *p, char target[128], unsigned weight)
{
	(void)re_snprintf(target, 128, "unix:%s weight=%u", p->path, weight);

	return target;
}

void ng_peer_notify(struct ng_peer *p, const char *event, const char *call_id)
{
	const struct pl cookie = PL("relay-1");
	struct mbuf *mb = mbuf_alloc(256);
	struct bwriter w;

	ng_begin(&w, mb, &cookie, false);
	bwrite_str(&w, "command", "notify");
	bwrite_str(&w, "event", event);
	bwrite_str(&w, "call-id", call_id);
	CU_ASSERT_EQUAL(ng_end(&w), 0);
	ng_peer_send(p, mb->buf, mb->end);
	mem_deref(mb);
}

const char *ng_peer_str(const struct ng_peer *p, const char *key)
{
	static char text[256];
	struct ng_msg msg = {.doc = NULL};
	struct pl pl = {p->last, p->last_len}, str;

	text[0] = '\0';
	if (!ng_decode(&msg, &pl) && !bval_str(msg.dict, key, &str))
		(void)pl_strcpy(&str, text, sizeof(text));
	ng_msg_reset(&msg);

	return text;
}

bool ng_peer_pair(const struct ng_peer *p, const char *key, const char *first, const char *second)
{
	struct ng_msg msg = {.doc = NULL};
	struct pl pl = {p->last, p->last_len};
	const struct bval *v;
	bool pair;

	CU_ASSERT_EQUAL(ng_decode(&msg, &pl), 0);
	v = bval_get(msg.dict, key);
	v = v ? v->child : NULL;
	pair = v && !pl_strcmp(&v->str, first) && v->next && !pl_strcmp(&v->next->str, second) &&
	       !v->next->next;
	ng_msg_reset(&msg);

	return pair;
}
