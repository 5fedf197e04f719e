#!/usr/bin/env python3
"""Media through a real tandem-rtprelay, compared byte for byte, driven as an NG client drives it."""
import os
import re
import socket
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from relay_lib import (Client, Party, Relay, nothing_arrives, receiver_report, rtp, sdp_address, sender_report,
                       udp_socket, wait_until)


def has_ipv6():
    try:
        udp_socket("::1").close()
        return True
    except OSError:
        return False


class RelayCase(unittest.TestCase):
    settings = {}

    def setUp(self):
        self.relay = self.enterContext(Relay(**self.settings)) if hasattr(self, "enterContext") else self.enter()
        self.client = Client(self.relay)
        self.addCleanup(self.client.close)

    def enter(self):
        relay = Relay(**self.settings)
        relay.start()
        self.addCleanup(relay.__exit__)
        return relay

    def party(self, host="127.0.0.1"):
        party = Party(host)
        self.addCleanup(party.close)
        return party

    def socket(self, host="127.0.0.1"):
        sock = udp_socket(host)
        self.addCleanup(sock.close)
        return sock

    def call(self, a, b, call_id="call", offer=None, answer=None, client=None, again=False, **keys):
        """Offer from a, answer from b; each then knows where to send. `again`: within the dialogue."""
        client = client or self.client
        dialogue = {"to_tag": "b"} if again else {}
        reply = client.ok("offer", call_id=call_id, from_tag="a", sdp=offer or a.sdp(),
                          replace=["origin", "session-connection"], tandem_local=[a.host, b.host], **dialogue, **keys)
        b.learn(reply["sdp"])
        reply = client.ok("answer", call_id=call_id, from_tag="a", to_tag="b", sdp=answer or b.sdp(),
                          replace=["origin", "session-connection"], **keys)
        a.learn(reply["sdp"])

    def prove(self, sender, sock=None):
        """The first packet from a host no SDP has named: dropped, but counted for its sender."""
        before = self.statistics()["drops"]["unproven"]
        sender.send(sock=sock)
        wait_until(lambda: self.statistics()["drops"]["unproven"] == before + 1, "the unknown host is on probation")

    def assert_passes(self, sender, receiver, count=3):
        for _ in range(count):
            data = sender.send()
            self.assertEqual(receiver.rtp.recv(4096), data)

    def stream(self, tag, part=0, media=0, call_id="call"):
        return self.client.ok("query", call_id=call_id)["tags"][tag]["medias"][media]["streams"][part]

    def statistics(self):
        return self.client.ok("statistics")["statistics"]


class Forwarding(RelayCase):
    def test_marked_payloads_pass_both_ways_byte_for_byte(self):
        a, b = self.party(), self.party()
        self.call(a, b)
        for size in (0, 1, 160, 1000, 1400):
            for sender, receiver in ((a, b), (b, a)):
                data = sender.send(rtp(size + 1, payload=os.urandom(size)))
                got, source = receiver.rtp.recvfrom(4096)
                self.assertEqual(got, data)
                self.assertEqual(source, receiver.target)

    def test_rtcp_passes_both_ways_on_its_own_port(self):
        a, b = self.party(), self.party()
        self.call(a, b)
        for sender, receiver in ((a, b), (b, a)):
            data = sender.send_rtcp(sender_report(1, 2))
            got, source = receiver.rtcp.recvfrom(4096)
            self.assertEqual(got, data)
            self.assertEqual(source, (receiver.target[0], receiver.target[1] + 1))

    def test_media_goes_to_the_announced_address_before_the_other_side_has_sent(self):
        a, b = self.party(), self.party()
        self.call(a, b)
        self.assert_passes(a, b)

    def test_early_media_waits_for_an_address_and_is_counted(self):
        a, b = self.party(), self.party()
        reply = self.client.ok("offer", call_id="call", from_tag="a", sdp=a.sdp(), tandem_local=[a.host, b.host])
        b.learn(reply["sdp"])
        self.prove(b)
        self.assert_passes(b, a)
        reply = self.client.ok("answer", call_id="call", from_tag="a", to_tag="b", sdp=b.sdp())
        a.learn(reply["sdp"])
        self.assert_passes(a, b)

    def test_nothing_is_sent_where_no_address_is_known(self):
        a, b = self.party(), self.party()
        self.call(a, b, answer=b.sdp(host="peer.invalid"))
        a.send()
        wait_until(lambda: self.statistics()["drops"]["no target"] == 1, "the packet is counted")
        self.prove(b)
        self.assert_passes(b, a)
        self.assert_passes(a, b)

    def test_plain_datagrams_of_a_fax_pass(self):
        a, b = self.party(), self.party()
        fax = dict(media="image", proto="udptl t38")
        self.call(a, b, offer=a.sdp(**fax), answer=b.sdp(**fax))
        for sender, receiver in ((a, b), (b, a)):
            data = sender.send(b"\x00\x01\x02 not RTP at all")
            self.assertEqual(receiver.rtp.recv(4096), data)

    def test_audio_that_becomes_a_fax_keeps_its_ports(self):
        a, b = self.party(), self.party()
        self.call(a, b)
        self.assert_passes(a, b)
        before = a.target, b.target
        fax = dict(media="image", proto="udptl t38")
        self.call(a, b, offer=a.sdp(**fax), answer=b.sdp(**fax), again=True)
        self.assertEqual((a.target, b.target), before)
        data = a.send(b"\x00\x07udptl")
        self.assertEqual(b.rtp.recv(4096), data)


