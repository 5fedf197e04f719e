#!/usr/bin/env python3
"""Two telephones call each other through Tandem: each hears the other's tone and nothing else.

The caller plays 440 Hz, the callee 1000 Hz. What each recorded must be the other's tone for most of
the call, and the CDR must have counted the packets.
"""
import pathlib
import shutil
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/lib"))
from baresip import Baresip  # noqa: E402
from tandem import Tandem, TandemError, build_dir  # noqa: E402
from tone import RATE_HZ, wav_read, windows_with  # noqa: E402

NUMBER = "8613800138000"
TALK_S = 5
CALLER_HZ, CALLEE_HZ = 440, 1000
WINDOW_S = 0.1
LEAST_S = 3  # the tone must be heard for so long; the ends of the call are not counted


def objects(tandem, callee):
    """What the call needs: a telephone on each side and a route between them."""
    host = tandem.host
    return {
        "interfaces": [{"name": "access", "media": host},
                       {"name": "carrier", "listen": [f"udp:{host}:{tandem.carrier_port}"], "media": host}],
        "trunks": [{"name": "pbx", "interface": "access", "match": [tandem.claim.host(10)]},
                   {"name": "ims-a", "interface": "carrier", "target": f"sip:{callee.host}:{callee.port}"}],
        "routes": [{"prefix": "86", "trunks": ["ims-a"], "strategy": "priority"}],
    }


def call(tandem, folder):
    callee = Baresip("callee", folder, tandem.claim.host(20), CALLEE_HZ, NUMBER)
    access = f"{tandem.host}:{tandem.access_port}"
    caller = Baresip("caller", folder, tandem.claim.host(10), CALLER_HZ, "4001", outbound=access)
    try:
        callee.start(TALK_S + 6)
        tandem.apply(objects(tandem, callee))
        caller.start(TALK_S, dial=f"sip:{NUMBER}@{access}")
        caller.wait(TALK_S + 10)
        time.sleep(0.5)
    finally:
        caller.end()
        callee.end()
    return caller, callee


def heard(phone, frequency_hz):
    """A complaint, or None."""
    recording = phone.recording()
    if not recording:
        return f"{phone.folder.name} recorded nothing: {phone.log()[-1500:]}"
    data, rate_hz = wav_read(recording)
    seconds = windows_with(data, frequency_hz, rate_hz, WINDOW_S) * WINDOW_S
    print(f"{phone.folder.name} heard {frequency_hz} Hz for {seconds:.1f} of {len(data) / rate_hz:.1f} s")
    if seconds < LEAST_S or rate_hz != RATE_HZ:
        return f"{phone.folder.name} heard {frequency_hz} Hz for {seconds:.1f} s only ({recording})"
    return None


def cdr_complaint(tandem):
    rows = tandem.cdrs(1)
    if len(rows) != 1:
        return f"{len(rows)} CDRs, expected 1"
    row = rows[0]
    least = LEAST_S * 50
    if row["disposition"] != "answered" or min(row["a_rx_packets"] or 0, row["b_rx_packets"] or 0) < least:
        return f"CDR: {row}"
    return None


def run(folder):
    complaints = []
    try:
        with Tandem(folder) as tandem:
            caller, callee = call(tandem, folder)
            complaints.append(cdr_complaint(tandem))
        complaints += [heard(caller, CALLEE_HZ), heard(callee, CALLER_HZ)]
    except TandemError as error:
        complaints.append(str(error))
    return [one for one in complaints if one]


def main():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="audio-", dir=build_dir()))
    complaints = run(folder)
    for complaint in complaints:
        print(complaint)
    if complaints:
        print("0 passed, 1 failed")
        return 1
    shutil.rmtree(folder)
    print("1 passed, 0 failed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
