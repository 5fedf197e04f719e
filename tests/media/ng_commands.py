#!/usr/bin/env python3
"""Each NG command and limit against a running relay: what it replies, and what packets then do."""
import os
import socket
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from relay_lib import Client, nothing_arrives, rtp, sdp_address, udp_socket, wait_until
from relay_media import RelayCase

PCMU, PCMA, G729, EVENTS = 0, 8, 18, 101
OFFERED = ("a=rtpmap:101 telephone-event/8000", "a=ptime:20")
NOT_FOUND = "Call-ID not found or tags didn't match"


class CommandCase(RelayCase):
    def setUp(self):
        super().setUp()
        self.seq = 0

    def ring(self, label="caller"):
        """A call between a and b, G.711, G.729 and DTMF events."""
        self.a, self.b = self.party(), self.party()
        sdp = [p.sdp(*OFFERED, proto="RTP/AVP 0 8 18 101") for p in (self.a, self.b)]
        self.call(self.a, self.b, offer=sdp[0], answer=sdp[1], label=label)

    def packet(self, pt=PCMU, **keys):
        self.seq += 1
        return rtp(self.seq, payload=b"speech" * 10, pt=pt, **keys)

    def passes(self, sender, receiver, pt=PCMU):
        data = self.packet(pt)
        sender.send(data)
        try:
            receiver.rtp.settimeout(0.3)
            return receiver.rtp.recv(4096) == data
        except socket.timeout:
            return False
        finally:
            receiver.rtp.settimeout(5)

    def assert_passing(self, a_to_b, b_to_a, pt=PCMU):
        self.assertEqual((self.passes(self.a, self.b, pt), self.passes(self.b, self.a, pt)), (a_to_b, b_to_a))

    def ok(self, command, **keys):
        reply = self.client.ok(command, call_id="call", **keys)
        self.assertEqual(reply, {"result": "ok"})

    def refused(self, reason, command, **keys):
        reply = self.client.request(command, **keys)
        self.assertEqual(reply, {"result": "error", "error-reason": reason})


class Block(CommandCase):
    def test_media_is_blocked_for_the_whole_call_and_passes_again(self):
        self.ring()
        self.assert_passing(True, True)
        self.ok("block media")
        self.assert_passing(False, False)
        self.assert_passing(True, True, pt=EVENTS)
        self.assertEqual(self.statistics()["drops"]["blocked"], 2)
        self.ok("unblock media")
        self.assert_passing(True, True)

    def test_a_party_is_known_by_tag_label_or_address(self):
        self.ring()
        for keys in ({"from_tag": "a"}, {"label": "caller"}):
            self.ok("block media", **keys)
            self.assert_passing(False, True)
            self.ok("unblock media", **keys)
            self.assert_passing(True, True)
        self.ok("block media", address="127.0.0.1")  # of both: the first is meant
        self.assert_passing(False, True)

    def test_what_was_asked_of_a_party_outlasts_what_was_asked_of_the_call(self):
        self.ring()
        self.ok("block media", from_tag="a")
        self.ok("block media")
        self.ok("unblock media")
        self.assert_passing(False, True)
        self.ok("unblock media", flags=["all"])
        self.assert_passing(True, True)

    def test_a_new_label_is_given_and_told(self):
        self.ring()
        self.ok("block media", from_tag="b", set_label="callee")
        self.ok("unblock media", label="callee")
        self.assert_passing(True, True)
        tags = self.client.ok("query", call_id="call")["tags"]
        self.assertEqual((tags["a"]["label"], tags["b"]["label"]), ("caller", "callee"))

    def test_whom_nobody_knows_is_an_error(self):
        self.ring()
        for command in ("block media", "unblock DTMF", "silence media", "start forwarding"):
            self.refused("Unknown call-ID", command, call_id="none")
            self.refused("No call-id in message", command)
            self.refused("From-tag given, but no such tag exists", command, call_id="call", from_tag="x")
            self.refused("No monologue matching the given label", command, call_id="call", label="x")
            self.refused("Failed to match address to any tag", command, call_id="call", address="192.0.2.1")

    def test_dtmf_is_blocked_and_speech_passes(self):
        self.ring()
        self.ok("block DTMF", from_tag="a")
        self.assert_passing(False, True, pt=EVENTS)
        self.assert_passing(True, True)
        self.ok("unblock DTMF", from_tag="a")
        self.assert_passing(True, True, pt=EVENTS)

    def test_a_new_offer_and_a_new_m_line_leave_it_blocked(self):
        self.ring()
        self.ok("block media")
        sdp = [p.sdp(*OFFERED, proto="RTP/AVP 0 8 18 101") for p in (self.a, self.b)]
        self.call(self.a, self.b, offer=sdp[0], answer=sdp[1], again=True)
        self.assert_passing(False, False)
        c, d = self.party(), self.party()
        extra = [f"m=audio {p.port} RTP/AVP 0" for p in (c, d)]
        offer = self.client.ok("offer", call_id="call", from_tag="a", to_tag="b", sdp=sdp[0] + extra[0] + "\r\n")
        answer = self.client.ok("answer", call_id="call", from_tag="a", to_tag="b", sdp=sdp[1] + extra[1] + "\r\n")
        c.target, d.target = sdp_address(answer["sdp"], 1), sdp_address(offer["sdp"], 1)
        self.assertFalse(self.passes(c, d))
        self.ok("unblock media")
        self.assertTrue(self.passes(c, d))

    def test_drop_traffic_of_an_offer_drops_all_rtp(self):
        self.ring()
        sdp = [p.sdp(*OFFERED, proto="RTP/AVP 0 8 18 101") for p in (self.a, self.b)]
        self.call(self.a, self.b, offer=sdp[0], answer=sdp[1], again=True, drop_traffic="start")
        self.assert_passing(False, False)
        self.assert_passing(False, False, pt=EVENTS)
        self.call(self.a, self.b, offer=sdp[0], answer=sdp[1], again=True, drop_traffic="stop")
        self.assert_passing(True, True)


