"""The relay's soak: calls of all kinds are set up, talked, moved, ended and abandoned, round after round.

After each round the relay is idle, and must be what it was after the first: no session, no port in use, as many
descriptors, and no more memory than GROWTH_KB.
"""
import os
import pathlib
import random
import struct
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / part) for part in ("lib", "media")]
from measure import rss_kb, table  # noqa: E402
from relay_lib import Client, Party, Relay, rtp, sdp_address, sender_report, udp_socket, wait_until  # noqa: E402

ROUND_S = 30
CONCURRENT = 40
TICK_S = 0.02
GROWTH_KB = 3072
LOCAL = ["127.0.0.1"] * 2
KEY = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:"
HEAD = ("round", "calls", "relayed", "dropped", "lost calls", "memory KB", "descriptors", "ports")


class Call:
    """A plain call of two parties; the other kinds change a part of it."""

    offer_lines = ()
    offer_keys = {}

    def __init__(self, client, call_id, rng):
        self.client, self.call_id, self.rng = client, call_id, rng
        self.parties = [Party(), Party()]
        self.ticks = rng.randint(10, 150)
        self.received = [0, 0]
        self.seq = rng.randrange(65536)
        self.setup()

    def offer(self, **keys):
        a, b = self.parties
        reply = self.client.ok("offer", call_id=self.call_id, from_tag="a", sdp=a.sdp(*self.offer_lines),
                               tandem_local=LOCAL, **{**self.offer_keys, **keys})
        b.learn(reply["sdp"])
        return reply["sdp"]

    def answer(self, **keys):
        a, b = self.parties
        reply = self.client.ok("answer", call_id=self.call_id, from_tag="a", to_tag="b", sdp=b.sdp(), **keys)
        a.learn(reply["sdp"])
        return reply["sdp"]

    def setup(self):
        self.offer()
        self.answer()

    def send(self):
        self.seq += 1
        for party in self.parties:
            party.send(rtp(self.seq, payload=bytes(160), ssrc=party.port))
        if self.seq % 50 == 0:
            self.parties[0].send_rtcp(sender_report(1, self.seq))

    def drain(self):
        for i, party in enumerate(self.parties):
            for sock in (party.rtp, party.rtcp):
                sock.setblocking(False)
                try:
                    while True:
                        self.received[i] += len(sock.recv(4096)) > 0
                except BlockingIOError:
                    pass

    def tick(self):
        """Talk; now and then offer again, or move. False when it is over."""
        self.send()
        self.drain()
        if self.rng.random() < 0.01:
            self.again()
        self.ticks -= 1
        return self.ticks > 0

    def again(self):
        if self.rng.random() < 0.5:
            self.parties[0].close()
            self.parties[0] = Party()
        self.offer(to_tag="b")
        self.answer()

    def talked(self):
        return min(self.received) > 0

    def end(self):
        self.client.ok("delete", call_id=self.call_id, from_tag="a")
        self.close()

    def close(self):
        for party in self.parties:
            party.close()


class Muxed(Call):
    offer_lines = ("a=rtcp-mux",)
    offer_keys = {"rtcp_mux": ["demux"]}


class Ice(Call):
    """The caller offers ICE and is answered as by a lite agent."""

    offer_lines = ("a=ice-ufrag:theirs", "a=ice-pwd:theirpasswordof22bytes")

    def send(self):
        super().send()
        stun = struct.pack("!HHI", 1, 0, 0x2112a442) + bytes(12)
        if self.seq % 10 == 0:
            self.parties[0].rtp.sendto(stun, self.parties[0].target)


class Nat(Call):
    """The caller's SDP has an address that nobody reaches."""

    def offer(self, **keys):
        a, b = self.parties
        reply = self.client.ok("offer", call_id=self.call_id, from_tag="a", sdp=a.sdp(host="10.9.8.7"),
                               tandem_local=LOCAL, **keys)
        b.learn(reply["sdp"])


class Forked(Call):
    """Three branches ring, each with early media, and one of them answers."""

    def setup(self):
        a, b = self.parties
        self.others = [Party(), Party()]
        for i, branch in enumerate([b, *self.others]):
            reply = self.client.ok("offer", call_id=self.call_id, from_tag="a", sdp=a.sdp(), tandem_local=LOCAL,
                                   via_branch=f"z{i}")
            branch.learn(reply["sdp"])
            for seq in range(5):
                branch.send(rtp(seq, ssrc=i))
        reply = self.client.ok("answer", call_id=self.call_id, from_tag="a", to_tag="b", sdp=b.sdp(), via_branch="z0")
        a.learn(reply["sdp"])

    def again(self):
        for party in self.others:
            party.send(rtp(self.seq))

    def close(self):
        super().close()
        for party in self.others:
            party.close()


