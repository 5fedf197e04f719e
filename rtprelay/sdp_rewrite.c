/**
 * @file sdp_rewrite.c  Writes an SDP body with what is the relay's in, and all else as it came
 *
 * Line by line: a line stays, goes, or becomes ours. What is ours altogether follows at the end of each
 * m-line's block (sdp_write.c).
 */
#include <string.h>
#include <re.h>
#include "sdp.h"
#include "sdp_line.h"
#include "sdp_told.h"
#include "sdp_write.h"

static const struct rsdp_media_target *media_target(const struct rsdp_writer *w, unsigned i)
{
	return sa_port(&w->target->mediav[i].rtp) ? &w->target->mediav[i] : NULL;
}

static void line_keep(struct rsdp_writer *w, const struct sdp_line *line)
{
	rsdp_put_pl(w, &line->whole);
}

/* user, session id and version: as they came, or as this party knows them; then the address. */
static void origin_write(struct rsdp_writer *w, const struct sdp_line *line)
{
	const struct rsdp_origin *o = &w->sdp->origin;
	struct pl field;

	if (w->media || w->version.done) {
		line_keep(w, line);
		return;
	}

	w->version.done = true;
	field = rsdp_told_field(w->told, RSDP_TOLD_USERNAME, w->target->replace, &o->username);
	rsdp_put(w, "o=");
	rsdp_put_pl(w, &field);
	field = rsdp_told_field(w->told, RSDP_TOLD_SESSION_ID, w->target->replace, &o->session_id);
	rsdp_put(w, " ");
	rsdp_put_pl(w, &field);
	rsdp_put(w, " ");

	w->version.at = w->mb->pos;
	if (rsdp_told_version(&w->version.num, w->told, w->target->replace, &o->version))
		rsdp_put_num(w, w->version.num);
	else
		rsdp_put_pl(w, &o->version);
	w->version.len = w->mb->pos - w->version.at;

	rsdp_put(w, " ");
	if (w->target->replace & RSDP_REPLACE_ORIGIN)
		rsdp_put_address(w, NULL, &w->target->local);
	else
		rsdp_put_pl(w, &o->address);
	rsdp_put_pl(w, &line->end);
}

static void name_write(struct rsdp_writer *w, const struct sdp_line *line)
{
	struct pl name;

	if (w->media || line->value.p != w->sdp->session_name.p) {
		line_keep(w, line);
		return;
	}

	name = rsdp_told_field(w->told, RSDP_TOLD_SESSION_NAME, w->target->replace, &line->value);
	rsdp_put(w, "s=");
	rsdp_put_pl(w, &name);
	rsdp_put_pl(w, &line->end);
}

static void conn_write(struct rsdp_writer *w, const struct sdp_line *line)
{
	if (rsdp_is_foreign(w) || (!w->media && !w->conn_new)) {
		line_keep(w, line);
		return;
	}

	rsdp_put(w, "c=");
	rsdp_put_address(w,
			 w->media       ? &w->media->rtp
			 : w->conn_null ? &w->sdp->conn
					: NULL,
			 w->mt ? &w->mt->rtp : &w->target->local);
	rsdp_put_pl(w, &line->end);
}

/* An m-line wants its own c= where the session's is not, or is no longer, its own. */
static bool conn_wanted(const struct rsdp_writer *w)
{
	if (w->media->has_conn || w->media->rejected || !w->sdp->conn_line.p)
		return false;

	if (w->mt)
		return !sa_cmp(&w->mt->rtp, &w->target->local, SA_ADDR);

	return rsdp_is_foreign(w) && w->conn_new;
}

/* RFC 8866 section 5: in an m-line's block c= stands behind i= and above all else. */
static void conn_add(struct rsdp_writer *w, char next_type)
{
	if (!w->conn_due || next_type == 'i')
		return;

	w->conn_due = false;
	rsdp_put_missing_end(w);

	if (!w->mt) {
		rsdp_put_pl(w, &w->sdp->conn_line);
		return;
	}

	rsdp_put(w, "c=");
	rsdp_put_address(w, &w->media->rtp, &w->mt->rtp);
	rsdp_put_pl(w, &w->end);
}