class Nat(RelayCase):
    def test_a_party_behind_a_nat_is_answered_where_it_sends_from(self):
        a, b = self.party(), self.party()
        self.call(a, b)
        nat = self.socket()
        data = a.send(sock=nat)
        self.assertEqual(b.rtp.recv(4096), data)
        data = b.send()
        self.assertEqual(nat.recv(4096), data)

    def test_a_private_address_in_the_sdp_is_no_hindrance(self):
        a, b = self.party(), self.party()
        self.call(a, b, offer=a.sdp(host="10.11.12.13"))
        self.prove(a)
        self.assert_passes(a, b)
        self.assert_passes(b, a)
        data = a.send_rtcp(sender_report(1, 2))
        self.assertEqual(b.rtcp.recv(4096), data)
        data = b.send_rtcp(sender_report(3, 4))
        self.assertEqual(a.rtcp.recv(4096), data)

    def test_rtcp_to_a_party_behind_a_nat_is_tried_one_port_up(self):
        a, b = self.party(), self.party()
        self.call(a, b, offer=a.sdp(host="10.11.12.13"))
        self.prove(a)
        self.assert_passes(a, b)
        data = b.send_rtcp(sender_report(3, 4))
        self.assertEqual(a.rtcp.recv(4096), data)

    def test_a_nat_that_rebinds_in_mid_call_is_not_followed(self):
        a, b = self.party(), self.party()
        self.call(a, b)
        self.assert_passes(a, b, count=6)
        a.send(sock=self.socket())
        self.assertTrue(nothing_arrives(b.rtp))
        self.assertEqual(self.stream("a")["strangers"], 1)
        self.assert_passes(b, a)

    def test_an_address_that_changes_with_a_new_offer_is_learnt_anew(self):
        a, b, moved = self.party(), self.party(), self.party()
        self.call(a, b)
        self.assert_passes(a, b, count=6)
        self.call(moved, b, again=True)
        self.assert_passes(moved, b)
        self.assert_passes(b, moved)
        a.send()
        self.assertTrue(nothing_arrives(b.rtp))

    def test_an_offer_that_is_refused_moves_nothing(self):
        a, b, moved = self.party(), self.party(), self.party()
        self.call(a, b)
        self.assert_passes(a, b, count=6)
        for sdp in (moved.sdp(), a.sdp(host="0.0.0.0")):
            self.client.ok("offer", call_id="call", from_tag="a", to_tag="b", sdp=sdp)
            self.assert_passes(b, a)
            self.assert_passes(a, b)

    def test_the_old_address_is_heard_until_the_new_one_speaks(self):
        a, b, moved = self.party(), self.party(), self.party()
        self.call(a, b)
        self.assert_passes(a, b, count=6)
        self.call(moved, b, again=True)
        self.assert_passes(a, b)
        data = b.send()
        self.assertEqual(moved.rtp.recv(4096), data)
        self.assert_passes(moved, b)

    def test_an_answer_from_another_party_is_learnt_anew(self):
        a, b, c = self.party(), self.party(), self.party()
        self.call(a, b)
        self.assert_passes(b, a, count=6)
        ports = a.target, b.target
        reply = self.client.ok("offer", call_id="call", from_tag="a", sdp=a.sdp())
        c.learn(reply["sdp"])
        reply = self.client.ok("answer", call_id="call", from_tag="a", to_tag="c", sdp=c.sdp())
        a.learn(reply["sdp"])
        self.assertEqual((a.target, c.target), ports)
        self.assert_passes(c, a)
        self.assert_passes(a, c)
        b.send()
        self.assertTrue(nothing_arrives(a.rtp))