class Silence(CommandCase):
    def heard(self, pt):
        data = self.packet(pt)
        self.a.send(data)
        got = self.b.rtp.recv(4096)
        self.assertEqual(got[:12], data[:12])
        self.assertEqual(len(got), len(data))
        return set(got[12:])

    def test_speech_in_g711_becomes_silence_and_keeps_its_numbers(self):
        self.ring()
        self.ok("silence media", from_tag="a")
        self.assertEqual(self.heard(PCMU), {0xff})
        self.assertEqual(self.heard(PCMA), {0xd5})
        self.assertTrue(self.passes(self.b, self.a))
        self.ok("unsilence media", from_tag="a")
        self.assertEqual(self.heard(PCMU), set(b"speech"))

    def test_what_cannot_be_silenced_is_dropped_but_dtmf_passes(self):
        self.ring()
        self.ok("silence media")
        self.assertFalse(self.passes(self.a, self.b, pt=G729))
        self.assertTrue(self.passes(self.a, self.b, pt=EVENTS))

    def test_padding_and_extension_are_left_whole(self):
        self.ring()
        self.ok("silence media")
        plain = self.packet()
        data = bytes([plain[0] | 0x30]) + plain[1:12] + b"\xbe\xde\x00\x01wxyz" + b"speech" + b"\x00\x00\x00\x04"
        self.a.send(data)
        self.assertEqual(self.b.rtp.recv(4096), data[:20] + b"\xff" * 6 + data[-4:])


