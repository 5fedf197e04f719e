/**
 * @file sdp_rewrite.c  Writes an SDP body with the relay's addresses in, all else byte for byte
 */
#include <string.h>
#include <re.h>
#include "sdp.h"
#include "sdp_line.h"

struct rewriter {
	struct mbuf *mb;
	const struct rsdp *sdp;
	const struct rsdp_target *target;
	const struct rsdp_media *media; /* NULL above the first m-line */
	unsigned index;                 /* of media */
	bool conn_due;                  /* this m-line keeps the session's address, which has changed */
	struct pl end;                  /* the line end to use for added lines */
};

static const char *const ice_attrv[] = {
	"candidate",   "end-of-candidates", "remote-candidates", "ice-ufrag",  "ice-pwd",
	"ice-options", "ice-lite",          "ice-mismatch",      "ice-pacing",
};

static const char *family_name(const struct sa *sa)
{
	return sa_af(sa) == AF_INET6 ? "IP6" : "IP4";
}

static bool relayed(const struct rewriter *rw)
{
	return rw->media && sa_port(&rw->target->mediav[rw->index].rtp);
}

static bool foreign(const struct rewriter *rw)
{
	return rw->media && rw->media->kind == RSDP_FOREIGN;
}

/* "IN IP4 192.0.2.1"; who holds by the null address (RFC 2543) goes on holding. */
static int address_write(const struct rewriter *rw, const struct sa *was)
{
	const struct sa *local = &rw->target->local;
	struct sa any;

	if (sa_is_any(was)) {
		sa_init(&any, sa_af(local));
		local = &any;
	}

	return mbuf_printf(rw->mb, "IN %s %j", family_name(local), local);
}

/* The last three of six fields are the address. */
static int origin_write(struct rewriter *rw, const struct sdp_line *line)
{
	struct pl rest = line->value, field, kept = line->whole;
	struct sa sa;
	int i;

	if (rw->media || !(rw->target->replace & RSDP_REPLACE_ORIGIN))
		return mbuf_write_pl(rw->mb, &line->whole);

	for (i = 0; i < 3; i++)
		(void)sdp_field_next(&field, &rest);

	kept.l = (size_t)(rest.p - kept.p);
	sa_init(&sa, AF_UNSPEC);

	return mbuf_printf(rw->mb, "%r ", &kept) || address_write(rw, &sa) ||
			       mbuf_write_pl(rw->mb, &line->end)
		       ? ENOMEM
		       : 0;
}

static int conn_write(struct rewriter *rw, const struct sdp_line *line)
{
	if (foreign(rw))
		return mbuf_write_pl(rw->mb, &line->whole);

	return mbuf_write_str(rw->mb, "c=") ||
			       address_write(rw, rw->media ? &rw->media->rtp : &rw->sdp->conn) ||
			       mbuf_write_pl(rw->mb, &line->end)
		       ? ENOMEM
		       : 0;
}

/* The text's last line may lack its line end, or half of it: complete it before another is added. */
static int line_end_write(struct rewriter *rw)
{
	const uint8_t last = rw->mb->end ? rw->mb->buf[rw->mb->end - 1] : '\n';

	if (last == '\r')
		return mbuf_write_u8(rw->mb, '\n');

	return last == '\n' ? 0 : mbuf_write_pl(rw->mb, &rw->end);
}

/* What is owed to the m-line that ends here. */
static int media_end(struct rewriter *rw)
{
	if (!relayed(rw) || rw->media->mux || !rw->target->mediav[rw->index].mux)
		return 0;

	return line_end_write(rw) || mbuf_printf(rw->mb, "a=rtcp-mux%r", &rw->end) ? ENOMEM : 0;
}

static int media_write(struct rewriter *rw, const struct sdp_line *line)
{
	struct pl rest = line->value, type, port;

	rw->index = rw->media ? rw->index + 1 : 0;
	rw->media = &rw->sdp->mediav[rw->index];
	rw->conn_due = foreign(rw) && !rw->media->rejected && !rw->media->has_conn && rw->sdp->conn_line.p;
	rw->end = line->end;
	if (!rw->end.l)
		pl_set_str(&rw->end, "\r\n");

	if (!relayed(rw))
		return mbuf_write_pl(rw->mb, &line->whole);

	(void)sdp_field_next(&type, &rest);
	(void)sdp_field_next(&port, &rest);
	type.p = line->whole.p;
	type.l = (size_t)(port.p - type.p);
	rest.l += line->end.l;

	return mbuf_printf(rw->mb, "%r%u%r", &type, sa_port(&rw->target->mediav[rw->index].rtp), &rest);
}

