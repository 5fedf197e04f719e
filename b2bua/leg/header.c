/**
 * @file header.c  Headers that are refused, or made
 */
#include <string.h>
#include <re.h>
#include "header.h"
#include "stack.h"

static bool is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

bool header_uri_is_plain(const struct pl *uri)
{
	for (size_t i = 0; i < uri->l; i++)
		if (is_control(uri->p[i]) || strchr(" <>\"", uri->p[i]))
			return false;

	return true;
}

int header_print_clean(struct re_printf *pf, const struct pl *pl)
{
	size_t from = 0;
	int err = 0;

	for (size_t i = 0; i < pl->l; i++) {
		if (!is_control(pl->p[i]))
			continue;

		err |= pf->vph(pl->p + from, i - from, pf->arg);
		err |= pf->vph(" ", 1, pf->arg);
		from = i + 1;
	}

	return from < pl->l ? err | pf->vph(pl->p + from, pl->l - from, pf->arg) : err;
}

/* Inside quotes: pairs of a backslash stay, a quote or backslash that would end the string falls away. */
static int quoted_print(struct mbuf *mb, const struct pl *text)
{
	int err = mbuf_write_u8(mb, '"');

	for (size_t i = 0; i < text->l; i++) {
		char c = text->p[i];

		if (c == '\\' && i + 1 < text->l && !is_control(text->p[i + 1]))
			err |= mbuf_write_mem(mb, (const uint8_t *)&text->p[i++], 2);
		else if (c != '"' && c != '\\')
			err |= mbuf_write_u8(mb, is_control(c) ? ' ' : (uint8_t)c);
	}

	return err | mbuf_write_str(mb, "\" ");
}

static struct pl trimmed(const char *p, size_t l)
{
	struct pl pl = {p, l};

	while (pl.l && (is_control(*pl.p) || *pl.p == ' '))
		pl_advance(&pl, 1);
	while (pl.l && (is_control(pl.p[pl.l - 1]) || pl.p[pl.l - 1] == ' '))
		--pl.l;

	return pl;
}

/* libre's own display name is the last word of several (sip_addr_decode), so the whole is taken here. */
int header_print_name(struct mbuf *mb, const struct pl *val, const struct pl *auri)
{
	struct pl name;

	if (auri->p <= val->p || auri->p[-1] != '<')
		return 0;

	name = trimmed(val->p, (size_t)(auri->p - 1 - val->p));
	if (name.l >= 2 && name.p[0] == '"' && name.p[name.l - 1] == '"') {
		pl_advance(&name, 1);
		--name.l;
	}

	return name.l ? quoted_print(mb, &name) : 0;
}

static const struct {
	const char *name;
	enum header_option option;
} optionv[] = {
	{"100rel", HEADER_OPTION_100REL},
	{"timer", HEADER_OPTION_TIMER},
	{"precondition", HEADER_OPTION_PRECONDITION},
	{"replaces", HEADER_OPTION_REPLACES},
	{"norefersub", HEADER_OPTION_NOREFERSUB},
	{"eventlist", HEADER_OPTION_EVENTLIST},
};

static bool is_among(const struct pl *tag, unsigned known)
{
	for (size_t i = 0; i < ARRAY_SIZE(optionv); i++)
		if (!pl_strcasecmp(tag, optionv[i].name))
			return (known & optionv[i].option) != 0;

	return false;
}

struct options {
	struct mbuf *mb; /* NULL: only counted */
	unsigned known, n;
};

static bool option_handler(const struct sip_hdr *hdr, const struct sip_msg *msg, void *arg)
{
	struct options *o = arg;

	(void)msg;
	if (is_among(&hdr->val, o->known))
		return false;

	++o->n;

	return o->mb &&
	       mbuf_printf(o->mb, "%s%H", o->n > 1 ? ", " : "Unsupported: ", header_print_clean, &hdr->val);
}

bool header_requires_other(const struct sip_msg *msg, unsigned known)
{
	struct options o = {NULL, known, 0};

	(void)sip_msg_hdr_apply(msg, true, SIP_HDR_REQUIRE, option_handler, &o);

	return o.n > 0;
}

