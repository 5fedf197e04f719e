/**
 * @file ladder.c  The messages of a call as they went over the wire, without their secrets
 */
#include <re.h>
#include "call/call.h"
#include "door/door.h"
#include "door/trace.h"
#include "door/trace_text.h"
#include "leg/sdp.h"
#include "core.h"

enum { HASH_SIZE = 16 };

struct ladder {
	struct odict *array;
	bool packets; /* with their whole text */
};

static int sdp_describe(struct odict *o, const struct pl *body)
{
	char codec[SDP_CODEC_SIZE];
	int err;

	sdp_codec(codec, body);
	if (!codec[0])
		return 0;

	err = odict_entry_add(o, "codec", ODICT_STRING, codec);
	err |= odict_entry_add(o, "held", ODICT_BOOL, sdp_held(body));

	return err;
}

static int text_add(struct odict *o, const char *key, const struct pl *pl)
{
	char *str = NULL;
	int err;

	if (!pl_isset(pl))
		return 0;

	err = pl_strdup(&str, pl);
	err = err ? err : odict_entry_add(o, key, ODICT_STRING, str);
	mem_deref(str);

	return err;
}

static int content_describe(struct odict *o, const struct sip_msg *msg)
{
	struct pl body = {(const char *)mbuf_buf(msg->mb), mbuf_get_left(msg->mb)};
	int err;

	if (msg->req)
		err = text_add(o, "method", &msg->met);
	else
		err = odict_entry_add(o, "code", ODICT_INT, (int64_t)msg->scode) |
		      text_add(o, "reason", &msg->reason);

	err |= odict_entry_add(o, "cseq", ODICT_INT, (int64_t)msg->cseq.num);
	err |= text_add(o, "cseq_method", &msg->cseq.met);

	return err ? err : sdp_describe(o, &body);
}

/** What the message says; nothing where its kept beginning cannot be decoded. */
static int message_describe(struct odict *o, const char *text, size_t len)
{
	struct mbuf *mb = mbuf_alloc(len);
	struct sip_msg *msg = NULL;
	int err;

	if (!mb)
		return ENOMEM;

	err = mbuf_write_mem(mb, (const uint8_t *)text, len);
	mb->pos = 0;
	if (!err && !sip_msg_decode(&msg, mb))
		err = content_describe(o, msg);

	mem_deref(msg);
	mem_deref(mb);

	return err;
}

static int packet_add(struct odict *o, const char *text, size_t len)
{
	size_t size = 4 * ((len + 2) / 3) + 1;
	char *str = mem_alloc(size, NULL);
	int err;

	if (!str)
		return ENOMEM;

	--size;
	err = base64_encode((const uint8_t *)text, len, str, &size);
	str[size] = '\0';
	err = err ? err : odict_entry_add(o, "packet", ODICT_STRING, str);
	mem_deref(str);

	return err;
}

static int address_add(struct odict *o, const char *key, const struct sa *sa)
{
	char addr[64];

	(void)re_snprintf(addr, sizeof(addr), "%J", sa);

	return odict_entry_add(o, key, ODICT_STRING, addr);
}

static int ladder_handler(const struct trace_msg *m, const struct pl *leg, char *text, void *arg)
{
	struct ladder *l = arg;
	struct odict *o = NULL;
	int err;

	trace_text_mask(text, m->len);

	err = odict_alloc(&o, HASH_SIZE);
	if (err)
		return err;

	err = odict_entry_add(o, "time_us", ODICT_INT, m->time_us);
	err |= text_add(o, "leg", leg);
	err |= odict_entry_add(o, "sent", ODICT_BOOL, m->tx);
	err |= odict_entry_add(o, "transport", ODICT_STRING, sip_transp_name(m->tp));
	err |= address_add(o, "from", &m->src);
	err |= address_add(o, "to", &m->dst);
	err = err ? err : message_describe(o, text, m->len);
	if (l->packets)
		err = err ? err : packet_add(o, text, m->len);
	err = err ? err : odict_entry_add(l->array, "", ODICT_OBJECT, o);
	mem_deref(o);

	return err;
}

static int ladder_make(struct odict **resultp, const struct trace_ring *ring, const char *call, bool packets)
{
	struct ladder l = {NULL, packets};
	struct odict *result = NULL;
	int err;

	err = odict_alloc(&result, HASH_SIZE);
	err = err ? err : odict_alloc(&l.array, HASH_SIZE);
	err = err ? err : odict_entry_add(result, "id", ODICT_STRING, call);
	err = err ? err : trace_ring_apply(ring, call, ladder_handler, &l);
	err = err ? err : odict_entry_add(result, "messages", ODICT_ARRAY, l.array);
	mem_deref(l.array);

	if (err)
		mem_deref(result);
	else
		*resultp = result;

	return err;
}

void method_ladder(struct engine *e, struct control_req *req, const struct odict *params)
{
	const struct trace_ring *ring = trace_ring(door_tracer(e->door));
	const char *id = odict_string(params, "id");
	struct odict *result = NULL;
	char call[UUID_STRSIZE];
	bool packets = false;
	int err;

	(void)odict_get_boolean(params, &packets, "packets");

	if (!id) {
		control_error(req, CONTROL_INVALID_PARAMS,
			      "\"id\" is missing; give a CDR id or a Call-ID of either leg");
		return;
	}
	if (!ring) {
		control_error(req, CONTROL_FAILED,
			      "no messages are kept; set trace_ring_mb in tandem.conf and restart");
		return;
	}
	if (trace_ring_find(ring, id, call)) {
		control_error(req, CONTROL_NOT_FOUND,
			      "no messages of this call are kept (any more); trace_ring_mb says how many "
			      "are");
		return;
	}

	err = ladder_make(&result, ring, call, packets);
	method_reply(req, err, result);
}
