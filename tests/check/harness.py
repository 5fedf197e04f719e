#!/usr/bin/env python3
"""The tests' own tools: no port is drawn twice, and a SIPp that dies early is told of at once."""
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/lib"))
from checks import expect, run_checks  # noqa: E402
from sipp import Sipp  # noqa: E402
from tandem import TandemError, free_port, port_draw  # noqa: E402

HOST = "127.77.254.1"  # no test claims it


def ports_differ(folder):
    """A port is drawn once, by whichever process"""
    ports = [free_port(HOST) for _ in range(200)]
    expect(len(set(ports)) == len(ports), "a port was drawn twice by one process")
    script = f"import sys; sys.path.insert(0, {str(ROOT / 'tests/lib')!r}); import tandem; " \
             f"sys.exit(tandem.port_draw({HOST!r}, {ports[0]}))"
    done = subprocess.run([sys.executable, "-c", script], timeout=20, check=False)
    expect(done.returncode == 0, "another process drew the same port")
    expect(not port_draw(HOST, ports[1]), "the same process drew the same port")


def sipp_dies(folder):
    """A callee that cannot start is no callee that listens"""
    sipp = Sipp("uas", folder, "this is no scenario", (HOST, free_port(HOST)))
    started = time.monotonic()
    try:
        sipp.start().wait_listening()
    except TandemError as error:
        expect("ended with" in str(error), str(error))
        expect(time.monotonic() - started < 5, "only told at the time-out")
        return
    finally:
        sipp.end()
    raise TandemError("it was taken for a callee that listens")


if __name__ == "__main__":
    sys.exit(run_checks("harness", [ports_differ, sipp_dies], sys.argv[1:]))
