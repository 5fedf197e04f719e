#!/usr/bin/env python3
"""Who may be a party of a call, against the attacks that the field knows, and with ICE and NATs."""
import hashlib
import hmac
import os
import socket
import struct
import subprocess
import sys
import unittest
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from relay_lib import nothing_arrives, rtp, sdp_address, sender_report, wait_until
from relay_media import RelayCase, main

# The one packet that the proof of CVE-2025-53399 sends to every port, in a loop: PCMU, always the same.
SPRAY = bytes((0x80, 0x00, 0xee, 0x3c, 0x04, 0x42, 0xa2, 0xc1, 0xef, 0x0a, 0x07, 0xde)) + bytes(160)
# … and that of CVE-2021-41105, 200 times to every port
SRTP_JUNK = b"\x80\x00p(\t\xcd-\x15\xfd>\\\x86A"
COOKIE = 0x2112a442
SUCCESS, ERROR = 0x0101, 0x0111
USERNAME, INTEGRITY, ERROR_CODE, MAPPED, PRIORITY, USE_CANDIDATE, FINGERPRINT, CONTROLLED, CONTROLLING = (
    0x6, 0x8, 0x9, 0x20, 0x24, 0x25, 0x8028, 0x8029, 0x802a)


class Attack(RelayCase):
    # none that another relay on this machine would have, which must not be sprayed
    ports = range(14000 + os.getpid() % 100 * 40, 14040 + os.getpid() % 100 * 40)
    settings = {"rtp_port_min": ports[0], "rtp_port_max": ports[-1]}

    def spray(self, attacker, rounds, packet=SPRAY, step=0):
        """To every port, as the tools do: all rounds of a port in a row, or with step a stream that goes on."""
        for i in range(rounds):
            data = packet[:2] + struct.pack("!H", (0xee3c + i * step) & 0xffff) + packet[4:] if step else packet
            for port in self.ports:
                attacker.sendto(data, ("127.0.0.1", port))

    def media_flows(self, a, b, attacker):
        self.assert_passes(a, b)
        self.assert_passes(b, a)
        self.assertTrue(nothing_arrives(attacker, 0.05))

    def test_spraying_one_packet_before_the_parties_speak_gains_nothing(self):
        a, b, attacker = self.party(), self.party(), self.socket("127.0.0.2")
        reply = self.client.ok("offer", call_id="call", from_tag="a", sdp=a.sdp(), tandem_local=["127.0.0.1"] * 2)
        b.learn(reply["sdp"])
        self.spray(attacker, 25)
        reply = self.client.ok("answer", call_id="call", from_tag="a", to_tag="b", sdp=b.sdp())
        a.learn(reply["sdp"])
        self.spray(attacker, 25)
        wait_until(lambda: self.statistics()["drops"]["unproven"] >= 50, "the spray is counted")
        self.assertTrue(nothing_arrives(a.rtp, 0.05) and nothing_arrives(b.rtp, 0.05))
        self.media_flows(a, b, attacker)

    def test_spraying_does_not_keep_out_who_is_behind_a_nat(self):
        a, b, attacker = self.party(), self.party(), self.socket("127.0.0.2")
        self.call(a, b, offer=a.sdp(host="10.11.12.13"))
        self.spray(attacker, 10)
        a.send()
        self.spray(attacker, 10)
        data = a.send()
        self.assertEqual(b.rtp.recv(4096), data)
        self.media_flows(a, b, attacker)

    def test_a_well_formed_stream_from_elsewhere_loses_to_the_sdps_address_at_once(self):
        a, b, attacker = self.party(), self.party(), self.socket("127.0.0.2")
        self.call(a, b)
        self.spray(attacker, 20, step=1)
        for party, tag in ((a, "a"), (b, "b")):
            party.send()
            wait_until(lambda: self.stream(tag)["endpoint"]["port"] == party.port, "its SDP's address is believed")
        self.assert_passes_first(a, b)
        self.assert_passes_first(b, a)
        while not nothing_arrives(attacker, 0.05):
            pass
        self.spray(attacker, 20, step=1)
        self.media_flows(a, b, attacker)

    def assert_passes_first(self, sender, receiver):
        """Its packet comes through, behind what was let in before it."""
        data = sender.send()
        while receiver.rtp.recv(4096) != data:
            pass

    def test_a_locked_call_is_deaf_to_injection(self):
        a, b, attacker = self.party(), self.party(), self.socket("127.0.0.2")
        self.call(a, b)
        for sender, receiver in ((a, b), (b, a)):
            self.assert_passes(sender, receiver, count=6)
        self.spray(attacker, 25, step=1)
        wait_until(lambda: self.stream("a")["strangers"] == 25, "strangers are counted")
        self.assertTrue(nothing_arrives(a.rtp, 0.05) and nothing_arrives(b.rtp, 0.05))
        self.media_flows(a, b, attacker)

    def test_nor_after_a_new_offer_with_the_same_addresses(self):
        a, b, attacker = self.party(), self.party(), self.socket("127.0.0.2")
        self.call(a, b)
        self.assert_passes(a, b, count=6)
        self.assert_passes(b, a, count=6)
        self.call(a, b, again=True)
        self.spray(attacker, 25, step=1)
        self.assertTrue(nothing_arrives(a.rtp, 0.05) and nothing_arrives(b.rtp, 0.05))
        self.media_flows(a, b, attacker)

    def test_srtp_junk_neither_passes_nor_ends_a_call(self):
        a, b, attacker = self.party(), self.party(), self.socket("127.0.0.2")
        line = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + "A" * 40
        srtp = dict(proto="RTP/SAVP 0")
        self.call(a, b, offer=a.sdp(line, **srtp), transport_protocol="RTP/AVP")
        for sent in range(50, 401, 50):
            for _ in range(50):
                (attacker if sent <= 200 else a.rtp).sendto(SRTP_JUNK, a.target)
            wait_until(lambda: self.statistics()["drops"]["not authentic"] == sent, "junk is counted")
        self.assertTrue(nothing_arrives(b.rtp, 0.05))
        self.assertEqual(self.client.ok("list")["calls"], ["call"])


