/**
 * @file test_door.c  The interfaces while they change, and what is turned away at them
 */
#include <string.h>
#include <re.h>
#include "call_fixture.h"
#include "door/door.h"
#include "loop.h"
#include "unit.h"

#define EMPTY "Content-Length: 0\n\n"
enum { TURN_MS = 30 };

static struct house h;

static int64_t counted(const char *what)
{
	struct odict *od = NULL;
	const struct odict_entry *entry;
	int64_t n;

	CU_ASSERT_EQUAL_FATAL(odict_alloc(&od, 16), 0);
	CU_ASSERT_EQUAL(door_describe(h.e.door, od), 0);
	entry = odict_lookup(od, what);
	CU_ASSERT_PTR_NOT_NULL_FATAL(entry);
	n = entry->u.integer;
	mem_deref(od);

	return n;
}

static void connect_call(void)
{
	wire_invite(&h.caller, &h.access, FIXTURE_BODY);
	loop_run(TURN_MS);
	wire_reply(&h.one, wire_last(&h.one, "INVITE"), "200 OK", "callee", FIXTURE_BODY);
	loop_run(TURN_MS);
	wire_request(&h.caller, &h.access, "ACK", 1, "\n");
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(h.one.heard, "INVITE ACK");
}

static void hang_up(void)
{
	wire_request(&h.caller, &h.access, "BYE", 9, EMPTY);
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(ladder_count(h.caller.heard, "200/BYE"), 1);
	CU_ASSERT_EQUAL(ladder_count(h.one.heard, "BYE"), 1);
	wire_reply(&h.one, wire_last(&h.one, "BYE"), "200 OK", "callee", EMPTY);
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(house_calls(&h), 0);
	CU_ASSERT_EQUAL(door_legs(h.e.door), 0);
}

/* Each turned away by its own counter, and answered only where an answer helps. */
static void test_turned_away(void)
{
	static const struct {
		const char *text, *counter, *heard;
	} v[] = {
		{"\n\n", "keepalive", ""},
		{"no SIP at all", "undecodable", ""},
		{"GET / HTTP/1.1\nHost: x\n\n", "undecodable", ""},
	};

	house_open(&h, "", "");
	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		int64_t before = counted(v[i].counter);

		h.caller.heard[0] = '\0';
		wire_send(&h.caller, &h.access.addr, "%s", v[i].text);
		loop_run(TURN_MS);
		CU_ASSERT_EQUAL(counted(v[i].counter), before + 1);
		CU_ASSERT_STRING_EQUAL(h.caller.heard, v[i].heard);
	}
	house_close(&h);
}

