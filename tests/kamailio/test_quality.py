#!/usr/bin/env python3
"""The relay's figures of quality in Kamailio's variables, as an operator writes them into his CDRs."""
import re
import sys
import time

from call import Stage, establish, finish, run
from checks import expect

PACKETS = 60
PTIME_S = 0.02
LOSS_EVERY = 5  # one in so many of the callee's packets is never sent


def converse(caller, callee):
    """As telephones do, a packet every 20 ms each way; some of the callee's are lost on their way to the relay."""
    for index in range(PACKETS):
        caller.say(payload=b"\x55\x12" * 80)
        if index % LOSS_EVERY == LOSS_EVERY - 1:
            callee.media.seq += 1
        else:
            callee.say(payload=b"\x55\x12" * 80)
        time.sleep(PTIME_S)


def figures(stage, caller):
    """What the mos_…_pv variables held after the delete: {name: number, or None}."""
    text = stage.kamailio.noted("quality", caller.call_id)
    expect(text, "no quality was noted")
    return {name: None if value == "<null>" else float(value) for name, value in re.findall(r"(\w+)=(\S+)", text)}


def loss_lowers_mos(folder):
    """mos_average_pv and its like are filled in, by label: who loses packets has the worse score"""
    with Stage(folder) as stage:
        caller, callee = stage.phones("caller", "callee")
        establish(caller, callee, caller.sdp("a=rtpmap:8 PCMA/8000"), callee.sdp("a=rtpmap:8 PCMA/8000"),
                  X_Offer="replace-origin label=A", X_Answer="replace-origin label=B")
        converse(caller, callee)
        finish(stage, caller, callee)
        found = figures(stage, caller)
        expect(None not in found.values(), f"not filled in: {found}")
        expect(1.0 <= found["min"] <= found["average"] <= 5.0 and found["samples"] >= 1, f"{found}")
        expect(found["a"] > 4.0 and found["b"] < found["a"] - 0.5, f"the caller lost nothing, the callee a fifth: {found}")
        expect(found["loss_a"] == 0 and 10 <= found["loss_b"] <= 30, f"loss in percent: {found}")


def echoed(folder):
    """a call that is echoed has one SSRC both ways, and one entry for it"""
    with Stage(folder) as stage:
        caller, callee = stage.phones("caller", "callee")
        establish(caller, callee)
        for _ in range(10):
            caller.say()
            data, source = callee.media.rtp.recvfrom(4096)
            callee.media.rtp.sendto(data, source)
            time.sleep(PTIME_S)
        finish(stage, caller, callee)
        noted = stage.kamailio.noted("query", caller.call_id)
        expect(noted.count(f'"{caller.ssrc}":') == 1, f"the SSRC's entries: {noted}")


CHECKS = [loss_lowers_mos, echoed]

if __name__ == "__main__":
    sys.exit(run("quality", CHECKS))
