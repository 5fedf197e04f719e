/**
 * @file check.c  The texts of provisioning: decoded, or refused with a reason
 */
#include <ctype.h>
#include <string.h>
#include <re.h>
#include "escape.h"
#include "country.h"
#include "check.h"

enum { HOST_SIZE_MAX = 253, PATH_SIZE_MAX = 4095 };

const char *check_name(const char *text)
{
	const size_t len = str_len(text);
	size_t i, n;

	if (!len || len > NAME_SIZE_MAX)
		return "is not a name; give it 1 to 64 bytes";

	for (i = 0; i < len; i += n) {

		n = escape_plain_len(&text[i], len - i);
		if (!n)
			return "is not a name; leave out control characters";
	}

	if (text[0] == ' ' || text[len - 1] == ' ' || text[0] == '@')
		return "is not a name; it must not begin with a space or @, nor end with a space";

	return NULL;
}

const char *check_currency(const char *text)
{
	if (str_len(text) == 3 && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 3)
		return NULL;

	return "is not a currency; write its ISO 4217 code in capitals, for example \"CNY\"";
}

const char *check_prefix(const char *text)
{
	const size_t len = str_len(text);

	if (len <= PREFIX_SIZE_MAX && strspn(text, "0123456789*#") == len)
		return NULL;

	return "is not a prefix; write up to 32 digits without +, for example \"86\", or \"\" for every "
	       "number";
}

const char *check_number(const char *text)
{
	if (*text && !check_prefix(text))
		return NULL;

	return "is not a number; write up to 32 digits without +, for example \"112\"";
}

const char *check_country(const char *text)
{
	if (country_is_code(text))
		return NULL;

	return "is not a country's code; write it without +, for example \"86\" or \"1876\"";
}

static int port_decode(uint16_t *port, const struct pl *pl)
{
	size_t i;

	if (!pl->l || pl->l > 5)
		return EINVAL;

	for (i = 0; i < pl->l; i++)
		if (!isdigit((unsigned char)pl->p[i]))
			return EINVAL;

	if (!pl_u32(pl) || pl_u32(pl) > 65535)
		return EINVAL;

	*port = (uint16_t)pl_u32(pl);

	return 0;
}

/** Split "HOST", "HOST:PORT", "[V6]", "[V6]:PORT" or a bare IPv6 address; `port` 0 when there is none. */
static int hostport_split(struct pl *host, uint16_t *port, const struct pl *pl)
{
	const char *end = pl->p + pl->l, *colon;
	struct pl rest;

	*port = 0;

	if (pl->l && pl->p[0] == '[') {

		const char *close = pl_strchr(pl, ']');

		if (!close)
			return EINVAL;

		host->p = pl->p + 1;
		host->l = (size_t)(close - host->p);
		colon = close + 1;
	}
	else {
		colon = pl_strchr(pl, ':');
		if (colon && colon != pl_strrchr(pl, ':'))
			colon = NULL;

		host->p = pl->p;
		host->l = colon ? (size_t)(colon - pl->p) : pl->l;
		colon = colon ? colon : end;
	}

	if (colon == end)
		return 0;

	if (*colon != ':')
		return EINVAL;

	rest.p = colon + 1;
	rest.l = (size_t)(end - rest.p);

	return port_decode(port, &rest);
}

static int numeric_decode(struct sa *sa, const struct pl *pl)
{
	struct pl host;
	uint16_t port;
	int err;

	err = hostport_split(&host, &port, pl);
	if (err)
		return err;

	err = sa_set(sa, &host, port);
	if (err)
		return EINVAL;

	/* brackets are IPv6's alone */
	return pl->p[0] == '[' && sa_af(sa) != AF_INET6 ? EINVAL : 0;
}

static bool sa_is_usable(const struct sa *sa)
{
	return sa_isset(sa, SA_ADDR) && !(sa_af(sa) == AF_INET && sa_in(sa) >= 0xe0000000);
}

int listen_decode(struct listen_addr *la, const char *text)
{
	struct pl pl;

	pl_set_str(&pl, text);

	if (pl.l < 5 || pl.p[3] != ':')
		return EINVAL;

	if (!memcmp(pl.p, "udp", 3))
		la->tp = SIP_TRANSP_UDP;
	else if (!memcmp(pl.p, "tcp", 3))
		la->tp = SIP_TRANSP_TCP;
	else if (!memcmp(pl.p, "tls", 3))
		la->tp = SIP_TRANSP_TLS;
	else
		return EINVAL;

	pl_advance(&pl, 4);

	if (numeric_decode(&la->addr, &pl) || !sa_port(&la->addr))
		return EINVAL;

	return 0;
}