static void test_malformed(void)
{
	static const struct {
		const char *met, *uri, *from, *to, *cseq, *more, *counter, *heard;
	} v[] = {
		{"INVITE", "sip:1@h", "<sip:a@h>", "<sip:b@h>", "1 INVITE", EMPTY, "malformed_400",
		 "400/INVITE"},
		{"INVITE", "sip:1@h", "<sip:a@h>;tag=1", "<sip:b@h>", "1 BYE", EMPTY, "malformed_400",
		 "400/BYE"},
		{"INVITE", "sip:1@h", "<sip:a@h>;tag=1", "<sip:b@h>", "1 INVITE",
		 "Content-Length: 9\n\nshort", "malformed_400", "400/INVITE"},
		{"INVITE", "sip:1\x01@h", "<sip:a@h>;tag=1", "<sip:b@h>", "1 INVITE", EMPTY, "malformed_400",
		 "400/INVITE"},
		{"INVITE", "sip:1@h", "<sip:a\rb@h>;tag=1", "<sip:b@h>", "1 INVITE", EMPTY, "malformed_400",
		 "400/INVITE"},
		{"INVITE", "sip:1>;tag=x@h", "<sip:a@h>;tag=1", "<sip:b@h>", "1 INVITE", EMPTY,
		 "malformed_400", "400/INVITE"},
		{"INVITE", "sip:1@h", "sip:a>b@h;tag=1", "<sip:b@h>", "1 INVITE", EMPTY, "malformed_400",
		 "400/INVITE"},
		{"INVITE", "sip:1@h", "<sip:a\"b@h>;tag=1", "<sip:b@h>", "1 INVITE", EMPTY, "malformed_400",
		 "400/INVITE"},
		{"BYE", "sip:1@h", "<sip:a@h>;tag=1", "<sip:b@h>;tag=2", "1 BYE", EMPTY, "stray_481",
		 "481/BYE"},
		{"BYE", "sip:1@h", "<sip:a@h>;tag=1", "<sip:b@h>", "1 BYE", EMPTY, "stray_481", "481/BYE"},
		{"CANCEL", "sip:1@h", "<sip:a@h>;tag=1", "<sip:b@h>", "1 CANCEL", EMPTY, "stray_481",
		 "481/CANCEL"},
		{"ACK", "sip:1@h", "<sip:a@h>;tag=1", "<sip:b@h>;tag=2", "1 ACK", EMPTY, "stray_481", ""},
		{"REGISTER", "sip:h", "<sip:a@h>;tag=1", "<sip:a@h>", "1 REGISTER", EMPTY, "method_405",
		 "405/REGISTER"},
		{"MESSAGE", "sip:h", "<sip:a@h>;tag=1", "<sip:b@h>", "1 MESSAGE", EMPTY, "method_405",
		 "405/MESSAGE"},
		{"INFO", "sip:h", "<sip:a@h>;tag=1", "<sip:b@h>", "1 INFO", EMPTY, "stray_481", "481/INFO"},
		{"OPTIONS", "sip:h", "<sip:a@h>;tag=1", "<sip:a@h>", "1 OPTIONS", "Max-Forwards: 0\n" EMPTY,
		 "hops_483", "483/OPTIONS"},
	};

	house_open(&h, "", "");
	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		int64_t before = counted(v[i].counter);

		h.caller.heard[0] = '\0';
		wire_send(&h.caller, &h.access.addr,
			  "%s %s SIP/2.0\nVia: SIP/2.0/UDP %J;branch=z9hG4bKm%zu;rport\nFrom: %s\nTo: %s\n"
			  "Call-ID: malformed%zu\nCSeq: %s\n%s",
			  v[i].met, v[i].uri, &h.caller.addr, i, v[i].from, v[i].to, i, v[i].cseq, v[i].more);
		loop_run(TURN_MS);
		CU_ASSERT_EQUAL(counted(v[i].counter), before + 1);
		CU_ASSERT_STRING_EQUAL(h.caller.heard, v[i].heard);
	}
	house_stop(&h);
	CU_ASSERT_EQUAL(fixture_number(&h.data, "SELECT count(*) FROM cdr"), 0);
	house_close(&h);
}

/* A source no trunk knows: refused without a row, without a transaction, without a repetition. */
static void test_unknown_source(void)
{
	house_open(&h, "", "");
	wire_invite(&h.two, &h.access, FIXTURE_BODY);
	loop_run(5000);
	CU_ASSERT_STRING_EQUAL(h.two.heard, "403/INVITE");
	CU_ASSERT_EQUAL(counted("unknown_source"), 1);
	house_stop(&h);
	CU_ASSERT_EQUAL(fixture_number(&h.data, "SELECT count(*) FROM cdr"), 0);
	house_close(&h);
}

/* A second address joins and leaves while a call is up: the call and the next one do not notice. */
static void test_address_changes(void)
{
	static const char *const interfaces[] = {"access", "carrier"};

	for (size_t i = 0; i < ARRAY_SIZE(interfaces); i++) {
		const struct sa *addr;

		house_open(&h, "", "");
		addr = i ? &h.carrier : &h.access.addr;
		connect_call();
		house_apply(&h,
			    "{\"interfaces\": [{\"name\": \"%s\", \"listen\": [\"udp:%J\", \"tcp:%J\"]}]}",
			    interfaces[i], addr, addr);
		house_apply(&h, "{\"interfaces\": [{\"name\": \"%s\", \"listen\": [\"udp:%J\"]}]}",
			    interfaces[i], addr);
		hang_up();
		loop_skip(40000);
		wire_forget(&h.caller);
		wire_forget(&h.one);
		connect_call();
		hang_up();
		house_close(&h);
	}
}