class Flags(RelayCase):
    def test_asymmetric_media_goes_where_the_sdp_says(self):
        a, b, elsewhere = self.party(), self.party(), self.socket()
        self.call(a, b, flags=["asymmetric"])
        data = a.send(sock=elsewhere)
        self.assertEqual(b.rtp.recv(4096), data)
        self.assert_passes(b, a)
        self.assertTrue(nothing_arrives(elsewhere))

    def test_asymmetric_and_strict_hears_the_sdps_address_only(self):
        a, b, elsewhere = self.party(), self.party(), self.socket()
        self.call(a, b, flags=["asymmetric", "strict-source"])
        a.send(sock=elsewhere)
        self.assertTrue(nothing_arrives(b.rtp))
        self.assert_passes(a, b)

    def test_media_handover_follows_the_ssrc(self):
        a, b = self.party(), self.party()
        self.call(a, b, flags=["media-handover"])
        self.assert_passes(a, b, count=6)
        moved, stranger = self.socket("127.0.0.2"), self.socket("127.0.0.3")
        stranger.sendto(rtp(1, ssrc=99), a.target)
        data = a.send(sock=moved)
        self.assertEqual(b.rtp.recv(4096), data)
        data = b.send()
        self.assertEqual(moved.recv(4096), data)


class KeepAlive(RelayCase):
    settings = {"rtp_keepalive_s": 1}

    def test_a_silent_party_gets_empty_datagrams_and_no_more_while_media_flows(self):
        a, b = self.party(), self.party()
        self.call(a, b)
        for sock in (a.rtp, a.rtcp, b.rtp, b.rtcp):
            self.assertEqual(sock.recv(4096), b"")
        before = self.statistics()["drops"]["keep-alive"]
        a.send(b"")
        wait_until(lambda: self.statistics()["drops"]["keep-alive"] == before + 1, "an empty datagram is counted")
        self.assertEqual(self.stream("a")["stats"]["errors"], 0)


