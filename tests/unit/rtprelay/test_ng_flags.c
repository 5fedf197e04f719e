/**
 * @file test_ng_flags.c  NG flags: what Kamailio, OpenSIPS and rtpengine's own clients send means the same
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <re.h>
#include "ng_flag_table.h"
#include "ng_flags.h"
#include "unit.h"

static int text_show(struct re_printf *pf, const char *name, const struct pl *pl)
{
	return pl->p ? re_hprintf(pf, "%s=%r ", name, pl) : 0;
}

static int sa_show(struct re_printf *pf, const char *name, const struct sa *sa)
{
	return sa_isset(sa, SA_ADDR) ? re_hprintf(pf, "%s=%j ", name, sa) : 0;
}

static int number_show(struct re_printf *pf, const char *name, int num, int none)
{
	return num != none ? re_hprintf(pf, "%s=%d ", name, num) : 0;
}

static int names_show(struct re_printf *pf, const char *name, const struct ng_names *names)
{
	unsigned i;
	int err = 0;

	for (i = 0; i < names->c && !err; i++)
		err = re_hprintf(pf, "%s%r%s", i ? "," : name, &names->v[i], i + 1 == names->c ? " " : "");

	return err;
}

static int spans_show(struct re_printf *pf, const struct ng_flags *f)
{
	int err = text_show(pf, "id", &f->call_id);

	err |= text_show(pf, "from", &f->from_tag);
	err |= text_show(pf, "to", &f->to_tag);
	err |= text_show(pf, "branch", &f->branch);
	err |= text_show(pf, "sdp", &f->sdp);
	err |= text_show(pf, "label", &f->label);
	err |= text_show(pf, "to-label", &f->to_label);
	err |= text_show(pf, "set-label", &f->set_label);
	err |= text_show(pf, "if0", &f->interfacev[0]);
	err |= text_show(pf, "if1", &f->interfacev[1]);
	err |= sa_show(pf, "address", &f->address);
	err |= sa_show(pf, "local0", &f->localv[0]);
	err |= sa_show(pf, "local1", &f->localv[1]);
	err |= sa_show(pf, "media", &f->media_address);
	err |= sa_show(pf, "received", &f->received_from);
	err |= names_show(pf, "strip=", &f->codecs.strip);
	err |= names_show(pf, "except=", &f->codecs.except);
	err |= names_show(pf, "offer=", &f->codecs.offer);
	err |= names_show(pf, "mask=", &f->codecs.mask);

	return err;
}

static int numbers_show(struct re_printf *pf, const struct ng_flags *f)
{
	int err = number_show(pf, "family", f->family == AF_INET6 ? 6 : f->family == AF_INET ? 4 : 0, 0);

	err |= number_show(pf, "replace", (int)f->replace, 0);
	err |= number_show(pf, "transport", (int)f->transport, 0);
	err |= number_show(pf, "mux", (int)f->mux, 0);
	err |= number_show(pf, "osrtp", (int)f->osrtp, 0);
	err |= number_show(pf, "ice", (int)f->ice, 0);
	err |= number_show(pf, "rtcp", (int)f->rtcp_line, 0);
	err |= number_show(pf, "symmetry", (int)f->symmetry, 0);
	err |= number_show(pf, "drop", (int)f->drop, 0);
	err |= number_show(pf, "tos", f->tos, NG_TOS_KEEP);
	err |= number_show(pf, "delay", f->delete_delay_s, NG_DELAY_DEFAULT);
	err |= number_show(pf, "timeout", (int)f->timeout_s, 0);
	err |= number_show(pf, "notify", f->notify, -1);
	err |= number_show(pf, "limit", (int)f->limit, 0);

	return err;
}

static int sdes_show(struct re_printf *pf, const struct ng_sdes *s)
{
	unsigned i;
	int err;

	err = re_hprintf(pf, "%s%s%s", s->off ? "sdes-off " : "", s->nonew ? "nonew " : "",
			 s->lifetime ? "lifetime " : "");
	err |= number_show(pf, "no", (int)s->no, 0);
	err |= number_show(pf, "only", (int)s->only, 0);
	err |= number_show(pf, "prefer", (int)s->prefer, 0);
	for (i = 0; i < s->orderc; i++)
		err |= re_hprintf(pf, "order%u=%d ", i, s->orderv[i]);

	return err;
}

static int bools_show(struct re_printf *pf, const struct ng_flags *f)
{
	int err = re_hprintf(pf, "%s%s%s%s%s%s", f->all ? "all " : "", f->sip_source ? "sip-source " : "",
			     f->strict_source ? "strict " : "", f->handover ? "handover " : "",
			     f->generate_mid ? "mid " : "", f->original_sendrecv ? "original " : "");

	err |= re_hprintf(pf, "%s%s%s%s%s%s%s%s", f->single_codec ? "single " : "",
			  f->strip_extmap ? "extmap " : "", f->loop_protect ? "loop " : "",
			  f->reject_ice ? "reject " : "", f->fatal ? "fatal " : "",
			  f->load_limit ? "load " : "", f->as_string ? "string " : "",
			  f->to_tag_meant ? "meant " : "");

	return err;
}

static int flags_show(struct re_printf *pf, const struct ng_flags *f)
{
	return spans_show(pf, f) | numbers_show(pf, f) | sdes_show(pf, &f->sdes) | bools_show(pf, f) |
	       ng_flags_warn(pf, f);
}

/* Every field that differs from its default; on error, what the client is told. */
static void decode(char *shown, size_t size, const char *json, int *errp)
{
	struct ng_flags flags;
	char why[NG_WHY_SIZE] = "";
	struct bdoc *doc = NULL;
	struct pl pl;

	pl_set_str(&pl, json);
	if (bencode_decode_json(&doc, &pl)) {
		(void)re_snprintf(shown, size, "not JSON");
		return;
	}

	*errp = ng_flags_decode(&flags, doc->root, why);
	if (*errp)
		(void)re_snprintf(shown, size, "%s", why);
	else
		(void)re_snprintf(shown, size, "%H", flags_show, &flags);

	while (*shown && shown[strlen(shown) - 1] == ' ')
		shown[strlen(shown) - 1] = '\0';
	mem_deref(doc);
}