class Delete(CommandCase):
    def fork(self):
        """A caller and two callees, known by branch; the first has answered."""
        self.caller, self.callees = self.party(), {}
        for branch, tag in (("z1", "b1"), ("z2", "b2")):
            self.callees[tag] = self.party()
            reply = self.client.ok("offer", call_id="call", from_tag="a", via_branch=branch, sdp=self.caller.sdp(),
                                   tandem_local=["127.0.0.1", "127.0.0.1"])
            self.callees[tag].learn(reply["sdp"])
        for branch, tag in (("z2", "b2"), ("z1", "b1")):
            reply = self.client.ok("answer", call_id="call", from_tag="a", to_tag=tag, via_branch=branch,
                                   sdp=self.callees[tag].sdp())
            self.caller.learn(reply["sdp"])

    def tags(self):
        return set(self.client.ok("query", call_id="call")["tags"])

    def test_a_query_of_a_tag_is_about_that_party_and_whom_it_hears(self):
        self.fork()
        self.assert_passes(self.caller, self.callees["b1"])
        sent = self.client.ok("query", call_id="call", from_tag="a")["totals"]["RTP"]["packets"]
        self.assert_passes(self.callees["b1"], self.caller)
        for keys, tags, packets in (({"from_tag": "a"}, {"a", "b1"}, 2 * sent),
                                    ({"from_tag": "a", "to_tag": "b2"}, {"a", "b2"}, sent),
                                    ({"from_tag": "b1"}, {"a", "b1"}, 2 * sent), ({"from_tag": "x"}, set(), 0),
                                    ({}, {"a", "b1", "b2"}, 2 * sent)):
            reply = self.client.ok("query", call_id="call", **keys)
            self.assertEqual((set(reply["tags"]), reply["totals"]["RTP"]["packets"]), (tags, packets), keys)
            self.assertEqual(bool(reply["SSRC"]), packets > 0, keys)

    def test_a_branch_goes_alone_by_its_tag(self):
        self.fork()
        reply = self.client.ok("delete", call_id="call", from_tag="a", to_tag="b2")
        self.assertEqual(set(reply["tags"]), {"a", "b1", "b2"})
        self.assertEqual(self.tags(), {"a", "b1"})
        self.assert_passes(self.caller, self.callees["b1"])
        self.assert_passes(self.callees["b1"], self.caller)

    def test_a_branch_goes_alone_by_its_via_branch(self):
        self.fork()
        self.client.ok("delete", call_id="call", from_tag="a", via_branch="z2")
        self.assertEqual(self.tags(), {"a", "b1"})
        self.assertEqual(self.statistics()["currentstatistics"]["sessionsown"], 1)

    def test_the_last_branch_takes_the_call_with_it(self):
        self.fork()
        for branch in ("z2", "z1"):
            self.client.ok("delete", call_id="call", from_tag="a", via_branch=branch)
        self.refused("Unknown call-id", "query", call_id="call")

    def test_the_caller_takes_the_call_with_him(self):
        self.fork()
        self.client.ok("delete", call_id="call", from_tag="b1", to_tag="a")
        self.refused("Unknown call-id", "query", call_id="call")

    def test_without_a_to_tag_all_of_it_goes(self):
        self.fork()
        self.client.ok("delete", call_id="call", from_tag="b1")
        self.refused("Unknown call-id", "query", call_id="call")

    def test_in_a_string_of_flags_the_to_tag_counts_only_where_it_is_said(self):
        self.fork()
        self.client.ok("delete", call_id="call", from_tag="a", to_tag="b2", rtpp_flags="to-tag")
        self.assertEqual(self.tags(), {"a", "b1"})
        self.client.ok("delete", call_id="call", from_tag="a", to_tag="b1", rtpp_flags="foo=bar")
        self.refused("Unknown call-id", "query", call_id="call")

    def test_strangers_delete_nothing(self):
        self.fork()
        for keys in ({"from_tag": "x"}, {"from_tag": "a", "via_branch": "z9"}, {"from_tag": "x", "to_tag": "y"}):
            reply = self.client.ok("delete", call_id="call", **keys)
            self.assertEqual(reply, {"result": "ok", "warning": NOT_FOUND})
            self.refused(NOT_FOUND, "delete", call_id="call", flags=["fatal"], **keys)
        self.assertEqual(self.tags(), {"a", "b1", "b2"})

    def test_a_delayed_delete_is_told_of_until_it_is_due(self):
        self.ring()
        self.client.ok("delete", call_id="call", **{"delete delay": 2})
        self.assert_passing(True, True)
        self.assertEqual(self.client.ok("list")["calls"], ["call"])
        wait_until(lambda: self.client.ok("list")["calls"] == [], "the call is gone")
        self.assertEqual(self.statistics()["totalstatistics"]["regularterminatedsessions"], 1)

    def test_a_new_offer_revives_what_was_to_be_deleted(self):
        self.ring()
        self.client.ok("delete", call_id="call", delete_delay="1")
        self.call(self.a, self.b, again=True)
        time.sleep(2.2)
        self.assertEqual(self.client.ok("list")["calls"], ["call"])


class DelayConfigured(CommandCase):
    settings = {"delete_delay_s": 3600}

    def test_the_request_goes_over_the_configuration(self):
        self.ring()
        self.client.ok("delete", call_id="call")
        self.assertEqual(self.client.ok("list")["calls"], ["call"])
        self.client.ok("delete", call_id="call", delete_delay=0)
        self.assertEqual(self.client.ok("list")["calls"], [])


class Limits(CommandCase):
    settings = {"max_sessions": 2}

    def offer(self, call_id, **keys):
        return self.client.request("offer", call_id=call_id, from_tag="a", sdp=self.party().sdp(), **keys)

    def test_past_the_limit_a_new_call_is_refused_in_the_known_words(self):
        for call_id in ("one", "two"):
            self.assertEqual(self.offer(call_id)["result"], "ok")
        limit = {"result": "error", "error-reason": "Parallel session limit reached"}
        self.assertEqual(self.offer("three"), limit)
        self.assertEqual(self.offer("three", supports=["load limit"]), limit)
        self.assertEqual(self.offer("two")["result"], "ok")  # it is one of ours
        self.client.ok("delete", call_id="one")
        self.assertEqual(self.offer("three")["result"], "ok")
        self.assertEqual(self.statistics()["totalstatistics"]["rejectedsessions"], 2)

    def test_list_has_a_limit(self):
        for call_id in ("one", "two"):
            self.offer(call_id)
        self.assertEqual(len(self.client.ok("list")["calls"]), 2)
        self.assertEqual(len(self.client.ok("list", limit="1")["calls"]), 1)
        for limit in (0, 1025, "many"):
            self.refused("limit is not a number from 1 to 1024", "list", limit=limit)


