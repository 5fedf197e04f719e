#!/usr/bin/env python3
"""One caller, several callees: at once and one after the other. Media is only with who answers."""
import sys

from call import Stage, finish, run
from checks import expect
from phone import speak, talk

REPLACE = "replace-origin replace-session-connection"
BY_BRANCH = f"{REPLACE} via-branch=auto-next"


def ring(stage, caller, one, other, flags, sdp=True):
    """The caller rings both; each sends early media where it says so."""
    caller.invite(one, X_Fork=other.uri, X_Offer=flags, X_Answer=flags)
    for callee in (one, other):
        callee.expect("INVITE")
    for callee in (one, other):
        callee.reply(183 if sdp else 180, callee.sdp() if sdp else "")
        caller.expect(183 if sdp else 180)
    expect(len(stage.relay.calls()) == 1, f"the relay has {stage.relay.calls()}")


def win(caller, winner, loser):
    """One answers; the other is cancelled."""
    rung = loser.request
    winner.answer()
    caller.expect(200)
    caller.ack()
    winner.expect("ACK")
    loser.expect("CANCEL")
    loser.reply(200)
    loser.reply(487, request=rung)


def parallel_early_media(folder):
    """two ring at once with early media, told apart by via-branch: only who answers is heard"""
    with Stage(folder) as stage:
        for first in (True, False):
            caller, one, other = stage.phones("caller", "one", "other")
            ring(stage, caller, one, other, BY_BRANCH)
            winner, loser = (one, other) if first else (other, one)
            expect(one.media.target != other.media.target, "both forks were given the same port")
            win(caller, winner, loser)
            talk(caller, winner)
            loser.say()
            expect(caller.hears_nothing(), "who was not answered is heard")
            expect(loser.hears_nothing(), "who was not answered hears the caller")
            talk(caller, winner)
            finish(stage, caller, winner)


def parallel_ringing(folder):
    """two ring at once without early media: the answer's media is relayed"""
    with Stage(folder) as stage:
        caller, one, other = stage.phones("caller", "one", "other")
        ring(stage, caller, one, other, BY_BRANCH, sdp=False)
        win(caller, other, one)
        talk(caller, other)
        finish(stage, caller, other)


def parallel_without_branches(folder):
    """two ring at once and are told apart by their to-tags alone: only who answers is heard"""
    with Stage(folder) as stage:
        for first in (True, False):
            caller, one, other = stage.phones("caller", "one", "other")
            ring(stage, caller, one, other, REPLACE)
            winner, loser = (one, other) if first else (other, one)
            win(caller, winner, loser)
            talk(caller, winner)
            loser.say()
            expect(caller.hears_nothing(), "who was not answered is heard")
            expect(loser.hears_nothing(), "who was not answered hears the caller")
            finish(stage, caller, winner)


def serial(folder):
    """the first is busy, the session is deleted, the next one is offered to anew"""
    with Stage(folder) as stage:
        caller, one, other = stage.phones("caller", "one", "other")
        caller.invite(one, X_Next=other.uri)
        one.expect("INVITE")
        one.reply(183, one.sdp())
        caller.expect(183)
        speak(one, caller)
        one.reply(486)
        other.expect("INVITE")
        other.answer()
        caller.expect(200)
        caller.ack()
        other.expect("ACK")
        talk(caller, other)
        finish(stage, caller, other)


def serial_by_branch(folder):
    """the first is busy and only its branch is deleted; the next one's branch goes on"""
    with Stage(folder) as stage:
        caller, one, other = stage.phones("caller", "one", "other")
        flags = f"{REPLACE} via-branch=extra"
        caller.invite(one, X_Next=other.uri, X_Offer=flags, X_Answer=flags, X_Delete="via-branch=extra")
        one.expect("INVITE")
        one.reply(183, one.sdp())
        caller.expect(183)
        speak(one, caller)
        one.reply(486)
        other.expect("INVITE")
        other.answer()
        caller.expect(200)
        caller.ack()
        other.expect("ACK")
        talk(caller, other)
        one.say()
        expect(caller.hears_nothing(), "who refused is heard")
        finish(stage, caller, other)


CHECKS = [parallel_early_media, parallel_ringing, parallel_without_branches, serial, serial_by_branch]

if __name__ == "__main__":
    sys.exit(run("forks", CHECKS))