struct vector {
	const char *request;
	const char *shown;
};

static void vectors_check(const struct vector *v, bool good)
{
	for (; v->request; v++) {

		char shown[1024];
		int err = 0;

		decode(shown, sizeof(shown), v->request, &err);
		if (strcmp(shown, v->shown) || good != !err)
			(void)printf("\n%s\n  is      %s (%d)\n  must be %s\n", v->request, shown, err,
				     v->shown);
		CU_ASSERT_STRING_EQUAL(shown, v->shown);
		CU_ASSERT_EQUAL(good, !err);
	}
}

/* clang-format off */

/* Module rtpengine of Kamailio 5.6: it reads its own string and sends lists, keys and strings. */
static const struct vector kamailiov[] = {
	{"{\"supports\":[\"load limit\"],\"sdp\":\"v\",\"direction\":[\"external\",\"internal\"],"
	 "\"flags\":[\"trust-address\",\"symmetric\"],\"replace\":[\"origin\",\"session-connection\"],"
	 "\"transport-protocol\":\"RTP/SAVP\",\"rtcp-mux\":[\"demux\"],\"SDES\":[\"off\"],\"call-id\":\"c\","
	 "\"via-branch\":\"z9hG4bK1\",\"received-from\":[\"IP4\",\"192.0.2.7\"],\"from-tag\":\"f\",\"to-tag\":\"t\","
	 "\"command\":\"offer\"}",
	 "id=c from=f to=t branch=z9hG4bK1 sdp=v if0=external if1=internal received=192.0.2.7 replace=3 "
	 "transport=5 mux=4 symmetry=1 sdes-off load"},
	{"{\"delete delay\":0,\"delete-delay\":\"0\"}", "delay=0"},
	{"{\"TOS\":184}", "tos=184"},
	{"{\"TOS\":\"184\"}", "tos=184"},
	{"{\"TOS\":-1}", ""},
	{"{\"TOS\":256}", "tos=256"},
	{"{\"label\":\"caller\",\"ICE\":\"remove\"}", "label=caller ice=1"},
	{"{\"codec\":{\"strip\":[\"PCMU\",\"G729\"],\"offer\":[\"PCMA\"],\"mask\":[\"all\"],\"except\":[\"opus\"]}}",
	 "strip=PCMU,G729 except=opus offer=PCMA mask=all"},
	{"{\"codec\":{\"transcode\":[\"PCMA\"]}}",
	 "except=PCMA Ignored: codec transcode (nothing is transcoded here; it stays where it was offered)"},
	{"{\"T.38\":[\"decode\"]}", "Ignored: T.38 (fax passes through as it comes)"},
	{"{\"media-address\":\"2001:db8::1\",\"address-family\":\"IP6\"}", "media=2001:db8::1 family=6"},
	{"{\"received-from\":[\"?\",\"nowhere\"]}",
	 "Ignored: received-from (it is not an IP address), received-from (it is not an IP address)"},
	{"{\"media-address\":\"\",\"label\":\"\",\"flags\":[\"\"],\"TOS\":\"\"}", ""},
	{NULL, NULL},
};

