/**
 * @file ng_flag_table.c  Every word an NG request may hold
 */
#include <ctype.h>
#include <string.h>
#include <re.h>
#include "ng_flag_table.h"
#include "ng_flags.h"

#define SETS(field) offsetof(struct ng_flags, field)

/* clang-format off */

static const char no_transcoder[] = "nothing is transcoded here";
static const char no_dtls[] = "DTLS-SRTP is not terminated here; use SDES";
static const char no_recording[] = "nothing is recorded here";
static const char no_player[] = "nothing is played here";
static const char no_rtcp[] = "RTCP is passed through as it comes";
static const char no_ice[] = "ICE is answered as ICE-lite, all at once";
static const char no_t38[] = "fax passes through as it comes";
static const char no_subscription[] = "there are no subscriptions here";
static const char learns[] = "who may set an address follows one rule, see Guarding";
static const char dtmf_drop[] = "DTMF is blocked by dropping its packets, in no other way";

/* Ordered by how often clients send them: the search begins at the top. */
static const struct ng_row requestv[] = {
	{"command",            NG_PASS,       0, 0, 0, 0, "what to do"},
	{"call-id",            NG_ID,         SETS(call_id), 0, 0, 0, "names the session"},
	{"from-tag",           NG_ID,         SETS(from_tag), 0, 0, 0, "who offers, in an answer too"},
	{"to-tag",             NG_ID,         SETS(to_tag), 0, 0, 0, "the other party, once it is known"},
	{"via-branch",         NG_ID,         SETS(branch), 0, 0, 0, "which fork of the call"},
	{"sdp",                NG_TEXT,       SETS(sdp), 0, 0, 0, "the body as it came"},
	{"flags",              NG_WORDS,      0, NG_IN_FLAGS, 0, 0, "list: see Flags"},
	{"replace",            NG_WORDS,      0, NG_IN_REPLACE, 0, 0, "list: what to put our own in place of"},
	{"received-from",      NG_RECEIVED,   SETS(received_from), 0, 0, 0, "list: `IP4` or `IP6`, and where the SIP message came from; or the address alone"},
	{"supports",           NG_WORDS,      0, NG_IN_SUPPORTS, 0, 0, "list: what the client understands"},
	{"direction",          NG_INTERFACES, SETS(interfacev), 0, 0, 0, "list of two interfaces of `rtp_interfaces`: towards who offers, and towards the other party; kept for the session"},
	{"tandem-local",       NG_LOCALS,     SETS(localv), 0, 0, 0, "list of two of our addresses, in place of `direction`: a client that knows them needs no names"},
	{"tandem-notify",      NG_NUMBER,     SETS(notify), 0, 0, 1, "1: tell this client of silence, see Silence"},
	{"tandem-timeout-s",   NG_NUMBER,     SETS(timeout_s), 0, 1, 86400, "seconds of silence that are told, in place of `media_timeout_s`"},
	{"tandem-instance",    NG_PASS,       0, 0, 0, 0, "any value: the reply says which run of the relay this is"},
	{"transport-protocol", NG_WORDS,      0, NG_IN_TRANSPORT, 0, 0, "of the SDP that goes on"},
	{"rtcp-mux",           NG_WORDS,      0, NG_IN_MUX, 0, 0, "list: RTCP on the RTP port (RFC 5761)"},
	{"ICE",                NG_WORDS,      0, NG_IN_ICE, 0, 0, "what becomes of ICE"},
	{"ICE-lite",           NG_WORDS,      0, NG_IN_ICE_LITE, 0, 0, "towards whom; we are always lite"},
	{"SDES",               NG_WORDS,      0, NG_IN_SDES, 0, 0, "list: keys for SRTP in the SDP (RFC 4568)"},
	{"OSRTP",              NG_WORDS,      0, NG_IN_OSRTP, 0, 0, "list: opportunistic SRTP (RFC 8643)"},
	{"DTLS",               NG_WORDS,      0, NG_IN_DTLS, 0, 0, "DTLS-SRTP"},
	{"codec",              NG_WORDS,      0, NG_IN_CODEC, 0, 0, "dictionary of lists of codecs"},
	{"media-address",      NG_ADDRESS,    SETS(media_address), 0, 0, 0, "shown in place of our address in the SDP that goes on"},
	{"address-family",     NG_WORDS,      0, NG_IN_FAMILY, 0, 0, "of our address in the SDP that goes on"},
	{"label",              NG_ID,         SETS(label), 0, 0, 0, "names who sent this SDP; in `block media` and the like, whom it is about"},
	{"from-label",         NG_ID,         SETS(label), 0, 0, 0, "the same as `label`"},
	{"to-label",           NG_ID,         SETS(to_label), 0, 0, 0, "the other party by its label"},
	{"set-label",          NG_ID,         SETS(set_label), 0, 0, 0, "in `block media` and the like: a new label for whom it is about"},
	{"address",            NG_ADDRESS,    SETS(address), 0, 0, 0, "in `block media` and the like: whom it is about, by the address in its SDP"},
	{"all",                NG_WORDS,      0, NG_IN_ALL, 0, 0, "in `block media` and the like: everybody"},
	{"TOS",                NG_TOS,        SETS(tos), 0, 0, 255, "0 to 255: of the packets we send, for the session; negative: as before; 256 and more: as configured"},
	{"delete-delay",       NG_NUMBER,     SETS(delete_delay_s), 0, -1, 86400, "seconds that `delete` leaves the session, in place of `delete_delay_s`"},
	{"drop-traffic",       NG_WORDS,      0, NG_IN_DROP, 0, 0, "all media of the session"},
	{"limit",              NG_NUMBER,     SETS(limit), 0, 1, 1024, "of `list`"},
	{"rtpp-flags",         NG_STRING,     0, 0, 0, 0, "all of this in one string, words with blanks between: `flag`, `key=value`, `key=[word word]`"},
	{"from-interface",     NG_TEXT,       SETS(interfacev[0]), 0, 0, 0, "the first of `direction`"},
	{"to-interface",       NG_TEXT,       SETS(interfacev[1]), 0, 0, 0, "the second of `direction`"},
	{"DTMF-security",      NG_WORDS,      0, NG_IN_DTMF, 0, 0, "how `block DTMF` blocks"},
	{"record-call",        NG_WORDS,      0, NG_IN_RECORD, 0, 0, "recording"},
	{"audio-player",       NG_WORDS,      0, NG_IN_PLAYER, 0, 0, "playing"},
	{"passthrough",        NG_PASS,       0, 0, 0, 0, "it always does"},
	{"sip-code",           NG_PASS,       0, 0, 0, 0, "not needed"},
	{"sip-message-type",   NG_PASS,       0, 0, 0, 0, "not needed"},
	{"DTLS-reverse",       NG_REFUSED,    0, 0, 0, 0, no_dtls},
	{"DTLS-fingerprint",   NG_REFUSED,    0, 0, 0, 0, no_dtls},
	{"ptime",              NG_REFUSED,    0, 0, 0, 0, no_transcoder},
	{"ptime-reverse",      NG_REFUSED,    0, 0, 0, 0, no_transcoder},
	{"repacketize",        NG_REFUSED,    0, 0, 0, 0, no_transcoder},
	{"delay-buffer",       NG_REFUSED,    0, 0, 0, 0, no_transcoder},
	{"DTMF-delay",         NG_REFUSED,    0, 0, 0, 0, dtmf_drop},
	{"DTMF-security-*",    NG_REFUSED,    0, 0, 0, 0, dtmf_drop},
	{"DTMF-log-dest",      NG_REFUSED,    0, 0, 0, 0, "DTMF is not logged here"},
	{"T38",                NG_REFUSED,    0, 0, 0, 0, no_t38},
	{"T.38",               NG_REFUSED,    0, 0, 0, 0, no_t38},
	{"endpoint-learning",  NG_REFUSED,    0, 0, 0, 0, learns},
	{"generate-RTCP",      NG_REFUSED,    0, 0, 0, 0, no_rtcp},
	{"media-echo",         NG_REFUSED,    0, 0, 0, 0, no_player},
	{"metadata",           NG_REFUSED,    0, 0, 0, 0, no_recording},
	{"output-destination", NG_REFUSED,    0, 0, 0, 0, no_recording},
	{"recording-*",        NG_REFUSED,    0, 0, 0, 0, no_recording},
	{"sdp-attr",           NG_REFUSED,    0, 0, 0, 0, "attributes are edited by the signalling"},
	{"interface",          NG_REFUSED,    0, 0, 0, 0, no_subscription},
	{"from-tags",          NG_REFUSED,    0, 0, 0, 0, no_subscription},
	{"xmlrpc-callback",    NG_REFUSED,    0, 0, 0, 0, "silence is told by `tandem-notify`"},
	{"template",           NG_REFUSED,    0, 0, 0, 0, "there are no templates here"},
};

