/**
 * @file call_fixture.c  The whole engine between peers by hand
 */
#include <string.h>
#include <unistd.h>
#include <re.h>
#include "call/relay_farm.h"
#include "call_fixture.h"
#include "door/door.h"
#include "json.h"
#include "loop.h"
#include "unit.h"

/* A port that is free for UDP and TCP. */
void house_address(struct sa *addr)
{
	int err = EADDRINUSE;

	for (int i = 0; err && i < 50; i++) {
		struct udp_sock *us = NULL;
		struct tcp_sock *ts = NULL;

		(void)sa_set_str(addr, "127.0.0.1", 0);
		CU_ASSERT_EQUAL_FATAL(udp_listen(&us, addr, NULL, NULL), 0);
		CU_ASSERT_EQUAL_FATAL(udp_local_get(us, addr), 0);
		err = tcp_listen(&ts, addr, NULL, NULL);
		mem_deref(ts);
		mem_deref(us);
	}
	CU_ASSERT_EQUAL_FATAL(err, 0);
}

struct applied {
	bool done;
	int err;
};

static void on_applied(int err, const char *errstr, struct odict *result, void *arg)
{
	struct applied *a = arg;

	a->done = true;
	a->err = err;
	if (err)
		(void)re_fprintf(stderr, "apply: %s (%m)\n", errstr, err);
}

/* The writer's thread lives on the real clock. */
static void provision(struct house *h, const char *text)
{
	struct applied applied = {false, 0};
	struct json_fault fault;
	struct odict *json = NULL;

	CU_ASSERT_EQUAL_FATAL(json_read(&json, ODICT_OBJECT, text, strlen(text), &fault), 0);
	CU_ASSERT_EQUAL_FATAL(store_apply(h->e.store, json, false, false, on_applied, &applied), 0);
	mem_deref(json);

	for (int i = 0; i < 10000 && !applied.done; i++) {
		loop_run(1);
		(void)usleep(500);
	}
	CU_ASSERT_FATAL(applied.done && !applied.err);
}

static void engine_open(struct house *h)
{
	char listen[64], errstr[256] = "";
	struct engine *e = &h->e;
	int err;

	(void)re_snprintf(listen, sizeof(listen), "%J", &h->access.addr);
	h->relay.cfg.node = h->data.dir;
	e->cfg = &h->relay.cfg;
	e->writer = h->data.writer;
	err = store_alloc(&e->store, e->writer, h->data.dir, listen, errstr, sizeof(errstr));
	err = err ? err : relay_farm_alloc(&e->relays, e->cfg, errstr, sizeof(errstr));
	err = err ? err : calls_alloc(&e->calls, e);
	err = err ? err : door_alloc(&e->door, e, store_model(e->store), errstr, sizeof(errstr));
	err = err ? err : store_keep_first(e->store);
	if (err)
		(void)re_fprintf(stderr, "house: %s (%m)\n", errstr, err);
	CU_ASSERT_EQUAL_FATAL(err, 0);
	store_change_handler(e->store, door_change, e->door);
}

void house_apply(struct house *h, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	CU_ASSERT_EQUAL_FATAL(re_vsdprintf(&text, fmt, ap), 0);
	va_end(ap);
	provision(h, text);
	mem_deref(text);
	loop_run(20);
}

static void relays_open(struct house *h, bool drained)
{
	char target[128];

	ng_peer_open(&h->relay);
	h->drained.fd = -1;
	if (!drained)
		return;

	ng_peer_open(&h->drained);
	(void)re_snprintf(h->targets, sizeof(h->targets), "%s, ", ng_peer_target(&h->relay, target, 1));
	(void)strcat(h->targets, ng_peer_target(&h->drained, target, 0));
	h->relay.cfg.ng_target = h->targets;
}

static void open_house(struct house *h, const char *one, const char *two, const char *instance, bool drained)
{
	memset(h, 0, sizeof(*h));
	loop_open();
	house_address(&h->access.addr);
	wire_open(&h->caller);
	wire_open(&h->one);
	wire_open(&h->two);
	relays_open(h, drained);
	str_ncpy(h->relay.instance, instance, sizeof(h->relay.instance));
	fixture_init(&h->data);
	CU_ASSERT_EQUAL_FATAL(fixture_start(&h->data), 0);
	engine_open(h);

	house_address(&h->carrier);
	house_apply(h,
		    "{\"interfaces\": [{\"name\": \"carrier\", \"listen\": [\"udp:%J\"]}],"
		    "\"trunks\": [{\"name\": \"pbx\", \"interface\": \"access\", \"match\": [\"%J\"]},"
		    "{\"name\": \"one\", \"interface\": \"carrier\", \"target\": \"sip:%J\"%s},"
		    "{\"name\": \"two\", \"interface\": \"carrier\", \"target\": \"sip:%J\"%s}],"
		    "\"routes\": [{\"prefix\": \"\", \"trunks\": [\"one\", \"two\"]}]}",
		    &h->carrier, &h->caller.addr, &h->one.addr, one, &h->two.addr, two);
}

void house_open(struct house *h, const char *one, const char *two)
{
	open_house(h, one, two, "run-1", false);
}

void house_open_with(struct house *h, const char *one, const char *two, const char *instance)
{
	open_house(h, one, two, instance, false);
}

void house_open_drained(struct house *h)
{
	open_house(h, "", "", "run-1", true);
}

void house_stop(struct house *h)
{
	struct engine *e = &h->e;

	e->calls = mem_deref(e->calls);
	e->door = mem_deref(e->door);
	e->relays = mem_deref(e->relays);
	e->store = mem_deref(e->store);
	fixture_stop(&h->data);
}

void house_close(struct house *h)
{
	house_stop(h);
	ng_peer_close(&h->relay);
	if (h->drained.dir[0])
		ng_peer_close(&h->drained);
	wire_close(&h->caller);
	wire_close(&h->one);
	wire_close(&h->two);
	fixture_close(&h->data);
	loop_close();
}

uint32_t house_calls(const struct house *h)
{
	struct call_stats stats;

	calls_stats(h->e.calls, &stats);

	return stats.active;
}