/* Module rtpengine of OpenSIPS. */
static const struct vector opensipsv[] = {
	{"{\"flags\":[\"trust-address\",\"strict-source\"],\"replace\":[\"origin\",\"session-connection\"],"
	 "\"direction\":[\"pub\",\"priv\"],\"ICE\":\"force\",\"rtcp-mux\":[\"offer\"],\"transport-protocol\":\"RTP/AVPF\"}",
	 "if0=pub if1=priv replace=3 transport=6 mux=1 ice=2 strict"},
	{"{\"codec\":{\"mask\":[\"all\"],\"transcode\":[\"PCMU\"]},\"flags\":[\"generate-mid\",\"fragment\"]}",
	 "except=PCMU mask=all mid Ignored: codec transcode (nothing is transcoded here; it stays where it was offered), "
	 "fragment (ICE is answered as ICE-lite, all at once)"},
	{"{\"received-from\":[\"IP6\",\"2001:db8::7\"],\"flags\":[\"SIP-source-address\"]}", "received=2001:db8::7 sip-source"},
	{NULL, NULL},
};

/* Newer clients hand their script's string on as it is. */
static const struct vector stringv[] = {
	{"{\"rtpp-flags\":\"replace-origin  ICE=remove RTP/SAVPF direction=pub direction=priv via-branch=b\"}",
	 "branch=b if0=pub if1=priv replace=1 transport=7 ice=1 string"},
	{"{\"rtpp_flags\":\"internal external trust-address to-tag fatal delete-delay=30 TOS=46\"}",
	 "if0=internal if1=external tos=46 delay=30 fatal string meant"},
	{"{\"rtpp flags\":\"SRTP AVPF\"}", "transport=7 string"},
	{"{\"rtpp-flags\":\"SRTP AVPF RTP\"}", "transport=6 string"},
	{"{\"rtpp-flags\":\"RTP\"}", "transport=4 string"},
	{"{\"rtpp-flags\":\"SRTP RTP/AVP\"}", "transport=4 string"},
	{"{\"rtpp-flags\":\"codec-strip-PCMU codec-strip=G729 codec=[strip=[GSM iLBC] offer=[PCMA]]\"}",
	 "strip=PCMU,G729,GSM,iLBC offer=PCMA string"},
	{"{\"rtpp-flags\":\"replace=[origin SDP-version] rtcp-mux=demux received-from=[IP4 192.0.2.9] direction=[a b]\"}",
	 "if0=a if1=b received=192.0.2.9 replace=5 mux=4 string"},
	{"{\"rtpp-flags\":\"received-from=192.0.2.9 label=x set-label=y to-label=z\"}",
	 "label=x to-label=z set-label=y received=192.0.2.9 string"},
	{"{\"rtpp-flags\":\"UDP/TLS/RTP/SAVPF DTLS=off\"}",
	 "string Ignored: UDP/TLS/RTP/SAVPF (DTLS-SRTP is not terminated here; use SDES)"},
	{"{\"rtpp-flags\":\"RTP/AVP=foo\"}", "string Ignored: RTP/AVP (unknown)"},
	{NULL, NULL},
};