class Guard(RelayCase):
    def test_a_strangers_packets_are_dropped_and_counted(self):
        a, b, stranger = self.party(), self.party(), self.socket("127.0.0.2")
        self.call(a, b)
        self.assert_passes(a, b, count=6)
        for i in range(10):
            stranger.sendto(rtp(i, payload=b"stolen"), a.target)
        wait_until(lambda: self.stream("a")["strangers"] == 10, "ten strangers are counted")
        self.assertTrue(nothing_arrives(b.rtp))
        self.assert_passes(b, a)
        self.assertTrue(nothing_arrives(stranger))

    def test_a_stranger_who_was_first_loses_to_the_announced_address(self):
        a, b, stranger = self.party(), self.party(), self.socket("127.0.0.2")
        self.call(a, b)
        stranger.sendto(rtp(0, payload=b"stolen"), a.target)
        for i in range(1, 20):
            stranger.sendto(rtp(i, payload=b"stolen"), a.target)
            b.rtp.recv(4096)
        self.assert_passes(a, b)
        self.assert_passes(b, a)
        stranger.sendto(rtp(99), a.target)
        self.assertTrue(nothing_arrives(b.rtp))

    def test_a_stranger_with_an_unknown_payload_type_never_latches(self):
        a, b, stranger = self.party(), self.party(), self.socket("127.0.0.2")
        self.call(a, b)
        stranger.sendto(rtp(1, pt=96), a.target)
        wait_until(lambda: self.stream("a")["strangers"] == 1, "the stranger is counted")
        self.assertTrue(nothing_arrives(b.rtp))
        self.assert_passes(a, b)

    def test_what_is_not_rtp_is_dropped_and_counted(self):
        a, b = self.party(), self.party()
        self.call(a, b)
        self.assert_passes(a, b)
        junk = {"malformed": [b"\x80", b"\x80\x00" + bytes(9), b"\x8f\x00" + bytes(10), b"\x80\xc8\x00"],
                "not media": [b"\x00\x01" + bytes(18), b"\x16" + bytes(30), b"\r\n", b"hello"],
                "truncated": [b"\x80\x00" + bytes(5000)]}
        for reason, packets in junk.items():
            for data in packets:
                a.send(data)
            wait_until(lambda: self.statistics()["drops"][reason] == len(packets), f"{reason} is counted")
        self.assertTrue(nothing_arrives(b.rtp))
        self.assert_passes(a, b)

    def test_our_own_ports_and_the_null_address_are_no_targets(self):
        a, b, c, d = (self.party() for _ in range(4))
        self.call(a, b, call_id="one")
        for host, port in ((a.target[0], a.target[1]), ("0.0.0.0", 9), ("224.0.0.1", 5004), ("255.255.255.255", 9)):
            self.call(c, d, call_id="two", answer=d.sdp(host=host, port=port))
            before = self.statistics()["drops"]["no target"]
            c.send()
            wait_until(lambda: self.statistics()["drops"]["no target"] == before + 1, f"{host} is refused")
        self.assertTrue(nothing_arrives(b.rtp))


class Mux(RelayCase):
    def test_both_sides_may_put_rtcp_on_the_rtp_port(self):
        a, b = self.party(), self.party()
        self.call(a, b, offer=a.sdp("a=rtcp-mux"), answer=b.sdp("a=rtcp-mux"))
        self.assert_passes(a, b)
        for sender, receiver in ((a, b), (b, a)):
            data = sender.send(sender_report(1, 2))
            self.assertEqual(receiver.rtp.recv(4096), data)
        self.assertEqual(self.stream("a", part=1)["stats"]["packets"], 1)
        self.assertEqual(self.stream("a", part=0)["stats"]["packets"], 3)

    def test_an_answer_without_mux_keeps_two_ports(self):
        a, b = self.party(), self.party()
        self.call(a, b, offer=a.sdp("a=rtcp-mux"), answer=b.sdp())
        data = b.send_rtcp(sender_report(1, 2))
        self.assertEqual(a.rtcp.recv(4096), data)

    def test_one_side_muxes_and_the_other_does_not(self):
        a, b = self.party(), self.party()
        reply = self.client.ok("offer", call_id="call", from_tag="a", sdp=a.sdp("a=rtcp-mux"),
                               tandem_local=[a.host, b.host], rtcp_mux=["demux"])
        self.assertNotIn("rtcp-mux", reply["sdp"])
        b.learn(reply["sdp"])
        reply = self.client.ok("answer", call_id="call", from_tag="a", to_tag="b", sdp=b.sdp(), rtcp_mux=["demux"])
        self.assertIn("a=rtcp-mux\r\n", reply["sdp"])
        a.learn(reply["sdp"])
        data = a.send(sender_report(1, 2))
        self.assertEqual(b.rtcp.recv(4096), data)
        data = b.send_rtcp(sender_report(3, 4))
        self.assertEqual(a.rtp.recv(4096), data)


