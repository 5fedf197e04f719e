/**
 * @file test_quality.c  What the relay says of the media, ours and rtpengine's, as columns and events
 */
#include <string.h>
#include <re.h>
#include "call/quality.h"
#include "ng.h"
#include "unit.h"

static void reply_decode(struct ng_msg *msg, const char *json)
{
	static char text[4096];
	struct pl pl;

	(void)re_snprintf(text, sizeof(text), "x %s", json);
	pl_set_str(&pl, text);
	CU_ASSERT_EQUAL_FATAL(ng_decode(msg, &pl), 0);
}

#define STREAMS(rtp, rtcp) "{\"streams\": [{" rtp "}, {" rtcp "}]}"
#define STATS(packets, bytes) "\"stats\": {\"packets\": " #packets ", \"bytes\": " #bytes ", \"errors\": 0}"
#define REPLY(ssrc, medias)                                                                                  \
	"{\"result\": \"ok\", \"SSRC\": {" ssrc "}, \"tags\": {\"a\": {\"tag\": \"a\", \"medias\": [" medias \
	"]}}}"

static void replies_of_both_relays_become_columns(void)
{
	static const struct {
		const char *name;
		const char *reply;
		struct cdr_media want;
	} vectorv[] = {
		{"ours",
		 REPLY("",
		       STREAMS(STATS(1000, 172000) ", \"strangers\": 2, \"lost\": 12, \"jitter-us\": 900, "
						   "\"jitter-mean-us\": 700, \"mos-x100\": 431, "
						   "\"mos-min-x100\": 395, \"loss-burst-max\": 4",
			       "\"round-trip-us\": 43000")),
		 {1000, 172000, 12, 700, 431, 395, 43000, 4}},
		{"ours, not a packet",
		 REPLY("", STREAMS(STATS(0, 0) ", \"strangers\": 0", "\"round-trip-us\": 0")),
		 {0, 0, 0, 0, 0, 0, 0, 0}},
		{"ours, audio and video: MOS is that of the audio",
		 REPLY("",
		       STREAMS(STATS(100, 17200) ", \"strangers\": 0, \"lost\": 1, \"jitter-mean-us\": 5, "
						 "\"mos-x100\": 400, \"mos-min-x100\": 390",
			       "") ", " STREAMS(STATS(900, 900000) ", \"strangers\": 0, \"lost\": 2, "
								   "\"jitter-mean-us\": 9",
						"")),
		 {1000, 917200, 3, 9, 400, 390, 0, 0}},
		{"rtpengine 10",
		 REPLY("\"77\": {\"cumulative loss\": 9, \"average MOS\": {\"MOS\": 42, \"round-trip time\": "
		       "78330, "
		       "\"round-trip time leg\": 20000, \"jitter\": 3, \"packet loss\": 1, \"samples\": 2}, "
		       "\"lowest MOS\": {\"MOS\": 38, \"round-trip time\": 80000, \"jitter\": 5, "
		       "\"packet loss\": 2, \"reported at\": 1}}, \"78\": {}",
		       STREAMS(STATS(500, 86000) ", \"SSRC\": 77", "\"SSRC\": 0")),
		 {500, 86000, 9, 3000, 420, 380, 20000, 0}},
		{"rtpengine 12: two SSRCs came in, the mean goes by their packets",
		 REPLY("\"1\": {\"packets\": 300, \"cumulative loss\": 1, \"average MOS\": {\"MOS\": 44}}, "
		       "\"2\": {\"packets\": 100, \"cumulative loss\": 5, \"average MOS\": {\"MOS\": 40}, "
		       "\"lowest MOS\": {\"MOS\": 30}}",
		       STREAMS(STATS(400, 1) ", \"ingress SSRCs\": [{\"SSRC\": 1}, {\"SSRC\": 2}]", "")),
		 {400, 1, 6, 0, 430, 300, 0, 0}},
		{"rtpengine without RTCP",
		 REPLY("\"77\": {}", STREAMS(STATS(500, 86000) ", \"SSRC\": 77", "")),
		 {500, 86000, 0, 0, 0, 0, 0, 0}},
		{"nonsense",
		 "{\"tags\": {\"a\": {\"medias\": [1, \"x\", {\"streams\": 5}, {\"streams\": []}]}}, "
		 "\"SSRC\": 7}",
		 {0, 0, 0, 0, 0, 0, 0, 0}},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(vectorv); i++) {

		struct cdr_media got = {.rx_packets = 0};
		struct ng_msg msg;

		memset(&msg, 0, sizeof(msg));
		reply_decode(&msg, vectorv[i].reply);
		quality_read(&got, msg.dict, bval_get(bval_get(msg.dict, "tags"), "a"));
		if (memcmp(&got, &vectorv[i].want, sizeof(got)))
			(void)re_fprintf(stderr, "\n    %s: MOS %lld, lost %lld\n", vectorv[i].name,
					 got.mos_x100, got.lost);
		CU_ASSERT_EQUAL(memcmp(&got, &vectorv[i].want, sizeof(got)), 0);
		ng_msg_reset(&msg);
	}
}