static const struct ng_row flagv[] = {
	{"trust-address",       NG_BOOL,    SETS(sip_source), false, 0, 0, "the address in the SDP counts; it does anyway"},
	{"SIP-source-address",  NG_BOOL,    SETS(sip_source), true, 0, 0, "`received-from` counts, not the address in the SDP"},
	{"symmetric",           NG_ENUM,    SETS(symmetry), NG_SYMMETRIC, 0, 0, "an address is learnt from packets; it is anyway"},
	{"asymmetric",          NG_ENUM,    SETS(symmetry), NG_ASYMMETRIC, 0, 0, "the address in the SDP counts; nothing is learnt from packets"},
	{"strict-source",       NG_BOOL,    SETS(strict_source), true, 0, 0, "packets from elsewhere are dropped; they are anyway"},
	{"media-handover",      NG_BOOL,    SETS(handover), true, 0, 0, "see Guarding"},
	{"port-latching",       NG_PASS,    0, 0, 0, 0, "our ports stay when the other's change; they do anyway"},
	{"no-port-latching",    NG_REFUSED, 0, 0, 0, 0, "our ports stay for the whole session"},
	{"reset",               NG_PASS,    0, 0, 0, 0, "each offer is taken at its word, nothing of the last one is remembered"},
	{"fatal",               NG_BOOL,    SETS(fatal), true, 0, 0, "`delete` of an unknown call is an error"},
	{"all",                 NG_BOOL,    SETS(all), true, 0, 0, "the same as the key `all`"},
	{"reject-ICE",          NG_BOOL,    SETS(reject_ice), true, 0, 0, "do not answer the ICE that was offered"},
	{"ICE-reject",          NG_BOOL,    SETS(reject_ice), true, 0, 0, "the same as `reject-ICE`"},
	{"generate-mid",        NG_BOOL,    SETS(generate_mid), true, 0, 0, "a=mid for m-lines that have none"},
	{"no-rtcp-attribute",   NG_ENUM,    SETS(rtcp_line), NG_RTCP_LINE_NONE, 0, 0, "no a=rtcp"},
	{"full-rtcp-attribute", NG_ENUM,    SETS(rtcp_line), NG_RTCP_LINE_FULL, 0, 0, "a=rtcp with the address"},
	{"original-sendrecv",   NG_BOOL,    SETS(original_sendrecv), true, 0, 0, "direction attributes stay as they are"},
	{"single-codec",        NG_BOOL,    SETS(single_codec), true, 0, 0, "in an answer: only the first codec stays"},
	{"strip-extmap",        NG_BOOL,    SETS(strip_extmap), true, 0, 0, "no a=extmap"},
	{"loop-protect",        NG_BOOL,    SETS(loop_protect), true, 0, 0, "mark the SDP with a=tandem-relay, and leave alone one with our mark"},
	{"to-tag",              NG_BOOL,    SETS(to_tag_meant), true, 0, 0, "in `rtpp-flags` of `delete`: the key `to-tag` counts"},
	{"pad-crypto",          NG_PASS,    0, 0, 0, 0, "the same as `SDES-pad`"},
	{"replace-*",           NG_WORDS,   0, NG_IN_REPLACE, 0, 0, "a word of `replace`"},
	{"rtcp-mux-*",          NG_WORDS,   0, NG_IN_MUX, 0, 0, "a word of `rtcp-mux`"},
	{"SDES-*",              NG_WORDS,   0, NG_IN_SDES, 0, 0, "a word of `SDES`"},
	{"OSRTP-*",             NG_WORDS,   0, NG_IN_OSRTP, 0, 0, "a word of `OSRTP`"},
	{"codec-strip-*",       NG_NAMES,   SETS(codecs.strip), 0, 0, 0, "a name in `strip` of `codec`"},
	{"codec-except-*",      NG_NAMES,   SETS(codecs.except), 0, 0, 0, "a name in `except` of `codec`"},
	{"codec-offer-*",       NG_NAMES,   SETS(codecs.offer), 0, 0, 0, "a name in `offer` of `codec`"},
	{"codec-mask-*",        NG_NAMES,   SETS(codecs.mask), 0, 0, 0, "a name in `mask` of `codec`"},
	{"no-redis-update",     NG_PASS,    0, 0, 0, 0, "there is no Redis"},
	{"no-jitter-buffer",    NG_PASS,    0, 0, 0, 0, "there is none"},
	{"no-passthrough",      NG_PASS,    0, 0, 0, 0, "media is never changed where it need not be"},
	{"passthrough",         NG_PASS,    0, 0, 0, 0, "the same"},
	{"unidirectional",      NG_PASS,    0, 0, 0, 0, "one-way media passes"},
	{"directional",         NG_PASS,    0, 0, 0, 0, "what a request names is meant"},
	{"debug",               NG_PASS,    0, 0, 0, 0, "the log has one level"},
	{"debugging",           NG_PASS,    0, 0, 0, 0, "the same"},
	{"asymmetric-codecs",   NG_PASS,    0, 0, 0, 0, "out of use"},
	{"symmetric-codecs",    NG_PASS,    0, 0, 0, 0, "out of use"},
	{"reorder-codecs",      NG_PASS,    0, 0, 0, 0, "out of use"},
	{"allow-transcoding",   NG_PASS,    0, 0, 0, 0, "nothing needs it"},
	{"transcode-*",         NG_TRANSCODE, SETS(codecs.except), 0, 0, 0, "nothing is transcoded here; it stays where it was offered"},
	{"codec-transcode-*",   NG_TRANSCODE, SETS(codecs.except), 0, 0, 0, "nothing is transcoded here; it stays where it was offered"},
	{"codec-set-*",         NG_REFUSED, 0, 0, 0, 0, no_transcoder},
	{"codec-accept-*",      NG_REFUSED, 0, 0, 0, 0, no_transcoder},
	{"codec-consume-*",     NG_REFUSED, 0, 0, 0, 0, no_transcoder},
	{"codec-ignore-*",      NG_REFUSED, 0, 0, 0, 0, no_transcoder},
	{"always-transcode",    NG_REFUSED, 0, 0, 0, 0, no_transcoder},
	{"force-transcoding",   NG_REFUSED, 0, 0, 0, 0, no_transcoder},
	{"reuse-codecs",        NG_REFUSED, 0, 0, 0, 0, no_transcoder},
	{"no-codec-renegotiation", NG_REFUSED, 0, 0, 0, 0, no_transcoder},
	{"record-call",         NG_REFUSED, 0, 0, 0, 0, no_recording},
	{"SIPREC",              NG_REFUSED, 0, 0, 0, 0, no_recording},
	{"inject-DTMF",         NG_REFUSED, 0, 0, 0, 0, no_player},
	{"detect-DTMF",         NG_REFUSED, 0, 0, 0, 0, no_transcoder},
	{"early-media",         NG_REFUSED, 0, 0, 0, 0, no_player},
	{"block-short",         NG_REFUSED, 0, 0, 0, 0, "short packets pass"},
	{"generate-RTCP",       NG_REFUSED, 0, 0, 0, 0, no_rtcp},
	{"trickle-ICE",         NG_REFUSED, 0, 0, 0, 0, no_ice},
	{"fragment",            NG_REFUSED, 0, 0, 0, 0, no_ice},
	{"NAT-wait",            NG_REFUSED, 0, 0, 0, 0, "media goes out as soon as an address is known"},
	{"pierce-NAT",          NG_REFUSED, 0, 0, 0, 0, "keep-alives are configured, see rtp_keepalive_s"},
	{"endpoint-learning-*", NG_REFUSED, 0, 0, 0, 0, learns},
	{"T38-*",               NG_REFUSED, 0, 0, 0, 0, no_t38},
	{"T.38-*",              NG_REFUSED, 0, 0, 0, 0, no_t38},
	{"from-tags-*",         NG_REFUSED, 0, 0, 0, 0, no_subscription},
	{"sdp-attr-*",          NG_REFUSED, 0, 0, 0, 0, "attributes are edited by the signalling"},
};