const char *check_listen(const char *text)
{
	struct listen_addr la;

	if (listen_decode(&la, text))
		return "is not an address to listen on; write \"udp:ADDR:PORT\", \"tcp:ADDR:PORT\" or "
		       "\"tls:ADDR:PORT\", "
		       "for example \"udp:192.0.2.1:5060\" or \"udp:[2001:db8::1]:5060\"";

	if (!sa_is_usable(&la.addr))
		return "names no single address that peers could answer to; write the address of one "
		       "network interface";

	return NULL;
}

int address_decode(struct sa *sa, const char *text)
{
	struct pl pl;

	pl_set_str(&pl, text);

	if (numeric_decode(sa, &pl) || sa_port(sa))
		return EINVAL;

	return 0;
}

const char *check_address(const char *text)
{
	struct sa sa;

	if (address_decode(&sa, text) || !sa_is_usable(&sa))
		return "is not an address; write one numeric address without port, for example \"192.0.2.1\"";

	return NULL;
}

static bool host_bits_set(const struct match *m)
{
	uint8_t in6[16];
	unsigned i;

	if (sa_af(&m->addr) == AF_INET)
		return m->prefix < 32 && sa_in(&m->addr) & (0xffffffffu >> m->prefix);

	sa_in6(&m->addr, in6);

	for (i = m->prefix; i < 128; i++)
		if (in6[i / 8] & 0x80 >> i % 8)
			return true;

	return false;
}

int match_decode(struct match *m, const char *text)
{
	const char *slash = strchr(text, '/');
	struct pl addr, bits;
	unsigned width;

	pl_set_str(&addr, text);
	if (slash)
		addr.l = (size_t)(slash - text);

	if (numeric_decode(&m->addr, &addr))
		return EINVAL;

	width = sa_af(&m->addr) == AF_INET ? 32 : 128;
	m->prefix = (uint8_t)width;

	if (!slash)
		return 0;

	pl_set_str(&bits, slash + 1);

	if (!bits.l || bits.l > 3 || strspn(bits.p, "0123456789") != bits.l || pl_u32(&bits) > width ||
	    sa_port(&m->addr))
		return EINVAL;

	m->prefix = (uint8_t)pl_u32(&bits);

	return 0;
}

const char *check_match(const char *text)
{
	struct match m;

	if (match_decode(&m, text))
		return "is not a source; write \"ADDR\", \"ADDR:PORT\" or \"ADDR/BITS\", "
		       "for example \"192.0.2.0/24\" or \"[2001:db8::1]:5060\"";

	if (host_bits_set(&m))
		return "is not a network: bits are set after its length; write its first address, or leave "
		       "out "
		       "the length for one host";

	if (!strchr(text, '/') && !sa_isset(&m.addr, SA_ADDR))
		return "is no source's address; write \"0.0.0.0/0\" or \"::/0\" for every source";

	return NULL;
}

static bool host_is_name(const struct pl *host)
{
	size_t i;

	if (!host->l || host->l > HOST_SIZE_MAX || !isalnum((unsigned char)host->p[0]))
		return false;

	for (i = 0; i < host->l; i++)
		if (!isalnum((unsigned char)host->p[i]) && host->p[i] != '-' && host->p[i] != '.')
			return false;

	/* what ends in a number is an address, and a wrong one if it comes here */
	while (i && isdigit((unsigned char)host->p[i - 1]))
		--i;

	return i && (i == host->l || host->p[i - 1] != '.');
}

static int params_decode(struct target *t, const struct pl *params, bool sips)
{
	static const struct pl udp = PL(";transport=udp"), tcp = PL(";transport=tcp"),
			       tls = PL(";transport=tls");

	t->tp = sips ? SIP_TRANSP_TLS : SIP_TRANSP_NONE;

	if (!params->l)
		return 0;

	if (sips)
		return pl_casecmp(params, &tls) ? EINVAL : 0;

	if (!pl_casecmp(params, &udp))
		t->tp = SIP_TRANSP_UDP;
	else if (!pl_casecmp(params, &tcp))
		t->tp = SIP_TRANSP_TCP;
	else if (!pl_casecmp(params, &tls))
		t->tp = SIP_TRANSP_TLS;
	else
		return EINVAL;

	return 0;
}

