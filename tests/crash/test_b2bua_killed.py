#!/usr/bin/env python3
"""kill -9 of tandem-b2bua: no CDR is missing, none is double."""
import pathlib
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/lib"))
from calls import Line, answers  # noqa: E402
from checks import expect, run_checks  # noqa: E402
from tandem import Tandem  # noqa: E402

CALLS, RATE = 200, 50
RING_MS = 1000  # so that at the kill a quarter of the calls ring and the rest talk


def exactly_one_cdr_each(tandem, callers):
    """Every call that got any response has one CDR; no call has two."""
    rows = tandem.cdrs()
    by_call_id = {}
    for row in rows:
        by_call_id.setdefault(row["a_call_id"], []).append(row)
    double = [call_id for call_id, found in by_call_id.items() if len(found) > 1]
    expect(not double, f"more than one CDR for {double[:3]} and {len(double)} in all")
    reached = {}
    for caller in callers:
        reached.update({call_id: codes for call_id, codes in answers(caller).items() if codes})
    missing = [call_id for call_id in reached if call_id not in by_call_id]
    expect(not missing, f"{len(missing)} of {len(reached)} calls have no CDR, as {missing[:3]}")
    return reached, {call_id: found[0] for call_id, found in by_call_id.items()}


def recovered_as_they_stood(reached, rows, long_calls):
    """A call open at the kill is closed from its last mark: answered if its caller had the answer."""
    for call_id, codes in reached.items():
        row = rows[call_id]
        if call_id not in long_calls:
            expect(row["recovered"] == 0, f"{call_id} had ended and is marked recovered")
            continue
        expect(row["recovered"] == 1, f"{call_id} was open and is not marked recovered: {row}")
        expect(row["end_us"] and row["end_us"] >= row["start_us"], f"{call_id} ends before it starts")
        if 200 in codes:
            expect(row["disposition"] == "answered" and row["answer_us"], f"{call_id} was answered: {row}")
            expect(row["duration_ms"] is not None and row["duration_ms"] >= 0, f"{call_id}: {row}")
        else:
            expect(row["disposition"] != "answered", f"{call_id} was not answered: {row}")


def load_and_kill(line, tandem):
    """Some calls are over, 200 are in progress; then the power of one process fails."""
    line.callee(ring_ms=RING_MS)
    short = line.caller(20, rate=20, talk_ms=200)
    short.wait(15)
    long = line.caller(CALLS, rate=RATE, talk_ms=60000)
    time.sleep(CALLS / RATE + 0.5 * RING_MS / 1000)
    tandem.b2bua.kill()
    line.end()
    return short, long


def killed_during_calls(folder):
    """200 calls in progress, kill -9, restart: one CDR each, and new calls flow"""
    tandem = Tandem(folder)
    try:
        tandem.start()
        line = Line(tandem)
        line.provision()
        short, long = load_and_kill(line, tandem)
        tandem.b2bua.start()
        reached, rows = exactly_one_cdr_each(tandem, [short, long])
        expect(len(reached) >= CALLS, f"only {len(reached)} calls got any response")
        recovered_as_they_stood(reached, rows, answers(long))
        line.callee()
        after = line.caller(3)
        expect(after.wait(15) == 0, f"calls after the restart fail:\n{after.report()}")
        line.end()
        exactly_one_cdr_each(tandem, [short, long, after])
        tandem.stop()
    finally:
        tandem.abandon()


def killed_while_recovering(folder):
    """Killed again and again while it recovers: still one CDR each"""
    tandem = Tandem(folder)
    try:
        tandem.start()
        line = Line(tandem)
        line.provision()
        short, long = load_and_kill(line, tandem)
        for delay_ms in (0, 2, 5, 10, 20, 40, 80):
            tandem.b2bua.start(wait_ready=False)
            time.sleep(delay_ms / 1000)
            tandem.b2bua.kill()
        tandem.b2bua.start()
        reached, rows = exactly_one_cdr_each(tandem, [short, long])
        recovered_as_they_stood(reached, rows, answers(long))
        tandem.stop()
    finally:
        line.end()
        tandem.abandon()


def stopped_with_calls(folder):
    """SIGTERM with calls in progress: all are ended and recorded, exit code 0"""
    tandem = Tandem(folder, {"drain_timeout_s": 1})
    try:
        tandem.start()
        line = Line(tandem)
        line.provision()
        line.callee()
        caller = line.caller(50, rate=100, talk_ms=60000)
        time.sleep(1.5)
        tandem.stop()
        rows = tandem.cdrs()
        expect(len(rows) == 50, f"{len(rows)} CDRs of 50 calls")
        expect(all(row["recovered"] == 0 and row["released_by"] == "tandem" for row in rows),
               f"not ended by tandem: {[row for row in rows if row['released_by'] != 'tandem'][:1]}")
        expect(caller.received("BYE") >= 50, f"{caller.received('BYE')} of 50 callers were hung up on")
    finally:
        line.end()
        tandem.abandon()


if __name__ == "__main__":
    sys.exit(run_checks("crash", [killed_during_calls, killed_while_recovering, stopped_with_calls],
                        sys.argv[1:]))