enum { ANY_TRANSPORT = NG_TRANSPORT_SECURE | NG_TRANSPORT_FEEDBACK | NG_TRANSPORT_ACCEPT };

static const struct ng_row stringv[] = {
	{"RTP",       NG_BITS,       SETS(transport), NG_TRANSPORT_AVP, NG_TRANSPORT_SECURE, 0, "no SRTP"},
	{"SRTP",      NG_BITS,       SETS(transport), NG_TRANSPORT_SAVP, 0, 0, "SRTP"},
	{"AVP",       NG_BITS,       SETS(transport), NG_TRANSPORT_AVP, NG_TRANSPORT_FEEDBACK, 0, "no RTCP feedback (RFC 4585)"},
	{"AVPF",      NG_BITS,       SETS(transport), NG_TRANSPORT_AVPF, 0, 0, "RTCP feedback"},
	{"DTLS",      NG_REFUSED,    0, 0, 0, 0, no_dtls},
	{"internal",  NG_INTERFACES, SETS(interfacev), 0, 0, 0, "the next of `direction`"},
	{"external",  NG_INTERFACES, SETS(interfacev), 0, 0, 0, "the next of `direction`"},
	{"RTP/AVP",   NG_BITS,       SETS(transport), NG_TRANSPORT_AVP, ANY_TRANSPORT, 0, "the same as `transport-protocol`"},
	{"RTP/AVPF",  NG_BITS,       SETS(transport), NG_TRANSPORT_AVPF, ANY_TRANSPORT, 0, "the same"},
	{"RTP/SAVP",  NG_BITS,       SETS(transport), NG_TRANSPORT_SAVP, ANY_TRANSPORT, 0, "the same"},
	{"RTP/SAVPF", NG_BITS,       SETS(transport), NG_TRANSPORT_SAVPF, ANY_TRANSPORT, 0, "the same"},
	{"UDP/TLS/*", NG_REFUSED,    0, 0, 0, 0, no_dtls},
};