class Busy(CommandCase):
    settings = {"max_bandwidth_mbit": 1}

    def flood(self):
        for _ in range(100):
            self.a.send(rtp(1, payload=b"x" * 1400))

    def test_over_the_load_limit_a_client_is_sent_elsewhere(self):
        self.ring()
        sdp = self.a.sdp()

        def overloaded():
            self.flood()
            time.sleep(0.05)
            return self.client.request("offer", call_id="new", from_tag="a", sdp=sdp,
                                       supports=["load limit"])["result"] != "ok" or not self.client.ok(
                                           "delete", call_id="new")

        wait_until(overloaded, "the relay is over its limit")
        self.flood()
        reply = self.client.request("offer", call_id="new", from_tag="a", sdp=sdp, supports=["load limit"])
        self.assertEqual(reply, {"result": "load limit", "message": "Bandwidth limit exceeded"})
        self.refused("Parallel session limit reached", "offer", call_id="new", from_tag="a", sdp=sdp)


class Allowed(CommandCase):
    settings = {"ng_allow": "127.0.0.2/32"}

    def setUp(self):
        probe = udp_socket("127.0.0.1")
        self.udp = probe.getsockname()
        probe.close()
        self.settings = {**self.settings, "ng_udp": "127.0.0.1:%d" % self.udp[1]}
        super().setUp()

    def test_only_who_is_listed_is_heard_by_udp(self):
        sock = self.socket("127.0.0.2")
        sock.sendto(b"1 d7:command4:pinge", self.udp)
        self.assertEqual(sock.recv(100), b"1 d6:result4:ponge")
        stranger = self.socket("127.0.0.1")
        for _ in range(5):
            stranger.sendto(b"1 d7:command4:pinge", self.udp)
        self.assertTrue(nothing_arrives(stranger))
        self.assertEqual(self.statistics()["control"]["forbidden"], 5)
        self.assertIn("127.0.0.1:%d dropped: if it may send, add it to ng_allow" % stranger.getsockname()[1],
                      self.relay.log())
        self.assertEqual(self.client.ok("ping"), {"result": "pong"})  # by the unix socket nobody is a stranger

    def test_a_flood_of_malformed_requests_is_counted_and_takes_no_memory(self):
        sock = self.socket("127.0.0.2")
        before = self.statistics()["memory-kb"]
        for i in range(20000):
            sock.sendto(b"%d d3:abc" % i if i % 2 else b"%d d7:command5:dancee" % i, self.udp)
            if i % 100 == 0:
                self.client.ok("ping")
        after = self.statistics()
        self.assertGreater(after["control"]["malformed"], 1000)
        self.assertLess(after["memory-kb"] - before, 4096)


