/**
 * @file fuzz_ng.c  NG requests: bencode and JSON, framing, and the relay's commands
 *
 * What decodes is carried out by a relay without sockets of its own to read from, and every value
 * written must read back. A small port range keeps the sessions few.
 */
#include <stdlib.h>
#include <string.h>
#include <re.h>
#include "log.h"
#include "ng_command.h"
#include "ng_flags.h"
#include "relay.h"

enum { SESSIONS_MAX = 64 };

static struct relay relay;

static void silent_handler(struct session *s, void *arg)
{
}

static void relay_init(void)
{
	static struct config cfg;
	const struct ports_config ports_cfg = {.port_min = 43000, .port_max = 43063, .quarantine_s = 0};
	struct sessions_config sessions_cfg = {.workerc = 1, .timeout_s = 60, .silenth = silent_handler};

	if (relay.ports)
		return;

	(void)libre_init();
	log_init("fuzz", LOG_TEXT, LOG_ERROR);
	relay.cfg = &cfg;

	if (ports_alloc(&relay.ports, &ports_cfg) || queue_alloc(&relay.done, false) ||
	    worker_alloc(&relay.workerv[0], &io_epoll, relay.ports, relay.done))
		abort();

	relay.workerc = 1;
	sessions_cfg.ports = relay.ports;
	sessions_cfg.workerv = relay.workerv;
	if (sessions_alloc(&relay.sessions, &sessions_cfg) || ng_server_alloc(&relay.ng, NULL, NULL, NULL))
		abort();
}

static bool end_handler(struct session *s, void *arg)
{
	mem_deref(s);

	return false;
}

/* Write a value as it was read. */
static void value_write(struct bwriter *w, const struct bval *v, const char *key)
{
	const struct bval *e;

	switch (v->type) {

	case BVAL_INT:
		bwrite_int(w, key, v->num);
		return;

	case BVAL_STR:
		bwrite_pl(w, key, &v->str);
		return;

	case BVAL_LIST:
		bwrite_list(w, key);
		for (e = v->child; e; e = e->next)
			value_write(w, e, NULL);
		bwrite_end_list(w);
		return;

	case BVAL_DICT:
		bwrite_dict(w, key);
		for (e = v->child; e; e = e->next)
			value_write(w, e, "key");
		bwrite_end_dict(w);
		return;
	}
}

static void read_back(const struct bval *v, bool json)
{
	struct mbuf *mb = mbuf_alloc(1024);
	struct bdoc *doc = NULL;
	struct bwriter w;
	struct pl pl;

	bwriter_init(&w, mb, json);
	value_write(&w, v, NULL);
	pl.p = (const char *)mb->buf;
	pl.l = mb->end;
	if (w.err || (json ? bencode_decode_json(&doc, &pl) : bencode_decode(&doc, &pl)))
		abort();

	mem_deref(doc);
	mem_deref(mb);
}

static bool is_within(const struct pl *span, const struct pl *text)
{
	return !span->p || (span->p >= text->p && span->p + span->l <= text->p + text->l);
}

/* The flags of any dictionary, whatever its command: they say why they fail, and what they ignore is printable. */
static void flags_check(const struct bval *dict, bool json, const struct pl *text)
{
	char why[NG_WHY_SIZE] = "", shown[1024];
	struct ng_flags flags;
	unsigned i;

	if (ng_flags_decode(&flags, dict, why) && !why[0])
		abort();

	if (re_snprintf(shown, sizeof(shown), "%H", ng_flags_warn, &flags) < 0)
		abort();

	for (i = 0; shown[i]; i++)
		if ((uint8_t)shown[i] < ' ')
			abort();

	if (flags.codecs.strip.c > NG_NAMES_MAX || flags.sdes.orderc > RSRTP_SUITES)
		abort();

	/* JSON strings are copies */
	if (!json && (!is_within(&flags.call_id, text) || !is_within(&flags.interfacev[1], text)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct pl pl = {.p = (const char *)data, .l = size};
	const struct ng_peer from = {.len = sizeof(sa_family_t)};
	struct sessions_count count;
	struct mbuf *reply;
	struct ng_msg msg;

	relay_init();
	worker_reap(relay.done);

	if (ng_decode(&msg, &pl))
		return 0;

	flags_check(msg.dict, msg.json, &pl);
	read_back(msg.dict, false);
	read_back(msg.dict, true);

	reply = mbuf_alloc(1024);
	(void)ng_command_run(&relay, &msg, &from, reply);
	mem_deref(reply);
	ng_msg_reset(&msg);
	worker_flush(relay.workerv[0]);

	sessions_count(relay.sessions, &count);
	if (count.now > SESSIONS_MAX || !(rand_u16() % 64))
		sessions_apply(relay.sessions, end_handler, NULL);

	return 0;
}