/* The same wish in another place, or spelt otherwise. */
static const struct vector spellingv[] = {
	{"{\"call-ID\":\"c\",\"call id\":\"d\"}", "id=d"},
	{"{\"flags\":[\"trust address\",\"SIP source address\"]}", "sip-source"},
	{"{\"flags\":[\"SIP_Source_Address\",\"TRUST-ADDRESS\"]}", ""},
	{"{\"flags\":[\"sip-source-address\"]}", "sip-source"},
	{"{\"flags\":[\"replace-origin\",\"replace-session-connection\",\"rtcp-mux-require\",\"SDES-nonew\",\"OSRTP-offer-RFC\"]}",
	 "replace=3 mux=2 osrtp=1 nonew"},
	{"{\"flags\":[\"replace-SDP-version\",\"replace-zero-address\",\"replace-username\",\"replace-session-name\"]}",
	 "replace=116"},
	{"{\"replace\":[\"force increment sdp ver\",\"origin full\"]}", "replace=136"},
	{"{\"transport protocol\":\"RTP/AVP\",\"address family\":\"IP4\",\"media address\":\"[192.0.2.1]\"}",
	 "media=192.0.2.1 family=4 transport=4"},
	{"{\"transport-protocol\":\"accept\"}", "transport=8"},
	{"{\"ICE\":\"force relay\",\"ICE-lite\":\"bkw\"}", "ice=4"},
	{"{\"ice\":\"force_relay\",\"ice lite\":\"both\"}", "ice=4"},
	{"{\"flags\":[\"no-rtcp-attribute\"]}", "rtcp=1"},
	{"{\"flags\":[\"full RTCP attribute\",\"loop protect\",\"single codec\",\"strip extmap\",\"reject ICE\"]}",
	 "rtcp=2 single extmap loop reject"},
	{"{\"flags\":[\"asymmetric\",\"no port latching\",\"media handover\",\"reset\",\"original sendrecv\"]}",
	 "symmetry=2 handover original Ignored: no port latching (our ports stay for the whole session)"},
	{"{\"flags\":[\"all\"]}", "all"},
	{"{\"all\":\"all\",\"from-label\":\"x\"}", "label=x all"},
	{"{\"all\":\"none\"}", ""},
	{"{\"drop traffic\":\"start\",\"address\":\"192.0.2.4\",\"limit\":\"5\"}", "address=192.0.2.4 drop=1 limit=5"},
	{"{\"SDES\":[\"no-AES_CM_128_HMAC_SHA1_32\",\"only-AES_CM_128_HMAC_SHA1_80\",\"pad\",\"lifetime\",\"static\"]}",
	 "lifetime no=2 only=1"},
	{"{\"flags\":[\"SDES-only-NULL_HMAC_SHA1_32\",\"SDES-no-F8_128_HMAC_SHA1_80\",\"pad crypto\"]}", "only=1073741824"},
	{"{\"SDES\":[\"order:AEAD_AES_256_GCM;AES_CM_128_HMAC_SHA1_80;AEAD_AES_256_GCM;\",\"offerer_pref:AEAD_AES_128_GCM;\"]}",
	 "prefer=64 order0=7 order1=0"},
	{"{\"OSRTP\":[\"accept\",\"offer-legacy\"]}", "osrtp=2 Ignored: OSRTP offer-legacy (m-lines are not doubled here; use OSRTP-offer)"},
	{"{\"tandem-local\":[\"192.0.2.1\",\"::1\"],\"tandem-notify\":1,\"tandem-timeout-s\":30}",
	 "local0=192.0.2.1 local1=::1 timeout=30 notify=1"},
	{NULL, NULL},
};

