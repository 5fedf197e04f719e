/**
 * @file config_key.c  The keys of tandem.conf
 */
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include "config_key.h"
#include "dns_servers.h"
#include "escape.h"
#include "hostport.h"
#include "network.h"
#include "ng_target.h"

#define KEY(field, type) #field, CONFIG_##type, offsetof(struct config, field)

/* clang-format off */
const struct config_key config_keyv[] = {
	{KEY(data_dir, PATH),                "./data",            0,     0, "folder of the database, the archive and the spool"},
	{KEY(run_dir, TEXT),                 "",                  0,     0, "folder of the sockets; empty: run in the data folder"},
	{KEY(node, TEXT),                    "",                  0,     0, "this machine's name in every row; empty: the host name"},
	{KEY(user, TEXT),                    "",                  0,     0, "user to run as once the ports are bound; empty: stay"},
	{KEY(log_level, LEVEL),              "info",              0,     0, "least severe lines to log: debug, info, warn, error"},
	{KEY(log_format, FORMAT),            "text",              0,     0, "how lines are written: text or json"},
	{KEY(sip_listen, LOCAL),             "127.0.0.1:5060",    0,     0, "address of interface \"access\" on an empty data folder"},
	{KEY(dns_servers, SERVERS),          "",                  0,     0, "name servers for trunks' targets that are names, after /etc/hosts; empty: those of /etc/resolv.conf"},
	{KEY(sip_connections, NUMBER),       "20000",             1, 1000000, "TCP and TLS connections at once; more are refused"},
	{KEY(sip_connections_source, NUMBER), "1000",             1, 1000000, "of these, from one address; IPv6: from one /64"},
	{KEY(control_socket, TEXT),          "",                  0,     0, "socket of tandemctl and the web UI; empty: b2bua.sock in run_dir"},
	{KEY(ng_socket, TEXT),               "",                  0,     0, "socket of the media relay; empty: rtprelay.sock in run_dir"},
	{KEY(ng_udp, LISTEN),                "",                  0,     0, "address where the media relay takes NG over UDP, too; empty: none"},
	{KEY(ng_allow, NETWORKS),            "127.0.0.0/8,::1",  0,     0, "addresses and networks that may send NG over UDP"},
	{KEY(ng_target, TARGET),             "",                  0,     0, "media relays to use, ours or rtpengine; empty: ours, at ng_socket"},
	{KEY(rtp_port_min, PORT_EVEN),       "20000",          1024, 65534, "first port for media, even: RTP"},
	{KEY(rtp_port_max, PORT_ODD),        "29999",          1025, 65535, "last port for media, odd: RTCP"},
	{KEY(rtp_interfaces, TEXT),          "",                  0,     0, "names and addresses for media, NAME=ADDRESS[!ADVERTISED],…; empty: by the route"},
	{KEY(rtp_workers, NUMBER),           "0",                 0,   256, "media threads; 0: one for each processor core"},
	{KEY(rtp_hairpin, NUMBER),           "0",                 0,     1, "1: media may go to our own ports of another call, for PBXs that forward calls back to us"},
	{KEY(rtp_keepalive_s, NUMBER),       "20",                0,  3600, "seconds without media towards a party, then its NAT's binding is kept; 0: never"},
	{KEY(rtp_tos, NUMBER),               "184",               0,   255, "TOS byte of media packets; 184: expedited forwarding"},
	{KEY(max_sessions, NUMBER),          "0",                 0, 1000000, "calls that the media relay takes at once; 0: as many as there are ports"},
	{KEY(max_cpu_percent, NUMBER),       "0",                 0,   100, "the media relay takes no new call while the processors are busier; 0: always"},
	{KEY(max_load, NUMBER),              "0",                 0, 10000, "the media relay takes no new call while the load average is higher; 0: always"},
	{KEY(max_bandwidth_mbit, NUMBER),    "0",                 0, 1000000, "the media relay takes no new call while it relays more Mbit/s; 0: always"},
	{KEY(delete_delay_s, NUMBER),        "0",                 0, 86400, "seconds that the media relay keeps a call that was deleted"},
	{KEY(media_timeout_s, NUMBER),       "60",                1, 86400, "seconds without a packet in either direction that end a call"},
	{KEY(alarm_one_way_s, NUMBER),       "5",                 0,  3600, "seconds of one-way audio until it is an event; 0: never"},
	{KEY(alarm_mos_x100, NUMBER),        "300",               0,   450, "MOS, times 100, of ten seconds under which they are an event; 0: never"},
	{KEY(g711_plc, NUMBER),              "1",                 0,     1, "MOS: receivers conceal losses of G.711, as most do (1), or not (0)"},
	{KEY(port_quarantine_s, NUMBER),     "1",                 0,  3600, "seconds a media port rests before it is used again"},
	{KEY(drain_timeout_s, NUMBER),       "10",                0, 86400, "seconds that SIGTERM leaves calls to end by themselves"},
	{KEY(trace_ring_mb, NUMBER),         "16",                0,  4096, "MiB of memory for the last SIP messages of calls, which tandemctl ladder shows; 0: none"},
	{KEY(trace_leg_kb, NUMBER),          "64",               20,  1024, "KiB of it that one leg of a call may have"},
	{KEY(trace_dir, TEXT),               "",                  0,     0, "folder of the files of tandemctl trace; empty: traces in the data folder"},
	{KEY(trace_file_mb, NUMBER),         "16",                1,  4096, "MiB of messages after which a trace ends"},
	{KEY(trace_files, NUMBER),           "20",                1, 10000, "capture files in trace_dir with which no further trace is started"},
	{KEY(cdr_export_dir, TEXT),          "",                  0,     0, "folder where each day's call records are written when it is over (UTC); empty: none are"},
	{KEY(cdr_export_jsonl, NUMBER),      "0",                 0,     1, "0: they are CSV, 1: JSON lines"},
	{KEY(cdr_keep_months, NUMBER),       "0",                 0,  1200, "whole months, beside the current one, whose call records stay in tandem.db; those before go to archive/; 0: all stay"},
	{KEY(cdr_archive_keep_months, NUMBER), "0",               0,  1200, "whole months, beside the current one, after which an archive is deleted, with its call records; 0: never"},
	{KEY(hep_target, LISTEN),            "",                  0,     0, "address of a Homer that gets every SIP message, as HEP3 over UDP; empty: none"},
	{KEY(hep_id, NUMBER),                "2001",              0, 999999999, "number by which Homer knows this machine (capture id)"},
	{KEY(http_listen, LISTEN),           "127.0.0.1:8888",    0,     0, "address of the web UI, REST API, health and metrics"},
	{KEY(tls_cert, TEXT),                "",                  0,     0, "certificate chain shown on TLS connections; PEM; read again at SIGHUP"},
	{KEY(tls_key, TEXT),                 "",                  0,     0, "private key of tls_cert, without password; PEM; read again at SIGHUP"},
};
/* clang-format on */

