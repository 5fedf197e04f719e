#!/usr/bin/env python3
"""kill -9 of tandem-b2bua while calls are paid for: no second is lost beyond the last mark, none is paid twice.

KILLS in the environment says how often (default 15; `./dev soak charge`: 200).
"""
import os
import pathlib
import random
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests/lib"), str(ROOT / "tests/charge")]
from checks import expect, run_checks  # noqa: E402
from payers import TARIFFS, Payers, account_settled, one_cdr_each, placed  # noqa: E402
from tandem import Tandem, wait_until  # noqa: E402

KILLS = int(os.environ.get("KILLS", "15"))
CPS = {"seconds": 25, "minutes": 20, "poor": 5}
ACCOUNTS = {"seconds": ("seconds", "100000.00"), "minutes": ("minutes", "100000.00"), "poor": ("seconds", "5.00")}
MARK_MS = 10000  # a mark of life at least so often
SEED = 20261121


def marks_kept(tandem, killed_us, known):
    """What a crash left open ends at a mark of life shortly before it; returns how many calls those were."""
    rows = tandem.sql("SELECT * FROM cdr WHERE recovered = 1 AND seq > ?", known)
    for row in rows:
        lost_ms = (killed_us - row["end_us"]) / 1000
        expect(lost_ms >= 0 or row["end_us"] == row["start_us"], f"ends after the crash: {row}")
        if row["disposition"] == "answered" and row["end_us"] != row["answer_us"]:
            expect(lost_ms <= MARK_MS, f"{lost_ms} ms of it are lost: {row}")
    return len(rows)


def round_of_calls(line, rng):
    """Load, and a crash in it; the callers, and when it was."""
    line.callee(ring_ms=rng.choice((0, 200)))
    callers = [line.payer(name, 1000, cps, (0, 3000)) for name, cps in CPS.items()]
    time.sleep(rng.uniform(0.5, 3))
    line.tandem.b2bua.kill()
    killed_us = time.time_ns() // 1000
    line.end()
    return callers, killed_us


def killed_at_random(folder):
    """Killed at random moments under load: one CDR each, the ledger balances, prices and chain hold"""
    rng = random.Random(SEED)
    tandem = Tandem(folder)
    line = Payers(tandem, ACCOUNTS)
    call_ids, known, recovered = set(), 0, 0
    try:
        tandem.start()
        line.provision()
        for number in range(KILLS):
            callers, killed_us = round_of_calls(line, rng)
            call_ids |= placed(callers)
            for _ in range(rng.choice((0, 0, 1, 2))):  # once more while it comes up
                tandem.b2bua.start(wait_ready=False)
                time.sleep(rng.uniform(0, 0.1))
                tandem.b2bua.kill()
            tandem.b2bua.start()
            one_cdr_each(tandem, call_ids)
            recovered += marks_kept(tandem, killed_us, known)
            known = tandem.sql("SELECT max(seq) AS seq FROM cdr")[0]["seq"]
            account_settled(tandem, TARIFFS)
            if (number + 1) % 10 == 0:
                print(f"        {number + 1} kills, {len(call_ids)} calls, {recovered} of them open at a kill", flush=True)
        expect(recovered >= 10 * KILLS, f"{recovered} calls were open in {KILLS} crashes")
        tandem.stop()
    finally:
        line.end()
        tandem.abandon()


def long_calls(folder):
    """Of calls that talk while nothing else happens a crash takes ten seconds at most"""
    tandem = Tandem(folder)
    line = Payers(tandem, {"seconds": ("seconds", "1000.00")})
    try:
        tandem.start()
        line.provision()
        line.callee()
        caller = line.payer("seconds", 10, 20, (60000, 60000))
        wait_until(lambda: len(tandem.sql("SELECT cdr_id FROM open_call")) == 10, 10, "ten open calls")
        time.sleep(13)
        tandem.b2bua.kill()
        killed_us = time.time_ns() // 1000
        line.end()
        tandem.b2bua.start()
        one_cdr_each(tandem, placed([caller]))
        expect(marks_kept(tandem, killed_us, 0) == 10, "not all ten were closed")
        rows = tandem.sql("SELECT duration_ms, price_nano FROM cdr")
        expect(all(row["duration_ms"] >= 2000 and row["price_nano"] for row in rows), str(rows))
        account_settled(tandem, TARIFFS)
        tandem.stop()
    finally:
        line.end()
        tandem.abandon()


if __name__ == "__main__":
    sys.exit(run_checks("charge-crash", [killed_at_random, long_calls], sys.argv[1:]))