@unittest.skipUnless(has_ipv6(), "this machine has no IPv6 loopback")
class Families(RelayCase):
    def test_ipv6_on_both_sides(self):
        a, b = self.party("::1"), self.party("::1")
        self.call(a, b)
        self.assert_passes(a, b)
        self.assert_passes(b, a)

    def test_ipv4_on_one_side_and_ipv6_on_the_other(self):
        a, b = self.party(), self.party("::1")
        self.call(a, b)
        self.assertEqual((a.target[0], b.target[0]), ("127.0.0.1", "::1"))
        self.assert_passes(a, b)
        self.assert_passes(b, a)
        data = a.send_rtcp(sender_report(1, 2))
        self.assertEqual(b.rtcp.recv(4096), data)


class Ports(RelayCase):
    settings = {"rtp_port_min": 29000, "rtp_port_max": 29007, "port_quarantine_s": 1}

    def offer(self, call_id):
        return self.client.request("offer", call_id=call_id, from_tag="a", sdp=Party.sdp(self.a),
                                   tandem_local=["127.0.0.3", "127.0.0.3"])

    def ports(self):
        ports = self.statistics()["ports"][0]
        return ports["used"], ports["quarantined"], ports["free"]

    def test_exhaustion_has_its_own_words_and_ends_with_the_quarantine(self):
        self.a = self.party()
        self.assertEqual([self.offer(f"call{i}")["result"] for i in range(2)], ["ok", "ok"])
        self.assertEqual(self.offer("call2"), {"result": "error", "error-reason": "Ran out of ports"})
        self.assertEqual(sorted(self.client.ok("list")["calls"]), ["call0", "call1"])
        self.client.ok("delete", call_id="call0", from_tag="a")
        self.assertEqual(self.offer("call3")["error-reason"], "Ran out of ports")
        wait_until(lambda: self.ports() == (2, 2, 0), "the deleted call's ports rest")
        time.sleep(1.2)
        self.assertEqual(self.offer("call3")["result"], "ok")

    def test_a_port_held_by_another_program_is_passed_over(self):
        self.a = self.party()
        held = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(held.close)
        held.bind(("127.0.0.3", 29004))
        ports = [sdp_address(self.offer("call0")["sdp"])[1]]
        self.assertEqual(self.offer("call1")["error-reason"], "Ran out of ports")
        self.assertNotIn(29004, ports)

    def test_an_address_that_is_not_ours_is_named(self):
        a = self.party()
        reply = self.client.request("offer", call_id="c", from_tag="a", sdp=a.sdp(), tandem_local=["192.0.2.1"] * 2)
        self.assertEqual(reply["error-reason"], "192.0.2.1 is not an address of this machine")
        self.assertEqual(self.client.ok("list")["calls"], [])


