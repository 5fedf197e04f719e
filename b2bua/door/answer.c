/**
 * @file answer.c  An answer to a request that cannot be decoded
 *
 * The answer holds no more than the request did, and goes to where that came from: nobody gains by it.
 */
#include <ctype.h>
#include <string.h>
#include <re.h>
#include "../leg/header.h"
#include "answer.h"

enum { HEADERS_MAX = 128 };

struct line {
	struct pl name, val;
};

struct request {
	struct pl line, met, uri, ver;
	struct pl rest; /* behind the start line */
};

static int via_check(const struct pl *val)
{
	struct sip_via via = {.tp = SIP_TRANSP_NONE};

	return sip_via_decode(&via, val);
}

static int addr_check(const struct pl *val)
{
	struct sip_addr addr;

	return sip_addr_decode(&addr, val);
}

static int cseq_check(const struct pl *val)
{
	struct sip_cseq cseq;

	return sip_cseq_decode(&cseq, val);
}

static int type_check(const struct pl *val)
{
	struct msg_ctype ctype;

	return msg_ctype_decode(&ctype, val);
}

static int text_check(const struct pl *val)
{
	return val->l ? 0 : EBADMSG;
}

/* What a response repeats, and what libre's decoder gives up at. */
static const struct field {
	const char *name;
	char compact;
	bool repeated, needed;
	int (*check)(const struct pl *val);
	const char *reason;
} fieldv[] = {
	{"Via", 'v', true, true, via_check, "Missing or Malformed Via"},
	{"From", 'f', true, true, addr_check, "Missing or Malformed From"},
	{"To", 't', true, true, addr_check, "Missing or Malformed To"},
	{"Call-ID", 'i', true, true, text_check, "Missing or Malformed Call-ID"},
	{"CSeq", 0, true, true, cseq_check, "Missing or Malformed CSeq"},
	{"Content-Type", 'c', false, false, type_check, "Malformed Content-Type"},
};

static const struct field *field_of(const struct pl *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(fieldv); i++) {
		const struct field *f = &fieldv[i];

		if (!pl_strcasecmp(name, f->name) ||
		    (f->compact && name->l == 1 && tolower((unsigned char)*name->p) == f->compact))
			return f;
	}

	return NULL;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct pl trimmed(struct pl pl)
{
	while (pl.l && is_blank(*pl.p))
		pl_advance(&pl, 1);
	while (pl.l && is_blank(pl.p[pl.l - 1]))
		--pl.l;

	return pl;
}

/* Take a line off the front of `rest`, without its end; folded lines stay one (RFC 3261 7.3.1). */
static struct pl line_take(struct pl *rest, bool folded)
{
	struct pl line = {rest->p, 0};

	while (line.l < rest->l) {
		const size_t next = line.l + 1;

		if (line.p[line.l] == '\n' &&
		    !(folded && next < rest->l && (line.p[next] == ' ' || line.p[next] == '\t')))
			break;
		++line.l;
	}

	pl_advance(rest, (ssize_t)(line.l < rest->l ? line.l + 1 : line.l));
	if (line.l && line.p[line.l - 1] == '\r')
		--line.l;

	return line;
}

static struct pl word_first(struct pl line)
{
	struct pl word = {line.p, 0};

	while (word.l < line.l && !is_blank(line.p[word.l]))
		++word.l;

	return word;
}

static struct pl word_last(struct pl line)
{
	struct pl word = {line.p + line.l, 0};

	while (word.p > line.p && !is_blank(word.p[-1])) {
		--word.p;
		++word.l;
	}

	return word;
}

/* What stands between the method and the version is the URI, whatever it is. */
static int request_decode(struct request *req, const struct pl *pkt)
{
	static const struct pl sip = PL("SIP/");
	struct pl line;

	req->rest = *pkt;
	req->line = line_take(&req->rest, false);
	line = trimmed(req->line);
	req->met = word_first(line);
	req->ver = word_last(line);
	if (req->met.l + req->ver.l >= line.l || req->ver.l <= sip.l || memcmp(req->ver.p, sip.p, sip.l))
		return EBADMSG;

	req->uri = trimmed((struct pl){req->met.p + req->met.l, line.l - req->met.l - req->ver.l});

	return 0;
}

/* Method, URI and version divided by one space each, and nothing else (RFC 3261 7.1). */
static bool line_is_strict(const struct request *req)
{
	return req->met.p == req->line.p && word_first(req->uri).l == req->uri.l &&
	       req->met.l + req->uri.l + req->ver.l + 2 == req->line.l;
}

static size_t lines_decode(struct line linev[HEADERS_MAX], struct pl rest)
{
	size_t n = 0;

	while (rest.l && n < HEADERS_MAX) {
		struct pl line = line_take(&rest, true);
		const char *colon = line.l ? memchr(line.p, ':', line.l) : NULL;

		if (!line.l)
			break;
		if (!colon)
			continue;

		linev[n].name = trimmed((struct pl){line.p, (size_t)(colon - line.p)});
		linev[n].val = trimmed((struct pl){colon + 1, (size_t)(line.p + line.l - colon - 1)});
		++n;
	}

	return n;
}

static const struct line *line_find(const struct line *linev, size_t n, const struct field *f)
{
	for (size_t i = 0; i < n; i++)
		if (field_of(&linev[i].name) == f)
			return &linev[i];

	return NULL;
}

static const char *header_fault(const struct line *linev, size_t n)
{
	for (size_t i = 0; i < ARRAY_SIZE(fieldv); i++) {
		const struct field *f = &fieldv[i];
		const struct line *line = line_find(linev, n, f);

		if (line ? f->check(&line->val) : f->needed)
			return f->reason;
	}

	return "Malformed Header";
}

static const char *fault(const struct request *req, const struct line *linev, size_t n)
{
	struct uri uri;

	if (!line_is_strict(req))
		return "Malformed Request-Line";
	if (!header_uri_is_plain(&req->uri) || uri_decode(&uri, &req->uri))
		return "Malformed Request-URI";

	return header_fault(linev, n);
}

static int line_print(struct mbuf *mb, const struct line *line, const struct pl *pkt)
{
	const bool to = field_of(&line->name) == &fieldv[2];
	struct pl tag;
	int err;

	err = mbuf_printf(mb, "%r: %H", &line->name, header_print_clean, &line->val);
	if (to && re_regex(line->val.p, line->val.l, ";[ \t\r\n]*tag", &tag))
		err |= mbuf_printf(mb, ";tag=%08x", hash_joaat((const uint8_t *)pkt->p, pkt->l));

	return err | mbuf_write_str(mb, "\r\n");
}

int answer_print(struct mbuf *mb, const uint8_t *pkt, size_t len)
{
	const struct pl text = {(const char *)pkt, len};
	struct line linev[HEADERS_MAX];
	struct request req;
	size_t n;
	int err;

	if (request_decode(&req, &text) || !pl_strcmp(&req.met, "ACK"))
		return ENOENT;

	n = lines_decode(linev, req.rest);
	if (!line_find(linev, n, &fieldv[0]))
		return ENOENT;

	if (pl_strcmp(&req.ver, "SIP/2.0"))
		err = mbuf_write_str(mb, "SIP/2.0 505 Version Not Supported\r\n");
	else
		err = mbuf_printf(mb, "SIP/2.0 400 %s\r\n", fault(&req, linev, n));

	for (size_t i = 0; i < n; i++) {
		const struct field *f = field_of(&linev[i].name);

		if (f && f->repeated)
			err |= line_print(mb, &linev[i], &text);
	}

	return err | mbuf_write_str(mb, "Content-Length: 0\r\n\r\n");
}
