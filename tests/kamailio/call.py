"""The stage of these tests: relays, a Kamailio, telephones; and the steps all calls have in common."""
import json
import re
import sys

from kamailio import HERE, RELAY, Kamailio, Relay, Rtpengine  # first: it makes tests/lib and tests/media known
from checks import expect, run_checks
from phone import Phone
from sipp import Sipp, render
from tandem import Claim, free_port, wait_until
from tone import alaw_write


class Stage:
    """What one check needs, on addresses of its own: `with Stage(folder) as stage`. `relays` are their settings."""

    def __init__(self, folder, relays=({},), weights=None):
        self.folder = folder
        self.claim = Claim()
        kind = Rtpengine if RELAY == "rtpengine" else Relay
        self.relays = [kind(f"relay{i}", folder, self.claim, i, **settings) for i, settings in enumerate(relays)]
        weights = weights or [1] * len(relays)
        nodes = [f"{relay.url()}={weight}" for relay, weight in zip(self.relays, weights)]
        self.kamailio = Kamailio(folder, self.claim, nodes)
        self.people = []

    @property
    def relay(self):
        return self.relays[0]

    def __enter__(self):
        try:
            for relay in self.relays:
                relay.start()
            self.kamailio.__enter__()
        except BaseException:
            self.abandon()
            raise
        return self

    def __exit__(self, kind, *_):
        for phone in self.people:
            phone.close()
        self.kamailio.end()
        if kind is not None:
            return self.abandon()
        for relay in self.relays:
            relay.stop()

    def abandon(self):
        for relay in self.relays:
            if relay.running():
                relay.kill()

    def phones(self, *names):
        """Telephones, each on an address of its own."""
        return [self.phone(name) for name in names]

    def phone(self, name, kind=Phone):
        self.people.append(kind(name, self.claim.host(10 + len(self.people)), self.kamailio))
        return self.people[-1]

    def sipp_calls(self, calls, talk_ms):
        """So many calls of SIPp, ten a second: (calls, [RTP packets of each as the relay counted them])."""
        tone = self.folder / "tone.alaw"
        alaw_write(tone, 440, 10)
        callee = (self.claim.host(30), free_port(self.claim.host(30)))
        caller = (self.claim.host(31), free_port(self.claim.host(31)))
        names = {"tone": tone, "talk_ms": talk_ms, "callee": "%s:%d" % callee}
        ends = [Sipp("callee", self.folder, render(HERE / "sipp-callee.xml", names), callee, calls=calls,
                     options=["-rtp_echo"]),
                Sipp("caller", self.folder, render(HERE / "sipp-caller.xml", names), caller,
                     remote=(self.kamailio.host, self.kamailio.port), calls=calls, options=["-r", "10"])]
        try:
            ends[0].start().wait_listening()
            ends[1].start()
            for sipp in reversed(ends):
                expect(sipp.wait(20) == 0, f"SIPp {sipp.name}: {sipp.report()}")
        finally:
            for sipp in ends:
                sipp.end()
        return calls, [int(one) for one in re.findall(r"totals \S+ RTP: \d+ bytes, (\d+) packets", self.kamailio.log())]

    def calls_end(self):
        """No session stays behind."""
        for relay in self.relays:
            if relay.running():
                wait_until(lambda relay=relay: not relay.calls(), 3, f"{relay.log_path}: all sessions deleted")


def establish(caller, callee, offer=None, answer=None, **headers):
    """From the INVITE to the ACK; returns what the callee was offered and the caller was answered."""
    caller.invite(callee, offer, **headers)
    invite = callee.expect("INVITE")
    callee.reply(180)
    caller.expect(180)
    callee.answer(answer)
    ok = caller.expect(200)
    caller.ack()
    callee.expect("ACK")
    return invite.body, ok.body


def new_offer(one, other, direction, back):
    """A re-INVITE and its answer, with these directions: what each was told."""
    one.ask("INVITE", one.sdp(f"a={direction}"))
    invite = other.expect("INVITE")
    other.answer(other.sdp(f"a={back}"))
    ok = one.expect(200)
    one.ack()
    other.expect("ACK")
    return invite.body, ok.body


def hang_up(one, other, **headers):
    one.ask("BYE", **headers)
    other.expect("BYE")
    other.reply(200)
    one.expect(200)


def totals_of(stage, caller):
    """(packets, bytes) of RTP as Kamailio's $rtpestat had them at the end."""
    text = stage.kamailio.noted("totals", caller.call_id)
    found = re.match(r"RTP: (\d+) bytes, (\d+) packets, 0 errors; RTCP: ", text or "")
    expect(found, f"$rtpestat was {text}")
    return int(found.group(2)), int(found.group(1))


def finish(stage, one, other, **headers):
    """Hang up, and see that the relay has let go; the totals it had."""
    hang_up(one, other, **headers)
    stage.calls_end()
    return totals_of(stage, one)


def queried(stage, caller):
    """The reply to the query Kamailio made at the end."""
    text = stage.kamailio.noted("query", caller.call_id)
    expect(text, "rtpengine_query_v failed")
    return json.loads(text)


def run(group, checks):
    return run_checks(f"kamailio-{group}", checks, sys.argv[1:])
