/**
 * @file ng_senders.c  From which socket of ours a unix client's replies leave: each from one of its own
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>
#include <re.h>
#include "ng_senders.h"

enum { SOCKET_BUFFER_SIZE = 1 << 20 };

struct sender {
	struct sockaddr_un un;
	socklen_t len;
	int fd;         /* -1: the client hears the listener only, or there is none to be had */
	uint64_t usage; /* when it was last needed; 0: free */
};

struct ng_senders {
	struct sender v[NG_SENDERS_MAX];
	uint64_t usage;
};

static void senders_destructor(void *arg)
{
	struct ng_senders *s = arg;
	unsigned i;

	for (i = 0; i < NG_SENDERS_MAX; i++)
		if (s->v[i].usage && s->v[i].fd >= 0)
			(void)close(s->v[i].fd);
}

int ng_senders_alloc(struct ng_senders **sp)
{
	struct ng_senders *s = mem_zalloc(sizeof(*s), senders_destructor);

	if (!s)
		return ENOMEM;

	*sp = s;

	return 0;
}

static bool is_for(const struct sender *sender, const struct ng_peer *to)
{
	return sender->usage && sender->len == to->len && !memcmp(&sender->un, &to->u.un, to->len);
}

/* Without a socket of its own its replies leave from the listener. */
static void sender_open(struct sender *sender, const struct ng_peer *to)
{
	const int size = SOCKET_BUFFER_SIZE;

	if (sender->usage && sender->fd >= 0)
		(void)close(sender->fd);

	sender->un = to->u.un;
	sender->len = to->len;
	sender->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (sender->fd >= 0)
		(void)setsockopt(sender->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

/* Its own, or in place of the one that was not needed for longest: what it has sent stays to be read. */
static struct sender *sender_of(struct ng_senders *s, const struct ng_peer *to)
{
	struct sender *oldest = &s->v[0];
	unsigned i;

	for (i = 0; i < NG_SENDERS_MAX; i++) {

		if (is_for(&s->v[i], to))
			return &s->v[i];
		if (s->v[i].usage < oldest->usage)
			oldest = &s->v[i];
	}

	sender_open(oldest, to);

	return oldest;
}

int ng_senders_fd(struct ng_senders *s, const struct ng_peer *to)
{
	struct sender *sender;

	if (to->u.sa.sa_family != AF_UNIX)
		return to->fd;

	sender = sender_of(s, to);
	sender->usage = ++s->usage;

	return sender->fd >= 0 ? sender->fd : to->fd;
}

void ng_senders_refused(struct ng_senders *s, const struct ng_peer *to)
{
	struct sender *sender = sender_of(s, to);

	if (sender->fd >= 0)
		(void)close(sender->fd);
	sender->fd = -1;
}