int target_decode(struct target *t, const char *text)
{
	const bool sips = !strncmp(text, "sips:", 5);
	struct pl hostport, params, host;
	uint16_t port;
	int err;

	if (!sips && strncmp(text, "sip:", 4) != 0)
		return EINVAL;

	hostport.p = text + (sips ? 5 : 4);
	hostport.l = strcspn(hostport.p, ";");
	pl_set_str(&params, hostport.p + hostport.l);

	err = params_decode(t, &params, sips);
	if (err)
		return err;

	err = hostport_split(&host, &port, &hostport);
	if (err)
		return err;

	if (!port)
		port = t->tp == SIP_TRANSP_TLS ? SIP_PORT_TLS : SIP_PORT;

	if (sa_set(&t->addr, &host, port)) {
		sa_init(&t->addr, AF_UNSPEC);
		return hostport.p[0] != '[' && host_is_name(&host) ? 0 : EINVAL;
	}

	/* an IPv6 address without brackets is no SIP host (RFC 3261 25.1) */
	return (sa_af(&t->addr) == AF_INET6) == (hostport.p[0] == '[') ? 0 : EINVAL;
}

const char *check_target(const char *text)
{
	struct target t;

	if (target_decode(&t, text))
		return "is not a target; write \"sip:HOST:PORT\", \"sip:HOST:PORT;transport=tcp\" (or tls) "
		       "or "
		       "\"sips:HOST:PORT\", "
		       "for example \"sip:192.0.2.1:5060\"";

	if (sa_af(&t.addr) != AF_UNSPEC && !sa_is_usable(&t.addr))
		return "is not a target: calls cannot go to that address; write the peer's own";

	return NULL;
}

const char *check_host(const char *text)
{
	struct pl host;

	pl_set_str(&host, text);
	if (host_is_name(&host) || (text[0] != '[' && !check_address(text)))
		return NULL;

	return "is no host; write a name or an address without port, for example \"sip.example.net\"";
}

const char *check_failover(const char *text)
{
	static const char *const neverv[] = {"486", "487", "600", "603"};
	size_t i;

	if (!str_cmp(text, "timeout"))
		return NULL;

	for (i = 0; i < ARRAY_SIZE(neverv); i++)
		if (!str_cmp(text, neverv[i]))
			return "is the callee's own word; no other trunk is tried after it, so leave it out";

	if (str_len(text) == 3 && text[0] >= '3' && text[0] <= '6' &&
	    ((isdigit((unsigned char)text[1]) && isdigit((unsigned char)text[2])) ||
	     !str_cmp(text + 1, "xx")))
		return NULL;

	return "is not a reason to try the next trunk; write a final code (\"503\"), a class (\"5xx\") or "
	       "\"timeout\"";
}

/* RFC 3261 25.1: a method is a token; all that are registered have capital letters only. */
static bool is_method(const char *text)
{
	const size_t len = str_len(text);

	for (size_t i = 0; i < len; i++)
		if (!isupper((unsigned char)text[i]) && !isdigit((unsigned char)text[i]) && text[i] != '-')
			return false;

	return len > 0 && len < 32;
}

const char *check_method(const char *text)
{
	static const char *const oursv[] = {"INVITE", "ACK",   "CANCEL", "BYE",
					    "UPDATE", "PRACK", "REFER",  "REGISTER"};

	for (size_t i = 0; i < ARRAY_SIZE(oursv); i++)
		if (!str_cmp(text, oursv[i]))
			return "is no request that passes as it is; leave it out";

	return is_method(text) ? NULL : "is no method; write it in capitals, for example \"INFO\"";
}

/* They need a call or a subscription, or are answered by us. */
const char *check_method_outside(const char *text)
{
	static const char *const oursv[] = {"INFO", "OPTIONS", "NOTIFY"};

	for (size_t i = 0; i < ARRAY_SIZE(oursv); i++)
		if (!str_cmp(text, oursv[i]))
			return "does not cross outside a call; leave it out";

	return check_method(text);
}

static bool is_plain(const char *text, size_t max)
{
	const size_t len = str_len(text);
	size_t i, n;

	for (i = 0; i < len; i += n) {

		n = escape_plain_len(&text[i], len - i);
		if (!n)
			return false;
	}

	return len && len <= max;
}

const char *check_file(const char *text)
{
	if (text[0] == '/' && is_plain(text, PATH_SIZE_MAX))
		return NULL;

	return "is no file's path; write it from the root, for example \"/etc/tandem/ca.pem\"";
}

const char *check_user(const char *text)
{
	if (is_plain(text, CREDENTIAL_SIZE_MAX) && !strpbrk(text, "\"\\"))
		return NULL;

	return "cannot stand in a digest; give it 1 to 128 bytes without quotes, backslashes and control "
	       "characters";
}

const char *check_password(const char *text)
{
	return is_plain(text, CREDENTIAL_SIZE_MAX)
		       ? NULL
		       : "is no password; give it 1 to 128 bytes without control characters";
}
