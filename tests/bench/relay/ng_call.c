/**
 * @file ng_call.c  An NG client for the bench: offer, answer, delete
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>
#include <re.h>
#include "ng.h"
#include "ng_call.h"

struct ng_client {
	int fd;
	char path[64]; /* our own, of a unix client */
	unsigned serial;
	struct mbuf *request;
	char reply[65536];
	struct ng_msg msg;
};

static void client_destructor(void *arg)
{
	struct ng_client *nc = arg;

	if (nc->fd >= 0)
		(void)close(nc->fd);
	if (nc->path[0])
		(void)unlink(nc->path);
	ng_msg_reset(&nc->msg);
	mem_deref(nc->request);
}

static int client_connect_unix(struct ng_client *nc, const char *target)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};

	nc->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	(void)re_snprintf(nc->path, sizeof(nc->path), "/tmp/relay-bench-%d", (int)getpid());
	(void)unlink(nc->path);
	(void)strncpy(un.sun_path, nc->path, sizeof(un.sun_path) - 1);
	if (nc->fd < 0 || bind(nc->fd, (struct sockaddr *)&un, sizeof(un)))
		return errno;

	(void)strncpy(un.sun_path, target, sizeof(un.sun_path) - 1);

	return connect(nc->fd, (struct sockaddr *)&un, sizeof(un)) ? errno : 0;
}

static int client_connect_udp(struct ng_client *nc, const char *target)
{
	struct sa sa;

	if (sa_decode(&sa, target, strlen(target)))
		return EINVAL;

	nc->fd = socket(sa_af(&sa), SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return nc->fd < 0 || connect(nc->fd, &sa.u.sa, sa.len) ? errno : 0;
}

int ng_client_alloc(struct ng_client **ncp, const char *target)
{
	const struct timeval patience = {.tv_sec = 2};
	struct ng_client *nc;
	int err;

	nc = mem_zalloc(sizeof(*nc), client_destructor);
	if (!nc)
		return ENOMEM;

	nc->request = mbuf_alloc(1024);
	err = target[0] == '/' ? client_connect_unix(nc, target) : client_connect_udp(nc, target);
	if (!err)
		(void)setsockopt(nc->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));

	if (err)
		mem_deref(nc);
	else
		*ncp = nc;

	return err;
}

/* The cookie says which call the reply is about. */
static void request_begin(struct ng_client *nc, struct bwriter *w, const char *command, unsigned id)
{
	char cookie[48], call_id[32];
	struct pl pl;

	(void)re_snprintf(cookie, sizeof(cookie), "%u_%d_%u", id, (int)getpid(), ++nc->serial);
	(void)re_snprintf(call_id, sizeof(call_id), "bench-%u", id);
	pl_set_str(&pl, cookie);
	mbuf_rewind(nc->request);
	ng_begin(w, nc->request, &pl, false);
	bwrite_str(w, "command", command);
	bwrite_str(w, "call-id", call_id);
	bwrite_str(w, "from-tag", "a");
}

/* What a telephone offers, with the lines an operator sees. */
static void sdp_write(struct bwriter *w, unsigned id, const struct sa *addr)
{
	char text[512];

	(void)re_snprintf(text, sizeof(text),
			  "v=0\r\no=bench %u 1 IN IP4 %j\r\ns=-\r\nc=IN IP4 %j\r\nt=0 0\r\n"
			  "m=audio %u RTP/AVP 0 8 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"
			  "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 "
			  "0-16\r\na=sendrecv\r\na=ptime:20\r\n",
			  id, addr, addr, sa_port(addr));

	bwrite_str(w, "sdp", text);
	bwrite_list(w, "replace");
	bwrite_str(w, NULL, "origin");
	bwrite_str(w, NULL, "session-connection");
	bwrite_end_list(w);
	bwrite_str(w, "ICE", "remove");
}

int ng_step_send(struct ng_client *nc, enum ng_step step, unsigned id, const struct sa *addr)
{
	static const char *const commandv[] = {"offer", "answer", "delete"};
	struct bwriter w;
	int err;

	request_begin(nc, &w, commandv[step], id);
	if (step == NG_ANSWER)
		bwrite_str(&w, "to-tag", "b");
	if (step != NG_DELETE)
		sdp_write(&w, id, addr);

	err = ng_end(&w);
	if (err)
		return err;

	return send(nc->fd, nc->request->buf, nc->request->end, 0) < 0 ? errno : 0;
}

static int reply_read(struct ng_client *nc, unsigned *idp, uint16_t *portp)
{
	struct pl sdp, port, reason = PL_INIT, id = {.p = nc->msg.cookie.p};
	const char *end = pl_strchr(&nc->msg.cookie, '_');
	int err;

	id.l = end ? (size_t)(end - id.p) : 0;
	*idp = pl_u32(&id);
	*portp = 0;

	err = ng_result(&nc->msg, &reason);
	if (err == EREMOTEIO)
		(void)re_fprintf(stderr, "relay_load: %r\n", &reason);

	if (!err && !bval_str(nc->msg.dict, "sdp", &sdp)) {
		err = re_regex(sdp.p, sdp.l, "m=audio [0-9]+", &port);
		*portp = err ? 0 : (uint16_t)pl_u32(&port);
	}

	return err;
}

int ng_step_receive(struct ng_client *nc, unsigned *idp, uint16_t *portp)
{
	struct pl reply = {.p = nc->reply, .l = 0};
	ssize_t n;
	int err;

	ng_msg_reset(&nc->msg);
	n = recv(nc->fd, nc->reply, sizeof(nc->reply), 0);
	if (n < 0)
		return errno;

	reply.l = (size_t)n;
	err = ng_decode(&nc->msg, &reply);

	return err ? err : reply_read(nc, idp, portp);
}

static int step_run(struct ng_client *nc, enum ng_step step, unsigned id, const struct sa *addr,
		    uint16_t *portp)
{
	unsigned replied;
	int err;

	err = ng_step_send(nc, step, id, addr);

	return err ? err : ng_step_receive(nc, &replied, portp);
}

int ng_call_setup(struct ng_client *nc, unsigned id, const struct sa *a, const struct sa *b,
		  uint16_t *a_portp, uint16_t *b_portp)
{
	int err;

	err = step_run(nc, NG_OFFER, id, a, b_portp);

	return err ? err : step_run(nc, NG_ANSWER, id, b, a_portp);
}