static const struct ng_row transportv[] = {
	{"RTP/AVP",   NG_BITS,    SETS(transport), NG_TRANSPORT_AVP, ANY_TRANSPORT, 0, "RTP"},
	{"RTP/AVPF",  NG_BITS,    SETS(transport), NG_TRANSPORT_AVPF, ANY_TRANSPORT, 0, "RTP with feedback (RFC 4585)"},
	{"RTP/SAVP",  NG_BITS,    SETS(transport), NG_TRANSPORT_SAVP, ANY_TRANSPORT, 0, "SRTP"},
	{"RTP/SAVPF", NG_BITS,    SETS(transport), NG_TRANSPORT_SAVPF, ANY_TRANSPORT, 0, "SRTP with feedback (RFC 5124)"},
	{"accept",    NG_BITS,    SETS(transport), NG_TRANSPORT_ACCEPT, 0, 0, "in an answer: what the answerer chose goes on, not what was offered"},
	{"UDP/TLS/*", NG_REFUSED, 0, 0, 0, 0, no_dtls},
};

static const struct ng_row replacev[] = {
	{"origin",                  NG_BITS, SETS(replace), NG_REPLACE_ORIGIN, 0, 0, "address in o="},
	{"session-connection",      NG_BITS, SETS(replace), NG_REPLACE_CONNECTION, 0, 0, "address in c=; it always is"},
	{"SDP-version",             NG_BITS, SETS(replace), NG_REPLACE_VERSION, 0, 0, "version in o=: one more with each change"},
	{"force-increment-sdp-ver", NG_BITS, SETS(replace), NG_REPLACE_FORCE_VERSION, 0, 0, "version in o=: one more, changed or not"},
	{"username",                NG_BITS, SETS(replace), NG_REPLACE_USERNAME, 0, 0, "user name in o=: the same in all that goes to a party"},
	{"session-name",            NG_BITS, SETS(replace), NG_REPLACE_NAME, 0, 0, "s=: the same in all that goes to a party"},
	{"zero-address",            NG_BITS, SETS(replace), NG_REPLACE_ZERO, 0, 0, "the null address, too"},
	{"origin-full",             NG_BITS, SETS(replace), NG_REPLACE_ORIGIN_FULL, 0, 0, "all of o= but its version: the same in all that goes to a party"},
};

