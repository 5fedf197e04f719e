#!/usr/bin/env python3
"""kill -9 of tandem-rtprelay: calls end with their CDRs, new ones get 503, and flow when it is back."""
import pathlib
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/lib"))
from calls import Line, answers  # noqa: E402
from checks import expect, run_checks  # noqa: E402
from tandem import Tandem  # noqa: E402

CALLS = 200
NOTICED_S = 2  # so soon must the B2BUA know that the relay is gone, and that it is back


def relay_killed_during_calls(folder):
    """200 calls in progress, the relay dies and returns: one CDR each, no restart of the B2BUA"""
    tandem = Tandem(folder)
    try:
        tandem.start()
        line = Line(tandem)
        line.provision()
        line.callee()
        callers = [line.caller(CALLS, rate=100, talk_ms=6000)]
        time.sleep(CALLS / 100 + 0.5)
        tandem.relay.kill()
        killed = time.monotonic()
        time.sleep(NOTICED_S)
        refused = line.caller(3, rate=10, scenario="caller-503.xml")
        callers.append(refused)
        expect(refused.wait(10) == 0, f"new calls are not refused with 503:\n{refused.report()}")
        expect(callers[0].wait(30) == 0, f"calls of before do not end in order:\n{callers[0].report()[-3000:]}")
        print(f"        calls of before ended {time.monotonic() - killed:.1f} s after the kill")

        tandem.relay.start()
        time.sleep(NOTICED_S)
        again = line.caller(5, rate=10)
        callers.append(again)
        expect(again.wait(15) == 0, f"calls do not flow again:\n{again.report()}")
        line.end()
        one_cdr_each(tandem, callers)
        tandem.stop()
    finally:
        line.end()
        tandem.abandon()


def passes_without_relay(folder):
    """No relay: a trunk that says "when_possible" lets calls pass as they are, and anchors again later"""
    tandem = Tandem(folder)
    line = None
    try:
        tandem.start()
        line = Line(tandem)
        line.provision()
        tandem.apply({"trunks": [{"name": "ims-a", "anchor": "when_possible"}]})
        line.callee()
        tandem.relay.kill()
        time.sleep(NOTICED_S)
        alone = line.caller(3, rate=10)
        expect(alone.wait(10) == 0, f"calls do not pass without a relay:\n{alone.report()}")
        expect(all(line.caller_host in sdp for sdp in offers(line.running[0])),
               "without a relay the callee must see the caller's own SDP")

        tandem.relay.start()
        time.sleep(NOTICED_S)
        anchored = line.caller(3, rate=10)
        expect(anchored.wait(10) == 0, f"calls do not pass with the relay back:\n{anchored.report()}")
        expect(all(line.caller_host not in sdp for sdp in offers(line.running[0])[3:]),
               "with the relay back the callee must see the relay's address")
        line.end()
        expect([row["sip_code"] for row in tandem.cdrs(6)] == [200] * 6, "six CDRs, all answered")
        tandem.stop()
    finally:
        if line:
            line.end()
        tandem.abandon()


def offers(callee):
    """The connection lines of every INVITE the callee received, in their order."""
    return [next(row for row in text.splitlines() if row.startswith("c="))
            for direction, line, text in callee.messages()
            if direction == "received" and line.startswith("INVITE")]


def one_cdr_each(tandem, callers):
    total = sum(len(answers(caller)) for caller in callers)
    rows = tandem.cdrs(total)
    call_ids = [row["a_call_id"] for row in rows]
    placed = [call_id for caller in callers for call_id in answers(caller)]
    expect(sorted(call_ids) == sorted(placed),
           f"{len(rows)} CDRs of {total} calls; missing {sorted(set(placed) - set(call_ids))[:3]}")
    codes = [row["sip_code"] for row in rows]
    expect(codes.count(200) == total - 3 and codes.count(503) == 3, f"codes {sorted(set(codes))}")


if __name__ == "__main__":
    sys.exit(run_checks("crash", [relay_killed_during_calls, passes_without_relay], sys.argv[1:]))