static int rtcp_write(struct rewriter *rw, const struct sdp_line *line, const struct pl *param)
{
	struct pl rest = *param, port;
	struct sa none;
	int err;

	sa_init(&none, AF_UNSPEC);
	(void)sdp_field_next(&port, &rest);

	err = mbuf_printf(rw->mb, "a=rtcp:%u", rw->target->mediav[rw->index].rtcp_port);
	if (!err && rest.l)
		err = mbuf_write_u8(rw->mb, ' ') || address_write(rw, &none) ? ENOMEM : 0;

	return err ? err : mbuf_write_pl(rw->mb, &line->end);
}

static bool is_ice(const struct pl *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ice_attrv); i++)
		if (!pl_strcmp(name, ice_attrv[i]))
			return true;

	return false;
}

static int attr_write(struct rewriter *rw, const struct sdp_line *line)
{
	struct pl name, param;

	sdp_attr_split(&line->value, &name, &param);

	if (!foreign(rw) && is_ice(&name))
		return 0;

	if (relayed(rw) && !pl_strcmp(&name, "rtcp") && param.l)
		return rtcp_write(rw, line, &param);

	if (relayed(rw) && !pl_strcmp(&name, "rtcp-mux") && !rw->target->mediav[rw->index].mux)
		return 0;

	return mbuf_write_pl(rw->mb, &line->whole);
}

/* RFC 8866 section 5: in an m-line's block c= stands behind i= and above all else. */
static int conn_keep(struct rewriter *rw, char next_type)
{
	if (!rw->conn_due || next_type == 'i')
		return 0;

	rw->conn_due = false;

	return line_end_write(rw) || mbuf_write_pl(rw->mb, &rw->sdp->conn_line) ? ENOMEM : 0;
}

static int line_write(struct rewriter *rw, const struct sdp_line *line)
{
	int err;

	err = conn_keep(rw, line->type);
	if (!err && line->type == 'm')
		err = media_end(rw);
	if (err)
		return err;

	switch (line->type) {

	case 'o':
		return origin_write(rw, line);
	case 'c':
		return conn_write(rw, line);
	case 'm':
		return media_write(rw, line);
	case 'a':
		return attr_write(rw, line);
	default:
		return mbuf_write_pl(rw->mb, &line->whole);
	}
}

int rsdp_rewrite(struct mbuf *mb, struct rsdp_told *told, const struct rsdp *sdp,
		 const struct rsdp_target *target, char why[RSDP_ERROR_SIZE])
{
	struct rewriter rw = {.mb = mb, .sdp = sdp, .target = target};
	struct sdp_line line = {.no = 0};
	struct pl rest = sdp->text;
	int err = 0;

	while (!err && !sdp_line_next(&line, &rest))
		err = line_write(&rw, &line);

	err = err ? err : conn_keep(&rw, 0);
	err = err ? err : media_end(&rw);

	return err ? err : mbuf_write_pl(mb, &rest);
}

void rsdp_told_reset(struct rsdp_told *told)
{
	told->username = mem_deref(told->username);
	told->session_id = mem_deref(told->session_id);
	told->session_name = mem_deref(told->session_name);
}

const char *rsdp_transport_name(enum rsdp_transport transport)
{
	static const char *const namev[] = {
		[RSDP_AVP] = "RTP/AVP",
		[RSDP_AVPF] = "RTP/AVPF",
		[RSDP_SAVP] = "RTP/SAVP",
		[RSDP_SAVPF] = "RTP/SAVPF",
		[RSDP_DTLS_SAVP] = "UDP/TLS/RTP/SAVP",
		[RSDP_DTLS_SAVPF] = "UDP/TLS/RTP/SAVPF",
		[RSDP_UDPTL] = "udptl",
	};

	return namev[transport];
}