static const struct ng_row muxv[] = {
	{"offer",   NG_BITS, SETS(mux), NG_MUX_OFFER, 0, 0, "offer it on, offered or not"},
	{"require", NG_BITS, SETS(mux), NG_MUX_REQUIRE, 0, 0, "… as if it were settled: no port of its own for RTCP"},
	{"demux",   NG_BITS, SETS(mux), NG_MUX_DEMUX, 0, 0, "accept it, but do not offer it on"},
	{"accept",  NG_BITS, SETS(mux), NG_MUX_ACCEPT, 0, 0, "accept it, and offer it on if it was offered"},
	{"reject",  NG_BITS, SETS(mux), NG_MUX_REJECT, 0, 0, "do not accept it"},
};

static const struct ng_row sdesv[] = {
	{"off",            NG_BOOL,    SETS(sdes.off), true, 0, 0, "offer and accept no keys"},
	{"no",             NG_BOOL,    SETS(sdes.off), true, 0, 0, "the same"},
	{"disable",        NG_BOOL,    SETS(sdes.off), true, 0, 0, "the same"},
	{"disabled",       NG_BOOL,    SETS(sdes.off), true, 0, 0, "the same"},
	{"nonew",          NG_BOOL,    SETS(sdes.nonew), true, 0, 0, "offer on only suites that were offered"},
	{"pad",            NG_PASS,    0, 0, 0, 0, "base64 always keeps its padding"},
	{"lifetime",       NG_BOOL,    SETS(sdes.lifetime), true, 0, 0, "keys are written with a lifetime of 2^31 packets"},
	{"static",         NG_PASS,    0, 0, 0, 0, "the suite in force is offered on first; it is anyway"},
	{"encrypted_srtp",    NG_PASS, 0, 0, 0, 0, "it always is"},
	{"encrypted_srtcp",   NG_PASS, 0, 0, 0, 0, "it always is"},
	{"authenticated_srtp", NG_PASS, 0, 0, 0, 0, "it always is"},
	{"no-*",           NG_SUITES,  SETS(sdes.no), 0, 0, 0, "do not offer this suite on"},
	{"only-*",         NG_SUITES,  SETS(sdes.only), NG_SUITE_UNKNOWN, 0, 0, "offer on only this suite, and others named so"},
	{"order:*",        NG_ORDER,   SETS(sdes), 0, 0, 0, "suites with `;` between: these first"},
	{"offerer_pref:*", NG_SUITES,  SETS(sdes.prefer), 0, 0, 0, "suites with `;` between: accept rather these of what was offered"},
	{"unencrypted_srtp",     NG_REFUSED, 0, 0, 0, 0, "SRTP is always encrypted here"},
	{"unencrypted_srtcp",    NG_REFUSED, 0, 0, 0, 0, "SRTCP is always encrypted here"},
	{"unauthenticated_srtp", NG_REFUSED, 0, 0, 0, 0, "SRTP is always authenticated here"},
};

