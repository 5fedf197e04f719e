#!/usr/bin/env python3
"""Calls through Kamailio whose media the relay carries, from the INVITE to the BYE."""
import re
import sys

from call import Stage, establish, finish, run
from checks import expect
from phone import speak, talk


def plain(folder):
    """a call: both hear each other, the relay counts, and nothing stays behind"""
    with Stage(folder) as stage:
        caller, callee = stage.phones("caller", "callee")
        establish(caller, callee)
        talk(caller, callee, 10)
        totals = finish(stage, caller, callee)
        expect(totals == (20, 20 * len(caller.media.send())), f"the totals: {totals}")


CHECKS = [plain]

if __name__ == "__main__":
    sys.exit(run("calls", CHECKS))
