#!/usr/bin/env python3
"""Parties that lose, repeat, reorder, delay and fall silent: what the relay says of it must be what was done."""
import os
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from relay_lib import Client, nothing_arrives, receiver_report, rtp, sender_report
from relay_media import RelayCase

SPEECH = bytes(range(160))
PCMA_SILENCE = b"\xd5" * 160
COMFORT_NOISE = 13
TICK_S = 0.02


class Talker:
    """A party that sends a packet each 20 ms, as a pattern says: a text of one letter a packet, repeated.

    .: sent  x: lost  d: sent twice  r: sent after the next one  j: 10 ms late  s: silence  c: comfort noise, and
    nothing more until the next '.'  _: nothing, and no sequence number either
    """

    def __init__(self, party, pattern=".", pt=8, ssrc=0x1000, step=160, payload=SPEECH):
        self.party, self.pattern, self.pt, self.ssrc, self.step, self.payload = party, pattern, pt, ssrc, step, payload
        self.seq, self.timestamp, self.at, self.held, self.marker = 65500, 0, 0, None, True

    def packet(self, payload=None, pt=None):
        data = rtp(self.seq, self.timestamp, payload or self.payload, self.pt if pt is None else pt, self.ssrc,
                   self.marker)
        self.marker = False
        return data

    def tick(self):
        kind = self.pattern[self.at % len(self.pattern)]
        self.at += 1
        if kind == "_":
            self.timestamp += self.step
            self.marker = True
            return
        data = self.packet({"s": PCMA_SILENCE, "c": b"\x40"}.get(kind), COMFORT_NOISE if kind == "c" else None)
        if kind == "r":
            self.held = data
        elif kind != "x":
            if kind == "j":
                time.sleep(TICK_S / 2)
            for _ in range(2 if kind == "d" else 1):
                self.party.send(data)
            if self.held:
                self.party.send(self.held)
                self.held = None
        self.seq += 1
        self.timestamp += self.step


def talk(seconds, *talkers, at_once=False):
    """Let them talk; `at_once`: as fast as it goes, where time does not matter."""
    begin = time.monotonic()
    for i in range(int(seconds / TICK_S)):
        if not at_once:
            time.sleep(max(0, begin + i * TICK_S - time.monotonic()))
        elif i % 20 == 0:
            time.sleep(0.002)
        for talker in talkers:
            talker.tick()


class QualityCase(RelayCase):
    def setUp(self):
        super().setUp()
        self.asker = Client(self.relay)
        self.addCleanup(self.asker.close)
        self.a, self.b = self.party(), self.party()

    def stream(self, tag="a", call_id="call", command="query"):
        reply = self.asker.ok(command, call_id=call_id)
        return reply["tags"][tag]["medias"][0]["streams"][0]

    def notified(self, event, state, tag):
        notice = self.client.receive()[1]
        self.assertEqual((notice["command"], notice["event"], notice["state"], notice["from-tag"], notice["call-id"],
                          notice["media"]), ("notify", event, state, tag, "call", 1))
        return notice