static const struct ng_row osrtpv[] = {
	{"offer",         NG_BITS,    SETS(osrtp), NG_OSRTP_OFFER, 0, 0, "offer keys on with RTP/AVP"},
	{"offer-RFC",     NG_BITS,    SETS(osrtp), NG_OSRTP_OFFER, 0, 0, "the same"},
	{"accept",        NG_BITS,    SETS(osrtp), NG_OSRTP_ACCEPT, 0, 0, "accept keys offered with RTP/AVP, even if the other party does not"},
	{"accept-RFC",    NG_BITS,    SETS(osrtp), NG_OSRTP_ACCEPT, 0, 0, "the same"},
	{"offer-legacy",  NG_REFUSED, 0, 0, 0, 0, "m-lines are not doubled here; use OSRTP-offer"},
	{"accept-legacy", NG_REFUSED, 0, 0, 0, 0, "m-lines are not doubled here; use OSRTP-accept"},
};

static const struct ng_row icev[] = {
	{"default",     NG_ENUM, SETS(ice), NG_ICE_DEFAULT, 0, 0, "offer ICE on if it was offered; without the key, too"},
	{"remove",      NG_ENUM, SETS(ice), NG_ICE_REMOVE, 0, 0, "no ICE on either side"},
	{"force",       NG_ENUM, SETS(ice), NG_ICE_FORCE, 0, 0, "offer ICE on, with us as the only candidate"},
	{"optional",    NG_ENUM, SETS(ice), NG_ICE_OPTIONAL, 0, 0, "the same as `force`: candidates of others are never passed on"},
	{"force-relay", NG_ENUM, SETS(ice), NG_ICE_FORCE_RELAY, 0, 0, "the same as `force`"},
};