static void formats_write(struct rsdp_writer *w, const struct pl *as_they_were)
{
	unsigned i;

	for (i = 0; i < w->codecs.c; i++) {
		rsdp_put(w, " ");
		rsdp_put_num(w, w->codecs.v[i]->pt);
	}

	if (!w->media->codecc)
		rsdp_put_pl(w, as_they_were);
}

static void media_begin(struct rsdp_writer *w)
{
	w->index = w->media ? w->index + 1 : 0;
	w->media = &w->sdp->mediav[w->index];
	w->mt = media_target(w, w->index);
	w->conn_due = conn_wanted(w);
	w->codecs.c = 0;
	if (w->mt && !w->err)
		w->err = rsdp_filter_apply(&w->codecs, w->sdp, w->media, w->target);
}

static void media_write(struct rsdp_writer *w, const struct sdp_line *line)
{
	struct pl rest = line->value, type, port, proto;

	media_begin(w);

	if (!w->mt) {
		line_keep(w, line);
		return;
	}

	(void)sdp_field_next(&type, &rest);
	(void)sdp_field_next(&port, &rest);
	(void)sdp_field_next(&proto, &rest);
	rsdp_put(w, "m=");
	rsdp_put_pl(w, &type);
	rsdp_put(w, " ");
	rsdp_put_num(w, sa_port(&w->mt->rtp));
	rsdp_put(w, " ");
	if (w->mt->proto)
		rsdp_put(w, w->mt->proto);
	else
		rsdp_put_pl(w, &proto);
	formats_write(w, &rest);
	rsdp_put_pl(w, &line->end);
}

static void line_write(struct rsdp_writer *w, const struct sdp_line *line)
{
	conn_add(w, line->type);

	switch (line->type) {

	case 'o':
		origin_write(w, line);
		break;
	case 's':
		name_write(w, line);
		break;
	case 'c':
		conn_write(w, line);
		break;
	case 'm':
		if (w->media)
			rsdp_put_media(w);
		else
			rsdp_put_ice_lite(w);
		media_write(w, line);
		break;
	case 'a':
		if (!rsdp_attr_drops(w, line))
			line_keep(w, line);
		break;
	default:
		line_keep(w, line);
		break;
	}

	if (line->end.l && line->end.p[line->end.l - 1] == '\n')
		w->end = line->end;
}

/* Where the session's lines are about m-lines that are not relayed, they have to stay. */
static void prepare(struct rsdp_writer *w)
{
	unsigned i;

	w->all_ours = true;
	w->conn_null = true;
	w->conn_new = w->target->replace & RSDP_REPLACE_SESSION_CONN;

	for (i = 0; i < w->sdp->mediac; i++) {

		const struct rsdp_media *m = &w->sdp->mediav[i];
		const bool ours = media_target(w, i) != NULL;

		w->all_ours = w->all_ours && (ours || m->rejected);
		w->conn_new = w->conn_new || (ours && !m->has_conn);
		w->conn_null = w->conn_null && (!ours || m->has_conn || sa_is_any(&m->rtp));
	}
}

static void text_write(struct rsdp_writer *w)
{
	struct sdp_line line = {.no = 0};
	struct pl rest = w->sdp->text;

	while (!w->err && !sdp_line_next(&line, &rest))
		line_write(w, &line);

	conn_add(w, 0);
	rsdp_put_media(w);
	rsdp_put_pl(w, &rest);
}

int rsdp_rewrite(struct mbuf *mb, struct rsdp_told *told, const struct rsdp *sdp,
		 const struct rsdp_target *target, char why[RSDP_ERROR_SIZE])
{
	struct rsdp_writer w = {.mb = mb, .sdp = sdp, .target = target, .told = told, .end = PL("\r\n")};
	const size_t start = mb->pos;
	int err;

	prepare(&w);
	text_write(&w);

	err = w.err;
	if (!err && told)
		err = rsdp_told_update(told, &w, start);

	if (err == ENOTSUP)
		(void)re_snprintf(why, RSDP_ERROR_SIZE,
				  "The codec flags leave nothing of m-line %u: offer or except a codec it "
				  "has",
				  w.index + 1);
	else if (err)
		(void)re_snprintf(why, RSDP_ERROR_SIZE, "Out of memory");

	return err;
}
