#!/usr/bin/env python3
"""Two telephones call each other through Tandem: each hears the other's tone and nothing else.

The caller plays 440 Hz, the callee 1000 Hz. What each recorded must be the other's tone for most of
the call, and the CDR must have counted the packets. Once both speak RTP, once either speaks SRTP only
(baresip's srtp module), once both do: the relay translates.
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
MANDATORY = "srtp-mand"
CASES = {  # what the caller and the callee speak
    "plain": (None, None),
    "srtp-caller": (MANDATORY, None),
    "srtp-callee": (None, MANDATORY),
    "srtp-both": (MANDATORY, MANDATORY),
}
LEAST_S = 3  # the tone must be heard for so long; the ends of the call are not counted


def policy(enc):
    return "required" if enc else "off"


def objects(tandem, callee, encs):
    """What the call needs: a telephone on each side and a route between them."""
    host = tandem.host
    return {
        "interfaces": [{"name": "access", "media": host},
                       {"name": "carrier", "listen": [f"udp:{host}:{tandem.carrier_port}"], "media": host}],
        "trunks": [{"name": "pbx", "interface": "access", "match": [tandem.claim.host(10)],
                    "srtp": policy(encs[0])},
                   {"name": "ims-a", "interface": "carrier", "target": f"sip:{callee.host}:{callee.port}",
                    "srtp": policy(encs[1])}],
        "routes": [{"prefix": "86", "trunks": ["ims-a"], "strategy": "priority"}],
    }


def live_quality(tandem):
    """What `tandemctl call` says of both sides while they talk."""
    for _ in range(20):
        time.sleep(0.2)
        calls = tandem.ctl_json("calls")["calls"]
        media = tandem.ctl_json("call", calls[0]["id"])["media"] if calls else None
        if media and all(media[side] and media[side]["mos_x100"] for side in "ab"):
            break
    print(f"live: {media}")
    return media


def live_complaint(media):
    """MOS of a clean call in G.711, and the codec and packet time that baresip sends."""
    for side in "ab":
        seen = media and media[side] or {}
        if (seen.get("codec"), seen.get("ptime_us"), seen.get("lost")) != ("PCMA", 20000, 0) or seen["mos_x100"] < 400:
            return f"live, side {side}: {seen}"
    return None


def call(tandem, folder, encs):
    callee = Baresip("callee", folder, tandem.claim.host(20), CALLEE_HZ, NUMBER, mediaenc=encs[1])
    access = f"{tandem.host}:{tandem.access_port}"
    caller = Baresip("caller", folder, tandem.claim.host(10), CALLER_HZ, "4001", outbound=access,
                     mediaenc=encs[0])
    try:
        callee.start(TALK_S + 6)
        tandem.apply(objects(tandem, callee, encs))
        caller.start(TALK_S, dial=f"sip:{NUMBER}@{access}")
        live = live_quality(tandem)
        caller.wait(TALK_S + 10)
        time.sleep(0.5)
    finally:
        caller.end()
        callee.end()
    return caller, callee, live


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


def secured(phone, mediaenc):
    """A complaint if it did not use SRTP as it should; baresip logs when it does."""
    if ("SRTP is Enabled" in phone.log()) != bool(mediaenc):
        return f"{phone.folder.name} should {'' if mediaenc else 'not '}use SRTP: {phone.log()[-1500:]}"
    return None


def cdr_complaint(tandem):
    rows = tandem.cdrs(1)
    if len(rows) != 1:
        return f"{len(rows)} CDRs, expected 1"
    row = rows[0]
    least = LEAST_S * 50
    if row["disposition"] != "answered" or min(row["a_rx_packets"] or 0, row["b_rx_packets"] or 0) < least:
        return f"CDR: {row}"
    if min(row["a_mos_x100"] or 0, row["b_mos_x100"] or 0, row["a_mos_min_x100"] or 0) < 400:
        return f"a clean call in G.711 has a MOS of 4 and more: {row}"
    return None


def run(name, folder, encs):
    print(name)
    complaints = []
    try:
        with Tandem(folder) as tandem:
            caller, callee, live = call(tandem, folder, encs)
            complaints.append(live_complaint(live))
            complaints.append(cdr_complaint(tandem))
        complaints += [heard(caller, CALLEE_HZ), heard(callee, CALLER_HZ), secured(caller, encs[0]),
                       secured(callee, encs[1])]
    except TandemError as error:
        complaints.append(str(error))
    return [f"{name}: {one}" for one in complaints if one]


def main():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="audio-", dir=build_dir()))
    failed = 0
    for name, encs in CASES.items():
        (folder / name).mkdir()
        complaints = run(name, folder / name, encs)
        failed += bool(complaints)
        for complaint in complaints:
            print(complaint)
    if not failed:
        shutil.rmtree(folder)
    print(f"{len(CASES) - failed} passed, {failed} failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