static const struct ng_row ice_litev[] = {
	{"off",       NG_PASS, 0, 0, 0, 0, "we are lite all the same"},
	{"none",      NG_PASS, 0, 0, 0, 0, "the same"},
	{"no",        NG_PASS, 0, 0, 0, 0, "the same"},
	{"forward",   NG_PASS, 0, 0, 0, 0, "towards who gets this SDP"},
	{"fwd",       NG_PASS, 0, 0, 0, 0, "the same"},
	{"fw",        NG_PASS, 0, 0, 0, 0, "the same"},
	{"offer",     NG_PASS, 0, 0, 0, 0, "the same"},
	{"backward",  NG_PASS, 0, 0, 0, 0, "towards who sent it"},
	{"backwards", NG_PASS, 0, 0, 0, 0, "the same"},
	{"reverse",   NG_PASS, 0, 0, 0, 0, "the same"},
	{"back",      NG_PASS, 0, 0, 0, 0, "the same"},
	{"bkw",       NG_PASS, 0, 0, 0, 0, "the same"},
	{"bk",        NG_PASS, 0, 0, 0, 0, "the same"},
	{"answer",    NG_PASS, 0, 0, 0, 0, "the same"},
	{"both",      NG_PASS, 0, 0, 0, 0, "towards both"},
};

static const struct ng_row dtlsv[] = {
	{"off",      NG_PASS,    0, 0, 0, 0, "it is never offered on"},
	{"no",       NG_PASS,    0, 0, 0, 0, "the same"},
	{"disable",  NG_PASS,    0, 0, 0, 0, "the same"},
	{"disabled", NG_PASS,    0, 0, 0, 0, "the same"},
	{"passive",  NG_REFUSED, 0, 0, 0, 0, no_dtls},
	{"active",   NG_REFUSED, 0, 0, 0, 0, no_dtls},
};

static const struct ng_row codecv[] = {
	{"strip",     NG_NAMES,   SETS(codecs.strip), 0, 0, 0, "take these away; `all` and `full`: every codec"},
	{"except",    NG_NAMES,   SETS(codecs.except), 0, 0, 0, "but not these"},
	{"offer",     NG_NAMES,   SETS(codecs.offer), 0, 0, 0, "nor these, which come first, in this order"},
	{"mask",      NG_NAMES,   SETS(codecs.mask), 0, 0, 0, "the same as `strip`: nothing is transcoded here"},
	{"transcode", NG_TRANSCODE, SETS(codecs.except), 0, 0, 0, "nothing is transcoded here; it stays where it was offered"},
	{"set",       NG_REFUSED, 0, 0, 0, 0, no_transcoder},
	{"accept",    NG_REFUSED, 0, 0, 0, 0, no_transcoder},
	{"consume",   NG_REFUSED, 0, 0, 0, 0, no_transcoder},
	{"ignore",    NG_REFUSED, 0, 0, 0, 0, no_transcoder},
};

static const struct ng_row familyv[] = {
	{"IP4", NG_ENUM, SETS(family), AF_INET, 0, 0, "IPv4"},
	{"IP6", NG_ENUM, SETS(family), AF_INET6, 0, 0, "IPv6"},
};

static const struct ng_row allv[] = {
	{"none",                NG_BOOL,    SETS(all), false, 0, 0, "only whom the request names"},
	{"all",                 NG_BOOL,    SETS(all), true, 0, 0, "everybody"},
	{"offer-answer",        NG_BOOL,    SETS(all), true, 0, 0, "the same: all media comes of offer and answer"},
	{"flows",               NG_BOOL,    SETS(all), true, 0, 0, "the same"},
	{"except-offer-answer", NG_REFUSED, 0, 0, 0, 0, no_subscription},
};

static const struct ng_row dropv[] = {
	{"start", NG_ENUM, SETS(drop), NG_DROP_START, 0, 0, "drop it"},
	{"stop",  NG_ENUM, SETS(drop), NG_DROP_STOP, 0, 0, "let it pass again"},
};

static const struct ng_row recordv[] = {
	{"no",  NG_PASS,    0, 0, 0, 0, "nothing is recorded here"},
	{"off", NG_PASS,    0, 0, 0, 0, "the same"},
	{"yes", NG_REFUSED, 0, 0, 0, 0, no_recording},
	{"on",  NG_REFUSED, 0, 0, 0, 0, no_recording},
};

static const struct ng_row playerv[] = {
	{"default",     NG_PASS,    0, 0, 0, 0, "nothing is played here"},
	{"off",         NG_PASS,    0, 0, 0, 0, "the same"},
	{"transcoding", NG_REFUSED, 0, 0, 0, 0, no_player},
	{"always",      NG_REFUSED, 0, 0, 0, 0, no_player},
};