const size_t config_keyc = ARRAY_SIZE(config_keyv);

static const char *const type_namev[] = {
	[CONFIG_TEXT] = "TEXT",
	[CONFIG_PATH] = "PATH",
	[CONFIG_LISTEN] = "ADDR:PORT",
	[CONFIG_PORT_EVEN] = "NUMBER",
	[CONFIG_PORT_ODD] = "NUMBER",
	[CONFIG_NUMBER] = "NUMBER",
	[CONFIG_LEVEL] = "LEVEL",
	[CONFIG_FORMAT] = "FORMAT",
	[CONFIG_TARGET] = "TARGET,TARGET",
	[CONFIG_LOCAL] = "ADDR:PORT",
	[CONFIG_NETWORKS] = "ADDR[/BITS],…",
	[CONFIG_SERVERS] = "ADDR[:PORT],…",
};

const char *config_type_name(enum config_type type)
{
	return type_namev[type];
}

const struct config_key *config_key_find(const struct pl *name)
{
	size_t i;

	for (i = 0; i < config_keyc; i++)
		if (0 == pl_strcmp(name, config_keyv[i].name))
			return &config_keyv[i];

	return NULL;
}

int config_mistake(struct config_place *at, const char *fmt, ...)
{
	va_list ap;

	++at->mistakes;

	va_start(ap, fmt);
	if (at->file && at->line)
		(void)re_hprintf(at->pf, "%s:%u: %v\n", at->file, at->line, fmt, &ap);
	else
		(void)re_hprintf(at->pf, "%s: %v\n", at->file ? at->file : "option", fmt, &ap);
	va_end(ap);

	return EINVAL;
}

