#!/usr/bin/env python3
"""Calls and media through Tandem for a long time: nothing fails, nothing grows, every call has its CDR.

usage: ./dev soak [call|charge|media|random|relay] [--minutes N] [--seed N]

SOAK_S seconds of it, or N minutes (default 600 s; random alone: 120, relay alone: 1800).
"""
import argparse
import functools
import os
import pathlib
import random
import sys
import tempfile
import time

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent.parent / part) for part in ("lib", "bench", "soak")]
from bench_call import CONF, BenchLine, cdr_wait  # noqa: E402
from calls import NUMBER  # noqa: E402
from call import soak_call  # noqa: E402
from charge import soak_charge  # noqa: E402
from disorder import soak_random  # noqa: E402
from relay import soak_relay  # noqa: E402
from measure import open_files_raise, rss_kb, table  # noqa: E402
from sipp import Sipp, render  # noqa: E402
from tandem import ROOT, Tandem, TandemError, build_dir, free_port  # noqa: E402
from tone import alaw_write  # noqa: E402

ROUND_S = 30
GROWTH_KB_PER_ROUND = 1024  # more than this in every round of the second half is a leak


class MediaSoak:
    """Calls that speak, round after round, and the memory after each."""

    def __init__(self, tandem, line):
        self.tandem = tandem
        self.line = line
        self.rows = []
        self.calls = 0

    def round(self, number):
        """Twenty calls at a time that speak and hear themselves."""
        folder = self.tandem.folder
        tone = folder / "tone.alaw"
        alaw_write(tone, 440, 10)
        calls = ROUND_S
        names = {"tone": tone, "talk_ms": 10000}
        host, port = self.line.callee_host, self.line.callee_port
        callee = Sipp(f"media{number}-uas", folder, render(ROOT / "tests/demo/uas.xml", names), (host, port),
                      calls=0, options=["-rtp_echo"], trace=False).start().wait_listening()
        host = self.line.caller_host
        caller = Sipp(f"media{number}-uac", folder, render(ROOT / "tests/demo/uac.xml", names),
                      (host, free_port(host)), remote=(self.tandem.host, self.tandem.access_port), calls=calls,
                      options=["-r", "2", "-l", "20", "-s", NUMBER], trace=False).start()
        code = caller.wait(ROUND_S + 60)
        callee.end()
        self.calls += calls
        return 0 if code == 0 else calls

    def run(self, seconds):
        """Complaints; none when it holds."""
        complaints = []
        deadline = time.monotonic() + seconds
        number = 0
        while time.monotonic() < deadline or number < 2:
            number += 1
            failed = self.round(number)
            missing = cdr_wait(self.tandem, self.calls)
            memory = [rss_kb(daemon.pid()) for daemon in (self.tandem.b2bua, self.tandem.relay)]
            self.rows.append((number, self.calls, failed, missing, *memory))
            table(("round", "calls", "failed", "no CDR", "b2bua KB", "relay KB"), self.rows[-1:])
            if failed or missing:
                complaints.append(f"round {number}: {failed} calls failed, {missing} CDRs are missing")
        return complaints + self.grown()

    def grown(self):
        """Memory must level off: in the second half it may not grow in each round."""
        half = self.rows[len(self.rows) // 2:]
        complaints = []
        for name, column in (("b2bua", 4), ("relay", 5)):
            steps = [after[column] - before[column] for before, after in zip(half, half[1:])]
            if len(steps) >= 3 and min(steps) > GROWTH_KB_PER_ROUND:
                complaints.append(f"{name} grows by {min(steps)} KB and more in every round")
        return complaints


def soak_media(seconds):
    with tempfile.TemporaryDirectory(prefix="soak-", dir=build_dir()) as folder:
        tandem = Tandem(folder, CONF)
        try:
            tandem.start()
            line = BenchLine(tandem)
            line.provision()
            complaints = MediaSoak(tandem, line).run(seconds)
            tandem.stop()
        except TandemError as error:
            complaints = [str(error)]
        finally:
            tandem.abandon()
    for complaint in complaints:
        print(f"FAILED  media: {complaint}")
    return not complaints


NAMES = "call|charge|media|random|relay"
SECONDS = {("random",): 120, ("relay",): 1800}  # of those alone that have their own


def options_read():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", help=argparse.SUPPRESS)
    parser.add_argument("--minutes", type=float, metavar="N", help="in all (default: SOAK_S seconds, or 10 minutes)")
    parser.add_argument("--seed", type=int, metavar="N", default=random.randrange(10**6), help="of random's dice")
    parser.add_argument("names", nargs="*", metavar=NAMES)
    options = parser.parse_args()
    if not set(options.names) <= set(NAMES.split("|")):
        parser.error(f"the soaks are {NAMES.replace('|', ', ')}")
    return options


def seconds_of(options, kinds):
    if options.minutes:
        return options.minutes * 60
    return int(os.environ.get("SOAK_S") or SECONDS.get(tuple(kinds), 600))


def main():
    options = options_read()
    if options.build:
        os.environ["TANDEM_BUILD"] = options.build
    open_files_raise()
    soaks = {"call": soak_call, "charge": soak_charge, "media": soak_media,
             "random": functools.partial(soak_random, seed=options.seed), "relay": soak_relay}
    kinds = options.names or list(soaks)
    seconds = seconds_of(options, kinds) / len(kinds)
    held = sum(soaks[kind](seconds) for kind in kinds)
    print(f"{held} passed, {len(kinds) - held} failed")
    return 0 if held == len(kinds) else 1


if __name__ == "__main__":
    sys.exit(main())