static const struct ng_row dtmfv[] = {
	{"drop",    NG_PASS,    0, 0, 0, 0, "its packets are dropped"},
	{"off",     NG_PASS,    0, 0, 0, 0, "it is not blocked; `unblock DTMF` ends blocking"},
	{"silence", NG_REFUSED, 0, 0, 0, 0, dtmf_drop},
	{"tone",    NG_REFUSED, 0, 0, 0, 0, dtmf_drop},
	{"random",  NG_REFUSED, 0, 0, 0, 0, dtmf_drop},
	{"zero",    NG_REFUSED, 0, 0, 0, 0, dtmf_drop},
	{"DTMF",    NG_REFUSED, 0, 0, 0, 0, dtmf_drop},
};

static const struct ng_row supportsv[] = {
	{"load-limit", NG_BOOL, SETS(load_limit), true, 0, 0, "`result: load limit` in place of an error, see Limits of load"},
};

#define ROWS(name, rowv) {name, rowv, ARRAY_SIZE(rowv)}

const struct ng_rows ng_placev[NG_PLACES] = {
	[NG_IN_REQUEST]   = ROWS(NULL, requestv),
	[NG_IN_FLAGS]     = ROWS(NULL, flagv),
	[NG_IN_STRING]    = ROWS(NULL, stringv),
	[NG_IN_REPLACE]   = ROWS("replace", replacev),
	[NG_IN_MUX]       = ROWS("rtcp-mux", muxv),
	[NG_IN_TRANSPORT] = ROWS("transport-protocol", transportv),
	[NG_IN_SDES]      = ROWS("SDES", sdesv),
	[NG_IN_OSRTP]     = ROWS("OSRTP", osrtpv),
	[NG_IN_ICE]       = ROWS("ICE", icev),
	[NG_IN_ICE_LITE]  = ROWS("ICE-lite", ice_litev),
	[NG_IN_DTLS]      = ROWS("DTLS", dtlsv),
	[NG_IN_CODEC]     = ROWS("codec", codecv),
	[NG_IN_FAMILY]    = ROWS("address-family", familyv),
	[NG_IN_ALL]       = ROWS("all", allv),
	[NG_IN_DROP]      = ROWS("drop-traffic", dropv),
	[NG_IN_RECORD]    = ROWS("record-call", recordv),
	[NG_IN_PLAYER]    = ROWS("audio-player", playerv),
	[NG_IN_DTMF]      = ROWS("DTMF-security", dtmfv),
	[NG_IN_SUPPORTS]  = ROWS("supports", supportsv),
};

/* clang-format on */

static char fold(char c)
{
	return c == ' ' || c == '_' ? '-' : (char)tolower((unsigned char)c);
}

/* How much of the name the word begins with: all of it, or up to its '*'. */
static bool name_begins(const char *name, size_t len, const struct pl *word)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (fold(name[i]) != fold(word->p[i]))
			return false;

	return true;
}

const struct ng_row *ng_row_find(enum ng_place place, const struct pl *word, struct pl *rest)
{
	const struct ng_rows *rows = &ng_placev[place];
	const char first = word->l ? fold(*word->p) : '\0';
	size_t i;

	for (i = 0; i < rows->rowc; i++) {

		const char *name = rows->rowv[i].name;
		size_t len;
		bool open;

		/* most rows fail here */
		if (fold(*name) != first)
			continue;

		len = strlen(name);
		open = name[len - 1] == '*';

		len -= open;
		if (open ? word->l <= len : word->l != len)
			continue;

		if (!name_begins(name, len, word))
			continue;

		*rest = *word;
		if (open)
			pl_advance(rest, (ssize_t)len);

		return &rows->rowv[i];
	}

	return NULL;
}

const struct ng_row *ng_row_find_open(enum ng_place place, const struct pl *word)
{
	const struct ng_rows *rows = &ng_placev[place];
	size_t i;

	for (i = 0; i < rows->rowc; i++) {

		const char *name = rows->rowv[i].name;
		const size_t len = strlen(name);

		if (len == word->l + 2 && !strcmp(name + word->l, "-*") && name_begins(name, word->l, word))
			return &rows->rowv[i];
	}

	return NULL;
}