/* All addresses of an interface are others: a call that is up stays on the old ones, new ones use the new. */
static void test_interface_moves(void)
{
	const struct sip_msg *invite;
	struct sa moved;

	house_open(&h, "", "");
	connect_call();
	invite = wire_last(&h.one, "INVITE");
	CU_ASSERT_TRUE(sa_cmp(&invite->via.addr, &h.carrier, SA_ALL));

	house_address(&moved);
	house_apply(&h, "{\"interfaces\": [{\"name\": \"carrier\", \"listen\": [\"udp:%J\"]}]}", &moved);
	hang_up();
	loop_skip(40000);
	wire_forget(&h.caller);
	wire_forget(&h.one);

	connect_call();
	invite = wire_last(&h.one, "INVITE");
	CU_ASSERT_TRUE(sa_cmp(&invite->via.addr, &moved, SA_ALL));
	hang_up();
	house_close(&h);
}

/* An address taken away takes no new calls; given back it does. */
static void test_address_retired(void)
{
	struct sa second;

	house_open(&h, "", "");
	house_address(&second);
	house_apply(&h, "{\"interfaces\": [{\"name\": \"access\", \"listen\": [\"udp:%J\", \"udp:%J\"]}]}",
		    &h.access.addr, &second);
	house_apply(&h, "{\"interfaces\": [{\"name\": \"access\", \"listen\": [\"udp:%J\"]}]}", &second);
	wire_invite(&h.caller, &h.access, FIXTURE_BODY);
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(h.caller.heard, "");

	house_apply(&h, "{\"interfaces\": [{\"name\": \"access\", \"listen\": [\"udp:%J\", \"udp:%J\"]}]}",
		    &h.access.addr, &second);
	connect_call();
	hang_up();
	house_close(&h);
}

/* What a call's media says to our listener comes from our own address: it is no trunk's by that alone. */
static void test_media_port(void)
{
	const struct {
		const char *match;
		int from, to; /* the media ports, from the caller's */
		const char *heard;
	} v[] = {
		{"127.0.0.1", 0, 2, "403/INVITE"}, {"127.0.0.0/8", -2, 0, "403/INVITE"},
		{"127.0.0.1", 1, 3, "100/INVITE"}, {"127.0.0.1", -3, -1, "100/INVITE"},
		{NULL, 0, 2, "100/INVITE"}, /* the trunk names this port */
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {

		house_open(&h, "", "");
		if (v[i].match)
			house_apply(&h, "{\"trunks\": [{\"name\": \"pbx\", \"match\": [\"%s\"]}]}",
				    v[i].match);
		h.e.cfg->rtp_port_min = (uint16_t)(sa_port(&h.caller.addr) + v[i].from);
		h.e.cfg->rtp_port_max = (uint16_t)(sa_port(&h.caller.addr) + v[i].to);
		wire_invite(&h.caller, &h.access, FIXTURE_BODY);
		loop_run(TURN_MS);
		CU_ASSERT_STRING_EQUAL(h.caller.heard, v[i].heard);
		house_close(&h);
	}
}

/* A trunk is disabled under a call: the call goes on, the next is refused. */
static void test_trunk_changes(void)
{
	house_open(&h, "", "");
	connect_call();
	house_apply(&h, "{\"trunks\": [{\"name\": \"one\", \"enabled\": false}, "
			"{\"name\": \"two\", \"enabled\": false}]}");
	hang_up();
	loop_skip(40000);
	wire_forget(&h.caller);
	wire_forget(&h.one);
	wire_invite(&h.caller, &h.access, FIXTURE_BODY);
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(h.caller.heard, "100/INVITE 503/INVITE");
	CU_ASSERT_STRING_EQUAL(h.one.heard, "");
	house_close(&h);
}

static const struct unit_test testv[] = {
	{"what is no SIP is counted and dropped", test_turned_away},
	{"what cannot be served is counted and refused by its own code", test_malformed},
	{"an unknown source is refused and leaves nothing", test_unknown_source},
	{"nobody is a trunk at a media port of ours by the address alone", test_media_port},
	{"addresses come and go under a call", test_address_changes},
	{"an interface moves under a call", test_interface_moves},
	{"an address taken away takes no new calls", test_address_retired},
	{"a trunk is disabled under a call", test_trunk_changes},
	{NULL, NULL},
};

const struct unit_suite door_suite = {"door", testv};
