#!/usr/bin/env python3
"""The wall clock is set by hours while calls talk: they cost what they lasted, and so they do after a crash."""
import pathlib
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests/lib"), str(ROOT / "tests/charge")]
from checks import expect, run_checks  # noqa: E402
from payers import TARIFFS, Payers, account_settled, one_cdr_each, placed  # noqa: E402
from tandem import Tandem, wait_until  # noqa: E402
from trouble import HOUR_US, Trouble  # noqa: E402

ACCOUNTS = {"rich": ("seconds", "1000.00"), "poor": ("seconds", "1.65")}  # 5 calls of 4 s, at most 16 s in all
STEPS_US = (3 * HOUR_US, -5 * HOUR_US, 26 * HOUR_US, -24 * HOUR_US)
CALLS, TALK_MS = 5, 4000
LATE_MS = 1500  # how much longer a call of TALK_MS may last on a busy machine


def sane(rows):
    """The times of a call are in order and as far apart as it lasted."""
    for row in rows:
        times = [row[name] for name in ("start_us", "ring_us", "answer_us", "end_us") if row[name]]
        expect(times == sorted(times), f"times that go back: {row}")
        if row["answer_us"]:
            expect(row["end_us"] - row["answer_us"] == row["duration_ms"] * 1000, f"times that differ: {row}")
    numbers = [row["seq"] for row in rows]
    expect(numbers == list(range(numbers[0], numbers[0] + len(rows))), f"the order of the rows: {numbers}")


def begin(tandem, trouble, calls, talk_ms):
    """Calls of both accounts, all answered."""
    line = Payers(tandem, ACCOUNTS)
    tandem.relay.start()
    tandem.b2bua.start(prefix=trouble.prefix())
    line.provision()
    line.callee()
    return line, callers(line, calls, talk_ms)


def callers(line, calls, talk_ms):
    known = len(line.tandem.sql("SELECT cdr_id FROM open_call"))
    started = [line.payer(name, calls, 50, (talk_ms, talk_ms)) for name in ACCOUNTS]
    wait_until(lambda: len(line.tandem.sql("SELECT cdr_id FROM open_call")) - known == calls * len(ACCOUNTS), 10, "open calls")
    time.sleep(0.5)  # answered
    return started


def stepped(folder):
    """Set by hours forth and back while they talk: durations, prices and cuts are by the monotonic clock"""
    tandem, trouble, step_us = Tandem(folder), Trouble(folder), 0
    line, started = begin(tandem, trouble, CALLS, TALK_MS)
    try:
        for number, by_us in enumerate(STEPS_US):
            if number:
                started += callers(line, CALLS, TALK_MS)
            step_us += by_us
            trouble.set(step_us=step_us)
            wait_until(lambda: not tandem.sql("SELECT cdr_id FROM open_call"), 15, "the end of all calls")
            tandem.ctl("account", "topup", "poor", "1.65", "--key", f"top-{number}")
        one_cdr_each(tandem, placed(started))
        rows = tandem.sql("SELECT * FROM cdr ORDER BY seq")
        sane(rows)
        for row in rows:
            least_ms = 1000 if row["account"] == "poor" else TALK_MS - 100
            expect(least_ms <= row["duration_ms"] <= TALK_MS + LATE_MS, f"lasted {TALK_MS} ms at most: {row}")
        hours = {round((row["start_us"] / 10**6 - time.time()) / 3600) for row in rows}
        expect(hours == {0, 3, -2, 24}, f"the clock was not set: {hours}")
        cut = [row for row in rows if row["release_tag"] == "prepaid_exhausted"]
        expect(len(cut) >= len(STEPS_US), f"{len(cut)} ran out of money")
        account_settled(tandem, TARIFFS)
        tandem.stop()
    finally:
        line.end()
        tandem.abandon()


def crashed(folder, by_us):
    """Calls that talk while the clock is set, and then a crash."""
    tandem, trouble = Tandem(folder), Trouble(folder)
    line, started = begin(tandem, trouble, CALLS, 60000)
    try:
        since = time.monotonic()
        trouble.set(step_us=by_us)
        time.sleep(1.5)
        tandem.b2bua.kill()
        lived_ms = (time.monotonic() - since) * 1000
        line.end()
        tandem.b2bua.start(prefix=trouble.prefix())
        one_cdr_each(tandem, placed(started))
        rows = tandem.sql("SELECT * FROM cdr ORDER BY seq")
        sane(rows)
        for row in rows:
            expect(row["recovered"] == 1 or row["account"] == "poor", f"not open at the crash: {row}")
            expect(1000 <= row["duration_ms"] <= lived_ms + 3000, f"was up for {lived_ms:.0f} ms: {row}")
        account_settled(tandem, TARIFFS)
        tandem.stop()
    finally:
        line.end()
        tandem.abandon()


def set_forth(folder):
    """Set forth by hours, then a crash: recovered calls lasted until the last mark of life"""
    crashed(folder, 7 * HOUR_US)


def set_back(folder):
    """Set back by hours, then a crash: the same"""
    crashed(folder, -7 * HOUR_US)


if __name__ == "__main__":
    sys.exit(run_checks("charge-clock", [stepped, set_forth, set_back], sys.argv[1:]))
