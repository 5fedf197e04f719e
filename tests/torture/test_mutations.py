#!/usr/bin/env python3
"""Thousands of damaged messages in every state of a dialog, from both sides, by UDP and by TCP.

TORTURE_N messages for each state and side (default 100), from the seed TORTURE_SEED (default 1).
"""
import os
import random
import sys

from house import House, is_sanitizer_build
from checks import expect, run_checks
from mutate import mutate
from peer import Message, reply_text
from steps import STATES

COUNT = int(os.environ.get("TORTURE_N", "100"))
SEED = int(os.environ.get("TORTURE_SEED", "1"))
VOLLEY = 10           # messages to one call: one of them may end it
GROWTH_KB = 24 << 10  # buffers, and transactions that last 32 s; a leak of a few KB a message is more
RESPONSES = ("100 Trying", "180 Ringing", "183 Session Progress", "200 OK", "302 Moved Temporarily",
             "401 Unauthorized", "404 Not Found", "422 Session Interval Too Small", "486 Busy Here",
             "491 Request Pending", "500 Server Internal Error", "503 Service Unavailable", "604 Does Not Exist")
RESPONSE_HEADS = "Require: 100rel\r\nRSeq: 8\r\nAllow: INVITE, ACK, BYE, UPDATE\r\n"


def requests_of(end):
    """What this end could say now, whether it may or not."""
    one = end.cseq + 1
    yield from end.sent.values()
    yield end.text("INVITE", body=end.sdp(), cseq=one)
    yield end.text("UPDATE", body=end.sdp(), cseq=one)
    yield end.text("PRACK", more="RAck: 8 1 INVITE\r\n", cseq=one)
    yield end.text("INFO", more="Content-Type: application/dtmf-relay\r\n", cseq=one)
    yield end.text("REFER", more=f"Refer-To: <sip:1@{end.peer.host}>\r\n", cseq=one)
    for method in ("BYE", "ACK", "CANCEL", "OPTIONS", "MESSAGE", "NOTIFY", "SUBSCRIBE"):
        yield end.text(method, cseq=one)


def responses_of(end, request):
    for line in RESPONSES:
        body = end.sdp() if line[0] in "12" else ""
        yield reply_text(request, line, end.peer.contact("bob"), more=RESPONSE_HEADS, body=body)


def vocabulary(call, end):
    """All that is damaged in this state at this end."""
    found = list(requests_of(end))
    waiting = [call.invite] if end is call.b else []
    waiting += [getattr(call, name) for name in ("reinvite", "bye") if hasattr(call, name)]
    for request in waiting:
        found += responses_of(end, request)
    return [one.encode() for one in found]


def bombard(board, call, end, rng):
    texts = vocabulary(call, end)
    for _ in range(VOLLEY):
        end.peer.send(end.to, mutate(rng, rng.choice(texts)))
    board.rest(0.01)
    end.peer.renew()


def attack(house, state, side, rng):
    """A call in that state, damaged messages from that side, then whatever is left of it hangs up; the Call-IDs."""
    own = []
    for _ in range(max(1, COUNT // VOLLEY)):
        call = house.board.run(house.board.call(state))
        bombard(house.board, call, call.a if side == "caller" else call.b, rng)
        call.abandon()
        house.board.rest(0.01)
        house.board.forget(call)
        own.append(call.a.call_id)
    house.whole_call()
    return own


class Siege:
    """One house under attack in all states, and what it was before."""

    def __init__(self, house, rng):
        self.house = house
        house.whole_call()
        self.before = house.memory_kb()
        self.own = [call_id for state in STATES for side in ("caller", "callee")
                    for call_id in attack(house, state, side, rng)]

    def lifted(self):
        self.house.idle()
        self.house.whole_call()
        self.house.records_complete(self.own)
        grown = self.house.memory_kb() - self.before
        expect(is_sanitizer_build() or grown < GROWTH_KB, f"{grown} KB more than before")


def all_states(folder):
    """damaged messages in every state, by UDP and TCP: a valid call passes, one CDR a call, no leg remains"""
    rng = random.Random(SEED)
    with House(folder / "udp", "udp") as by_udp, House(folder / "tcp", "tcp") as by_tcp:
        for siege in [Siege(house, rng) for house in (by_udp, by_tcp)]:
            siege.lifted()


if __name__ == "__main__":
    sys.exit(run_checks("mutations", (all_states,), sys.argv[1:]))