class Hairpin(RelayCase):
    """A calls a PBX that forwards the call out again to B, and names our own ports on both of its legs."""

    def forwarded(self):
        """Returns A and B, and what the PBX told."""
        a, b, pbx = self.party(), self.party(), self.party()
        first = self.client.ok("offer", call_id="in", from_tag="a", sdp=a.sdp(), tandem_local=["127.0.0.1"] * 2)
        second = self.client.ok("offer", call_id="out", from_tag="pbx", sdp=first["sdp"],
                                tandem_local=["127.0.0.1"] * 2)
        b.learn(second["sdp"])
        back = self.client.ok("answer", call_id="out", from_tag="pbx", to_tag="b", sdp=b.sdp())
        last = self.client.ok("answer", call_id="in", from_tag="a", to_tag="pbx", sdp=back["sdp"])
        a.learn(last["sdp"])
        return a, b, pbx

    def test_it_is_refused_and_the_log_names_the_remedy_once_a_call(self):
        a, _, _ = self.forwarded()
        a.send()
        wait_until(lambda: self.statistics()["drops"]["no target"] == 1, "nothing goes to our own port")
        self.assertEqual(self.relay.log().count("set rtp_hairpin 1"), 2)
        self.assertEqual(self.relay.log().count("call in:"), 1)


class HairpinAllowed(Hairpin):
    settings = {"rtp_hairpin": 1}

    def test_it_is_refused_and_the_log_names_the_remedy_once_a_call(self):
        a, b, _ = self.forwarded()
        for _ in range(8):
            for sender, receiver in ((a, b), (b, a)):
                self.assert_passes(sender, receiver, count=1)
        data = a.send_rtcp(sender_report(1, 2))
        self.assertEqual(b.rtcp.recv(4096), data)
        self.assertNotIn("rtp_hairpin", self.relay.log())

    def test_a_loop_is_refused(self):
        a, b = self.party(), self.party()
        local = ["127.0.0.1"] * 2
        first = self.client.ok("offer", call_id="one", from_tag="a", sdp=a.sdp(), tandem_local=local)["sdp"]
        second = self.client.ok("offer", call_id="two", from_tag="b", sdp=b.sdp(), tandem_local=local)["sdp"]
        # each is told that its party receives at the other's port, which leads back to the first
        back = self.client.ok("answer", call_id="two", from_tag="b", to_tag="x", sdp=first)["sdp"]
        self.client.ok("offer", call_id="two", from_tag="b", to_tag="x", sdp=second)
        self.client.ok("answer", call_id="one", from_tag="a", to_tag="y", sdp=back)
        self.client.ok("offer", call_id="one", from_tag="a", to_tag="y", sdp=first)
        self.client.ok("answer", call_id="one", from_tag="a", to_tag="y", sdp=back)
        self.assertIn("it would go in circles", self.relay.log())
        before = self.statistics()["totalstatistics"]["relayedpackets"]
        for party, sdp in ((a, back), (b, back)):
            party.learn(sdp)
            party.send()
        self.assertTrue(nothing_arrives(a.rtp, 0.3))
        self.assertLess(self.statistics()["totalstatistics"]["relayedpackets"] - before, 20)


class FullAgent(RelayCase):
    """libre's ICE agent checks ours."""

    def agent(self):
        program = os.path.join(self.relay.build, "tests", "media", "ice_agent")
        agent = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(agent.wait, 10)
        self.addCleanup(agent.stdout.close)
        self.addCleanup(agent.stdin.close)
        return agent, list(iter(lambda: agent.stdout.readline().strip(), ""))

    def agree(self, agent, lines, offerer):
        """One party is the agent, the other speaks plain RTP; returns the relay's SDP for the agent."""
        a, b = self.party(), self.party()
        local = ["127.0.0.1"] * 2
        ice = (a if offerer else b).sdp(*lines)
        plain = (b if offerer else a).sdp()
        flags = {} if offerer else {"ICE": "force"}
        offered = self.client.ok("offer", call_id="call", from_tag="a", sdp=ice if offerer else plain,
                                 tandem_local=local, **flags)["sdp"]
        answered = self.client.ok("answer", call_id="call", from_tag="a", to_tag="b",
                                  sdp=plain if offerer else ice)["sdp"]
        return answered if offerer else offered

    def check(self, offerer):
        agent, lines = self.agent()
        sdp = self.agree(agent, lines, offerer)
        ours = [line for line in sdp.splitlines() if line.startswith(("a=ice", "a=candidate"))]
        agent.stdin.write("\n".join(ours) + "\n\n")
        agent.stdin.flush()
        host, port = sdp_address(sdp)
        self.assertEqual(agent.stdout.read().splitlines(),
                         [f"selected {i + 1} {host}:{port + i}" for i in range(2)])
        ports = [int(line.split()[5]) for line in lines if line.startswith("a=candidate")]
        tag = "a" if offerer else "b"
        wait_until(lambda: [self.stream(tag, part)["endpoint"]["port"] for part in range(2)] == ports,
                   "its last check, which it does not wait for, has nominated it")

    def test_it_offers_and_selects_both_components(self):
        self.check(offerer=True)

    def test_it_answers_and_selects_both_components(self):
        self.check(offerer=False)