class Figures(QualityCase):
    def counted(self, pattern, packets=400):
        talker = Talker(self.a, pattern)
        talk(packets * TICK_S, talker, at_once=True)
        talker.pattern = "."
        talk(0.2, talker, at_once=True)  # so that nothing is held back or lost at the end
        time.sleep(0.1)
        stream = self.stream()
        keys = ("expected", "lost", "duplicates", "reordered", "loss-bursts", "loss-burst-max")
        self.assertEqual(stream["stats"]["packets"], stream["expected"] - stream["lost"] + stream["duplicates"])
        return tuple(stream[key] for key in keys)

    def test_what_was_done_to_packets_is_counted(self):
        self.call(self.a, self.b)
        cases = (("....................", (410, 0, 0, 0, 0, 0)),
                 (".........x..........", (410, 20, 0, 0, 20, 1)),
                 (".....d.....r........", (410, 0, 20, 20, 0, 0)),
                 (".....xxxx..x........", (410, 100, 0, 0, 40, 4)),
                 ("..d..xx.r...x.......", (410, 60, 20, 20, 40, 2)))
        for i, (pattern, figures) in enumerate(cases):
            with self.subTest(pattern=pattern):
                self.call(self.a, self.b, call_id="call")
                self.assertEqual(self.counted(pattern), figures)
                self.client.ok("delete", call_id="call")
                if i + 1 < len(cases):
                    self.call(self.a, self.b)

    def test_a_new_ssrc_keeps_the_sums(self):
        self.call(self.a, self.b)
        talk(2, Talker(self.a, ".........x", ssrc=111), at_once=True)
        talk(2, Talker(self.a, ".....x....", ssrc=222), at_once=True)
        time.sleep(0.1)
        stream = self.stream()
        self.assertEqual((stream["SSRC"], stream["loss-bursts"], stream["duplicates"]), (222, 19, 0))
        self.assertEqual((stream["expected"], stream["lost"]), (199, 19))  # the first one's last was never missed

    def test_codec_and_packet_time_are_those_of_the_packets(self):
        cases = (("RTP/AVP 8 18", (), 18, 160, b"g729" * 5, ("G729", 18, 8000, 20000)),
                 ("RTP/AVP 0", (), 0, 240, bytes(range(240)), ("PCMU", 0, 8000, 30000)),
                 ("RTP/AVP 111 0", ("a=rtpmap:111 opus/48000/2",), 111, 960, SPEECH, ("opus", 111, 48000, 20000)),
                 ("RTP/AVP 97", ("a=rtpmap:97 AMR/8000",), 97, 160, SPEECH[:32], ("AMR", 97, 8000, 20000)))
        for proto, lines, pt, step, payload, expected in cases:
            with self.subTest(codec=expected[0]):
                self.call(self.a, self.b, offer=self.a.sdp(*lines, proto=proto), answer=self.b.sdp(*lines, proto=proto))
                talk(1, Talker(self.a, pt=pt, step=step, payload=payload), at_once=True)
                time.sleep(0.1)
                stream = self.stream()
                self.assertEqual(tuple(stream[key] for key in ("codec", "payload-type", "clock-rate", "ptime-us")),
                                 expected)
                self.assertGreater(stream["mos-x100"], 100)
                self.client.ok("delete", call_id="call")

    def test_an_unknown_codec_is_measured_and_not_rated(self):
        lines = ("a=rtpmap:96 L16/44100",)
        self.call(self.a, self.b, offer=self.a.sdp(*lines, proto="RTP/AVP 96"),
                  answer=self.b.sdp(*lines, proto="RTP/AVP 96"))
        talk(2, Talker(self.a, "....x", pt=96, step=882), at_once=True)
        stream = self.stream()
        self.assertEqual(stream["clock-rate"], 44100)
        self.assertNotIn("mos-x100", stream)
        self.assertNotIn("codec", stream)

    def test_silence_is_counted_and_dtx_is_no_loss(self):
        self.call(self.a, self.b)
        talk(4, Talker(self.a, ".........." + "s" * 10 + "c" + "_" * 19), Talker(self.b, "s"))
        heard, silent = self.stream("a"), self.stream("b")
        self.assertEqual((heard["lost"], heard["silent"], heard["expected"]), (0, 55, 105))
        self.assertGreater(heard["last sound"], time.time() - 5)
        self.assertEqual(silent["silent"], silent["expected"])
        self.assertNotIn("last sound", silent)

    def test_jitter_is_what_it_was(self):
        self.call(self.a, self.b)
        talk(4, Talker(self.a, ".j"))
        stream = self.stream()  # |D| is 10 ms from packet to packet
        self.assertGreater(stream["jitter-us"], 6000)
        self.assertLess(stream["jitter-us"], 60000)
        self.assertGreaterEqual(stream["jitter-max-us"], stream["jitter-mean-us"])


class Rating(QualityCase):
    def test_mos_falls_with_loss_and_with_bursts(self):
        patterns = ("." * 20, "." * 19 + "x", "." * 18 + "xx", (("." * 9 + "x") * 2), "." * 15 + "xxxxx")
        talkers = []
        for i, pattern in enumerate(patterns):
            a, b = self.party(), self.party()
            self.call(a, b, call_id=f"call{i}")
            talkers += [Talker(a, pattern, ssrc=i + 1), Talker(b, ssrc=i + 101)]
        talk(4, *talkers)
        clean, one, two, spread, burst = (self.stream(call_id=f"call{i}") for i in range(len(patterns)))
        self.assertGreater(clean["mos-x100"], 430)
        self.assertEqual((clean["lost"], clean["burst-ratio-x100"]), (0, 100))
        self.assertGreater(clean["mos-x100"], one["mos-x100"])
        self.assertGreater(one["mos-x100"], spread["mos-x100"])
        self.assertGreater(spread["mos-x100"], two["mos-x100"])
        self.assertGreater(two["mos-x100"], burst["mos-x100"])
        self.assertGreater(two["burst-ratio-x100"], spread["burst-ratio-x100"])
        self.assertAlmostEqual(one["r-x10"], 774, delta=25)  # 93.2 - 95 x 5 / (5 + 25.1), by G.107
        for i in range(len(patterns)):
            self.assertGreater(self.stream("b", f"call{i}")["mos-x100"], 430)

    def test_the_reply_has_the_keys_and_units_of_rtpengine(self):
        self.call(self.a, self.b)
        a = Talker(self.a, ".........x", ssrc=0xfffffff0)
        talk(5, a, Talker(self.b, ssrc=7))
        self.b.send_rtcp(sender_report(7, 0x12345678))
        self.a.rtcp.recv(4096)
        time.sleep(0.05)
        self.a.send_rtcp(receiver_report(a.ssrc, 7, lsr=0x12345678, dlsr=0))
        self.b.rtcp.recv(4096)
        talk(7.5, a)
        ssrcs = self.asker.ok("delete", call_id="call")["SSRC"]
        self.assertEqual(set(ssrcs), {str(0xfffffff0), "7"})
        lossy = ssrcs[str(0xfffffff0)]
        self.assertEqual(lossy["cumulative loss"], 62)
        average = lossy["average MOS"]
        self.assertEqual(set(average), {"MOS", "round-trip time", "jitter", "packet loss", "samples"})
        self.assertIn(average["MOS"], range(28, 37))  # R 66 by G.107
        self.assertEqual(average["packet loss"], 10)
        self.assertIn(average["round-trip time"], range(50000, 2000000))
        self.assertEqual(average["samples"], 2)
        for key in ("lowest MOS", "highest MOS"):
            self.assertEqual(set(lossy[key]), {"MOS", "round-trip time", "jitter", "packet loss", "reported at"})
        self.assertLess(abs(lossy["lowest MOS"]["reported at"] - time.time()), 13)
        self.assertEqual(lossy["MOS progression"]["interval"], 10)
        self.assertEqual(len(lossy["MOS progression"]["entries"]), 1)
        self.assertEqual(ssrcs["7"]["average MOS"]["MOS"], 44)


