#!/usr/bin/env python3
"""Those who mean ill: media that is aimed at us, parties that are none, SDP that names what nobody may be sent."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from relay_lib import Client, bencode, nothing_arrives, rtp, sdp_address, sender_report, udp_socket, wait_until
from relay_media import RelayCase, main

FAX = dict(media="image", proto="udptl t38")
DTLS = dict(proto="UDP/TLS/RTP/SAVP 0")
FINGERPRINT = "a=fingerprint:sha-256 " + ":".join(["00"] * 32)
CLIENT_HELLO = b"\x16\xfe\xff" + bytes(8) + b"\x00\x10" + bytes(16)
ZRTP_HELLO = b"\x10\x00\x00\x01ZRTP" + bytes(40)


def bye(ssrc):
    """A compound that says a party has left (RFC 3550 section 6.6)."""
    return sender_report(ssrc, 1) + b"\x81\xcb\x00\x01" + ssrc.to_bytes(4, "big")


class ControlPort(RelayCase):
    """One who calls himself through us, and names the port our operators speak to."""

    def setUp(self):
        probe = udp_socket("127.0.0.1")
        self.control = probe.getsockname()
        probe.close()
        self.settings = {"ng_udp": "%s:%d" % self.control}
        super().setUp()

    def test_what_a_call_sends_to_the_control_port_is_no_request(self):
        victim, a, b = self.party(), self.party(), self.party()
        self.client.ok("offer", call_id="victim", from_tag="v", sdp=victim.sdp())
        self.call(a, b, offer=a.sdp(**FAX), answer=b.sdp(host=self.control[0], port=self.control[1], **FAX))
        for i in range(5):
            a.send(b"x%d " % i + bencode({"command": "delete", "call-id": "victim"}))
        wait_until(lambda: self.statistics()["control"]["forbidden"] == 5, "it is counted")
        self.assertIn("victim", self.client.ok("list")["calls"])
        honest = Client(self.relay, udp=self.control)
        self.addCleanup(honest.close)
        self.assertEqual(honest.request("ping"), {"result": "pong"})


class Sprayed(RelayCase):
    """One datagram to every port, over and over, before a party behind a NAT has spoken."""

    def sprayed(self, data, differ, **call):
        a, b, attacker = self.party(), self.party(), self.socket("127.0.0.2")
        lines = [FINGERPRINT, "a=setup:actpass"] if call is DTLS else []
        self.call(a, b, offer=a.sdp(*lines, host="10.11.12.13", **call), answer=b.sdp(*lines, **call))
        for _ in range(20):
            attacker.sendto(data, a.target)
        wait_until(lambda: self.statistics()["drops"]["unproven"] == 20, "the spray is counted")
        self.assertTrue(nothing_arrives(b.rtp, 0.05))
        a.send(differ(0))
        for i in range(1, 4):
            a.send(differ(i))
            self.assertEqual(b.rtp.recv(4096), differ(i))
        data = b.send(differ(9))
        self.assertEqual(a.rtp.recv(4096), data)
        self.assertTrue(nothing_arrives(attacker, 0.05))

    def test_into_a_fax_it_gains_nothing(self):
        self.sprayed(b"\x00\x00\x01\x00\x00", lambda i: bytes((0, i, 1, 0, 0)), **FAX)

    def test_into_a_call_that_encrypts_by_dtls_neither(self):
        self.sprayed(CLIENT_HELLO, lambda i: CLIENT_HELLO[:10] + bytes((i,)) + CLIENT_HELLO[11:], **DTLS)


class Injected(RelayCase):
    """A call between two telephones, and somebody who knows their ports."""

    def setUp(self):
        super().setUp()
        self.a, self.b, self.attacker = self.party(), self.party(), self.socket("127.0.0.2")
        self.call(self.a, self.b)

    def locked(self):
        for sender, receiver in ((self.a, self.b), (self.b, self.a)):
            self.assert_passes(sender, receiver, count=6)

    def inject(self, packets, to_rtcp=False):
        before = self.statistics()["drops"]
        for party in (self.a, self.b):
            host, port = party.target
            for data in packets:
                self.attacker.sendto(data, (host, port + to_rtcp))
        wait_until(lambda: sum(self.statistics()["drops"].values()) == sum(before.values()) + 2 * len(packets),
                   "all of it is dropped and counted")
        for sock in (self.a.rtp, self.a.rtcp, self.b.rtp, self.b.rtcp, self.attacker):
            self.assertTrue(nothing_arrives(sock, 0.02))

    def test_a_bye_from_elsewhere_ends_nothing_on_either_port(self):
        for locked in (False, True):
            if locked:
                self.locked()
            for to_rtcp in (False, True):
                self.inject([bye(0x11223344), bye(7)] * 3, to_rtcp)
        self.locked()

    def test_dtls_zrtp_and_stun_from_elsewhere_are_nothing(self):
        for _ in range(2):
            self.inject([CLIENT_HELLO, ZRTP_HELLO, b"\x00\x01\x00\x00\x21\x12\xa4\x42" + bytes(12)] * 3)
            self.locked()

    def test_the_right_ssrc_and_number_from_elsewhere_are_a_strangers(self):
        self.locked()
        self.inject([rtp(self.a.seq + i) for i in range(1, 30)])
        self.locked()

    def test_rtp_on_the_rtcp_port_is_nothing(self):
        self.inject([rtp(i) for i in range(10)], to_rtcp=True)
        self.locked()

    def test_the_right_host_from_another_port_is_a_stranger_once_the_peer_is_known(self):
        self.locked()
        self.attacker = self.socket("127.0.0.1")
        self.inject([rtp(self.a.seq + i) for i in range(1, 30)])
        self.inject([bye(7)] * 3)
        self.locked()


class BadSdp(RelayCase):
    """What the other party may write; the relay answers, keeps nothing, and sends nothing there."""
    # host, or port in the m-line, and whether the offer is taken
    HOSTS = ("0.0.0.0", "0.1.2.3", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "phone.invalid",
             "127.0.0.1.example", "1.2.3", "999.1.1.1", "::", "ff02::1", "fe80::1", "::ffff:224.0.0.1", "x" * 300,
             "%n%s%x", "224.2.1.1/127/3")
    PORTS = {"0": True, "1": True, "65535": True, "65536": False, "99999": False, "-1": False, "+4000": False,
             "4000/2": True, "4000/99999": None, "4e3": False, "0x1000": False, "4294971296": False, "": False,
             "4000 ": None, "00000000000004000": None}
    ATTRIBUTES = ("a=rtcp:0", "a=rtcp:65536", "a=rtcp:99999 IN IP4 224.0.0.1", "a=rtcp:x", "a=rtcp:", "a=ptime:999999999999",
                  "a=ptime:-1", "a=rtpmap:999 PCMU/8000", "a=rtpmap:0 PCMU/0", "a=rtpmap:0", "a=fmtp:", "a=crypto:",
                  "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:", "a=ice-ufrag:", "a=ice-pwd:" + "x" * 5000,
                  "a=candidate:" + "1 " * 500, "a=group:BUNDLE " + "0 " * 500, "a=" + "y" * 20000, "b=AS:-1", "z", "=",
                  "a=rtcp-mux:x", "a=sendrecv\r\na=inactive\r\na=sendonly", "c=IN IP4", "c=IN", "c=", "m=", "m=audio")

    def tearDown(self):
        """As before, and a call passes."""
        self.assertEqual(self.client.ok("list")["calls"], [])
        wait_until(lambda: not any(one["used"] for one in self.statistics()["ports"]), "all ports are given back")
        a, b = self.party(), self.party()
        self.call(a, b)
        self.assert_passes(a, b)
        self.assert_passes(b, a)

    def exchange(self, answer):
        """Whether an answer like this is taken, after which media to it has nowhere to go; else the error."""
        a, b = self.party(), self.party()
        b.learn(self.client.ok("offer", call_id="bad", from_tag="a", sdp=a.sdp(), tandem_local=["127.0.0.1"] * 2)["sdp"])
        reply = self.client.request("answer", call_id="bad", from_tag="a", to_tag="b", sdp=answer(b))
        if reply["result"] == "ok":
            a.target = sdp_address(reply["sdp"])
        return reply, a

    def test_where_nobody_is_nothing_goes(self):
        for host in self.HOSTS:
            with self.subTest(host=host):
                reply, a = self.exchange(lambda b, host=host: b.sdp(host=host).replace(
                    "IN IP4", "IN IP6" if ":" in host else "IN IP4"))
                if reply["result"] == "ok":
                    before = self.statistics()["drops"]
                    a.send()
                    wait_until(lambda: sum(self.statistics()["drops"][k] - before[k] for k in
                                           ("no target", "send failed")) == 1, f"nothing is sent to {host}")
                self.client.ok("delete", call_id="bad")

    def test_a_port_that_is_none_is_an_error_that_names_its_line(self):
        for port, taken in self.PORTS.items():
            with self.subTest(port=port):
                sdp = self.party().sdp().replace("m=audio ", f"m=audio {port} ", 1).splitlines()
                sdp[-1] = f"m=audio {port} RTP/AVP 0"
                reply = self.client.request("offer", call_id="bad", from_tag="a", sdp="\r\n".join(sdp) + "\r\n")
                if taken is not None:
                    self.assertEqual(reply["result"] == "ok", taken, reply)
                if reply["result"] == "error":
                    self.assertIn("SDP line 6", reply["error-reason"])
                self.client.ok("delete", call_id="bad")

    def test_odd_attributes_are_passed_dropped_or_refused(self):
        for line in self.ATTRIBUTES:
            with self.subTest(line=line[:60]):
                reply = self.client.request("offer", call_id="bad", from_tag="a", sdp=self.party().sdp(line))
                self.assertIn(reply["result"], ("ok", "error"))
                reply, _ = self.exchange(lambda b, line=line: b.sdp(line))
                self.assertIn(reply["result"], ("ok", "error"))
                self.client.ok("delete", call_id="bad")

    def test_a_thousand_m_lines_are_refused_and_cost_no_port(self):
        for count in (33, 1000):
            sdp = self.party().sdp(*["m=audio 4000 RTP/AVP 0"] * (count - 1))
            reply = self.client.request("offer", call_id="bad", from_tag="a", sdp=sdp)
            self.assertEqual(reply["error-reason"], "SDP line 38: more than 32 m-lines")

    def test_an_answer_with_more_m_lines_than_the_offer_is_refused(self):
        reply, _ = self.exchange(lambda b: b.sdp("m=audio 4000 RTP/AVP 0"))
        self.assertEqual(reply["error-reason"], "The answer has more m-lines than the offer")
        self.client.ok("delete", call_id="bad")

    def test_bytes_of_all_kinds_are_survived(self):
        good = self.party().sdp("a=rtpmap:0 PCMU/8000", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + "A" * 40)
        for i in range(0, len(good), 3):
            for byte in ("\0", "\n", "\xff", " "):
                self.client.request("offer", call_id="bad", from_tag="a", sdp=good[:i] + byte + good[i + 1:])
                self.client.request("answer", call_id="bad", from_tag="a", to_tag="b", sdp=good[:i])
            self.client.request("delete", call_id="bad")


if __name__ == "__main__":
    main()
