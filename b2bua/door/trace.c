/**
 * @file trace.c  What is done with each message that libre shows us
 */
#include <string.h>
#include <re.h>
#include "clock.h"
#include "log.h"
#include "hep.h"
#include "trace.h"
#include "trace_text.h"

struct trace {
	struct trace_ring *ring;
	struct trace_sessions *sessions;
	struct hep *hep;
	bool lines;
};

static void destructor(void *arg)
{
	struct trace *t = arg;

	mem_deref(t->hep);
	mem_deref(t->sessions);
	mem_deref(t->ring);
}

int trace_alloc(struct trace **tp, const struct config *cfg, struct background *background)
{
	struct trace *t;
	int err = 0;

	t = mem_zalloc(sizeof(*t), destructor);
	if (!t)
		return ENOMEM;

	if (cfg->trace_ring_mb)
		err = trace_ring_alloc(&t->ring, (size_t)cfg->trace_ring_mb << 20,
				       (size_t)cfg->trace_leg_kb << 10);
	if (!err && t->ring)
		err = trace_sessions_alloc(&t->sessions, cfg, t->ring, background);
	if (!err && str_isset(cfg->hep_target))
		err = hep_alloc(&t->hep, cfg->hep_target, cfg->hep_id, cfg->node);

	if (err)
		mem_deref(t);
	else
		*tp = t;

	return err;
}

static void line_log(const struct trace_msg *m, const struct pl *callid, const char *text)
{
	struct pl all = {text, m->len}, line = PL_INIT;

	(void)re_regex(all.p, all.l, "[^\r\n]+", &line);
	log_debug("sip: %s %s %J %s %J: %r (Call-ID %r)", m->tx ? "out" : "in", sip_transp_name(m->tp),
		  m->tx ? &m->src : &m->dst, m->tx ? "->" : "<-", m->tx ? &m->dst : &m->src, &line, callid);
}

/* Our own look for our sockets (iface.c); who else says this is asking nothing that would be worth a trace. */
static bool is_knock(const char *text, size_t len)
{
	static const char knock[] = "OPTIONS sip:knock@";

	return len >= sizeof(knock) && !memcmp(text, knock, sizeof(knock) - 1);
}

void trace_message(bool tx, enum sip_transp tp, const struct sa *src, const struct sa *dst,
		   const uint8_t *pkt, size_t len, void *arg)
{
	struct trace_msg m = {.tp = tp, .tx = tx, .len = (uint32_t)len};
	const char *text = (const char *)pkt;
	struct trace *t = arg;
	struct pl callid = PL_INIT;

	if ((!t->ring && !t->hep && !t->lines) || is_knock(text, len) ||
	    !trace_text_callid(&callid, text, len))
		return;

	m.time_us = clock_wall_us();
	m.src = *src;
	m.dst = *dst;

	if (t->ring) {
		trace_ring_add(t->ring, &callid, &m, text);
		trace_sessions_message(t->sessions, &callid, &m, text);
	}
	if (t->hep)
		hep_send(t->hep, &m, trace_ring_call(t->ring, &callid), text);
	if (t->lines)
		line_log(&m, &callid, text);
}

void trace_lines(struct trace *t, bool on)
{
	t->lines = on;
}

struct trace_ring *trace_ring(const struct trace *t)
{
	return t ? t->ring : NULL;
}

struct trace_sessions *trace_sessions(const struct trace *t)
{
	return t ? t->sessions : NULL;
}

void trace_leg_add(struct trace *t, const struct pl *callid, const struct trace_leg *leg)
{
	if (!t || !t->ring)
		return;

	trace_ring_link(t->ring, callid, leg->call, leg->name);
	trace_sessions_leg(t->sessions, callid, leg);
}
