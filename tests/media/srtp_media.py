#!/usr/bin/env python3
"""SRTP through a real tandem-rtprelay, with libsrtp2 in both telephones: every pair of suites, rekeying, forgeries.

usage: srtp_media.py PEER   (the program srtp_peer of the build)
"""
import base64
import os
import re
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from relay_lib import Client, Relay, sdp_address, wait_until

PEER = None
SUITES = {"AES_CM_128_HMAC_SHA1_80": 30, "AES_CM_128_HMAC_SHA1_32": 30, "AES_256_CM_HMAC_SHA1_80": 46,
          "AES_256_CM_HMAC_SHA1_32": 46, "AEAD_AES_128_GCM": 28, "AEAD_AES_256_GCM": 44}
CRYPTO = re.compile(r"^a=crypto:(\d+) (\S+) inline:([A-Za-z0-9+/]+=*)", re.M)


class Phone:
    """A telephone of one suite (None: plain RTP), its media in srtp_peer."""

    def __init__(self, host, suite=None):
        self.host = host
        self.suite = suite
        self.process = subprocess.Popen([PEER, host], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        bufsize=1)
        self.port = int(self.process.stdout.readline().split()[1])
        self.tag = "1"
        self.new_key()
        self.version = 0

    def new_key(self):
        self.key = os.urandom(SUITES[self.suite]) if self.suite else b""

    def tell(self, *words):
        self.process.stdin.write(" ".join(str(word) for word in words) + "\n")

    def send_under_key(self):
        self.tell("tx", self.suite or "none", self.key.hex() or "-")

    def sdp(self):
        self.version += 1
        lines = ["v=0", f"o=- 1 {self.version} IN IP4 {self.host}", "s=-", f"c=IN IP4 {self.host}", "t=0 0",
                 f"m=audio {self.port} RTP/{'SAVP' if self.suite else 'AVP'} 0"]
        if self.suite:
            lines.append(f"a=crypto:{self.tag} {self.suite} inline:{base64.b64encode(self.key).decode()}")
        return "\r\n".join(lines) + "\r\n"

    def learn(self, sdp):
        """Take the relay's address, and its key of our suite."""
        self.tell("to", *sdp_address(sdp))
        keys = {suite: (tag, key) for tag, suite, key in CRYPTO.findall(sdp)}
        if not self.suite:
            assert not keys and " RTP/AVP " in sdp, sdp
            self.tell("rx", "none", "-")
            return
        assert " RTP/SAVP " in sdp, sdp
        self.tag, key = keys[self.suite]
        self.tell("rx", self.suite, base64.b64decode(key).hex())

    def report(self):
        """(RTP good, bad, RTCP good, bad, still to be sent)"""
        self.tell("report")
        return tuple(int(word) for word in self.process.stdout.readline().split()[1:])

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


class SrtpCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.relay = Relay()
        cls.relay.start()
        cls.client = Client(cls.relay)
        cls.calls = 0

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        cls.relay.__exit__()

    def phone(self, suite=None):
        phone = Phone("127.0.0.1", suite)
        self.addCleanup(phone.close)
        return phone

    def new_call(self):
        type(self).calls += 1
        self.call_id = f"call{self.calls}"

    def exchange(self, a, b, again=False):
        """Offer and answer; b answers under the tag of its suite."""
        dialogue = {"to_tag": "b"} if again else {}
        reply = self.client.ok("offer", call_id=self.call_id, from_tag="a", sdp=a.sdp(), replace=["origin"],
                               transport_protocol="RTP/SAVP" if b.suite else "RTP/AVP",
                               tandem_local=[a.host, b.host], **dialogue)
        b.learn(reply["sdp"])
        b.send_under_key()
        reply = self.client.ok("answer", call_id=self.call_id, from_tag="a", to_tag="b", sdp=b.sdp(),
                               replace=["origin"])
        a.learn(reply["sdp"])
        a.send_under_key()

    def pair(self, suite_a, suite_b):
        self.new_call()
        a, b = self.phone(suite_a), self.phone(suite_b)
        self.exchange(a, b)
        return a, b

    def drops(self):
        return self.client.ok("statistics")["statistics"]["drops"]

    def assert_passes(self, a, b, rtp=20, rtcp=3):
        """Both send; all of it arrives, once, as it was."""
        before = [a.report(), b.report()]
        for phone in (a, b):
            phone.tell("rtp", rtp)
            phone.tell("rtcp", rtcp)
        want = [(was[0] + rtp, was[1], was[2] + rtcp, was[3], 0) for was in before]
        try:
            wait_until(lambda: [a.report(), b.report()] == want, "all has arrived", 5)
        except AssertionError:
            self.fail(f"{a.suite} - {b.suite}: {[a.report(), b.report()]}, not {want}; {self.drops()}")


class Suites(SrtpCase):
    def test_every_suite_is_bridged_to_every_other_and_to_plain_rtp(self):
        for suite_a in (None, *SUITES):
            for suite_b in (None, *SUITES):
                a, b = self.pair(suite_a, suite_b)
                self.assert_passes(a, b)
                self.client.ok("delete", call_id=self.call_id, from_tag="a")

    def test_rtcp_is_plain_only_where_the_party_is(self):
        a, b = self.pair("AES_CM_128_HMAC_SHA1_80", None)
        self.assert_passes(a, b, rtp=1, rtcp=10)