class Few(RelayCase):
    settings = {"rtp_port_min": 29010, "rtp_port_max": 29019, "port_quarantine_s": 1}

    def test_an_m_line_that_found_no_ports_is_linked_when_it_does(self):
        a, b = self.party(), self.party()
        a_video, b_video = self.party(), self.party()
        self.call(a, b)
        self.client.ok("offer", call_id="other", from_tag="a", sdp=a.sdp(), tandem_local=[a.host, b.host])
        offer = a.sdp(f"m=video {a_video.port} RTP/AVP 31")
        keys = {"call_id": "call", "from_tag": "a", "to_tag": "b", "tandem_local": [a.host, b.host]}
        reply = self.client.request("offer", sdp=offer, **keys)
        self.assertEqual(reply["error-reason"], "Ran out of ports")  # one pair was left

        self.client.ok("delete", call_id="other")
        wait_until(lambda: self.client.request("offer", sdp=offer, **keys)["result"] == "ok", "ports are free again")
        reply = self.client.ok("offer", sdp=offer, **keys)
        b_video.target = sdp_address(reply["sdp"], 1)
        reply = self.client.ok("answer", sdp=b.sdp(f"m=video {b_video.port} RTP/AVP 31"), **keys)
        a_video.target = sdp_address(reply["sdp"], 1)
        for sender, receiver in ((a_video, b_video), (b_video, a_video)):
            data = sender.send(rtp(7, pt=31, payload=b"picture"))
            self.assertEqual(receiver.rtp.recv(4096), data)


class Secrecy(RelayCase):
    """Nothing leaves in the clear towards a party that is to have SRTP."""
    key = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj"

    def test_nothing_passes_before_an_answer_to_an_offer_of_keys(self):
        a, b = self.party(), self.party()
        reply = self.client.ok("offer", call_id="call", from_tag="a", sdp=a.sdp(self.key, proto="RTP/SAVP 0"),
                               transport_protocol="RTP/AVP", tandem_local=[a.host, b.host])
        b.learn(reply["sdp"])
        b.send()
        b.send()
        self.assertTrue(nothing_arrives(a.rtp))
        self.assertGreater(self.statistics()["drops"]["no key"], 0)

    def test_a_call_that_was_a_fax_is_encrypted_when_it_is_audio_again(self):
        a, b = self.party(), self.party()
        fax = [p.sdp(media="image", proto="udptl t38") for p in (a, b)]
        self.call(a, b, offer=fax[0], answer=fax[1])
        keys = {"call_id": "call", "from_tag": "a", "to_tag": "b"}
        reply = self.client.ok("offer", sdp=a.sdp(), transport_protocol="RTP/SAVP", **keys)
        self.assertIn("a=crypto:", reply["sdp"])
        self.client.ok("answer", sdp=b.sdp(re.search("a=crypto.*AES_CM_128_HMAC_SHA1_80 ", reply["sdp"]).group()
                                           + self.key.split()[-1], proto="RTP/SAVP 0"), **keys)
        data = a.send()
        self.assertNotEqual(b.rtp.recv(4096)[:len(data)], data)

        # a fax that is refused changes nothing
        self.client.ok("offer", sdp=fax[0], **keys)
        data = a.send()
        self.assertNotEqual(b.rtp.recv(4096)[:len(data)], data)
        self.assertEqual(self.client.ok("query", call_id="call")["tags"]["a"]["medias"][0]["type"], "audio")


class Silence(RelayCase):
    settings = {"media_timeout_s": 1}

    def test_silence_is_told_and_told_again_and_at_last_removed(self):
        a, b = self.party(), self.party()
        self.call(a, b, tandem_notify=1)
        self.assert_passes(a, b)
        cookie, notify = self.client.receive()
        self.assertEqual(notify, {"command": "notify", "event": "media-timeout", "call-id": "call"})
        wait_until(lambda: not self.client.ok("list")["calls"], "the session is removed")
        self.assertEqual(self.statistics()["totalstatistics"]["timeoutsessions"], 1)

    def test_a_call_on_hold_may_be_silent(self):
        a, b = self.party(), self.party()
        self.call(a, b, offer=a.sdp("a=inactive"), answer=b.sdp("a=inactive"), tandem_notify=1)
        self.assertTrue(nothing_arrives(self.client.sock, 3.5))
        self.assertEqual(self.client.ok("list")["calls"], ["call"])

    def test_one_direction_alone_is_not_silence(self):
        a, b = self.party(), self.party()
        self.call(a, b, tandem_notify=1)
        end = time.monotonic() + 2.5
        while time.monotonic() < end:
            self.assert_passes(a, b, count=1)
            time.sleep(0.1)
        self.assertTrue(nothing_arrives(self.client.sock, 0.1))

    def test_the_time_out_of_an_offer_goes_over_the_configured_one(self):
        a, b = self.party(), self.party()
        self.call(a, b, tandem_notify=1, tandem_timeout_s=60)
        self.assertTrue(nothing_arrives(self.client.sock, 3.5))


