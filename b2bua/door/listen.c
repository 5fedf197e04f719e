/**
 * @file listen.c  Interfaces: a struct sip each, with its transports, kept in step with the model
 */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <re.h>
#include "log.h"
#include "../leg/stack.h"
#include "door.h"
#include "packet.h"
#include "screen.h"

enum {
	TRANSACTION_HASH_SIZE = 16384,
	CONNECTION_HASH_SIZE = 1024,
	SOCKBUF = 8 * 1024 * 1024, /* a burst of calls; libre leaves the kernel's default */
	KNOCK_SIZE = 512,
};

struct door {
	struct engine *e;
	struct list ifacel;
	struct list newl;  /* between PREPARE and COMMIT or ABORT */
	struct dnsc *dnsc; /* NULL: this machine has no resolver; targets must be addresses */
	uint64_t countv[DOOR_COUNTC];
	bool closed;
};

struct iface {
	struct le le;
	char *name;
	struct door *door;
	struct sip *sip;
	struct stack *stack;
	struct sip_lsnr *lsnr;
	struct listen_addr *listenv;
	size_t listenc;
	struct list helperl; /* struct screen, one a UDP socket */
	uint64_t knock;      /* the secret of our knock on our own sockets */
};

/** The look at each datagram before libre decodes it. */
struct screen {
	struct le le;
	struct iface *iface;
	struct udp_helper *uh;
	const void *sock;
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
	mem_deref(iface->name);
}

static void destructor(void *arg)
{
	struct door *d = arg;
	struct le *le;

	for (le = d->ifacel.head; le; le = le->next)
		stack_flush(((struct iface *)le->data)->stack);

	list_flush(&d->newl);
	list_flush(&d->ifacel);
	mem_deref(d->dnsc);
}