class Told(CommandCase):
    def test_warnings_name_what_is_unknown_and_what_is_not_done(self):
        a = self.party()
        reply = self.client.ok("offer", call_id="call", from_tag="a", sdp=a.sdp(), foo="bar",
                               flags=["frob", "trust-address", "record-call"])
        self.assertEqual(reply["warning"], "Ignored: foo (unknown), frob (unknown), "
                                           "record-call (nothing is recorded here)")
        self.assertEqual(self.statistics()["control"]["unknown"], 2)

    def test_nothing_is_recorded_and_the_client_is_told(self):
        self.ring()
        for command in ("start recording", "start forwarding"):
            reply = self.client.ok(command, call_id="call")
            self.assertEqual(reply["warning"], "Nothing is recorded or forwarded to a recorder here")
        for command in ("stop recording", "pause recording", "stop forwarding"):
            self.ok(command)

    def test_commands_that_are_not_there_say_so(self):
        self.ring()
        for command in ("play media", "stop media", "play DTMF"):
            self.refused(command + " is not supported: this relay has no media player", command, call_id="call")
        for command in ("publish", "subscribe request", "subscribe answer", "unsubscribe", "connect"):
            self.refused(command + " is not supported: this relay joins two parties, and forks", command)
        self.refused("Unrecognized command", "Offer")

    def test_an_error_in_a_flag_changes_nothing(self):
        self.refused("delete-delay is not a number from -1 to 86400", "offer", call_id="call", from_tag="a",
                     sdp=self.party().sdp(), delete_delay="soon")
        self.assertEqual(self.client.ok("list")["calls"], [])

    def test_statistics_count_each_clients_commands(self):
        self.ring()
        self.client.request("dance")
        self.client.ok("query", call_id="call")
        figures = self.statistics()
        client, = figures["controlstatistics"]["proxies"]
        self.assertEqual(client["proxy"], "unix")
        self.assertEqual((client["offercount"], client["answercount"], client["querycount"], client["errorcount"]),
                         (1, 1, 1, 1))
        self.assertRegex(client["offerduration"], r"^\d+\.\d{6}$")
        self.assertEqual(figures["controlstatistics"]["totaloffercount"], 1)
        interface, = figures["interfaces"]
        self.assertEqual(interface["address"], "127.0.0.1")
        pairs = figures["ports"][0]
        self.assertEqual(pairs["used"], 2)  # a pair that some other program holds is quarantined
        self.assertEqual(interface["ports"]["used"], 2 * (pairs["used"] + pairs["quarantined"]))
        self.assertEqual(interface["ports"]["totals"], interface["ports"]["used"] + interface["ports"]["free"])

    def test_calls_that_are_over_are_summed_up(self):
        self.ring()
        self.passes(self.a, self.b)
        self.client.ok("delete", call_id="call")
        self.ring()
        self.client.ok("delete", call_id="call")
        total = self.statistics()["totalstatistics"]
        self.assertEqual((total["managedsessions"], total["regularterminatedsessions"]), (2, 2))
        self.assertEqual(self.statistics()["mos"]["mos_samples_total"], 0)  # of one packet nothing can be said
        self.assertEqual((total["onewaystreams"], total["zerowaystreams"]), (1, 1))

    def test_what_calls_that_are_over_sounded_like_is_summed_up(self):
        self.ring()
        for _ in range(60):
            self.a.send(self.packet())
            time.sleep(0.02)
        self.client.ok("delete", call_id="call")
        mos = self.statistics()["mos"]
        self.assertEqual(mos["mos_samples_total"], 1)
        self.assertEqual(mos["mos_average"], mos["mos_total"])
        self.assertGreater(float(mos["mos_average"]), 3.5)

    def test_a_retransmitted_offer_with_another_cookie_changes_nothing(self):
        a = self.party()
        offer = dict(call_id="call", from_tag="a", sdp=a.sdp(), replace=["origin", "SDP-version"])
        first = self.client.ok("offer", **offer)
        self.assertEqual(self.client.ok("offer", **offer), first)


class Loop(CommandCase):
    def test_an_sdp_with_our_mark_is_left_alone(self):
        self.ring()
        sdp = self.a.sdp()
        offer = self.client.ok("offer", call_id="loop", from_tag="a", sdp=sdp, flags=["loop-protect"])["sdp"]
        mark = [line for line in offer.splitlines() if line.startswith("a=tandem-relay:")]
        self.assertEqual(len(mark), 1)
        self.assertLess(offer.index(mark[0]), offer.index("m="))
        again = self.client.ok("offer", call_id="other", from_tag="x", sdp=offer, flags=["loop protect"])
        self.assertEqual(again, {"result": "ok", "sdp": offer})
        self.assertNotIn("other", self.client.ok("list")["calls"])
        asked = self.client.ok("offer", call_id="other", from_tag="x", sdp=offer)
        self.assertNotEqual(asked["sdp"], offer)


class Tos(CommandCase):
    settings = {"rtp_tos": 96}

    def tos(self):
        """The TOS byte of a packet that b gets from a."""
        self.b.rtp.setsockopt(socket.IPPROTO_IP, socket.IP_RECVTOS, 1)
        self.a.send(self.packet())
        _, control, _, _ = self.b.rtp.recvmsg(4096, 64)
        return control[0][2][0]

    def again(self, **keys):
        sdp = [p.sdp(*OFFERED, proto="RTP/AVP 0 8 18 101") for p in (self.a, self.b)]
        self.call(self.a, self.b, offer=sdp[0], answer=sdp[1], again=True, **keys)

    def test_packets_are_marked_as_configured_or_as_the_client_asks(self):
        self.ring()
        self.assertEqual(self.tos(), 96)
        for value, tos in (("184", 184), (-1, 184), (0, 0), (256, 96)):
            self.again(TOS=value)
            self.assertEqual(self.tos(), tos)


if __name__ == "__main__":
    result = unittest.main(verbosity=2, exit=False).result
    bad = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - bad - len(result.skipped)} passed, {bad} failed, {len(result.skipped)} skipped")
    sys.exit(1 if bad else 0)