class IceLite(RelayCase):
    """The peer is the full agent; its checks are made here, byte by byte."""

    def attribute(self, kind, value):
        return struct.pack("!HH", kind, len(value)) + value + bytes(-len(value) % 4)

    def check(self, name, pwd, *extra, role=CONTROLLING):
        body = self.attribute(USERNAME, name.encode()) + self.attribute(PRIORITY, struct.pack("!I", 1845494271))
        body += self.attribute(role, bytes(8)) + b"".join(self.attribute(kind, b"") for kind in extra)
        head = lambda more: struct.pack("!HHI", 1, len(body) + more, COOKIE) + b"transactions"
        body += self.attribute(INTEGRITY, hmac.new(pwd.encode(), head(24) + body, hashlib.sha1).digest())
        crc = (zlib.crc32(head(8) + body) ^ 0x5354554e) & 0xffffffff
        body += self.attribute(FINGERPRINT, struct.pack("!I", crc))
        return head(0) + body

    def answer_of(self, sock, data, target):
        sock.sendto(data, target)
        reply, source = sock.recvfrom(4096)
        self.assertEqual(source, target)
        self.assertEqual(reply[8:20], b"transactions")
        attributes, pos = {}, 20
        while pos < len(reply):
            kind, length = struct.unpack_from("!HH", reply, pos)
            attributes[kind] = reply[pos + 4:pos + 4 + length]
            pos += 4 + length + -length % 4
        return struct.unpack_from("!H", reply)[0], attributes

    def ice_call(self):
        """A speaks ICE, B does not; returns both and A's view of our user name and password."""
        a, b = self.party(), self.party()
        ice = ("a=ice-ufrag:theirs", "a=ice-pwd:theirpasswordof22bytes",
               f"a=candidate:1 1 UDP 2130706431 127.0.0.1 {a.port} typ host")
        offer = self.client.ok("offer", call_id="call", from_tag="a", sdp=a.sdp(*ice),
                               tandem_local=["127.0.0.1"] * 2)
        b.learn(offer["sdp"])
        answer = self.client.ok("answer", call_id="call", from_tag="a", to_tag="b", sdp=b.sdp())
        a.learn(answer["sdp"])
        lines = dict(line[2:].split(":", 1) for line in answer["sdp"].splitlines() if line.startswith("a=ice-") and
                     ":" in line)
        self.assertIn("a=ice-lite\r\n", answer["sdp"])
        self.assertIn("a=candidate:", answer["sdp"])
        return a, b, lines["ice-ufrag"] + ":theirs", lines["ice-pwd"]

    def test_a_check_is_answered_with_where_it_came_from(self):
        a, _, name, pwd = self.ice_call()
        for sock, target in ((a.rtp, a.target), (a.rtcp, (a.target[0], a.target[1] + 1))):
            kind, attributes = self.answer_of(sock, self.check(name, pwd), target)
            self.assertEqual(kind, SUCCESS)
            port, addr = struct.unpack("!xxHI", attributes[MAPPED])
            self.assertEqual((socket.inet_ntoa(struct.pack("!I", addr ^ COOKIE)), port ^ COOKIE >> 16),
                             sock.getsockname())

    def test_who_nominates_is_the_peer_and_nobody_else(self):
        a, b, name, pwd = self.ice_call()
        self.assert_passes(a, b, count=6)
        moved = self.socket("127.0.0.2")
        self.answer_of(moved, self.check(name, pwd), a.target)
        self.assert_passes(b, a)
        kind, _ = self.answer_of(moved, self.check(name, pwd, USE_CANDIDATE), a.target)
        self.assertEqual(kind, SUCCESS)
        data = b.send()
        self.assertEqual(moved.recv(4096), data)
        a.send()
        self.assertTrue(nothing_arrives(b.rtp))

    def restart(self, a, b):
        """A restarts ICE; returns A's new view of our user name and password."""
        ice = ("a=ice-ufrag:anew", "a=ice-pwd:anewpasswordof22bytes!",
               f"a=candidate:1 1 UDP 2130706431 127.0.0.1 {a.port} typ host")
        self.client.ok("offer", call_id="call", from_tag="a", to_tag="b", sdp=a.sdp(*ice))
        answer = self.client.ok("answer", call_id="call", from_tag="a", to_tag="b", sdp=b.sdp())
        self.assertEqual(sdp_address(answer["sdp"]), a.target)
        ours = dict(line[2:].split(":", 1) for line in answer["sdp"].splitlines() if line.startswith("a=ice-") and
                    ":" in line)
        return ours["ice-ufrag"] + ":anew", ours["ice-pwd"]

    def test_a_restart_changes_credentials_and_the_peer_only_when_another_is_nominated(self):
        a, b, name, pwd = self.ice_call()
        self.answer_of(a.rtp, self.check(name, pwd, USE_CANDIDATE), a.target)
        self.assert_passes(a, b, count=6)
        new_name, new_pwd = self.restart(a, b)
        self.assertNotEqual((new_name.split(":")[0], new_pwd), (name.split(":")[0], pwd))
        self.assert_passes(a, b)
        self.assert_passes(b, a)
        moved = self.socket("127.0.0.2")
        kind, _ = self.answer_of(moved, self.check(new_name, new_pwd, USE_CANDIDATE), a.target)
        self.assertEqual(kind, SUCCESS)
        data = b.send()
        self.assertEqual(moved.recv(4096), data)
        data = a.send(sock=moved)
        self.assertEqual(b.rtp.recv(4096), data)
        kind, _ = self.answer_of(a.rtp, self.check(name, pwd, USE_CANDIDATE), a.target)
        self.assertEqual(kind, ERROR)  # under the credentials of before
        data = b.send()
        self.assertEqual(moved.recv(4096), data)

    def test_a_stranger_learns_nothing_and_moves_nothing(self):
        a, b, name, pwd = self.ice_call()
        self.assert_passes(a, b, count=6)
        stranger = self.socket("127.0.0.2")
        for data, code in ((self.check(name, "a guess", USE_CANDIDATE), (4, 1)),
                           (self.check("a:guess", pwd, USE_CANDIDATE), (4, 1)),
                           (self.check(name, pwd, USE_CANDIDATE, role=CONTROLLED), (4, 87))):
            kind, attributes = self.answer_of(stranger, data, a.target)
            self.assertEqual((kind, tuple(attributes[ERROR_CODE][2:4])), (ERROR, code))
        self.assert_passes(b, a)
        self.assertTrue(nothing_arrives(stranger))

    def test_a_flood_of_checks_is_answered_only_so_often(self):
        a, b, _, pwd = self.ice_call()
        stranger = self.socket("127.0.0.2")
        before = self.statistics()["drops"]
        for _ in range(200):
            stranger.sendto(self.check("a:guess", pwd), a.target)
        wait_until(lambda: sum(self.statistics()["drops"][k] - before[k] for k in ("ICE check", "not media")) == 200,
                   "all are counted")
        answers = 0
        while not nothing_arrives(stranger, 0.05):
            answers += 1
        self.assertLessEqual(answers, 30)
        self.assert_passes(a, b)

    def test_without_ice_stun_is_no_media(self):
        a, b = self.party(), self.party()
        self.call(a, b)
        a.send(self.check("a:b", "c"))
        wait_until(lambda: self.statistics()["drops"]["not media"] == 1, "it is counted")
        self.assertTrue(nothing_arrives(a.rtp))


if __name__ == "__main__":
    main()