class OneWay(QualityCase):
    settings = {"alarm_one_way_s": 2}

    def test_who_stops_and_who_never_spoke_is_told_and_told_to_be_well(self):
        self.call(self.a, self.b, tandem_notify=1)
        a, b = Talker(self.a), Talker(self.b)
        talk(4, a)
        self.assertEqual(self.notified("one-way", "begin", "b")["cause"], "no packets")
        talk(2, a, b)
        self.notified("one-way", "end", "b")
        talk(4.5, b)
        self.assertEqual(self.notified("one-way", "begin", "a")["cause"], "no packets")
        talk(1.5, a, b)
        self.notified("one-way", "end", "a")
        self.assertTrue(nothing_arrives(self.client.sock))

    def test_hold_early_media_and_dtx_are_not_one_way(self):
        other = {i: (self.party(), self.party()) for i in range(3)}
        a, b = other[0]  # b holds a: it sends music and hears nothing
        self.call(a, b, call_id="held", offer=a.sdp("a=recvonly"), answer=b.sdp("a=sendonly"), tandem_notify=1)
        c, d = other[1]  # nobody has answered
        reply = self.client.ok("offer", call_id="early", from_tag="a", sdp=c.sdp(), tandem_local=[c.host, d.host],
                               tandem_notify=1)
        d.learn(reply["sdp"])
        e, f = other[2]  # f says that it will be silent
        self.call(e, f, call_id="dtx", tandem_notify=1)
        quiet = Talker(f, "." * 20 + "c" + "_" * 1000)
        talk(5, Talker(b), Talker(d), Talker(e), quiet)
        self.assertEqual(self.stream("b", "dtx")["expected"], 21)
        self.assertTrue(nothing_arrives(self.client.sock))

    def test_a_party_that_never_is_more_than_silent_is_told(self):
        self.call(self.a, self.b, tandem_notify=1)
        a, b = Talker(self.a), Talker(self.b, "s")
        talk(12, a, b)
        self.assertEqual(self.notified("one-way", "begin", "b")["cause"], "silence")
        b.pattern = "."
        talk(1.5, a, b)
        self.notified("one-way", "end", "b")


class BadQuality(QualityCase):
    def test_ten_bad_seconds_are_told_and_ten_good_ones_end_it(self):
        self.call(self.a, self.b, tandem_notify=1)
        a, b = Talker(self.a, "..x"), Talker(self.b)
        talk(12.5, a, b)
        notice = self.notified("bad-quality", "begin", "a")
        self.assertLess(notice["mos-x100"], 300)
        self.assertAlmostEqual(notice["loss-x100"], 3333, delta=100)
        a.pattern = "."
        talk(10.5, a, b)
        well = self.notified("bad-quality", "end", "a")["mos-x100"]
        self.assertGreater(well, 300)
        stream = self.stream()
        self.assertEqual(stream["mos-min-x100"], notice["mos-x100"])
        self.assertGreater(stream["mos-x100"], notice["mos-x100"])
        self.assertEqual(stream["mos-progression-x100"], [notice["mos-x100"], well])


if __name__ == "__main__":
    result = unittest.main(verbosity=2, exit=False).result
    bad = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - bad - len(result.skipped)} passed, {bad} failed, {len(result.skipped)} skipped")
    sys.exit(1 if bad else 0)