int header_print_unsupported(struct mbuf *mb, const struct sip_msg *msg, unsigned known)
{
	struct options o = {mb, known, 0};

	(void)sip_msg_hdr_apply(msg, true, SIP_HDR_REQUIRE, option_handler, &o);

	return o.n ? mbuf_write_str(mb, "\r\n") : 0;
}

bool header_refuse_required(struct sip *sip, const struct sip_msg *msg, unsigned known)
{
	struct mbuf *mb;

	if (!header_requires_other(msg, known))
		return false;

	mb = mbuf_alloc(64);
	if (!mb)
		return false;

	(void)header_print_unsupported(mb, msg, known);
	(void)sip_treplyf(NULL, NULL, sip, msg, false, 420, "Bad Extension", "%bContent-Length: 0\r\n\r\n",
			  mb->buf, mb->end);
	mem_deref(mb);

	return true;
}

int header_print_host(struct re_printf *pf, const struct sa *sa)
{
	return re_hprintf(pf, sa_af(sa) == AF_INET6 ? "[%j]" : "%j", sa);
}

struct reasons {
	struct mbuf *mb;
	unsigned n;
};

static bool reason_handler(const struct sip_hdr *hdr, const struct sip_msg *msg, void *arg)
{
	struct reasons *r = arg;

	(void)msg;
	if (pl_strcasecmp(&hdr->name, "Reason"))
		return false;

	++r->n;

	return 0 != mbuf_printf(r->mb, "Reason: %H\r\n", header_print_clean, &hdr->val);
}

int header_print_reason(struct mbuf *mb, const struct sip_msg *msg, unsigned *n)
{
	struct reasons r = {mb, 0};

	(void)sip_msg_hdr_apply(msg, true, SIP_HDR_REASON, reason_handler, &r);
	if (n)
		*n = r.n;

	return 0;
}

int header_reason(struct mbuf *mb, const char *protocol, unsigned cause, const char *text)
{
	return mbuf_printf(mb, "Reason: %s;cause=%u;text=\"%s\"\r\n", protocol, cause, text);
}

enum { Q850_MAX = 127, SCODE_MAX = 699 };

/* The cause that a Reason header gives in one protocol (RFC 3326). */
struct cause {
	const char *protocol;
	unsigned max;
	unsigned value; /* 0: none */
};

static bool cause_handler(const struct sip_hdr *hdr, const struct sip_msg *msg, void *arg)
{
	struct cause *cause = arg;
	struct pl proto, val;

	(void)msg;

	if (re_regex(hdr->val.p, hdr->val.l, "[^; \t]+", &proto) || pl_strcasecmp(&proto, cause->protocol))
		return false;

	if (msg_param_decode(&hdr->val, "cause", &val))
		return false;

	cause->value = pl_u32(&val);
	if (cause->value > cause->max)
		cause->value = 0;

	return cause->value != 0;
}

static unsigned cause_find(const struct sip_msg *msg, const char *protocol, unsigned max)
{
	struct cause cause = {protocol, max, 0};

	(void)sip_msg_hdr_apply(msg, true, SIP_HDR_REASON, cause_handler, &cause);

	return cause.value;
}

unsigned header_q850(const struct sip_msg *msg)
{
	return cause_find(msg, "Q.850", Q850_MAX);
}

unsigned header_q850_of_sip(const struct sip_msg *msg)
{
	return header_q850_of((uint16_t)cause_find(msg, "SIP", SCODE_MAX));
}

