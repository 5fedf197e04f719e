#!/usr/bin/env python3
"""kill -9 of tandem-rtprelay: media flows again when it is back, CDRs are whole, new calls get 503 meanwhile."""
import pathlib
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/lib"))
from calls import Line, answers  # noqa: E402
from checks import expect, run_checks  # noqa: E402
from ears import Ears, offered_ports  # noqa: E402
from tandem import Tandem, free_port, wait_until  # noqa: E402

CALLS = 200
RENEWED = 500
RENEWED_S = 3       # so soon after the relay's return shall the media of all flow again
RENEWED_MAX_S = 15  # on a machine that is busy with other things
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


def media_flows_again(folder):
    """500 calls talk, the relay dies and returns: both sides are offered new ports, and RTP passes both ways"""
    tandem = Tandem(folder)
    line, caller_ears, callee_ears = None, None, None
    try:
        tandem.start()
        line = Line(tandem)
        line.provision()
        caller_ears = Ears(line.caller_host, free_port(line.caller_host))
        callee_ears = Ears(line.callee_host, free_port(line.callee_host))
        callee = line.callee(scenario="callee-renewed.xml", media_port=media_port(callee_ears))
        caller = line.caller(RENEWED, rate=150, talk_ms=12000, scenario="caller-renewed.xml",
                             media_port=media_port(caller_ears))
        wait_until(lambda: calls_now(tandem)["answered"] == RENEWED, 30, f"{RENEWED} calls are up")
        tandem.relay.kill()
        tandem.relay.start()
        back = time.monotonic()
        wait_until(lambda: calls_now(tandem)["media_recovered"] == RENEWED, RENEWED_MAX_S,
                   f"all calls have new ports ({calls_now(tandem)})")
        took = time.monotonic() - back
        print(f"        all {RENEWED} calls had new ports {took:.1f} s after the relay was back"
              f"{'' if took <= RENEWED_S else ', which is long'}")
        media_passes(tandem, (caller, caller_ears), (callee, callee_ears))
        expect(caller.wait(40) == 0, f"the calls do not end in order:\n{caller.report()[-3000:]}")
        line.end()
        recovered_cdrs(tandem)
        tandem.stop()
    finally:
        for one in (line, caller_ears, callee_ears):
            if one:
                (one.end if one is line else one.close)()
        tandem.abandon()


def media_port(ears):
    return ears.socket.getsockname()[1]


def calls_now(tandem):
    return tandem.ctl_json("status")["calls"]


def media_passes(tandem, caller, callee):
    """One packet of every call each way, once more for those that were first and only latched."""
    sides = []
    for sipp, ears in (caller, callee):
        ports = offered_ports(sipp)
        expect(len(ports) == RENEWED, f"{len(ports)} calls of {RENEWED} were offered ports")
        sides.append((ears, [(number, ports[call_id]) for number, call_id in enumerate(sorted(ports))]))
    for sequence in range(3):
        for ears, targets in sides:
            ears.say(targets, sequence)
    for ears, _ in sides:
        ears.listen(1)
        expect(len(ears.heard) == RENEWED, f"RTP of {len(ears.heard)} calls of {RENEWED} passes")


def recovered_cdrs(tandem):
    rows = tandem.cdrs(RENEWED)
    expect(len(rows) == RENEWED, f"{len(rows)} CDRs")
    for row in rows:
        expect((row["sip_code"], row["released_by"], row["recovered"]) == (200, "caller", 0), f"CDR {row}")
        expect(row["media_recovered"] == 1 and row["media_lost"] is None, f"CDR {row}")
        expect(row["a_rx_packets"] == 3 and row["b_rx_packets"] == 3, f"packets in CDR {row}")
    events = tandem.sql("SELECT kind, count(DISTINCT cdr_id) AS n FROM event WHERE kind LIKE 'MEDIA%' GROUP BY kind")
    expect(events == [{"kind": "MEDIA_RECOVERED", "n": RENEWED}], f"events {events}")


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
    sys.exit(run_checks("crash", [relay_killed_during_calls, media_flows_again, passes_without_relay], sys.argv[1:]))