static const struct vector warningv[] = {
	{"{\"flags\":[\"frobnicate\"],\"foo\":\"bar\"}", "Ignored: frobnicate (unknown), foo (unknown)"},
	{"{\"SDES\":[\"frob\"],\"ICE\":\"frob\",\"codec\":{\"frob\":[\"x\"]}}",
	 "Ignored: SDES frob (unknown), ICE frob (unknown), codec frob (unknown)"},
	{"{\"flags\":[\"record-call\",\"record call\"],\"record call\":\"no\"}",
	 "Ignored: record-call (nothing is recorded here), record call (nothing is recorded here)"},
	{"{\"flags\":[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\",\"j\"]}",
	 "Ignored: a (unknown), b (unknown), c (unknown), d (unknown), e (unknown), f (unknown), g (unknown), h (unknown), and 2 more"},
	{"{\"flags\":[\"a\\nb\"]}", "Ignored: a\\x0ab (unknown)"},
	{"{\"flags\":[\"0123456789012345678901234567890123456789abcdef\"]}",
	 "Ignored: 0123456789012345678901234567890123456789 (unknown)"},
	{"{\"DTLS\":\"passive\",\"DTLS-reverse\":\"passive\"}",
	 "Ignored: DTLS passive (DTLS-SRTP is not terminated here; use SDES), DTLS-reverse (DTLS-SRTP is not terminated here; use SDES)"},
	{"{\"DTMF-security\":\"tone\",\"DTMF-security-trigger\":\"drop\",\"recording-file\":\"x\"}",
	 "Ignored: DTMF-security tone (DTMF is blocked by dropping its packets, in no other way), "
	 "DTMF-security-trigger (DTMF is blocked by dropping its packets, in no other way), recording-file (nothing is recorded here)"},
	{NULL, NULL},
};

static const struct vector errorv[] = {
	{"{\"call-id\":1}", "call-id is not a string"},
	{"{\"from-tag\":[\"x\"]}", "from-tag is not a string"},
	{"{\"to-tag\":\"a\\u0000b\"}", "to-tag has a zero byte in it"},
	{"{\"flags\":{\"a\":1}}", "flags is not a list"},
	{"{\"flags\":[1]}", "flags holds something that is not a string"},
	{"{\"ICE\":1}", "ICE is not a list"},
	{"{\"media-address\":\"example.com\"}", "media-address is not an IP address"},
	{"{\"address\":\"1.2.3.4.5.6.7.8.9.0.1.2.3.4.5.6.7.8.9.0.1.2.3.4.5\"}", "address is not an IP address"},
	{"{\"delete-delay\":\"soon\"}", "delete-delay is not a number from -1 to 86400"},
	{"{\"delete-delay\":86401}", "delete-delay is not a number from -1 to 86400"},
	{"{\"tandem-timeout-s\":0}", "tandem-timeout-s is not a number from 1 to 86400"},
	{"{\"limit\":0}", "limit is not a number from 1 to 1024"},
	{"{\"TOS\":\"high\"}", "TOS is not a number"},
	{"{\"tandem-local\":[\"192.0.2.1\"]}", "tandem-local is not a list of two IP addresses"},
	{"{\"tandem-local\":[\"192.0.2.1\",\"192.0.2.2\",\"192.0.2.3\"]}", "tandem-local is not a list of two IP addresses"},
	{"{\"tandem-local\":\"192.0.2.1\"}", "tandem-local is not a list of two IP addresses"},
	{"{\"rtpp-flags\":\"a rtpp-flags=b\"}", "rtpp-flags has itself in it"},
	{NULL, NULL},
};
/* clang-format on */

static void what_kamailio_sends_is_understood(void)
{
	vectors_check(kamailiov, true);
}

