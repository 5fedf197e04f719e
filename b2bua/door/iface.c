/**
 * @file iface.c  A struct sip on the addresses of one interface, and the first look at its datagrams
 */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <re.h>
#include "clock.h"
#include "log.h"
#include "../leg/secure.h"
#include "../leg/stack.h"
#include "answer.h"
#include "backlog.h"
#include "connect.h"
#include "decode.h"
#include "iface.h"
#include "packet.h"
#include "screen.h"
#include "trace.h"

enum {
	TRANSACTION_HASH_SIZE = 16384,
	CONNECTION_HASH_SIZE = 1024,
	SOCKBUF = 8 * 1024 * 1024, /* a burst of calls; libre leaves the kernel's default */
	DATAGRAM_SIZE = 65536,     /* the longest there is (RFC 3261 18.1.1); libre cuts them at 8 KiB */
	KNOCK_SIZE = 512,
	BACKLOG = 1024,
	FD_SCAN_MAX = 1024,
};

struct iface {
	struct le le;
	char *name;
	struct door *door;
	struct sip *sip;
	struct stack *stack;
	struct sip_lsnr *lsnr;
	struct listen_addr *listenv; /* where new calls are taken */
	size_t listenc;
	struct listen_addr *boundv; /* where sockets are: these, and those no longer listened on */
	size_t boundc;
	struct list helperl; /* struct screen, one a UDP socket */
	uint64_t knock;      /* the secret of our knock on our own sockets */
};

/** The look at each datagram before libre decodes it. */
struct screen {
	struct le le;
	struct iface *iface;
	struct udp_helper *uh;
	struct udp_sock *sock; /* held by the helper */
	struct sa src;         /* of the datagram that is being decoded */
	struct backlog backlog;
};

static void screen_destructor(void *arg)
{
	struct screen *s = arg;

	list_unlink(&s->le);
	mem_deref(s->uh);
}

static void iface_destructor(void *arg)
{
	struct iface *iface = arg;

	list_unlink(&iface->le);
	list_flush(&iface->helperl);
	mem_deref(iface->lsnr);
	mem_deref(iface->stack);
	mem_deref(iface->sip);
	mem_deref(iface->listenv);
	mem_deref(iface->boundv);
	mem_deref(iface->name);
}

/* libre drops what it cannot decode; a peer that meant a request is told what is wrong with it. */
static void undecodable_handler(struct mbuf *mb, void *arg)
{
	struct mbuf *answer = mbuf_alloc(1024);
	struct screen *s = arg;

	if (!answer)
		return;

	if (!answer_print(answer, mbuf_buf(mb), mbuf_get_left(mb))) {
		answer->pos = 0;
		(void)udp_send(s->sock, &s->src, answer);
	}
	mem_deref(answer);
}

static bool datagram_handler(struct sa *src, struct mbuf *mb, void *arg)
{
	struct screen *s = arg;

	switch (packet_kind(mbuf_buf(mb), mbuf_get_left(mb))) {

	case PACKET_SIP:
		s->src = *src;
		decode_watch(mb, undecodable_handler, s);
		return false;

	case PACKET_STUN:
		return false;

	case PACKET_KEEPALIVE:
		door_count(s->iface->door, DOOR_KEEPALIVE);
		return true;

	default:
		door_count(s->iface->door, DOOR_UNDECODABLE);
		return true;
	}
}

/* libre hides its UDP sockets; a message that came by one shows it (libre.md). So each interface knocks on
 * its own sockets at the start, and from then on sees every datagram first. */
static void screen_attach(struct iface *iface, const struct sip_msg *msg)
{
	struct screen *s;
	struct le *le;

	for (le = iface->helperl.head; le; le = le->next)
		if (((struct screen *)le->data)->sock == msg->sock)
			return;

	s = mem_zalloc(sizeof(*s), screen_destructor);
	if (!s)
		return;

	s->iface = iface;
	s->sock = msg->sock;
	list_append(&iface->helperl, &s->le, s);
	(void)udp_sockbuf_set(msg->sock, SOCKBUF);
	udp_rxsz_set(msg->sock, DATAGRAM_SIZE);

	if (udp_register_helper(&s->uh, msg->sock, 0, NULL, datagram_handler, s))
		mem_deref(s);
}

bool iface_is_behind(const struct iface *iface, const struct sip_msg *msg)
{
	struct le *le;

	for (le = msg->tp == SIP_TRANSP_UDP ? iface->helperl.head : NULL; le; le = le->next) {

		struct screen *s = le->data;

		if (s->sock == msg->sock)
			return backlog_is_long(&s->backlog, udp_sock_fd(s->sock, AF_UNSPEC), clock_mono_ms());
	}

	return false;
}

static bool is_knock(const struct iface *iface, const struct sip_msg *msg)
{
	return msg->tp == SIP_TRANSP_UDP && !pl_strcmp(&msg->uri.user, "knock") &&
	       pl_x64(&msg->callid) == iface->knock;
}

