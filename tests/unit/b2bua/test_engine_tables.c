/**
 * @file test_engine_tables.c  The state tables of leg, offer/answer and call, every row and every non-row
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <re.h>
#include "statetable.h"
#include "call/core.h"
#include "call/subscription.h"
#include "leg/core.h"
#include "leg/offer.h"
#include "unit.h"

/* The tables as they are meant: "state event next", one a line. A change of a table is a change here. */
static const char leg_golden[] = "idle incoming incoming\n"
				 "incoming progress ringing\n"
				 "incoming answer answered\n"
				 "incoming hangup over\n"
				 "incoming CANCEL over\n"
				 "ringing progress ringing\n"
				 "ringing answer answered\n"
				 "ringing hangup over\n"
				 "ringing CANCEL over\n"
				 "ringing BYE over\n"
				 "ringing lost over\n"
				 "answered ACK up\n"
				 "answered BYE over\n"
				 "answered hangup parting\n"
				 "answered lost leaving\n"
				 "parting ACK leaving\n"
				 "parting lost leaving\n"
				 "parting BYE over\n"
				 "idle dial dialing\n"
				 "dialing 1xx early\n"
				 "dialing 2xx up\n"
				 "dialing failure over\n"
				 "dialing hangup cancelling\n"
				 "early 1xx early\n"
				 "early 2xx up\n"
				 "early failure over\n"
				 "early hangup cancelling\n"
				 "cancelling 1xx cancelling\n"
				 "cancelling 2xx leaving\n"
				 "cancelling failure over\n"
				 "idle 2xx leaving\n"
				 "up ACK up\n"
				 "up lost leaving\n"
				 "up BYE over\n"
				 "up hangup leaving\n"
				 "leaving ACK leaving\n"
				 "leaving BYE leaving\n"
				 "leaving BYE done over\n"
				 "idle subscribe subscription\n"
				 "subscription hangup over\n";

static const char offer_golden[] = "idle offer sent local offer\n"
				   "idle offer received remote offer\n"
				   "local offer answer received stable\n"
				   "local offer refused idle\n"
				   "remote offer answer sent stable\n"
				   "remote offer refused idle\n"
				   "stable offer sent local re-offer\n"
				   "stable offer received remote re-offer\n"
				   "local re-offer answer received stable\n"
				   "local re-offer refused stable\n"
				   "remote re-offer answer sent stable\n"
				   "remote re-offer refused stable\n";

static const char call_golden[] = "new start rating\n"
				  "new joined up\n"
				  "new refuse ending\n"
				  "rating rated offering\n"
				  "rating joined up\n"
				  "rating refuse ending\n"
				  "rating caller gone ending\n"
				  "rating release ending\n"
				  "offering offered hunting\n"
				  "offering attempt over offering\n"
				  "offering refuse ending\n"
				  "offering caller gone ending\n"
				  "offering release ending\n"
				  "hunting progress hunting\n"
				  "hunting answer connecting\n"
				  "hunting picked up connecting\n"
				  "hunting attempt over offering\n"
				  "hunting refuse ending\n"
				  "hunting caller gone ending\n"
				  "hunting release ending\n"
				  "connecting connected up\n"
				  "connecting refuse ending\n"
				  "connecting caller gone ending\n"
				  "connecting callee gone ending\n"
				  "connecting release ending\n"
				  "up caller gone ending\n"
				  "up callee gone ending\n"
				  "up release ending\n"
				  "up referrer gone left\n"
				  "up handed over handed over\n"
				  "left handed over handed over\n"
				  "left caller gone ending\n"
				  "left callee gone ending\n"
				  "left release ending\n"
				  "handed over caller gone handed over\n"
				  "handed over callee gone handed over\n"
				  "handed over onward over ending\n"
				  "handed over release ending\n"
				  "ending counted over\n";

static const char subscription_golden[] = "asking accepted pending\n"
					  "asking refused over\n"
					  "asking notified early\n"
					  "asking terminated fetched\n"
					  "early accepted active\n"
					  "early refused over\n"
					  "early notified early\n"
					  "early terminated fetched\n"
					  "early gone fetched\n"
					  "fetched accepted over\n"
					  "fetched refused over\n"
					  "fetched gone fetched\n"
					  "pending notified active\n"
					  "pending terminated over\n"
					  "pending refresh pending\n"
					  "pending refreshed pending\n"
					  "pending gone over\n"
					  "pending expired over\n"
					  "pending release leaving\n"
					  "active notified active\n"
					  "active terminated over\n"
					  "active refresh active\n"
					  "active refreshed active\n"
					  "active gone over\n"
					  "active expired over\n"
					  "active release leaving\n"
					  "leaving notified leaving\n"
					  "leaving terminated over\n"
					  "leaving expired over\n";

