"""The stage of these tests: relays, a Kamailio, telephones; and the steps all calls have in common."""
import json
import re
import sys

import kamailio  # finds tests/lib and tests/media, too
from checks import expect, run_checks
from kamailio import Kamailio, Relay
from phone import Phone
from tandem import Claim, wait_until


class Stage:
    """What one check needs, on addresses of its own: `with Stage(folder) as stage`."""

    def __init__(self, folder, relays=1, weights=None, **settings):
        self.claim = Claim()
        self.relays = [Relay(f"relay{i}", folder, self.claim, i, **settings) for i in range(relays)]
        weights = weights or [1] * relays
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
        for name in names:
            self.people.append(Phone(name, self.claim.host(10 + len(self.people)), self.kamailio))
        return self.people[-len(names):]

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
