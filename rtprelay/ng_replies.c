/**
 * @file ng_replies.c  Replies on their way to NG clients, a few in one call of the kernel
 */
#include <errno.h>
#include <string.h>
#include <sys/uio.h>
#include <re.h>
#include "ng_replies.h"
#include "ng_senders.h"

enum {
	REPLIES_MAX = 4, /* the first waits for the last */
	REPLY_SIZE = 4096,
};

struct ng_replies {
	struct ng_senders *senders;
	uint64_t unsent;

	/* waiting, all to leave from one socket */
	struct mbuf *mbv[REPLIES_MAX];
	struct ng_peer tov[REPLIES_MAX];
	unsigned c;
	int fd;
};

static void replies_destructor(void *arg)
{
	struct ng_replies *r = arg;
	unsigned i;

	for (i = 0; i < REPLIES_MAX; i++)
		mem_deref(r->mbv[i]);
	mem_deref(r->senders);
}

int ng_replies_alloc(struct ng_replies **rp)
{
	struct ng_replies *r;
	unsigned i;
	int err;

	r = mem_zalloc(sizeof(*r), replies_destructor);
	if (!r)
		return ENOMEM;

	err = ng_senders_alloc(&r->senders);

	for (i = 0; i < REPLIES_MAX && !err; i++) {
		r->mbv[i] = mbuf_alloc(REPLY_SIZE);
		err = r->mbv[i] ? 0 : ENOMEM;
	}

	if (err)
		mem_deref(r);
	else
		*rp = r;

	return err;
}

struct mbuf *ng_replies_next(struct ng_replies *r)
{
	mbuf_rewind(r->mbv[r->c]);

	return r->mbv[r->c];
}

/* A unix client that bound no name cannot be answered. */
static bool has_name(const struct ng_peer *to)
{
	return to->len > sizeof(sa_family_t);
}

static bool bytes_send(int fd, const struct ng_peer *to, const void *p, size_t len)
{
	return sendto(fd, p, len, MSG_DONTWAIT | MSG_NOSIGNAL, &to->u.sa, to->len) >= 0;
}

/* It was refused: from the listener, to a client that hears only that. */
static bool bytes_send_again(struct ng_replies *r, int fd, const struct ng_peer *to, const void *p,
			     size_t len)
{
	if (errno != EPERM || fd == to->fd)
		return false;

	ng_senders_refused(r->senders, to);

	return bytes_send(to->fd, to, p, len);
}

void ng_replies_send(struct ng_replies *r, const struct ng_peer *to, const void *p, size_t len)
{
	int fd;

	if (!has_name(to)) {
		++r->unsent;
		return;
	}

	fd = ng_senders_fd(r->senders, to);
	if (!bytes_send(fd, to, p, len) && !bytes_send_again(r, fd, to, p, len))
		++r->unsent;
}

void ng_replies_add(struct ng_replies *r, const struct ng_peer *to)
{
	struct mbuf *mb = r->mbv[r->c];
	const unsigned place = r->c;
	int fd;

	if (!has_name(to)) {
		++r->unsent;
		return;
	}

	fd = ng_senders_fd(r->senders, to);
	if (r->c && fd != r->fd) {
		ng_replies_flush(r);
		r->mbv[place] = r->mbv[0];
		r->mbv[0] = mb;
	}

	r->fd = fd;
	r->tov[r->c++] = *to;
	if (r->c == REPLIES_MAX)
		ng_replies_flush(r);
}

/* Whom nothing can be sent to does not keep back the next. */
void ng_replies_flush(struct ng_replies *r)
{
	struct mmsghdr msgv[REPLIES_MAX];
	struct iovec iovv[REPLIES_MAX];
	unsigned i;

	memset(msgv, 0, sizeof(msgv));
	for (i = 0; i < r->c; i++) {
		iovv[i].iov_base = r->mbv[i]->buf;
		iovv[i].iov_len = r->mbv[i]->end;
		msgv[i].msg_hdr.msg_iov = &iovv[i];
		msgv[i].msg_hdr.msg_iovlen = 1;
		msgv[i].msg_hdr.msg_name = &r->tov[i].u;
		msgv[i].msg_hdr.msg_namelen = r->tov[i].len;
	}

	for (i = 0; i < r->c;) {

		const int n = sendmmsg(r->fd, msgv + i, r->c - i, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n > 0) {
			i += (unsigned)n;
			continue;
		}

		r->unsent += !bytes_send_again(r, r->fd, &r->tov[i], r->mbv[i]->buf, r->mbv[i]->end);
		++i;
	}

	r->c = 0;
}

uint64_t ng_replies_unsent(const struct ng_replies *r)
{
	return r->unsent;
}