static bool listens_on(const struct listen_addr *v, size_t n, const struct listen_addr *la)
{
	for (size_t i = 0; i < n; i++)
		if (v[i].tp == la->tp && sa_cmp(&v[i].addr, &la->addr, SA_ALL))
			return true;

	return false;
}

static bool arrived_on(const struct listen_addr *la, const struct sip_msg *msg)
{
	return la->tp == msg->tp && sa_port(&la->addr) == sa_port(&msg->dst) &&
	       (sa_is_any(&la->addr) || sa_cmp(&la->addr, &msg->dst, SA_ADDR));
}

/* An address taken away serves the calls that it has, and no others. */
static bool is_retired(const struct iface *iface, const struct sip_msg *msg)
{
	if (iface->boundc == iface->listenc)
		return false;

	for (size_t i = 0; i < iface->boundc; i++)
		if (!listens_on(iface->listenv, iface->listenc, &iface->boundv[i]) &&
		    arrived_on(&iface->boundv[i], msg))
			return true;

	return false;
}

static bool request_handler(const struct sip_msg *msg, void *arg)
{
	struct iface *iface = arg;

	if (is_knock(iface, msg)) {
		screen_attach(iface, msg);
		return true;
	}

	if (!pl_isset(&msg->to.tag) && is_retired(iface, msg))
		return true;

	screen_request(iface, msg);

	return true;
}

static void knock(const struct iface *iface, const struct sa *addr)
{
	char buf[KNOCK_SIZE];
	int n, fd;

	n = re_snprintf(buf, sizeof(buf),
			"OPTIONS sip:knock@%J SIP/2.0\r\nVia: SIP/2.0/UDP %J;branch=z9hG4bKknock%u\r\n"
			"Call-ID: %016llx\r\nFrom: <sip:knock@%J>;tag=1\r\nTo: <sip:knock@%J>\r\n"
			"CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n",
			addr, addr, sa_port(addr), iface->knock, addr, addr);

	fd = socket(sa_af(addr), SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;

	if (n > 0)
		(void)sendto(fd, buf, (size_t)n, MSG_DONTWAIT, &addr->u.sa, addr->len);
	(void)close(fd);
}

/* libre listens with a backlog of five, so a burst of connections would wait a second for its next SYN, and leaves
 * Nagle's rule on (connect.c); it hides the socket, which is found by its address. */
static void listener_tune(const struct sa *addr)
{
	for (int fd = 0; fd < FD_SCAN_MAX; fd++) {
		int listening = 0;
		socklen_t len = sizeof(listening);
		struct sa sa;

		sa.len = sizeof(sa.u);
		if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) || !listening)
			continue;

		if (getsockname(fd, &sa.u.sa, &sa.len) || !sa_cmp(&sa, addr, SA_ALL))
			continue;

		(void)listen(fd, BACKLOG);
		connect_hurry(fd);
	}
}

static int bound_append(struct iface *iface, const struct listen_addr *la)
{
	struct listen_addr *v = mem_reallocarray(iface->boundv, iface->boundc + 1, sizeof(*v), NULL);

	if (!v)
		return ENOMEM;

	v[iface->boundc++] = *la;
	iface->boundv = v;

	return 0;
}

static const char *label(const struct listen_addr *la)
{
	switch (la->tp) {

	case SIP_TRANSP_UDP:
		return "udp";
	case SIP_TRANSP_TLS:
		return "tls";
	default:
		return "tcp";
	}
}

static int certificate_check(const struct door *d, const struct listen_addr *la, char *errstr, size_t errsize)
{
	if (la->tp != SIP_TRANSP_TLS || door_secure(d))
		return 0;

	(void)re_snprintf(errstr, errsize,
			  "cannot listen on tls:%J without a certificate; name tls_cert and tls_key in "
			  "tandem.conf and start again",
			  &la->addr);

	return ENOENT;
}

static int transport_add(struct iface *iface, const struct listen_addr *la, char *errstr, size_t errsize)
{
	int err = certificate_check(iface->door, la, errstr, errsize);

	if (err)
		return err;

	err = sip_transp_add(iface->sip, la->tp, &la->addr, secure_tls(door_secure(iface->door)));

	if (err) {
		(void)re_snprintf(errstr, errsize, "cannot listen on %s:%J: %m; %s", label(la), &la->addr,
				  err,
				  err == EADDRINUSE
					  ? "stop the program that uses the port, or choose another: at "
					    "the first start by sip_listen (./dev up --sip), then by "
					    "the interface's \"listen\""
					  : "choose an address of this machine");
		return err;
	}

	if (la->tp == SIP_TRANSP_UDP)
		knock(iface, &la->addr);
	else
		listener_tune(&la->addr);

	return bound_append(iface, la);
}

static int listen_copy(struct iface *iface, const struct interface *conf)
{
	const size_t size = conf->listenc * sizeof(*conf->listenv);
	struct listen_addr *v = mem_alloc(size ? size : 1, NULL);

	if (!v)
		return ENOMEM;

	if (size)
		memcpy(v, conf->listenv, size);
	mem_deref(iface->listenv);
	iface->listenv = v;
	iface->listenc = conf->listenc;

	return 0;
}