static void sessions_of_one_call_add_up(void)
{
	struct cdr_media sum = {300, 3000, 3, 500, 440, 430, 0, 1};
	const struct cdr_media more = {100, 1000, 7, 400, 400, 200, 9000, 5}, none = {.rx_packets = 50};
	const struct cdr_media want = {450, 4000, 10, 500, 430, 200, 9000, 5};

	quality_add(&sum, &more);
	quality_add(&sum, &none);
	CU_ASSERT_EQUAL(memcmp(&sum, &want, sizeof(sum)), 0);
}

static void what_the_relay_tells_becomes_an_event(void)
{
	static const struct {
		const char *notice;
		const char *kind;
		const char *detail;
	} vectorv[] = {
		{"{\"event\": \"one-way\", \"state\": \"begin\", \"from-tag\": \"b1\", \"media\": 1, "
		 "\"cause\": \"no packets\"}",
		 "ONE_WAY_AUDIO",
		 "{\"state\": \"begin\", \"from\": \"b1\", \"cause\": \"no packets\", \"media\": 1}"},
		{"{\"event\": \"bad-quality\", \"state\": \"end\", \"from-tag\": \"a\\\"\", \"mos-x100\": "
		 "401, "
		 "\"loss-x100\": 0, \"other\": [1]}",
		 "BAD_QUALITY",
		 "{\"state\": \"end\", \"from\": \"a\\\"\", \"mos_x100\": 401, \"loss_x100\": 0}"},
		{"{\"event\": \"bad-quality\", \"state\": 5}", "BAD_QUALITY", "{}"},
		{"{\"event\": \"something-new\"}", NULL, ""},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(vectorv); i++) {

		struct mbuf *detail = mbuf_alloc(64);
		struct ng_msg msg;
		struct pl event, text;
		const char *kind;

		memset(&msg, 0, sizeof(msg));
		reply_decode(&msg, vectorv[i].notice);
		CU_ASSERT_EQUAL_FATAL(bval_str(msg.dict, "event", &event), 0);
		kind = quality_event(detail, &event, msg.dict);
		CU_ASSERT_EQUAL(!kind, !vectorv[i].kind);
		if (kind)
			CU_ASSERT_STRING_EQUAL(kind, vectorv[i].kind);
		text = (struct pl){(const char *)detail->buf, detail->end};
		CU_ASSERT_EQUAL(pl_strcmp(&text, vectorv[i].detail), 0);
		ng_msg_reset(&msg);
		mem_deref(detail);
	}
}

static void the_operator_sees_null_for_what_is_not_known(void)
{
	static const char *const reply =
		REPLY("", STREAMS(STATS(5, 860) ", \"strangers\": 0, \"codec\": \"PCMA\", \"expected\": 5, "
						"\"ptime-us\": 20000",
				  ""));
	struct odict *od = NULL;
	struct ng_msg msg;

	memset(&msg, 0, sizeof(msg));
	reply_decode(&msg, reply);
	CU_ASSERT_EQUAL_FATAL(odict_alloc(&od, 8), 0);
	CU_ASSERT_EQUAL(quality_describe(od, msg.dict, bval_get(bval_get(msg.dict, "tags"), "a")), 0);
	CU_ASSERT_STRING_EQUAL(odict_string(od, "codec"), "PCMA");
	CU_ASSERT_EQUAL(odict_get_type(od, ODICT_INT, "rx_packets")->u.integer, 5);
	CU_ASSERT_EQUAL(odict_get_type(od, ODICT_INT, "ptime_us")->u.integer, 20000);
	CU_ASSERT_PTR_NOT_NULL(odict_get_type(od, ODICT_NULL, "mos_x100"));
	CU_ASSERT_PTR_NOT_NULL(odict_get_type(od, ODICT_NULL, "round_trip_us"));
	CU_ASSERT_PTR_NULL(odict_lookup(od, "duplicates"));
	mem_deref(od);
	ng_msg_reset(&msg);
}

static const struct unit_test testv[] = {
	{"replies of both relays become columns", replies_of_both_relays_become_columns},
	{"sessions of one call add up", sessions_of_one_call_add_up},
	{"what the relay tells becomes an event", what_the_relay_tells_becomes_an_event},
	{"the operator sees null for what is not known", the_operator_sees_null_for_what_is_not_known},
	{NULL, NULL},
};

const struct unit_suite call_quality_suite = {"call quality", testv};
