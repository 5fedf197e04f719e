"""What is put before our relay and before rtpengine: offers, answers and flags of many kinds.

A case is a list of steps (command, SDP, keys). The offerer's tag is `a`, the answerer's `b`; a step's keys
may say otherwise. Ports and addresses are of documentation, as nothing is sent there.
"""
AUDIO = ("m=audio 4000 RTP/AVP 8 0 101", "a=rtpmap:8 PCMA/8000", "a=rtpmap:0 PCMU/8000",
         "a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-16", "a=ptime:20", "a=sendrecv")
ANSWERED = ("m=audio 5000 RTP/AVP 8 101", "a=rtpmap:8 PCMA/8000", "a=rtpmap:101 telephone-event/8000",
            "a=fmtp:101 0-16", "a=sendrecv")
VIDEO = ("m=video 4010 RTP/AVP 96", "a=rtpmap:96 H264/90000", "a=fmtp:96 profile-level-id=42e01f", "a=rtcp-fb:96 nack")
KEY = "inline:" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNk"
KEY_256 = "inline:" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2" "d3h5eg=="
SECURE = ("m=audio 4000 RTP/SAVP 8", "a=rtpmap:8 PCMA/8000", f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 {KEY}")
SECURE_ANSWER = ("m=audio 5000 RTP/SAVP 8", "a=rtpmap:8 PCMA/8000", f"a=crypto:7 AES_CM_128_HMAC_SHA1_80 {KEY}")
FIRST_SUITE = ("m=audio 5000 RTP/SAVP 8", "a=rtpmap:8 PCMA/8000", f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 {KEY}")
ICE = ("a=ice-ufrag:abcd", "a=ice-pwd:0123456789abcdefghijkl",
       "a=candidate:1 1 UDP 2130706431 198.51.100.1 4000 typ host",
       "a=candidate:1 2 UDP 2130706430 198.51.100.1 4001 typ host")
NO_DTLS = {"DTLS": "off"}
REPLACE = {"replace": ["origin", "session-connection"]}


def sdp(*lines, host="198.51.100.1", origin=None, session=(), connection=True):
    """A body: v= to t= and then these lines."""
    family = "IP6" if ":" in host else "IP4"
    head = ["v=0", origin or f"o=- 1545997027 1 IN {family} {host}", "s=tester"]
    head += [f"c=IN {family} {host}"] * connection
    return "\r\n".join([*head, "t=0 0", *session, *lines, ""])


def only(name, body=None, **keys):
    """An offer that nobody answers."""
    return name, [("offer", sdp(*AUDIO) if body is None else body, keys)]


def both(name, offer=None, answer=None, keys=None, answer_keys=None, then=()):
    """An offer and an answer; the same keys in both, unless said otherwise."""
    keys = keys or {}
    return name, [("offer", sdp(*AUDIO) if offer is None else offer, keys),
                  ("answer", sdp(*ANSWERED, host="198.51.100.2") if answer is None else answer,
                   keys if answer_keys is None else answer_keys), *then]


def secure(name, transport, offer, answer, keys=None, answer_keys=None):
    keys = {"transport-protocol": transport, **NO_DTLS, **(keys or {})}
    return both(name, sdp(*offer), sdp(*answer, host="198.51.100.2"), keys, answer_keys)


SPEECH = ("m=audio 4000 RTP/AVP 8", "a=rtpmap:8 PCMA/8000")
PLAIN_ANSWER = ("m=audio 5000 RTP/AVP 8", "a=rtpmap:8 PCMA/8000")
AGAIN = ("offer", sdp(*AUDIO), {"to-tag": "b"})
AGAIN_ANSWER = ("answer", sdp(*ANSWERED, host="198.51.100.2"), {})

CASES = [
    # the SDP itself
    both("plain"),
    both("replace origin and session connection", keys=REPLACE),
    only("connection in the m-line", sdp(AUDIO[0], "c=IN IP4 198.51.100.1", *AUDIO[1:], connection=False)),
    only("connection in both", sdp(AUDIO[0], "c=IN IP4 198.51.100.3", *AUDIO[1:]), **REPLACE),
    only("no rtpmap of static types", sdp("m=audio 4000 RTP/AVP 8 0 18")),
    only("no direction", sdp(*AUDIO[:-1])),
    only("direction of the session", sdp(*AUDIO[:-1], session=("a=sendonly",))),
    only("sendonly", sdp(*AUDIO[:-1], "a=sendonly")),
    only("inactive", sdp(*AUDIO[:-1], "a=inactive")),
    only("bandwidth, title and phone", sdp(AUDIO[0], "i=speech", "b=AS:80", "b=RR:100", *AUDIO[1:],
                                           session=("a=tool:x", "a=charset:UTF-8"))),
    only("unknown attributes", sdp(*AUDIO, "a=mptime:20", "a=x-tandem:1", "a=maxptime:40")),
    only("a=rtcp of the offerer", sdp(*AUDIO, "a=rtcp:4007 IN IP4 198.51.100.1")),
    only("hold by the null address", sdp(*AUDIO, host="0.0.0.0")),
    only("hold by the null address, replaced", sdp(*AUDIO, host="0.0.0.0"), replace=["zero-address"]),
    only("two m-lines", sdp(*AUDIO, *VIDEO)),
    both("second m-line refused", sdp(*AUDIO, *VIDEO),
         sdp(*ANSWERED, "m=video 0 RTP/AVP 96", host="198.51.100.2")),
    only("m-line with port 0", sdp(*AUDIO, "m=video 0 RTP/AVP 96")),
    only("a number of ports", sdp("m=audio 4000/2 RTP/AVP 8")),
    both("fax", sdp("m=image 4000 udptl t38", "a=T38FaxVersion:0", "a=T38MaxBitRate:14400"),
         sdp("m=image 5000 udptl t38", "a=T38FaxVersion:0", host="198.51.100.2")),
    only("ipv6", sdp(*AUDIO, host="2001:db8::1"), **{"address-family": "IP4"}),
    only("bundle", sdp(*AUDIO, "a=mid:0", *VIDEO, "a=mid:1", session=("a=group:BUNDLE 0 1",))),
    only("line feeds alone", sdp(*AUDIO).replace("\r\n", "\n")),
    only("label", label="A"),
    only("media address", **{"media address": "203.0.113.9"}),
    # versions of o=
    both("a re-offer with the same SDP", keys={"replace": ["origin", "sdp-version"]},
         then=[("offer", sdp(*AUDIO), {"to-tag": "b", "replace": ["origin", "sdp-version"]}),
               ("answer", sdp(*ANSWERED, host="198.51.100.2"), {"replace": ["origin", "sdp-version"]})]),
    both("a re-offer that changes", keys={"replace": ["origin", "sdp-version"]},
         then=[("offer", sdp(*AUDIO[:-1], "a=sendonly"), {"to-tag": "b", "replace": ["origin", "sdp-version"]}),
               ("answer", sdp(*ANSWERED[:-1], "a=recvonly", host="198.51.100.2"),
                {"replace": ["origin", "sdp-version"]})]),
    both("a re-offer from the other side",
         then=[("offer", sdp(*ANSWERED, host="198.51.100.2"), {"from-tag": "b", "to-tag": "a"}),
               ("answer", sdp(*AUDIO), {"from-tag": "b", "to-tag": "a"})]),
    both("a re-offer with another codec first", then=[
        ("offer", sdp("m=audio 4000 RTP/AVP 0 8", *AUDIO[1:3]), {"to-tag": "b"}), AGAIN_ANSWER]),
    both("audio and then a fax", then=[
        ("offer", sdp("m=image 4000 udptl t38", "a=T38FaxVersion:0"), {"to-tag": "b"}),
        ("answer", sdp("m=image 5000 udptl t38", "a=T38FaxVersion:0", host="198.51.100.2"), {})]),
    only("replace user name and session name", sdp(*AUDIO, origin="o=jdoe 5 6 IN IP4 198.51.100.1"),
         replace=["origin", "username", "session-name", "SDP-version"]),
    # forks
    ("two forks by via-branch", [
        ("offer", sdp(*AUDIO), {"via-branch": "v1"}), ("offer", sdp(*AUDIO), {"via-branch": "v2"}),
        ("answer", sdp(*ANSWERED, host="198.51.100.2"), {"via-branch": "v1", "to-tag": "b1"}),
        ("answer", sdp(*ANSWERED, host="198.51.100.3"), {"via-branch": "v2", "to-tag": "b2"})]),
    ("two forks by to-tag", [
        ("offer", sdp(*AUDIO), {}),
        ("answer", sdp(*ANSWERED, host="198.51.100.2"), {"to-tag": "b1"}),
        ("answer", sdp(*ANSWERED, host="198.51.100.3"), {"to-tag": "b2"})]),
    ("an offer twice", [("offer", sdp(*AUDIO), {}), ("offer", sdp(*AUDIO), {})]),
    # RTCP
    both("rtcp-mux as offered", sdp(*AUDIO, "a=rtcp-mux"), sdp(*ANSWERED, "a=rtcp-mux", host="198.51.100.2")),
    both("rtcp-mux not taken", sdp(*AUDIO, "a=rtcp-mux")),
    both("rtcp-mux demux", sdp(*AUDIO, "a=rtcp-mux"), keys={"rtcp-mux": ["demux"]}),
    both("rtcp-mux offer", keys={"rtcp-mux": ["offer"]}),
    both("rtcp-mux offer, taken", answer=sdp(*ANSWERED, "a=rtcp-mux", host="198.51.100.2"),
         keys={"rtcp-mux": ["offer"]}, answer_keys={}),
    both("rtcp-mux require", keys={"rtcp-mux": ["require"]}),
    both("rtcp-mux accept", sdp(*AUDIO, "a=rtcp-mux"), keys={"rtcp-mux": ["accept"]}),
    both("rtcp-mux reject", sdp(*AUDIO, "a=rtcp-mux"), keys={"rtcp-mux": ["reject"]}),
    only("no rtcp attribute", flags=["no-rtcp-attribute"]),
    only("full rtcp attribute", flags=["full-rtcp-attribute"]),
    # SRTP
    secure("plain to SDES", "RTP/SAVP", SPEECH, SECURE_ANSWER, answer_keys={}),
    secure("SDES to plain", "RTP/AVP", SECURE, PLAIN_ANSWER, answer_keys={}),
    secure("SDES on both sides", "RTP/SAVP", SECURE, SECURE_ANSWER, answer_keys=NO_DTLS),
    secure("plain to SDES, answered under another tag", "RTP/SAVP", SPEECH, FIRST_SUITE, answer_keys={}),
    secure("plain to SDES, answered without a key", "RTP/SAVP", SPEECH, PLAIN_ANSWER, answer_keys={}),
    secure("plain to SDES, suites left out", "RTP/SAVP", SPEECH, FIRST_SUITE, answer_keys={},
           keys={"SDES": ["no-AES_192_CM_HMAC_SHA1_80", "no-AES_192_CM_HMAC_SHA1_32", "no-F8_128_HMAC_SHA1_80",
                          "no-F8_128_HMAC_SHA1_32", "no-NULL_HMAC_SHA1_80", "no-NULL_HMAC_SHA1_32"]}),
    secure("plain to SDES, one suite", "RTP/SAVP", SPEECH, FIRST_SUITE, answer_keys={},
           keys={"SDES": ["only-AES_CM_128_HMAC_SHA1_80"]}),
    secure("SDES lifetime", "RTP/SAVP", SECURE, SECURE_ANSWER, keys={"SDES": ["lifetime"]},
           answer_keys={"SDES": ["lifetime"], **NO_DTLS}),
    secure("SDES static", "RTP/SAVP", SECURE, SECURE_ANSWER, keys={"SDES": ["static"]},
           answer_keys={"SDES": ["static"], **NO_DTLS}),
    secure("AVP to AVPF", "RTP/AVPF", AUDIO, ("m=audio 5000 RTP/AVPF 8", "a=rtpmap:8 PCMA/8000"), answer_keys={}),
    secure("AVPF to AVP", "RTP/AVP", ("m=audio 4000 RTP/AVPF 8", "a=rtpmap:8 PCMA/8000", "a=rtcp-fb:8 nack"),
           PLAIN_ANSWER, answer_keys={}),
    secure("SAVPF to AVP", "RTP/AVP", ("m=audio 4000 RTP/SAVPF 8", *SECURE[1:]), PLAIN_ANSWER, answer_keys={}),
    secure("OSRTP offered", "RTP/AVP", SPEECH, PLAIN_ANSWER, keys={"OSRTP": ["offer"]}, answer_keys={}),
    # ICE
    both("ICE removed", sdp(*AUDIO, *ICE), keys={"ICE": "remove"}),
    only("ICE by default", sdp(*AUDIO, *ICE)),
    only("ICE forced", ICE="force", **{"ICE-lite": "forward"}),
    # codecs
    only("codec strip", codec={"strip": ["PCMU"]}),
    only("codec strip of an unknown one", codec={"strip": ["opus"]}),
    only("codec strip all, offer one", codec={"strip": ["all"], "offer": ["PCMA"]}),
    only("codec strip all but one", codec={"strip": ["all"], "except": ["PCMU"]}),
    only("codec mask", codec={"mask": ["PCMU"]}),
    only("codec strip as flags", flags=["codec-strip-PCMU"]),
    # what is not understood, and what is wrong
    only("unknown flags", flags=["no-such-flag", "symmetric"], **{"no such key": "x"}),
    only("flags as a string", **{"rtpp-flags": "replace-origin replace-session-connection codec-strip-PCMU"}),
    only("not an SDP", "hello"),
    only("no m-line", sdp()),
    only("a host name", sdp(*AUDIO, host="phone.invalid")),
    ("an answer to nothing", [("answer", sdp(*ANSWERED), {})]),
    ("a delete of nothing", [("delete", None, {})]),
    ("a query of nothing", [("query", None, {})]),
    ("an unknown command", [("dance", None, {})]),
    ("an offer without a tag", [("offer", sdp(*AUDIO), {"from-tag": None})]),
    ("an offer without a call-id", [("offer", sdp(*AUDIO), {"call-id": None})]),
    # figures
    both("query", then=[("query", None, {})]),
    both("query of a tag", then=[("query", None, {"from-tag": "a"})]),
    *[both(f"query of {keys}", then=[("query", None, keys)]) for keys in
      ({"from-tag": "b"}, {"from-tag": None, "to-tag": "b"}, {"to-tag": "b"}, {"to-tag": "x"}, {"from-tag": "x"})],
    both("delete", then=[("delete", None, {})]),
    both("delete of a branch", then=[("delete", None, {"from-tag": "a", "to-tag": "b"}), ("query", None, {})]),
    both("list", then=[("list", None, {})]),
    ("ping", [("ping", None, {})]),
    both("statistics", then=[("statistics", None, {})]),
    both("block media", then=[("block media", None, {}), ("unblock media", None, {"from-tag": None})]),
    both("silence media", then=[("silence media", None, {}), ("unsilence media", None, {})]),
    both("block DTMF", then=[("block DTMF", None, {}), ("unblock DTMF", None, {})]),
    both("start forwarding", then=[("start forwarding", None, {}), ("stop forwarding", None, {})]),
]

# Lines that only one of them has, and why that is meant to be so.
MEANT = [
    (r"- a=crypto:\d+ (F8|NULL)_", "suites that hide nothing, or that nobody has, are not offered"),
    (r"\+ a=rtcp-mux-only", "RFC 8858 has a line for what rtcp-mux-require wants"),
    (r"\+ a=ice-lite", "our agent is an ICE-lite one"),
    (r"\+ warning: (Ignored: |Nothing is )", "what is not done is told"),
    (r"[+-] error-reason: ", "our own words"),
    (r"\+ \S.* / ", "keys of our own"),
    (r"- .* / (last packet|flags \[\]: ICE controlling)", "no packet came yet; we are no full ICE agent"),
]
# Cases that differ, and why they are meant to.
DIFFERENT = {
    "a number of ports": "the pair that is bound is one",
    "line feeds alone": "a body keeps the line ends it came with",
    "a re-offer from the other side": "an answer's codecs go on as they came",
    "a re-offer with another codec first": "an answer's codecs go on as they came; ptime is only repeated once",
    "two forks by via-branch": "all forks reach the caller at one port, so that his address is learnt once",
    "two forks by to-tag": "all forks reach the caller at one port, so that his address is learnt once",
    "plain to SDES, answered without a key": "an answer without a key to RTP/SAVP is no answer",
    "plain to SDES, one suite": "rtpengine 10.5 does not know only-",
    "flags as a string": "rtpengine 10.5 does not know rtpp-flags",
    "no m-line": "an offer without media may become one with media",
    "a host name": "it is learnt from its packets",
    "statistics": "figures of our own",
}