int iface_open(struct iface **ifacep, struct door *d, const struct interface *conf, char *errstr,
	       size_t errsize)
{
	struct iface *iface;
	int err;

	iface = mem_zalloc(sizeof(*iface), iface_destructor);
	if (!iface)
		return ENOMEM;

	iface->door = d;
	iface->knock = rand_u64();

	err = str_dup(&iface->name, conf->name);
	err = err ? err : listen_copy(iface, conf);
	err = err ? err
		  : sip_alloc(&iface->sip, NULL, TRANSACTION_HASH_SIZE, TRANSACTION_HASH_SIZE,
			      CONNECTION_HASH_SIZE, "Tandem/" TANDEM_VERSION, NULL, door_tracer(d));
	err = err ? err : stack_alloc(&iface->stack, iface->sip);
	if (!err) {
		stack_secure_set(iface->stack, door_secure(d));
		stack_resolver_set(iface->stack, door_resolver(d));
	}
	err = err ? err : sip_listen(&iface->lsnr, iface->sip, true, request_handler, iface);

	if (!err)
		sip_set_trace_handler(iface->sip, trace_message);

	for (size_t i = 0; !err && i < iface->listenc; i++)
		err = transport_add(iface, &iface->listenv[i], errstr, errsize);

	if (err) {
		if (iface->stack)
			stack_flush(iface->stack);
		mem_deref(iface);
	}
	else {
		*ifacep = iface;
	}

	return err;
}

/* Sockets cannot be bound twice, so a changed interface is tried out with sockets of its own. */
static int listen_probe(const struct door *d, const struct listen_addr *la, char *errstr, size_t errsize)
{
	const int on = 1;
	int fd, err = certificate_check(d, la, errstr, errsize);

	if (err)
		return err;

	fd = socket(sa_af(&la->addr), (la->tp == SIP_TRANSP_UDP ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC,
		    0);
	if (fd < 0)
		return errno;

	if (la->tp != SIP_TRANSP_UDP)
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));

	if (bind(fd, &la->addr.u.sa, la->addr.len)) {
		err = errno;
		(void)re_snprintf(errstr, errsize,
				  "cannot listen on %J: %m; choose a free address of this machine", &la->addr,
				  err);
	}
	(void)close(fd);

	return err;
}

int iface_probe(const struct iface *iface, const struct interface *conf, char *errstr, size_t errsize)
{
	int err = 0;

	for (size_t i = 0; !err && i < conf->listenc; i++)
		if (!listens_on(iface->boundv, iface->boundc, &conf->listenv[i]))
			err = listen_probe(iface->door, &conf->listenv[i], errstr, errsize);

	return err;
}

bool iface_moves(const struct iface *iface, const struct interface *conf)
{
	for (size_t i = 0; i < conf->listenc; i++)
		if (listens_on(iface->boundv, iface->boundc, &conf->listenv[i]))
			return false;

	return true;
}

static void retire(const struct iface *iface, const struct listen_addr *la)
{
	log_warn("interface %s: no new calls on %s:%J; its port is free after a restart, and until then "
		 "requests may leave from it",
		 iface->name, label(la), &la->addr);
}

/* libre gives up all transports or none, and a socket that a message still holds cannot be bound again. So
 * what is taken away stays bound, and is no longer listened on. */
void iface_change(struct iface *iface, const struct interface *conf)
{
	char errstr[256] = "";

	for (size_t i = 0; i < iface->listenc; i++)
		if (!listens_on(conf->listenv, conf->listenc, &iface->listenv[i]))
			retire(iface, &iface->listenv[i]);

	for (size_t i = 0; i < conf->listenc; i++) {
		if (listens_on(iface->boundv, iface->boundc, &conf->listenv[i]))
			continue;

		if (transport_add(iface, &conf->listenv[i], errstr, sizeof(errstr)))
			log_error("interface %s: %s", iface->name, errstr);
	}

	if (listen_copy(iface, conf))
		log_error("interface %s: out of memory", iface->name);
}

const char *iface_name(const struct iface *iface)
{
	return iface->name;
}

struct stack *iface_stack(const struct iface *iface)
{
	return iface->stack;
}

struct door *iface_door(const struct iface *iface)
{
	return iface->door;
}

const struct sa *iface_addr(const struct iface *iface, int af)
{
	for (size_t i = 0; i < iface->listenc; i++)
		if (sa_af(&iface->listenv[i].addr) == af)
			return &iface->listenv[i].addr;

	return iface->listenc ? &iface->listenv[0].addr : NULL;
}


void iface_enlist(struct iface *iface, struct list *list)
{
	list_unlink(&iface->le);
	if (list)
		list_append(list, &iface->le, iface);
}

void iface_announce(const struct iface *iface)
{
	for (size_t i = 0; i < iface->listenc; i++)
		log_info("interface %s: listening on %s:%J", iface->name, label(&iface->listenv[i]),
			 &iface->listenv[i].addr);
}
