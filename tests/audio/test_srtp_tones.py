#!/usr/bin/env python3
"""A telephone with SRTP and one without hear each other through the relay: baresip's srtp module is the other end.

Once the caller has SRTP (mandatory) and once the callee. Each must have heard the other's tone.
"""
import pathlib
import shutil
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests/lib"), str(ROOT / "tests/media")]
from baresip import Baresip  # noqa: E402
from relay_lib import Client, Relay  # noqa: E402
from sip_wire import SipWire  # noqa: E402
from tandem import Claim, TandemError, build_dir  # noqa: E402
from tone import wav_read, windows_with  # noqa: E402

TALK_S = 4
CALLER_HZ, CALLEE_HZ = 440, 1000
WINDOW_S = 0.1
LEAST_S = 2.5  # the tone must be heard for so long; the ends of the call are not counted
MANDATORY = "srtp-mand"
PLAIN_MOST = 2  # baresip opens its NAT, and says BYE in RTCP, without SRTP: both are dropped


def call(client, folder, claim, caller_enc, callee_enc):
    callee = Baresip("callee", folder, claim.host(20), CALLEE_HZ, "4002", mediaenc=callee_enc)
    caller = Baresip("caller", folder, claim.host(10), CALLER_HZ, "4001", mediaenc=caller_enc)
    transport = "RTP/SAVP" if callee_enc else "RTP/AVP"
    try:
        callee.start(TALK_S + 6)
        with SipWire(client, claim.host(1), (callee.host, callee.port), transport) as wire:
            caller.start(TALK_S, dial=f"sip:4002@{wire.address}")
            caller.wait(TALK_S + 10)
        if wire.error:
            raise TandemError(wire.error)
    finally:
        caller.end()
        callee.end()
    return caller, callee


def heard(phone, frequency_hz):
    """A complaint, or None."""
    recording = phone.recording()
    if not recording:
        return f"{phone.folder} recorded nothing: {phone.log()[-1500:]}"
    data, rate_hz = wav_read(recording)
    seconds = windows_with(data, frequency_hz, rate_hz, WINDOW_S) * WINDOW_S
    print(f"{phone.folder.parent.name}: {phone.folder.name} heard {frequency_hz} Hz for {seconds:.1f} s")
    if seconds < LEAST_S:
        return f"{phone.folder} heard {frequency_hz} Hz for {seconds:.1f} s only: {phone.log()[-1500:]}"
    return None


def secured(phone, mediaenc):
    """A complaint if it did not use SRTP as it should; baresip logs when it does."""
    if ("SRTP is Enabled" in phone.log()) != bool(mediaenc):
        return f"{phone.folder} should {'' if mediaenc else 'not '}use SRTP: {phone.log()[-1500:]}"
    return None


def run(name, folder, caller_enc, callee_enc):
    folder = folder / name
    folder.mkdir()
    try:
        with Relay() as relay:
            client = Client(relay)
            caller, callee = call(client, folder, Claim(), caller_enc, callee_enc)
            drops = client.ok("statistics")["statistics"]["drops"]
            client.close()
    except (TandemError, AssertionError) as error:
        return [f"{name}: {error}"]
    complaints = [heard(caller, CALLEE_HZ), heard(callee, CALLER_HZ), secured(caller, caller_enc),
                  secured(callee, callee_enc)]
    if drops["not authentic"] > PLAIN_MOST:
        complaints.append(f"{name}: {drops}")
    return [one for one in complaints if one]


def main():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="audio-srtp-", dir=build_dir()))
    cases = {"caller": (MANDATORY, None), "callee": (None, MANDATORY)}
    failed = 0
    for name, encs in cases.items():
        complaints = run(name, folder, *encs)
        failed += bool(complaints)
        for complaint in complaints:
            print(complaint)
    if not failed:
        shutil.rmtree(folder)
    print(f"{len(cases) - failed} passed, {failed} failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