/* Levenshtein distance: how many letters must be changed, added or removed. */
static size_t edit_distance(const struct pl *a, const char *b)
{
	enum { LEN_MAX = 31 };
	const size_t len = MIN(strlen(b), (size_t)LEN_MAX);
	size_t rowv[LEN_MAX + 1];
	size_t i, j;

	for (j = 0; j <= len; j++)
		rowv[j] = j;

	for (i = 1; i <= a->l; i++) {

		size_t diagonal = rowv[0];

		rowv[0] = i;
		for (j = 1; j <= len; j++) {
			const size_t change = diagonal + (a->p[i - 1] != b[j - 1]);

			diagonal = rowv[j];
			rowv[j] = MIN(MIN(rowv[j], rowv[j - 1]) + 1, change);
		}
	}

	return rowv[len];
}

int config_key_unknown(struct config_place *at, const struct pl *name)
{
	const struct pl shown = {name->p, MIN(name->l, (size_t)40)};
	const char *nearest = NULL;
	size_t best = shown.l / 2, i;

	for (i = 0; i < config_keyc; i++) {

		const size_t distance = edit_distance(&shown, config_keyv[i].name);

		if (distance > best || (nearest && distance == best))
			continue;

		best = distance;
		nearest = config_keyv[i].name;
	}

	if (nearest)
		return config_mistake(at, "unknown key '%H'; did you mean %s?", escape_print, &shown,
				      nearest);

	return config_mistake(at, "unknown key '%H'; --help lists the keys", escape_print, &shown);
}

static int value_mistake(struct config_place *at, const struct config_key *key, const struct pl *value,
			 const char *remedy)
{
	const struct pl shown = {value->p, MIN(value->l, (size_t)80)};

	return config_mistake(at, "%s is '%H'; give %s", key->name, escape_print, &shown, remedy);
}

/* Plain text only: a path or a name with control characters is a slip, never a wish. */
static bool text_valid(const struct pl *value)
{
	size_t pos, n;

	for (pos = 0; pos < value->l; pos += n) {
		n = escape_plain_len(value->p + pos, value->l - pos);
		if (!n)
			return false;
	}

	return true;
}

static bool address_valid(const struct pl *value)
{
	struct sa sa;

	return !hostport_decode(&sa, value);
}

static bool local_valid(const struct pl *value)
{
	struct sa sa;

	return !hostport_decode(&sa, value) && !sa_is_any(&sa);
}

static bool listen_valid(const struct config_key *key, const struct pl *value)
{
	return address_valid(value) || (!value->l && !key->def[0]);
}

static bool networks_valid(const struct pl *value)
{
	struct networks nets;
	struct pl bad;

	return !networks_decode(&nets, value, &bad);
}

static bool servers_valid(const struct pl *value)
{
	struct dns_servers servers;
	struct pl bad;

	return !dns_servers_decode(&servers, value, &bad);
}

static int text_set(char **field, const struct pl *value)
{
	char *str;
	int err;

	err = pl_strdup(&str, value);
	if (err)
		return err;

	mem_deref(*field);
	*field = str;

	return 0;
}

static int targets_set(char **field, const struct config_key *key, const struct pl *value,
		       struct config_place *at)
{
	struct ng_targets targets;
	const char *remedy = "text without control characters, in UTF-8";

