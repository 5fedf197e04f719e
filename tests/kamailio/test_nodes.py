#!/usr/bin/env python3
"""Several relays behind one Kamailio: how calls are spread, and what happens when one cannot or is gone."""
import re
import sys

from call import Stage, establish, finish, hang_up, run
from checks import expect
from phone import talk
from tandem import wait_until

NEARLY_ALL = [1000, 1]  # weights: of a few calls all go to the first, but for one in a thousand


def nodes(stage):
    """{url: its row} of kamcmd rtpengine.show all."""
    rows = re.findall(r"\{([^}]*)\}", stage.kamailio.rpc("rtpengine.show", "all"))
    parsed = [dict(re.findall(r"(\w+): (\S+)", row)) for row in rows]
    return {row["url"]: row for row in parsed}


def calls_hold(stage, count):
    """So many calls at once, all with media, all ended."""
    pairs = [stage.phones(f"caller{i}", f"callee{i}") for i in range(count)]
    for caller, callee in pairs:
        establish(caller, callee)
    for caller, callee in pairs:
        talk(caller, callee)
    held = [len(relay.calls()) for relay in stage.relays]
    for caller, callee in pairs:
        hang_up(caller, callee)
    stage.calls_end()
    return held


def weights(folder):
    """calls are spread by weight, and Kamailio's show and ping know both relays"""
    with Stage(folder, relays=[{}, {}], weights=[1, 1]) as stage:
        held = calls_hold(stage, 24)
        expect(sum(held) == 24 and min(held) > 0, f"calls: {held}")
        for relay in stage.relays:
            row = nodes(stage)[relay.url()]
            expect((row["disabled"], row["weight"]) == ("0", "1"), f"{row}")
            expect("success" in stage.kamailio.rpc("rtpengine.ping", relay.url()), "the ping failed")


def out_of_ports(folder):
    """a relay without a free port refuses, and the next one takes the call"""
    with Stage(folder, relays=[{"calls": 1}, {}], weights=NEARLY_ALL) as stage:
        held = calls_hold(stage, 4)
        expect(held == [1, 3], f"calls: {held}")
        expect("Ran out of ports" in stage.relays[0].log(), "the first relay did not say why")
        expect(nodes(stage)[stage.relays[0].url()]["disabled"] == "0", "a full relay is not a dead one")


def at_session_limit(folder):
    """a relay at max_sessions refuses, and the next one takes the call"""
    with Stage(folder, relays=[{"max_sessions": 1}, {}], weights=NEARLY_ALL) as stage:
        held = calls_hold(stage, 4)
        expect(held == [1, 3], f"calls: {held}")
        expect("Parallel session limit reached" in stage.relays[0].log(), "the first relay did not say why")
        expect(nodes(stage)[stage.relays[0].url()]["disabled"] == "0", "a full relay is not a dead one")


def nobody_has_room(folder):
    """where no relay has room the call is refused, and nothing stays behind"""
    with Stage(folder, relays=[{"max_sessions": 1}, {"calls": 1}]) as stage:
        calls = [stage.phones(f"caller{i}", f"callee{i}") for i in range(2)]
        for caller, callee in calls:
            establish(caller, callee)
        late, callee = stage.phones("late", "callee")
        late.invite(callee)
        late.ack_refusal(late.expect(500))
        for caller, other in calls:
            talk(caller, other)
            hang_up(caller, other)
        stage.calls_end()


def killed(folder):
    """a relay that is killed is left out, its calls can be ended, and it is used again when it is back"""
    with Stage(folder, relays=[{}, {}], weights=NEARLY_ALL) as stage:
        first, second = stage.relays
        caller, callee = stage.phones("caller", "callee")
        establish(caller, callee)
        talk(caller, callee)
        expect(len(first.calls()) == 1, "the call is not on the first relay")
        first.kill()
        others = stage.phones("caller2", "callee2")
        establish(*others)
        talk(*others)
        expect(len(second.calls()) == 1, "the call is not on the second relay")
        expect(nodes(stage)[first.url()]["disabled"] != "0", "the dead relay is not disabled")
        finish(stage, *others)
        hang_up(caller, callee)
        first.start()
        wait_until(lambda: calls_hold(stage, 1)[0], 5, "the relay that is back is used again")


CHECKS = [weights, out_of_ports, at_session_limit, nobody_has_room, killed]

if __name__ == "__main__":
    sys.exit(run("nodes", CHECKS))