class Rekeying(SrtpCase):
    SENT = 400

    def rekey(self, a, b, suite):
        """A re-offer with a new key of a while both send; a goes over to it after the answer."""
        self.assert_passes(a, b)
        good = b.report()[0]
        for phone in (a, b):
            phone.tell("rtp", self.SENT)

        a.suite = suite
        a.new_key()
        reply = self.client.ok("offer", call_id=self.call_id, from_tag="a", to_tag="b", sdp=a.sdp(),
                               transport_protocol="RTP/SAVP" if b.suite else "RTP/AVP", replace=["origin"])
        if b.suite:
            b.learn(reply["sdp"])
        reply = self.client.ok("answer", call_id=self.call_id, from_tag="a", to_tag="b", sdp=b.sdp(),
                               replace=["origin"])
        wait_until(lambda: b.report()[0] > good + self.SENT // 4, "packets under the old key pass after the answer")
        a.learn(reply["sdp"])
        a.send_under_key()
        wait_until(lambda: a.report()[4] == b.report()[4] == 0, "all is sent")
        wait_until(lambda: b.report()[0] == good + self.SENT, f"all has arrived: {b.report()} {self.drops()}")
        self.assertEqual(b.report()[1], 0)

    def test_a_new_key_of_the_same_suite_loses_no_packet(self):
        for suite_a, suite_b in (("AES_CM_128_HMAC_SHA1_80", None), ("AEAD_AES_256_GCM", "AES_CM_128_HMAC_SHA1_32")):
            a, b = self.pair(suite_a, suite_b)
            self.rekey(a, b, suite_a)
            self.assert_passes(a, b)

    def test_another_suite_is_taken_up(self):
        a, b = self.pair("AES_CM_128_HMAC_SHA1_80", "AES_256_CM_HMAC_SHA1_80")
        self.rekey(a, b, "AEAD_AES_128_GCM")
        self.assert_passes(a, b)

    def test_a_re_offer_without_flags_leaves_each_side_its_transport(self):
        a, b = self.pair("AES_CM_128_HMAC_SHA1_80", None)
        self.assert_passes(a, b)
        offers = ((b, "b", a, "a", "RTP/SAVP"), (a, "a", b, "b", "RTP/AVP"))
        for offerer, from_tag, answerer, to_tag, transport in offers:
            reply = self.client.ok("offer", call_id=self.call_id, from_tag=from_tag, to_tag=to_tag, sdp=offerer.sdp())
            self.assertIn(f" {transport} ", reply["sdp"])
            self.assertEqual(bool(CRYPTO.findall(reply["sdp"])), transport == "RTP/SAVP")
            self.client.ok("answer", call_id=self.call_id, from_tag=from_tag, to_tag=to_tag, sdp=answerer.sdp())
            self.assert_passes(a, b)

    def test_a_re_offer_names_the_suite_in_force_first(self):
        """Telephones there are that cannot change over within a call, and take the first that they know."""
        a, b = self.pair("AES_CM_128_HMAC_SHA1_32", None)
        reply = self.client.ok("offer", call_id=self.call_id, from_tag="b", to_tag="a", sdp=b.sdp())
        self.assertEqual(CRYPTO.findall(reply["sdp"])[0][1], a.suite)

    def test_what_is_said_again_changes_no_key(self):
        a, b = self.pair("AES_CM_128_HMAC_SHA1_80", "AEAD_AES_128_GCM")
        self.assert_passes(a, b)
        reply = self.client.ok("offer", call_id=self.call_id, from_tag="a", to_tag="b", sdp=a.sdp(),
                               transport_protocol="RTP/SAVP", replace=["origin"])
        first = CRYPTO.findall(reply["sdp"])
        self.client.ok("answer", call_id=self.call_id, from_tag="a", to_tag="b", sdp=b.sdp(), replace=["origin"])
        self.assert_passes(a, b)
        reply = self.client.ok("offer", call_id=self.call_id, from_tag="a", to_tag="b", sdp=a.sdp(),
                               transport_protocol="RTP/SAVP", replace=["origin"])
        self.assertEqual(CRYPTO.findall(reply["sdp"]), first)


class Attacks(SrtpCase):
    def attack(self, what, drop, rounds=1, count=50):
        """`count` at once is less than a socket's buffer holds, so that all are counted."""
        for suite in SUITES:
            a, b = self.pair(suite, None)
            self.assert_passes(a, b)
            before, good = self.drops()[drop], b.report()
            for done in range(count, rounds * count + 1, count):
                a.tell(what, count)
                wait_until(lambda: self.drops()[drop] == before + done, f"{done} are counted as {drop}")
            self.assertEqual(b.report(), good)
            self.assert_passes(a, b)

    def test_packets_sent_again_are_dropped_and_the_call_goes_on(self):
        self.attack("replay", "replayed")

    def test_forged_packets_are_dropped_and_the_call_goes_on(self):
        self.attack("forge", "not authentic")

    def test_a_flood_of_ssrcs_under_no_key_is_dropped_and_the_call_goes_on(self):
        self.attack("stranger", "not authentic", rounds=20)

    def test_plain_rtp_is_dropped_where_srtp_was_agreed(self):
        a, b = self.pair("AES_CM_128_HMAC_SHA1_80", None)
        self.assert_passes(a, b)
        before, good = self.drops()["not authentic"], b.report()
        a.tell("tx", "none", "-")
        a.tell("rtp", 10)
        wait_until(lambda: self.drops()["not authentic"] == before + 10, "they are counted")
        self.assertEqual(b.report(), good)


if __name__ == "__main__":
    PEER = os.path.abspath(sys.argv.pop(1))
    program = unittest.main(exit=False, verbosity=2)
    result = program.result
    failed = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - failed} passed, {failed} failed")
    sys.exit(bool(failed))
