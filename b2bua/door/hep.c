/**
 * @file hep.c  The chunks of HEP3, and the socket they leave by
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <re.h>
#include "hostport.h"
#include "log.h"
#include "hep.h"
#include "trace_text.h"

/** Types of chunks, all of the generic vendor 0. */
enum chunk {
	CHUNK_FAMILY = 1,
	CHUNK_PROTOCOL = 2,
	CHUNK_SRC4 = 3,
	CHUNK_DST4 = 4,
	CHUNK_SRC6 = 5,
	CHUNK_DST6 = 6,
	CHUNK_SRC_PORT = 7,
	CHUNK_DST_PORT = 8,
	CHUNK_SECONDS = 9,
	CHUNK_MICROSECONDS = 10,
	CHUNK_PAYLOAD_TYPE = 11,
	CHUNK_AGENT = 12,
	CHUNK_PAYLOAD = 15,
	CHUNK_CORRELATION = 17,
	CHUNK_NODE = 19,
};

enum {
	HEAD_SIZE = 6, /* of the packet and of each chunk alike */
	NAME_LEN_MAX = 128,
	FAMILY_IPV4 = 2, /* as on the wire, whatever this machine's AF_ numbers are */
	FAMILY_IPV6 = 10,
	PAYLOAD_SIP = 1,
};

struct hep {
	int fd;
	struct sa target;
	uint32_t id;
	char *node;
	struct mbuf *mb; /* the packet under construction */
};

static int chunk_head(struct mbuf *mb, enum chunk type, size_t len)
{
	int err;

	err = mbuf_write_u16(mb, 0);
	err |= mbuf_write_u16(mb, htons((uint16_t)type));
	err |= mbuf_write_u16(mb, htons((uint16_t)(HEAD_SIZE + len)));

	return err;
}

static int chunk_bytes(struct mbuf *mb, enum chunk type, const void *p, size_t len)
{
	return chunk_head(mb, type, len) | mbuf_write_mem(mb, p, len);
}

static int chunk_u8(struct mbuf *mb, enum chunk type, uint8_t value)
{
	return chunk_bytes(mb, type, &value, sizeof(value));
}

static int chunk_u16(struct mbuf *mb, enum chunk type, uint16_t value)
{
	return chunk_head(mb, type, sizeof(value)) | mbuf_write_u16(mb, htons(value));
}

static int chunk_u32(struct mbuf *mb, enum chunk type, uint32_t value)
{
	return chunk_head(mb, type, sizeof(value)) | mbuf_write_u32(mb, htonl(value));
}

static int addresses_write(struct mbuf *mb, const struct sa *src, const struct sa *dst)
{
	int err;

	if (sa_af(src) == AF_INET6) {
		err = chunk_u8(mb, CHUNK_FAMILY, FAMILY_IPV6);
		err |= chunk_bytes(mb, CHUNK_SRC6, &src->u.in6.sin6_addr, 16);
		err |= chunk_bytes(mb, CHUNK_DST6, &dst->u.in6.sin6_addr, 16);
	}
	else {
		err = chunk_u8(mb, CHUNK_FAMILY, FAMILY_IPV4);
		err |= chunk_bytes(mb, CHUNK_SRC4, &src->u.in.sin_addr, 4);
		err |= chunk_bytes(mb, CHUNK_DST4, &dst->u.in.sin_addr, 4);
	}

	err |= chunk_u16(mb, CHUNK_SRC_PORT, sa_port(src));
	err |= chunk_u16(mb, CHUNK_DST_PORT, sa_port(dst));

	return err;
}

static int text_write(struct mbuf *mb, const char *text, size_t len)
{
	int err = chunk_bytes(mb, CHUNK_PAYLOAD, text, len);

	if (!err)
		trace_text_mask((char *)mb->buf + mb->pos - len, len);

	return err;
}

static int origin_write(struct mbuf *mb, const struct hep_origin *o)
{
	const size_t node = MIN(str_len(o->node), (size_t)NAME_LEN_MAX);
	const size_t call = MIN(str_len(o->call), (size_t)NAME_LEN_MAX);
	int err;

	err = chunk_u32(mb, CHUNK_AGENT, o->id);
	if (node)
		err |= chunk_bytes(mb, CHUNK_NODE, o->node, node);
	if (call)
		err |= chunk_bytes(mb, CHUNK_CORRELATION, o->call, call);

	return err;
}

int hep_encode(struct mbuf *mb, const struct trace_msg *m, const struct hep_origin *o, const char *text)
{
	const size_t start = mb->pos;
	int err;

	err = mbuf_write_str(mb, "HEP3");
	err |= mbuf_write_u16(mb, 0); /* the length, when it is known */
	err |= addresses_write(mb, &m->src, &m->dst);
	err |= chunk_u8(mb, CHUNK_PROTOCOL, m->tp == SIP_TRANSP_UDP ? IPPROTO_UDP : IPPROTO_TCP);
	err |= chunk_u32(mb, CHUNK_SECONDS, (uint32_t)(m->time_us / 1000000));
	err |= chunk_u32(mb, CHUNK_MICROSECONDS, (uint32_t)(m->time_us % 1000000));
	err |= chunk_u8(mb, CHUNK_PAYLOAD_TYPE, PAYLOAD_SIP);
	err = err ? err : origin_write(mb, o);
	err = err ? err : text_write(mb, text, MIN(m->len, (uint32_t)TRACE_TEXT_MAX));
	if (err)
		return err;

	mb->pos = start + 4;
	err = mbuf_write_u16(mb, htons((uint16_t)(mb->end - start)));
	mb->pos = mb->end;

	return err;
}

static void destructor(void *arg)
{
	struct hep *hep = arg;

	if (hep->fd >= 0)
		(void)close(hep->fd);
	mem_deref(hep->mb);
	mem_deref(hep->node);
}

int hep_alloc(struct hep **hp, const char *target, uint32_t id, const char *node)
{
	struct hep *hep;
	struct pl pl;
	int err;

	hep = mem_zalloc(sizeof(*hep), destructor);
	if (!hep)
		return ENOMEM;

	hep->fd = -1;
	hep->id = id;
	pl_set_str(&pl, target);
	err = hostport_decode(&hep->target, &pl);
	err = err ? err : str_dup(&hep->node, node);
	if (err)
		goto out;

	hep->mb = mbuf_alloc(HEP_SIZE);
	if (!hep->mb) {
		err = ENOMEM;
		goto out;
	}

	hep->fd = socket(sa_af(&hep->target), SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (hep->fd < 0)
		err = errno;

out:
	if (err)
		mem_deref(hep);
	else
		*hp = hep;

	return err;
}

/* Homer's absence is told by ECONNREFUSED on connected sockets alone: ours is not, and nothing is told. */
void hep_send(struct hep *hep, const struct trace_msg *m, const char *call, const char *text)
{
	const struct hep_origin origin = {hep->id, hep->node, call};

	mbuf_rewind(hep->mb);

	if (hep_encode(hep->mb, m, &origin, text))
		return;

	if (sendto(hep->fd, hep->mb->buf, hep->mb->end, 0, &hep->target.u.sa, hep->target.len) < 0)
		log_peer(LOG_WARN, "hep_target %J: %m; a message is missing there", &hep->target, errno);
}