static void what_opensips_sends_is_understood(void)
{
	vectors_check(opensipsv, true);
}

static void a_string_of_flags_is_understood(void)
{
	vectors_check(stringv, true);
}

static void a_wish_means_the_same_in_every_spelling_and_place(void)
{
	vectors_check(spellingv, true);
}

static void what_is_not_done_is_said(void)
{
	vectors_check(warningv, true);
}

static void a_wrong_value_is_an_error_that_names_its_key(void)
{
	vectors_check(errorv, false);
}

static void long_ids_lists_and_strings_are_refused(void)
{
	char json[8192], shown[256];
	int err = 0, n, i;

	(void)snprintf(json, sizeof(json), "{\"call-id\":\"%0255d\"}", 1);
	decode(shown, sizeof(shown), json, &err);
	CU_ASSERT_EQUAL(err, 0);

	(void)snprintf(json, sizeof(json), "{\"call-id\":\"%0256d\"}", 1);
	decode(shown, sizeof(shown), json, &err);
	CU_ASSERT_EQUAL(err, EOVERFLOW);
	CU_ASSERT_STRING_EQUAL(shown, "call-id is longer than 255 bytes");

	(void)snprintf(json, sizeof(json), "{\"rtpp-flags\":\"%04097d\"}", 1);
	decode(shown, sizeof(shown), json, &err);
	CU_ASSERT_EQUAL(err, EOVERFLOW);
	CU_ASSERT_STRING_EQUAL(shown, "rtpp-flags is longer than 4096 bytes");

	n = snprintf(json, sizeof(json), "{\"rtpp-flags\":\"codec-strip=[");
	for (i = 0; i <= NG_NAMES_MAX; i++)
		n += snprintf(json + n, sizeof(json) - (size_t)n, "c%d ", i);
	(void)snprintf(json + n, sizeof(json) - (size_t)n, "]\"}");
	decode(shown, sizeof(shown), json, &err);
	CU_ASSERT_EQUAL(err, EOVERFLOW);
	CU_ASSERT_STRING_EQUAL(shown, "codec-strip-* has more than 32 names");
}

/* Every row as docs/ng.md must have it; the missing ones are printed, ready to be put in. */
static void every_word_is_in_the_document(void)
{
	static char doc[1 << 18];
	FILE *file = fopen(TANDEM_SOURCE_DIR "/docs/ng.md", "r");
	unsigned place, missing = 0;
	size_t i, n;

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	n = fread(doc, 1, sizeof(doc) - 1, file);
	doc[n] = '\0';
	(void)fclose(file);

	for (place = 0; place < NG_PLACES; place++) {
		for (i = 0; i < ng_placev[place].rowc; i++) {

			const struct ng_row *row = &ng_placev[place].rowv[i];
			const bool refused = row->kind == NG_REFUSED || row->kind == NG_TRANSCODE;
			char line[512];
			(void)snprintf(line, sizeof(line), "| `%s` | %s%s |\n", row->name,
				       refused ? "not done: " : "", row->help);
			if (strstr(doc, line))
				continue;

			(void)printf("%s", line);
			++missing;
		}
	}

	CU_ASSERT_EQUAL(missing, 0);
}

/* clang-format off */
static const struct unit_test testv[] = {
	{"what Kamailio sends is understood", what_kamailio_sends_is_understood},
	{"what OpenSIPS sends is understood", what_opensips_sends_is_understood},
	{"a string of flags is understood", a_string_of_flags_is_understood},
	{"a wish means the same in every spelling and place", a_wish_means_the_same_in_every_spelling_and_place},
	{"what is not done is said", what_is_not_done_is_said},
	{"a wrong value is an error that names its key", a_wrong_value_is_an_error_that_names_its_key},
	{"long ids, lists and strings are refused", long_ids_lists_and_strings_are_refused},
	{"every word is in the document", every_word_is_in_the_document},
	{NULL, NULL},
};
/* clang-format on */

const struct unit_suite ng_flags_suite = {"ng flags", testv};