/* RFC 3398 8.2.6.1, beside each code its standard phrase (RFC 3261 21); 580 (RFC 3312 8) is younger. */
static const struct {
	uint16_t scode;
	uint8_t cause;
	const char *phrase;
} causes[] = {
	{400, 41, "Bad Request"},
	{401, 21, "Unauthorized"},
	{402, 21, "Payment Required"},
	{403, 21, "Forbidden"},
	{404, 1, "Not Found"},
	{405, 63, "Method Not Allowed"},
	{406, 79, "Not Acceptable"},
	{407, 21, "Proxy Authentication Required"},
	{408, 102, "Request Timeout"},
	{410, 22, "Gone"},
	{413, 127, "Request Entity Too Large"},
	{414, 127, "Request-URI Too Long"},
	{415, 79, "Unsupported Media Type"},
	{416, 127, "Unsupported URI Scheme"},
	{420, 127, "Bad Extension"},
	{421, 127, "Extension Required"},
	{423, 127, "Interval Too Brief"},
	{480, 18, "Temporarily Unavailable"},
	{481, 41, "Call/Transaction Does Not Exist"},
	{482, 25, "Loop Detected"},
	{483, 25, "Too Many Hops"},
	{484, 28, "Address Incomplete"},
	{485, 1, "Ambiguous"},
	{486, 17, "Busy Here"},
	{487, 16, "Request Terminated"},
	{488, 88, "Not Acceptable Here"},
	{491, 41, "Request Pending"},
	{500, 41, "Server Internal Error"},
	{501, 79, "Not Implemented"},
	{502, 38, "Bad Gateway"},
	{503, 41, "Service Unavailable"},
	{504, 102, "Server Time-out"},
	{505, 127, "Version Not Supported"},
	{513, 127, "Message Too Large"},
	{580, 47, "Precondition Failure"},
	{600, 17, "Busy Everywhere"},
	{603, 21, "Decline"},
	{604, 1, "Does Not Exist Anywhere"},
	{606, 88, "Not Acceptable"},
};

unsigned header_q850_of(uint16_t scode)
{
	for (size_t i = 0; i < ARRAY_SIZE(causes); i++)
		if (causes[i].scode == scode)
			return causes[i].cause;

	return scode >= 300 ? 31 : 0;
}

/* A challenge is not the other side's business, a redirection would show topology. */
uint16_t header_code_shown(uint16_t scode)
{
	if (scode == 401 || scode == 407)
		return 403;

	if (scode >= 700)
		return 500;

	return scode < 400 ? 480 : scode;
}

const char *header_phrase(uint16_t scode)
{
	for (size_t i = 0; i < ARRAY_SIZE(causes); i++)
		if (causes[i].scode == scode)
			return causes[i].phrase;

	if (scode == 180)
		return "Ringing";
	if (scode == 183)
		return "Session Progress";
	if (scode < 300)
		return scode < 200 ? "Progress" : "OK";

	return "Failure";
}

/* ITU-T Q.850 (05/2018) table 1, the causes that occur in telephony over SIP. */
static const struct {
	uint8_t cause;
	const char *text;
} texts[] = {
	{1, "Unallocated (unassigned) number"},
	{16, "Normal call clearing"},
	{17, "User busy"},
	{18, "No user responding"},
	{19, "No answer from user"},
	{21, "Call rejected"},
	{22, "Number changed"},
	{25, "Exchange routing error"},
	{28, "Invalid number format"},
	{31, "Normal, unspecified"},
	{34, "No circuit/channel available"},
	{38, "Network out of order"},
	{41, "Temporary failure"},
	{47, "Resource unavailable, unspecified"},
	{63, "Service or option not available"},
	{79, "Service or option not implemented"},
	{88, "Incompatible destination"},
	{102, "Recovery on timer expiry"},
	{127, "Interworking, unspecified"},
};

const char *header_q850_text(unsigned cause)
{
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (texts[i].cause == cause)
			return texts[i].text;

	return "Unspecified";
}

struct pl header_icid(const struct sip_msg *msg)
{
	const struct sip_hdr *hdr = sip_msg_hdr(msg, SIP_HDR_P_CHARGING_VECTOR);
	struct pl val = PL_INIT, params;

	if (!hdr)
		return val;

	/* the first parameter stands without a semicolon in front */
	params = hdr->val;
	if (re_regex(params.p, params.l, "icid-value=[^; \t]+", &val))
		return pl_null;

	if (val.l >= 2 && val.p[0] == '"' && val.p[val.l - 1] == '"')
		pl_advance(&val, 1), --val.l;

	return val;
}