static bool datagram_handler(struct sa *src, struct mbuf *mb, void *arg)
{
	struct screen *s = arg;

	(void)src;

	switch (packet_kind(mbuf_buf(mb), mbuf_get_left(mb))) {

	case PACKET_SIP:
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

	if (udp_register_helper(&s->uh, msg->sock, 0, NULL, datagram_handler, s))
		mem_deref(s);
}

static bool is_knock(const struct iface *iface, const struct sip_msg *msg)
{
	return msg->tp == SIP_TRANSP_UDP && !pl_strcmp(&msg->uri.user, "knock") &&
	       pl_x64(&msg->callid) == iface->knock;
}

static bool request_handler(const struct sip_msg *msg, void *arg)
{
	struct iface *iface = arg;

	if (is_knock(iface, msg)) {
		screen_attach(iface, msg);
		return true;
	}

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

static int transport_add(struct iface *iface, const struct listen_addr *la, char *errstr, size_t errsize)
{
	int err = sip_transp_add(iface->sip, la->tp, &la->addr);

	if (err) {
		(void)re_snprintf(errstr, errsize, "cannot listen on %s:%J: %m; %s",
				  la->tp == SIP_TRANSP_UDP ? "udp" : "tcp", &la->addr, err,
				  err == EADDRINUSE ? "stop the program that uses the port or choose another"
						    : "choose an address of this machine");
		return err;
	}

	if (la->tp == SIP_TRANSP_UDP)
		knock(iface, &la->addr);

	return 0;
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

static int iface_open(struct iface **ifacep, struct door *d, const struct interface *conf, char *errstr,
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
		  : sip_alloc(&iface->sip, d->dnsc, TRANSACTION_HASH_SIZE, TRANSACTION_HASH_SIZE,
			      CONNECTION_HASH_SIZE, "Tandem/" TANDEM_VERSION, NULL, NULL);
	err = err ? err : stack_alloc(&iface->stack, iface->sip);
	err = err ? err : sip_listen(&iface->lsnr, iface->sip, true, request_handler, iface);

	for (size_t i = 0; !err && i < iface->listenc; i++)
		err = transport_add(iface, &iface->listenv[i], errstr, errsize);

	if (err)
		mem_deref(iface);
	else
		*ifacep = iface;

	return err;
}

static bool listens_on(const struct listen_addr *v, size_t n, const struct listen_addr *la)
{
	for (size_t i = 0; i < n; i++)
		if (v[i].tp == la->tp && sa_cmp(&v[i].addr, &la->addr, SA_ALL))
			return true;

	return false;
}

/* Sockets cannot be bound twice, so a changed interface is tried out with sockets of its own. */
static int listen_probe(const struct listen_addr *la, char *errstr, size_t errsize)
{
	const int on = 1;
	int fd, err = 0;

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

static int iface_probe(const struct iface *iface, const struct interface *conf, char *errstr, size_t errsize)
{
	int err = 0;

	for (size_t i = 0; !err && i < conf->listenc; i++)
		if (!listens_on(iface->listenv, iface->listenc, &conf->listenv[i]))
			err = listen_probe(&conf->listenv[i], errstr, errsize);

	return err;
}

/* Adding is gentle; taking an address away closes the interface's TCP connections with it. */
static void iface_change(struct iface *iface, const struct interface *conf)
{
	char errstr[256] = "";
	bool flush = false;

	for (size_t i = 0; i < iface->listenc; i++)
		flush |= !listens_on(conf->listenv, conf->listenc, &iface->listenv[i]);

	if (flush) {
		list_flush(&iface->helperl);
		sip_transp_flush(iface->sip);
	}

	for (size_t i = 0; i < conf->listenc; i++) {
		if (!flush && listens_on(iface->listenv, iface->listenc, &conf->listenv[i]))
			continue;

		if (transport_add(iface, &conf->listenv[i], errstr, sizeof(errstr)))
			log_error("interface %s: %s", iface->name, errstr);
	}

	if (listen_copy(iface, conf))
		log_error("interface %s: out of memory", iface->name);
}

static int prepare(struct door *d, const struct model *m, char *errstr, size_t errsize)
{
	struct iface *iface;
	char what[256];
	struct le *le;
	size_t i = 0;
	int err = 0;

	for (le = m->interfacel.head; le && !err; le = le->next, i++) {
		const struct interface *conf = le->data;

		what[0] = '\0';
		iface = door_iface(d, conf->name);
		if (iface) {
			err = iface_probe(iface, conf, what, sizeof(what));
		}
		else {
			err = iface_open(&iface, d, conf, what, sizeof(what));
			if (!err)
				list_append(&d->newl, &iface->le, iface);
		}

		if (err)
			(void)re_snprintf(errstr, errsize, "interface %s: %s", conf->name, what);
	}

	if (err)
		list_flush(&d->newl);

	return err;
}

static void commit(struct door *d, const struct model *m)
{
	struct le *le = d->ifacel.head;

	while (le) {
		struct iface *iface = le->data;
		const struct interface *conf = model_interface(m, iface->name);

		le = le->next;

		if (conf) {
			iface_change(iface, conf);
			continue;
		}

		/* calls on it keep it, and with it the sockets, until they end */
		log_info("interface %s: closed", iface->name);
		list_unlink(&iface->le);
		mem_deref(iface);
	}

	while ((le = d->newl.head)) {
		struct iface *iface = le->data;

		list_unlink(le);
		list_append(&d->ifacel, le, iface);
		for (size_t i = 0; i < iface->listenc; i++)
			log_info("interface %s: listening on %s:%J", iface->name,
				 iface->listenv[i].tp == SIP_TRANSP_UDP ? "udp" : "tcp",
				 &iface->listenv[i].addr);
	}
}

int door_change(enum store_step step, struct model *m, char *errstr, size_t errsize, void *arg)
{
	struct door *d = arg;

	switch (step) {

	case STORE_PREPARE:
		return prepare(d, m, errstr, errsize);

	case STORE_COMMIT:
		commit(d, m);
		return 0;

	default:
		list_flush(&d->newl);
		return 0;
	}
}

static void dns_open(struct door *d)
{
	struct sa srvv[8];
	uint32_t srvc = ARRAY_SIZE(srvv);

	if (dns_srv_get(NULL, 0, srvv, &srvc) || dnsc_alloc(&d->dnsc, NULL, srvv, srvc))
		log_info("no DNS server in /etc/resolv.conf; trunks' targets must be addresses");
}

int door_alloc(struct door **dp, struct engine *e, struct model *m, char *errstr, size_t errsize)
{
	struct door *d;
	int err;

	d = mem_zalloc(sizeof(*d), destructor);
	if (!d)
		return ENOMEM;

	d->e = e;
	dns_open(d);
	err = prepare(d, m, errstr, errsize);
	if (err) {
		mem_deref(d);
		return err;
	}

	commit(d, m);
	*dp = d;

	return 0;
}

struct iface *door_iface(const struct door *d, const char *name)
{
	struct le *le;

	for (le = d->ifacel.head; le; le = le->next) {
		struct iface *iface = le->data;

		if (!str_cmp(iface->name, name))
			return iface;
	}

	return NULL;
}

struct engine *door_engine(const struct door *d)
{
	return d->e;
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

void door_count(struct door *d, enum door_count what)
{
	++d->countv[what];
}

bool door_sent(const struct door *d, const struct sip_msg *msg)
{
	struct le *le;

	for (le = d->ifacel.head; le; le = le->next)
		if (stack_sent(((const struct iface *)le->data)->stack, msg))
			return true;

	return false;
}

uint32_t door_legs(const struct door *d)
{
	uint32_t legs = 0;
	struct le *le;

	for (le = d->ifacel.head; le; le = le->next)
		legs += stack_legs(((const struct iface *)le->data)->stack);

	return legs;
}

int door_describe(const struct door *d, struct odict *od)
{
	static const char *const names[DOOR_COUNTC] = {
		"undecodable", "keepalive", "malformed_400", "unknown_source",
		"method_405",  "stray_481", "hops_483",
	};
	uint64_t strays = 0;
	struct le *le;
	int err = 0;

	for (size_t i = 0; i < DOOR_COUNTC; i++)
		err |= odict_entry_add(od, names[i], ODICT_INT, (int64_t)d->countv[i]);

	for (le = d->ifacel.head; le; le = le->next)
		strays += stack_stray_responses(((const struct iface *)le->data)->stack);

	err |= odict_entry_add(od, "stray_responses", ODICT_INT, (int64_t)strays);
	err |= odict_entry_add(od, "legs", ODICT_INT, (int64_t)door_legs(d));

	return err;
}
