#!/usr/bin/env python3
"""Media after re-offers that are odd but legal, and streams that jump: none of it may end in one-way audio."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from relay_lib import nothing_arrives, rtp, sdp_address, sender_report, wait_until
from relay_media import RelayCase, has_ipv6, main


class Reoffer(RelayCase):
    def both_ways(self, a, b, count=6):
        self.assert_passes(a, b, count)
        self.assert_passes(b, a, count)

    def rtcp_both_ways(self, a, b):
        for sender, receiver in ((a, b), (b, a)):
            data = sender.send_rtcp(sender_report(sender.port, 2))
            self.assertEqual(receiver.rtcp.recv(4096), data)

    def offer_only(self, tag, other, sdp, **keys):
        return self.client.ok("offer", call_id="call", from_tag=tag, to_tag=other, sdp=sdp, **keys)["sdp"]

    def answer_only(self, tag, other, sdp, **keys):
        return self.client.ok("answer", call_id="call", from_tag=tag, to_tag=other, sdp=sdp, **keys)["sdp"]


class Hold(Reoffer):
    def test_the_null_address_holds_and_what_follows_speaks_both_ways(self):
        a, b = self.party(), self.party()
        self.call(a, b)
        self.both_ways(a, b)
        for _ in range(2):
            self.call(a, b, offer=a.sdp(host="0.0.0.0"), again=True)
            b.send()
            self.assertTrue(nothing_arrives(a.rtp, 0.1))
            self.assert_passes(a, b)  # music on hold
            self.call(a, b, again=True)
            self.both_ways(a, b)
            self.rtcp_both_ways(a, b)

    def test_who_comes_back_from_hold_with_another_address_is_heard_there(self):
        a, b, moved = self.party(), self.party(), self.party()
        self.call(a, b)
        self.both_ways(a, b)
        self.call(a, b, offer=a.sdp(host="0.0.0.0"), again=True)
        self.call(moved, b, again=True)
        self.both_ways(moved, b)
        self.rtcp_both_ways(moved, b)

    def test_both_may_hold_and_either_may_end_it(self):
        a, b = self.party(), self.party()
        self.call(a, b)
        self.both_ways(a, b)
        self.call(a, b, offer=a.sdp("a=sendonly"), answer=b.sdp("a=recvonly"), again=True)
        self.offer_only("b", "a", b.sdp("a=inactive"))
        self.answer_only("b", "a", a.sdp("a=inactive"))
        self.offer_only("b", "a", b.sdp())
        self.answer_only("b", "a", a.sdp())
        self.both_ways(a, b)

    def test_a_call_that_begins_on_hold_speaks_later(self):
        a, b = self.party(), self.party()
        self.call(a, b, offer=a.sdp(host="0.0.0.0"))
        self.call(a, b, again=True)
        self.both_ways(a, b)


class PortZero(Reoffer):
    def test_an_m_line_taken_out_by_the_offerer_comes_back(self):
        a, b = self.party(), self.party()
        self.call(a, b)
        self.both_ways(a, b)
        for _ in range(2):
            self.call(a, b, offer=a.sdp(port=0), answer=b.sdp(port=0), again=True)
            self.call(a, b, again=True)
            self.both_ways(a, b)
            self.rtcp_both_ways(a, b)

    def test_an_m_line_refused_by_the_answerer_comes_back(self):
        a, b = self.party(), self.party()
        self.call(a, b)
        self.both_ways(a, b)
        self.offer_only("a", "b", a.sdp())
        self.answer_only("a", "b", b.sdp(port=0))
        self.call(a, b, again=True)
        self.both_ways(a, b)

    def test_and_is_brought_back_by_the_other_side(self):
        a, b = self.party(), self.party()
        self.call(a, b)
        self.call(a, b, offer=a.sdp(port=0), answer=b.sdp(port=0), again=True)
        a.learn(self.offer_only("b", "a", b.sdp()))
        b.learn(self.answer_only("b", "a", a.sdp()))
        self.both_ways(a, b)
        self.rtcp_both_ways(a, b)

    def test_an_offer_of_port_zero_that_is_refused_changes_nothing(self):
        a, b = self.party(), self.party()
        self.call(a, b)
        self.both_ways(a, b)
        self.offer_only("a", "b", a.sdp(port=0))
        self.both_ways(a, b)
        self.call(a, b, again=True)
        self.both_ways(a, b)

    def test_the_place_of_a_dead_m_line_is_taken_by_another_medium(self):
        a, b = self.party(), self.party()
        self.call(a, b, offer=a.sdp("m=video 9 RTP/AVP 31"), answer=b.sdp("m=video 0 RTP/AVP 31"))
        self.both_ways(a, b)
        fax_a, fax_b = self.party(), self.party()
        self.call(a, b, offer=a.sdp(f"m=image {fax_a.port} udptl t38"), answer=b.sdp(f"m=image {fax_b.port} udptl t38"),
                  again=True)
        fax_a.target = self.second(a)
        fax_b.target = self.second(b)
        for sender, receiver in ((fax_a, fax_b), (fax_b, fax_a)):
            data = sender.send(b"\x00\x01udptl")
            self.assertEqual(receiver.rtp.recv(4096), data)
        self.both_ways(a, b)

    def second(self, party):
        tag = "a" if party.port == self.stream("a")["endpoint"]["port"] else "b"
        stream = self.stream(tag, media=1)
        return stream["local address"], stream["local port"]


class Order(Reoffer):
    def test_m_lines_that_change_places_go_on(self):
        a, b, va, vb = (self.party() for _ in range(4))
        video = lambda p: f"m=video {p.port} RTP/AVP 31"
        reply = self.client.ok("offer", call_id="call", from_tag="a", sdp=a.sdp(video(va)), tandem_local=[a.host] * 2)
        b.learn(reply["sdp"])
        reply = self.client.ok("answer", call_id="call", from_tag="a", to_tag="b", sdp=b.sdp(video(vb)))
        a.learn(reply["sdp"])
        self.both_ways(a, b)

        swapped = lambda p, v: v.sdp(f"m=audio {p.port} RTP/AVP 0", media="video", proto="RTP/AVP 31")
        reply = self.offer_only("a", "b", swapped(a, va))
        vb.learn(reply)
        b.target = sdp_address(reply, 1)
        reply = self.answer_only("a", "b", swapped(b, vb))
        va.learn(reply)
        a.target = sdp_address(reply, 1)
        for sender, receiver in ((va, vb), (vb, va)):
            for seq in range(3):
                data = sender.send(rtp(seq, pt=31, payload=b"picture"))
                self.assertEqual(receiver.rtp.recv(4096), data)
        self.both_ways(a, b)


class Family(Reoffer):
    def setUp(self):
        if not has_ipv6():
            self.skipTest("this machine has no IPv6 loopback")
        super().setUp()

    def test_a_party_that_changes_to_ipv6_and_back_is_heard(self):
        a, b, a6 = self.party(), self.party(), self.party("::1")
        self.call(a, b)
        self.both_ways(a, b)
        for party in (a6, a, a6):
            self.call(party, b, again=True)
            self.assertEqual(party.target[0], party.host)
            self.both_ways(party, b)
            self.rtcp_both_ways(party, b)

    def test_such_an_offer_that_is_refused_changes_nothing(self):
        a, b, a6 = self.party(), self.party(), self.party("::1")
        self.call(a, b)
        self.both_ways(a, b)
        self.offer_only("a", "b", a6.sdp(), tandem_local=["::1", "127.0.0.1"])
        self.both_ways(a, b)
        self.offer_only("a", "b", a.sdp(), tandem_local=["127.0.0.1", "::1"])
        self.both_ways(a, b)
        self.call(a, b, again=True)
        self.both_ways(a, b)


class Streams(Reoffer):
    """What a sender may do within a call, without a word of signalling."""

    def goes_on(self, packets):
        a, b = self.party(), self.party()
        self.call(a, b)
        self.both_ways(a, b)
        for sender, receiver in ((a, b), (b, a)):
            for data in packets:
                sender.send(data)
                self.assertEqual(receiver.rtp.recv(4096), data)
        self.both_ways(a, b)

    def test_another_ssrc(self):
        self.goes_on([rtp(seq, ssrc=ssrc) for ssrc in (7, 8, 7) for seq in range(10)])

    def test_time_that_jumps(self):
        self.goes_on([rtp(1010 + i, timestamp=t) for i, t in enumerate((0, 160, 1 << 31, (1 << 32) - 160, 0, 5))])

    def test_numbers_that_wrap_jump_and_go_back(self):
        self.goes_on([rtp(seq) for seq in (65534, 65535, 0, 1, 40000, 3, 3, 2, 30000)])

    def test_the_marker_on_every_packet_or_on_none(self):
        self.goes_on([rtp(1010 + i, marker=i < 5) for i in range(10)])

    def test_another_codec_than_before(self):
        self.goes_on([rtp(1010 + i, pt=pt) for i, pt in enumerate((8, 101, 13, 18, 96, 0))])


class Terms(Reoffer):
    def test_codecs_may_differ_by_direction(self):
        a, b = self.party(), self.party()
        self.call(a, b)
        self.both_ways(a, b)
        self.call(a, b, offer=a.sdp(proto="RTP/AVP 8"), answer=b.sdp(proto="RTP/AVP 8"), again=True)
        self.both_ways(a, b)  # still PCMU: who has not read it yet
        for sender, receiver in ((a, b), (b, a)):
            data = sender.send(rtp(9, pt=8))
            self.assertEqual(receiver.rtp.recv(4096), data)

    def test_rtcp_mux_may_come_and_go(self):
        a, b = self.party(), self.party()
        self.call(a, b)
        self.both_ways(a, b)
        for _ in range(2):
            self.call(a, b, offer=a.sdp("a=rtcp-mux"), answer=b.sdp("a=rtcp-mux"), again=True)
            for sender, receiver in ((a, b), (b, a)):
                data = sender.send(sender_report(1, 2))
                self.assertEqual(receiver.rtp.recv(4096), data)
            self.call(a, b, again=True)
            self.both_ways(a, b)
            self.rtcp_both_ways(a, b)

    def test_ice_that_is_taken_back_leaves_the_media(self):
        a, b = self.party(), self.party()
        ice = ("a=ice-ufrag:abcd", "a=ice-pwd:0123456789012345678901", "a=candidate:1 1 UDP 1 127.0.0.1 %d typ host")
        lines = [line % a.port if "%d" in line else line for line in ice]
        self.call(a, b, offer=a.sdp(*lines))
        self.both_ways(a, b)
        self.call(a, b, again=True)
        self.both_ways(a, b)
        self.rtcp_both_ways(a, b)

    def test_an_rtcp_port_of_its_own_is_used_and_left(self):
        a, b, other = self.party(), self.party(), self.party()
        self.call(a, b)
        self.both_ways(a, b)
        self.call(a, b, offer=a.sdp(f"a=rtcp:{other.rtcp.getsockname()[1]}"), again=True)
        data = b.send_rtcp(sender_report(1, 2))
        self.assertEqual(other.rtcp.recv(4096), data)
        self.call(a, b, again=True)
        data = b.send_rtcp(sender_report(1, 2))
        self.assertEqual(a.rtcp.recv(4096), data)


class Rebinding(Reoffer):
    """A phone behind a NAT whose address changed; it re-offers what it said before, as it knows no better."""

    def natted(self):
        a, b = self.party(), self.party()
        sdp = a.sdp(host="10.11.12.13")
        self.call(a, b, offer=sdp)
        self.prove(a)
        self.both_ways(a, b)
        self.rtcp_both_ways(a, b)
        return a, b, sdp

    def test_it_is_followed_after_the_re_offer_by_its_ssrc(self):
        a, b, sdp = self.natted()
        moved = self.socket("127.0.0.2")
        a.send(sock=moved)
        self.assertTrue(nothing_arrives(b.rtp, 0.1))
        self.call(a, b, offer=sdp, again=True)
        for _ in range(6):
            data = a.send(sock=moved)
            self.assertEqual(b.rtp.recv(4096), data)
        data = b.send()
        self.assertEqual(moved.recv(4096), data)
        moved_rtcp = self.socket("127.0.0.2")
        data = a.send_rtcp(sender_report(1, 2), sock=moved_rtcp)
        self.assertEqual(b.rtcp.recv(4096), data)
        data = b.send_rtcp(sender_report(3, 4))
        self.assertEqual(moved_rtcp.recv(4096), data)

    def test_nobody_else_is(self):
        a, b, sdp = self.natted()
        stranger = self.socket("127.0.0.3")
        self.call(a, b, offer=sdp, again=True)
        for seq in range(20):
            stranger.sendto(rtp(2000 + seq, ssrc=99), a.target)
        wait_until(lambda: self.stream("a")["strangers"] == 20, "strangers are counted")
        self.both_ways(a, b)
        stranger.sendto(rtp(a.seq + 1), a.target)
        self.assertTrue(nothing_arrives(b.rtp, 0.1))  # the peer has spoken again: the window is closed
        self.both_ways(a, b)


if __name__ == "__main__":
    main()