class Counting(RelayCase):
    def test_delete_tells_packets_bytes_loss_and_jitter(self):
        a, b = self.party(), self.party()
        self.call(a, b)
        for seq in (65533, 65534, 65535, 0, 3, 2, 5):  # 1 and 4 are lost, 3 came before 2
            data = a.send(rtp(seq, timestamp=0, payload=b"x" * 20))
            self.assertEqual(b.rtp.recv(4096), data)
        self.assert_passes(b, a, count=2)
        reply = self.client.ok("delete", call_id="call", from_tag="a")
        stream = reply["tags"]["a"]["medias"][0]["streams"][0]
        self.assertEqual(stream["stats"], {"packets": 7, "bytes": 7 * 32, "errors": 0})
        self.assertEqual(stream["lost"], 2)
        self.assertEqual(stream["SSRC"], 0x11223344)
        self.assertLess(stream["jitter-us"], 100000)
        self.assertEqual(reply["totals"]["RTP"]["packets"], 9)
        self.assertEqual(reply["tags"]["b"]["in dialogue with"], "a")
        self.assertEqual(self.client.ok("delete", call_id="call", from_tag="a"),
                         {"result": "ok", "warning": "Call-ID not found or tags didn't match"})

    def test_receiver_reports_give_round_trip_loss_and_jitter(self):
        a, b = self.party(), self.party()
        self.call(a, b)
        a.send(rtp(1))
        b.rtp.recv(4096)
        a.send_rtcp(sender_report(0x11223344, 0xabcd1234))
        b.rtcp.recv(4096)
        time.sleep(0.05)
        b.send_rtcp(receiver_report(7, 0x11223344, lost=5, jitter=80, lsr=0xabcd1234, dlsr=65536 // 50))
        a.rtcp.recv(4096)
        stream = self.stream("b", part=1)
        self.assertEqual(stream["reported-lost"], 5)
        self.assertEqual(stream["reported-jitter-us"], 10000)
        self.assertGreater(stream["round-trip-us"], 25000)  # over 50 ms passed, 20 of them held by b
        self.assertLess(stream["round-trip-us"], 2000000)


class Control(RelayCase):
    def setUp(self):
        probe = udp_socket("127.0.0.1")
        self.udp = probe.getsockname()
        probe.close()
        self.settings = {"ng_udp": f"127.0.0.1:{self.udp[1]}"}
        super().setUp()

    def test_both_encodings_over_both_transports(self):
        for udp in (None, self.udp):
            for encoding in ("bencode", "json"):
                client = Client(self.relay, udp=udp, encoding=encoding)
                self.addCleanup(client.close)
                a, b = self.party(), self.party()
                self.assertEqual(client.request("ping"), {"result": "pong"})
                self.call(a, b, call_id=f"{encoding} {udp}", client=client)
                self.assert_passes(a, b)
                self.assertEqual(client.ok("delete", call_id=f"{encoding} {udp}")["totals"]["RTP"]["packets"], 3)

    def test_a_repeated_request_gets_the_same_reply_and_is_not_carried_out_again(self):
        a = self.party()
        offer = dict(call_id="call", from_tag="a", sdp=a.sdp())
        first = self.client.ok("offer", cookie="same", **offer)
        self.assertEqual(self.client.ok("offer", cookie="same", **offer), first)
        gone = self.client.ok("delete", cookie="gone", call_id="call")
        self.assertEqual(self.client.ok("delete", cookie="gone", call_id="call"), gone)
        self.assertIn("totals", gone)
        self.assertEqual(self.statistics()["totalstatistics"]["managedsessions"], 1)

    def test_an_offer_without_changes_keeps_its_ports(self):
        a, b = self.party(), self.party()
        self.call(a, b)
        before = a.target, b.target
        self.call(a, b, again=True)
        self.call(a, b)
        self.assertEqual((a.target, b.target), before)
        self.assertEqual(self.statistics()["ports"][0]["used"], 2)

    def test_a_new_offer_from_the_other_side_keeps_the_ports(self):
        a, b = self.party(), self.party()
        self.call(a, b)
        reply = self.client.ok("offer", call_id="call", from_tag="b", to_tag="a", sdp=b.sdp("a=sendonly"))
        self.assertEqual(sdp_address(reply["sdp"]), a.target)
        self.assertIn("a=sendonly\r\n", reply["sdp"])
        reply = self.client.ok("answer", call_id="call", from_tag="b", to_tag="a", sdp=a.sdp("a=recvonly"))
        self.assertEqual(sdp_address(reply["sdp"]), b.target)
        self.assert_passes(a, b)
        self.assert_passes(b, a)

    def test_what_is_wrong_is_said(self):
        a = self.party()
        good = dict(call_id="call", from_tag="a", sdp=a.sdp())
        cases = (
            ("dance", {}, "Unrecognized command"),
            ("offer", {**good, "sdp": "v=0\r\nm=audio 99999 RTP/AVP 0\r\n"},
             "SDP line 2: the port is not a number up to 65535"),
            ("offer", {k: v for k, v in good.items() if k != "sdp"}, "No SDP body in message"),
            ("offer", {k: v for k, v in good.items() if k != "from_tag"}, "No from-tag in message"),
            ("offer", {**good, "call_id": "x" * 256}, "call-id is longer than 255 bytes"),
            ("answer", {**good, "to_tag": "b"}, "Unknown call-id"),
            ("answer", good, "No to-tag in message"),
            ("query", {"call_id": "none"}, "Unknown call-id"),
            ("delete", {"call_id": "none", "flags": ["fatal"]}, "Call-ID not found or tags didn't match"),
            ("offer", {**good, "tandem_local": ["127.0.0.1"]}, "tandem-local is not a list of two IP addresses"),
            ("offer", {**good, "sdp": a.sdp() + "m=audio 9 RTP/AVP 0\r\n" * 32}, "SDP line 38: more than 32 m-lines"),
        )
        for command, keys, reason in cases:
            reply = self.client.request(command, **keys)
            self.assertEqual(reply, {"result": "error", "error-reason": reason})
        self.assertEqual(self.client.ok("list")["calls"], [])

    def test_malformed_requests_get_an_error_or_nothing_but_never_harm(self):
        for data in (b"", b"x", b"x ", b"x d", b"x {", b"x le", b"x d3:abce", b"x " + b"l" * 100, b" d", b"\x1b d"):
            self.client.sock.send(data)
        wait_until(lambda: self.request_count_is_in(), "the relay still answers")

    def request_count_is_in(self):
        self.client.send("alive", {"command": "ping"})
        while True:
            cookie, reply = self.client.receive()
            if cookie == "alive":
                return reply == {"result": "pong"}
            self.assertEqual(reply["result"], "error")

    def test_a_rejected_m_line_gets_no_ports_and_a_tcp_one_is_left_alone(self):
        a = self.party()
        sdp = a.sdp("m=video 0 RTP/AVP 31", "m=message 7654 TCP/MSRP *", "c=IN IP4 192.0.2.9")
        reply = self.client.ok("offer", call_id="call", from_tag="a", sdp=sdp)
        self.assertIn("m=video 0 RTP/AVP 31\r\nm=message 7654 TCP/MSRP *\r\nc=IN IP4 192.0.2.9\r\n", reply["sdp"])
        self.assertEqual(self.statistics()["ports"][0]["used"], 2)

    def test_a_second_relay_is_refused_and_a_stale_socket_replaced(self):
        second = subprocess.run(self.relay.command()[:5], capture_output=True, text=True, timeout=10)
        self.assertEqual(second.returncode, 1)
        self.assertIn("another tandem-rtprelay answers on", second.stderr)
        self.assertEqual(self.client.ok("ping"), {"result": "pong"})
        before = self.client.ok("ping", tandem_instance=1)["tandem-instance"]
        self.assertEqual(self.client.ok("list", tandem_instance=1)["tandem-instance"], before)
        self.relay.process.kill()
        self.relay.process.wait()
        self.assertTrue(os.path.exists(self.relay.socket_path))
        os.truncate(self.relay.log_path, 0)
        self.relay.start()
        self.assertEqual(os.stat(self.relay.socket_path).st_mode & 0o777, 0o660)
        client = Client(self.relay)
        self.addCleanup(client.close)
        self.assertEqual(client.ok("ping"), {"result": "pong"})
        self.assertNotEqual(client.ok("ping", tandem_instance=1)["tandem-instance"], before)
        self.assertEqual(self.relay.stop(), 0)
        self.assertFalse(os.path.exists(self.relay.socket_path))


def main():
    """Run the tests of the file that was started, with the sum in the last line."""
    result = unittest.main(verbosity=2, exit=False).result
    bad = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - bad - len(result.skipped)} passed, {bad} failed, {len(result.skipped)} skipped")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