static const struct {
	const struct statetable *st;
	const char *golden;
	uint8_t last; /* the state no row leaves; none: statec */
} tables[] = {
	{&leg_table, leg_golden, LEG_OVER},
	{&offer_table, offer_golden, OFFER_STATEC},
	{&call_table, call_golden, CALL_OVER},
	{&subscription_table, subscription_golden, SUBSCRIPTION_OVER},
};

static void test_sound(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		CU_ASSERT_EQUAL(statetable_check(tables[i].st), 0);
}

static void test_golden(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		const struct statetable *st = tables[i].st;
		char text[4096];
		size_t n = 0;

		for (size_t r = 0; r < st->rowc; r++)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s %s %s\n",
					      st->statev[st->rowv[r].state], st->eventv[st->rowv[r].event],
					      st->statev[st->rowv[r].next]);

		CU_ASSERT_STRING_EQUAL(text, tables[i].golden);
	}
}

static void test_reachable(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		const struct statetable *st = tables[i].st;
		uint32_t reached = 1, before;

		do {
			before = reached;
			for (size_t r = 0; r < st->rowc; r++)
				if (reached & 1u << st->rowv[r].state)
					reached |= 1u << st->rowv[r].next;
		} while (reached != before);

		CU_ASSERT_EQUAL(reached, (1u << st->statec) - 1);
	}
}

/* From every state some row leads on, but from the last. */
static void test_no_dead_end(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		const struct statetable *st = tables[i].st;
		uint32_t left = 0;

		for (size_t r = 0; r < st->rowc; r++)
			left |= 1u << st->rowv[r].state;

		CU_ASSERT_EQUAL(left | (tables[i].last < st->statec ? 1u << tables[i].last : 0),
				(1u << st->statec) - 1);
		CU_ASSERT(tables[i].last == st->statec || !(left & 1u << tables[i].last));
	}
}

static unsigned refused_in(const struct statetable *st)
{
	unsigned n = 0;

	for (uint8_t s = 0; s < st->statec; s++) {
		for (uint8_t e = 0; e < st->eventc; e++) {
			uint8_t state = s;

			if (statetable_row(st, s, e))
				continue;

			CU_ASSERT_EQUAL(statetable_step(st, &state, e, NULL, NULL, "unit"), EPROTO);
			CU_ASSERT_EQUAL(state, s);
			++n;
		}
	}

	return n;
}

static void test_refused(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		const struct statetable *st = tables[i].st;
		const uint64_t before = statetable_refused();
		const unsigned n = refused_in(st);

		CU_ASSERT_EQUAL(n, st->statec * st->eventc - st->rowc);
		CU_ASSERT_EQUAL(statetable_refused() - before, n);
	}
}

/* RFC 3264: one offer at a time, an answer only to an offer, and a refusal leaves what was agreed. */
static void test_offer_sequences(void)
{
	static const struct {
		enum offer_event eventv[5];
		unsigned eventc;
		int err; /* of the last one */
		enum offer_state state;
	} v[] = {
		{{OFFER_SENT, OFFER_ANSWER_RECEIVED}, 2, 0, OFFER_STABLE},
		{{OFFER_RECEIVED, OFFER_ANSWER_SENT}, 2, 0, OFFER_STABLE},
		{{OFFER_SENT, OFFER_SENT}, 2, EPROTO, OFFER_LOCAL},
		{{OFFER_SENT, OFFER_RECEIVED}, 2, EPROTO, OFFER_LOCAL},
		{{OFFER_RECEIVED, OFFER_SENT}, 2, EPROTO, OFFER_REMOTE},
		{{OFFER_ANSWER_SENT}, 1, EPROTO, OFFER_IDLE},
		{{OFFER_SENT, OFFER_REFUSED}, 2, 0, OFFER_IDLE},
		{{OFFER_SENT, OFFER_ANSWER_RECEIVED, OFFER_SENT, OFFER_REFUSED}, 4, 0, OFFER_STABLE},
		{{OFFER_RECEIVED, OFFER_ANSWER_SENT, OFFER_RECEIVED, OFFER_RECEIVED},
		 4,
		 EPROTO,
		 OFFER_REMOTE_AGAIN},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		uint8_t state = OFFER_IDLE;
		int err = 0;

		for (unsigned e = 0; e < v[i].eventc; e++)
			err = offer_step(&state, v[i].eventv[e], "unit");

		CU_ASSERT_EQUAL(err, v[i].err);
		CU_ASSERT_EQUAL(state, v[i].state);
	}
}

static const struct unit_test testv[] = {
	{"each table passes its own check", test_sound},
	{"each table is the one written down here", test_golden},
	{"every state is reached from the first", test_reachable},
	{"no state but the last is a dead end", test_no_dead_end},
	{"an event without a row is refused and leaves the state", test_refused},
	{"an offer is answered or refused before the next", test_offer_sequences},
	{NULL, NULL},
};

const struct unit_suite engine_tables_suite = {"tables", testv};
