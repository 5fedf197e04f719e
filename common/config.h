/**
 * @file config.h  tandem.conf: what the daemons need before they can read the database
 */
#ifndef TANDEM_CONFIG_H
#define TANDEM_CONFIG_H

#include <re.h>
#include "log.h"

/** The whole of tandem.conf, defaults filled in. Strings are owned by the struct (mem_deref it). */
struct config {
	char *data_dir; /* ./data */
	char *run_dir;  /* <data_dir>/run */
	char *node;     /* host name; stamped on every row */
	char *user;     /* run as this user after binding; "" = stay */

	enum log_level log_level;
	enum log_format log_format;

	char *sip_listen;  /* 127.0.0.1:5060, the address of interface "access" on an empty data folder */
	char *dns_servers; /* "" = those of /etc/resolv.conf */
	uint32_t sip_connections;        /* 20000: TCP and TLS connections at once */
	uint32_t sip_connections_source; /* 1000: from one address */
	char *control_socket;            /* <run_dir>/b2bua.sock */
	char *ng_socket;                 /* <run_dir>/rtprelay.sock */
	char *ng_udp;                    /* "" = none, else ADDR:PORT */
	char *ng_allow;                  /* 127.0.0.0/8, ::1: who may send there */
	char *ng_target; /* the relays of the b2bua, as ng_target.h reads them; "" = ng_socket */

	uint16_t rtp_port_min;    /* 20000, even */
	uint16_t rtp_port_max;    /* 29999, odd */
	char *rtp_interfaces;     /* "": by the route; else NAME=ADDRESS[!ADVERTISED], … */
	uint32_t rtp_workers;     /* 0 = one per core */
	uint32_t rtp_hairpin;     /* 0; 1: a party may name our own port of another session as its address */
	uint32_t rtp_keepalive_s; /* 20: nothing sent for so long, a NAT's binding is kept; 0: never */
	uint32_t rtp_tos;         /* 184: the TOS byte of what we send */
	uint32_t max_sessions;    /* 0 = any number; the relay refuses new ones above these */
	uint32_t max_cpu_percent;
	uint32_t max_load;
	uint32_t max_bandwidth_mbit;
	uint32_t delete_delay_s;    /* 0: a deleted session is gone at once */
	uint32_t media_timeout_s;   /* 60: no packet in either direction for so long ends the call */
	uint32_t alarm_one_way_s;   /* 5: one-way audio for so long is an event; 0: never */
	uint32_t alarm_mos_x100;    /* 300: ten seconds under this MOS are an event; 0: never */
	uint32_t g711_plc;          /* 1: receivers conceal losses of G.711 */
	uint32_t port_quarantine_s; /* 1: ports a call, and calls a second, share the range */
	uint32_t drain_timeout_s;   /* 10: SIGTERM waits this long for calls to end by themselves */
	uint32_t trace_ring_mb;     /* 16: memory for the last messages of calls; 0: none are kept */
	char *trace_dir;            /* "" = traces in data_dir; where traces of whole calls are written */
	uint32_t trace_file_mb;     /* 16: the size of one at most */
	uint32_t trace_files;       /* 20: with so many there no trace is started */
	char *cdr_export_dir;       /* "" = none; where each day's records are written */
	uint32_t cdr_export_jsonl;  /* 0: CSV; 1: JSON lines */
	uint32_t cdr_keep_months;   /* 0 = for ever; whole months whose records stay in tandem.db */
	uint32_t cdr_archive_keep_months; /* 0 = for ever; after so many an archive is deleted */
	char *hep_target;                 /* "" = none, else ADDR:PORT that gets every message by HEP3 */
	uint32_t hep_id;                  /* 2001: who we are there */
	uint32_t trace_leg_kb;            /* 64: of which one leg may have so many */

	char *http_listen; /* 127.0.0.1:8888 */
	char *tls_cert;    /* "" */
	char *tls_key;     /* "" */
};

/**
 * Read a configuration file; defaults where a key is absent.
 *
 * Every mistake is printed as "FILE:LINE: what is wrong; what to do" to `pf`, all of them, not only
 * the first.
 *
 * @param cfgp  returned configuration, mem_deref when done
 * @param file  path, or NULL for the defaults alone
 * @param pf    where mistakes are printed
 *
 * @return 0, ENOENT (no such file) or EINVAL (mistakes were printed)
 */
int config_read(struct config **cfgp, const char *file, struct re_printf *pf);

/** As config_read, from memory; `name` stands for FILE in the messages. The fuzz target's door. */
int config_parse(struct config **cfgp, const char *name, const char *text, size_t len, struct re_printf *pf);

/** Set one key as a command-line option does; EINVAL and a message when key or value is wrong. */
int config_set(struct config *cfg, const char *key, const char *value, struct re_printf *pf);

/** Derive what follows from data_dir (run_dir, sockets) for the keys left unset. */
int config_complete(struct config *cfg);

/** Print every key with type, default and help, as for --help and the man page. */
int config_help(struct re_printf *pf, void *unused);

#endif