class Srtp(Call):
    """The first call's SRTP is sent on as the second one's, whose caller has the same key: A to B through both."""

    def setup(self):
        a, b = self.parties
        self.between = Party()
        self.second = self.call_id + "-2"
        first = self.client.ok("offer", call_id=self.call_id, from_tag="a", sdp=a.sdp(), tandem_local=LOCAL,
                               transport_protocol="RTP/SAVP", SDES=["only-AES_CM_128_HMAC_SHA1_80"])["sdp"]
        line = next(line for line in first.splitlines() if line.startswith("a=crypto:"))
        second = self.client.ok("offer", call_id=self.second, from_tag="c", tandem_local=LOCAL,
                                sdp=self.between.sdp(line, proto="RTP/SAVP 0 8"), transport_protocol="RTP/AVP")["sdp"]
        b.learn(second)
        answer = self.client.ok("answer", call_id=self.second, from_tag="c", to_tag="d", sdp=b.sdp())["sdp"]
        self.between.learn(answer)
        line = next(line for line in answer.splitlines() if line.startswith("a=crypto:"))
        reply = self.client.ok("answer", call_id=self.call_id, from_tag="a", to_tag="b",
                               sdp=self.between.sdp(line, proto="RTP/SAVP 0 8"))["sdp"]
        a.learn(reply)
        self.back = sdp_address(first)

    def drain(self):
        """What comes out of one call goes into the other, and some junk beside it."""
        self.between.rtp.setblocking(False)
        try:
            while True:
                data, source = self.between.rtp.recvfrom(4096)
                self.between.rtp.sendto(data, self.between.target if source == self.back else self.back)
        except BlockingIOError:
            pass
        self.between.rtp.sendto(rtp(self.seq, payload=os.urandom(170)), self.between.target)
        super().drain()

    def again(self):
        pass

    def close(self):
        super().close()
        self.between.close()

    def end(self):
        self.client.ok("delete", call_id=self.second, from_tag="c")
        super().end()


class Unanswered(Call):
    """It rings, and is given up."""

    def setup(self):
        self.offer()
        self.ticks = 20

    def tick(self):
        self.ticks -= 1
        return self.ticks > 0

    def talked(self):
        return True


class Abandoned(Call):
    """Nobody deletes it: the relay must, by its time-out."""

    def end(self):
        self.close()


KINDS = (Call, Call, Muxed, Ice, Nat, Forked, Srtp, Unanswered, Abandoned)


class RelaySoak:
    def __init__(self, relay):
        self.relay = relay
        self.client = Client(relay)
        self.rng = random.Random(5)
        self.calls, self.lost, self.number = 0, 0, 0
        self.rows = []

    def statistics(self):
        return self.client.ok("statistics")["statistics"]

    def call_new(self):
        self.calls += 1
        return self.rng.choice(KINDS)(self.client, f"soak-{self.calls}", self.rng)

    def call_end(self, call):
        call.drain()
        self.lost += not call.talked()
        call.end()

    def stray(self, attacker):
        """What a port gets in the wild: packets of strangers."""
        for port in self.rng.sample(range(10000, 12000), 10):
            attacker.sendto(rtp(self.rng.randrange(65536)), ("127.0.0.1", port))

    def load(self, seconds):
        active = []
        end = time.monotonic() + seconds
        with udp_socket("127.0.0.2") as attacker:
            while time.monotonic() < end:
                began = time.monotonic()
                while len(active) < CONCURRENT:
                    active.append(self.call_new())
                over = [call for call in active if not call.tick()]
                active = [call for call in active if call not in over]
                for call in over:
                    self.call_end(call)
                self.stray(attacker)
                time.sleep(max(0, TICK_S - (time.monotonic() - began)))
        for call in active:
            while call.tick():
                time.sleep(TICK_S / 10)
            self.call_end(call)

    def idle(self):
        def is_idle():
            statistics = self.statistics()
            ports = statistics["ports"]
            return not statistics["currentstatistics"]["sessionsown"] and not any(
                port["used"] + port["quarantined"] for port in ports)

        wait_until(is_idle, "every call is gone and its ports are free", 60)

    def round(self, seconds):
        self.number += 1
        self.load(seconds)
        self.idle()
        statistics = self.statistics()
        pid = self.relay.process.pid
        self.rows.append((self.number, self.calls, statistics["totalstatistics"]["relayedpackets"],
                          sum(statistics["drops"].values()), self.lost, rss_kb(pid),
                          len(os.listdir(f"/proc/{pid}/fd")), sum(port["used"] for port in statistics["ports"])))
        table(HEAD, self.rows[-1:])

    def complaints(self):
        first, last = self.rows[0], self.rows[-1]
        found = []
        if self.lost:
            found.append(f"{self.lost} calls without media in both directions")
        if last[6] != first[6]:
            found.append(f"{first[6]} descriptors after the first round, {last[6]} after the last")
        if last[5] - first[5] > GROWTH_KB:
            found.append(f"{last[5] - first[5]} KB more than after the first round")
        return found


def soak_relay(seconds):
    """True when it holds."""
    settings = {"rtp_port_min": 10000, "rtp_port_max": 11999, "media_timeout_s": 2, "rtp_keepalive_s": 1,
                "rtp_workers": os.environ.get("TANDEM_RTP_WORKERS", 2)}
    with Relay(**settings) as relay:
        soak = RelaySoak(relay)
        end = time.monotonic() + seconds
        while time.monotonic() < end or soak.number < 2:
            soak.round(min(ROUND_S, max(5, seconds / 4)))
        complaints = soak.complaints()
        for key, value in soak.statistics()["drops"].items():
            print(f"  dropped, {key}: {value}")
        soak.client.close()
    for complaint in complaints:
        print(f"FAILED  relay: {complaint}")
    return not complaints