	if (!text_valid(value) || ng_targets_decode(&targets, value, &remedy))
		return value_mistake(at, key, value, remedy);

	return text_set(field, value);
}

static int number_set(uint32_t *num, const struct config_key *key, const struct pl *value,
		      struct config_place *at)
{
	char remedy[64];

	(void)re_snprintf(remedy, sizeof(remedy), "a number from %u to %u", key->min, key->max);

	if (decimal_decode(num, value) || *num < key->min || *num > key->max)
		return value_mistake(at, key, value, remedy);

	return 0;
}

static int port_set(uint16_t *field, const struct config_key *key, const struct pl *value,
		    struct config_place *at)
{
	const bool odd = key->type == CONFIG_PORT_ODD;
	uint32_t num = 0;
	int err;

	err = number_set(&num, key, value, at);
	if (err)
		return err;

	if (num % 2 != odd)
		return value_mistake(at, key, value, odd ? "an odd number" : "an even number");

	*field = (uint16_t)num;

	return 0;
}

static int level_set(enum log_level *field, const struct config_key *key, const struct pl *value,
		     struct config_place *at)
{
	char name[16];

	(void)pl_strcpy(value, name, sizeof(name));
	if (value->l >= sizeof(name) || !log_level_decode(field, name))
		return value_mistake(at, key, value, "debug, info, warn or error");

	return 0;
}

static int format_set(enum log_format *field, const struct config_key *key, const struct pl *value,
		      struct config_place *at)
{
	if (0 == pl_strcmp(value, "text"))
		*field = LOG_TEXT;
	else if (0 == pl_strcmp(value, "json"))
		*field = LOG_JSON;
	else
		return value_mistake(at, key, value, "text or json");

	return 0;
}

void config_key_reset(struct config *cfg, const struct config_key *key)
{
	char **text = (char **)((char *)cfg + key->offset);

	if (key->type < CONFIG_PORT_EVEN)
		*text = mem_deref(*text);
}

int config_key_set(struct config *cfg, const struct config_key *key, const struct pl *value,
		   struct config_place *at)
{
	void *field = (char *)cfg + key->offset;

	switch (key->type) {

	case CONFIG_PATH:
		if (!value->l)
			return value_mistake(at, key, value, "a path");
		/* fall through */
	case CONFIG_TEXT:
		if (!text_valid(value))
			return value_mistake(at, key, value, "text without control characters, in UTF-8");
		return text_set(field, value);

	case CONFIG_LISTEN:
		if (!listen_valid(key, value))
			return value_mistake(at, key, value,
					     "ADDR:PORT, such as 127.0.0.1:5060 or [::1]:5060");
		return text_set(field, value);

	case CONFIG_LOCAL:
		if (!local_valid(value))
			return value_mistake(at, key, value,
					     "the ADDR:PORT that peers reach, such as 192.0.2.1:5060; no "
					     "wildcard");
		return text_set(field, value);

	case CONFIG_TARGET:
		return targets_set(field, key, value, at);

	case CONFIG_NETWORKS:
		if (!networks_valid(value))
			return value_mistake(at, key, value,
					     "addresses and networks with commas between, at most 64, such "
					     "as "
					     "192.0.2.7, 10.0.0.0/8");
		return text_set(field, value);

	case CONFIG_SERVERS:
		if (!servers_valid(value))
			return value_mistake(at, key, value,
					     "at most 8 addresses of name servers with commas between, such "
					     "as "
					     "192.0.2.53, 192.0.2.54:5353");
		return text_set(field, value);

	case CONFIG_PORT_EVEN:
	case CONFIG_PORT_ODD:
		return port_set(field, key, value, at);

	case CONFIG_NUMBER:
		return number_set(field, key, value, at);

	case CONFIG_LEVEL:
		return level_set(field, key, value, at);

	case CONFIG_FORMAT:
		return format_set(field, key, value, at);
	}

	return EINVAL;
}
