/**
 * @file relay_socket.c  The datagram socket towards one media relay
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "relay_socket.h"

enum { SOCKBUF = 4 * 1024 * 1024 };

/* The first one has the plain name: a mode or a rule may have been made for it. */
static int own_path_set(struct relay_socket *s, const char *run_dir, unsigned index)
{
	char number[16] = "";
	int n;

	if (index)
		(void)re_snprintf(number, sizeof(number), "-%u", index + 1);

	n = snprintf(s->own_path, sizeof(s->own_path), "%s/b2bua-ng%s.sock", run_dir, number);
	if (n < 0 || (size_t)n >= sizeof(s->own_path)) {
		s->own_path[0] = '\0';
		return ENAMETOOLONG;
	}

	return 0;
}

static int unix_open(struct relay_socket *s, const char *path, char *errstr, size_t errsize)
{
	struct sockaddr_un own = {.sun_family = AF_UNIX};

	str_ncpy(own.sun_path, s->own_path, sizeof(own.sun_path));
	s->dst.un.sun_family = AF_UNIX;
	str_ncpy(s->dst.un.sun_path, path, sizeof(s->dst.un.sun_path));
	s->dst_len = sizeof(s->dst.un);
	s->here = true;

	(void)unlink(s->own_path);
	s->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->fd >= 0 && !bind(s->fd, (struct sockaddr *)&own, sizeof(own)))
		return 0;

	(void)re_snprintf(errstr, errsize, "%s: %m; can this user write to the folder?", s->own_path, errno);

	return errno;
}

/* What is sent to an address of this machine leaves from that address. */
static bool is_here(int fd, const struct sa *addr)
{
	struct sa own = {.len = sizeof(own.u)};

	return !getsockname(fd, &own.u.sa, &own.len) && sa_cmp(&own, addr, SA_ADDR);
}

static int udp_open(struct relay_socket *s, const struct sa *addr)
{
	memcpy(&s->dst.ss, &addr->u, addr->len);
	s->dst_len = addr->len;
	s->fd = socket(sa_af(addr), SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->fd < 0)
		return errno;

	/* nobody else's datagrams: they could end calls */
	if (connect(s->fd, &addr->u.sa, addr->len))
		return errno;

	s->here = is_here(s->fd, addr);

	return 0;
}

int relay_socket_open(struct relay_socket *s, const struct ng_target *target, const char *run_dir,
		      unsigned index, char *errstr, size_t errsize)
{
	int size = SOCKBUF;
	int err;

	memset(s, 0, sizeof(*s));
	s->fd = -1;

	if (!target->path[0]) {
		err = udp_open(s, &target->addr);
		if (err)
			(void)re_snprintf(errstr, errsize, "%s: %m; is there a route to it?", target->name,
					  err);
	}
	else if (own_path_set(s, run_dir, index)) {
		err = ENAMETOOLONG;
		(void)re_snprintf(errstr, errsize,
				  "run_dir %s: too long for a unix socket; choose a shorter folder", run_dir);
	}
	else {
		err = unix_open(s, target->path, errstr, errsize);
	}

	if (!err) {
		(void)setsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
		(void)setsockopt(s->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	}

	return err;
}

void relay_socket_close(struct relay_socket *s)
{
	if (s->fd >= 0)
		(void)close(s->fd);
	s->fd = -1;

	if (s->own_path[0])
		(void)unlink(s->own_path);
	s->own_path[0] = '\0';
}

int relay_socket_send(const struct relay_socket *s, const struct mbuf *mb)
{
	if (sendto(s->fd, mb->buf, mb->end, MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)&s->dst,
		   s->dst_len) >= 0)
		return 0;

	/* a full socket buffer: the next try will find room */
	if (errno == EAGAIN || errno == ENOBUFS || errno == EINTR)
		return 0;

	/* one request that fits no datagram says nothing of the relay */
	return errno == EMSGSIZE ? EMSGSIZE : ENOTCONN;
}
