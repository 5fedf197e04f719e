#!/usr/bin/env python3
"""Who hears that a daemon is ready may stop it at once: it ends in good order."""
import pathlib
import signal
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/lib"))
from checks import expect, run_checks  # noqa: E402
from tandem import Tandem, program  # noqa: E402

ROUNDS = 10
DEADLINE_S = 20


def stopped_at_once(folder, name, sig):
    tandem = Tandem(folder)
    for _ in range(ROUNDS):
        process = subprocess.Popen([str(program(name)), "--config", str(tandem.conf_path)], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            log = []
            for line in process.stdout:
                log.append(line)
                if line.rstrip().endswith("ready"):
                    process.send_signal(sig)
            code = process.wait(DEADLINE_S)
        finally:
            process.kill()
            process.wait()
        expect(code == 0, f"exit code {code}: {''.join(log)}")
        expect(log[-1].rstrip().endswith("stopped"), "".join(log))


def b2bua(folder):
    """tandem-b2bua, by SIGTERM"""
    stopped_at_once(folder, "tandem-b2bua", signal.SIGTERM)


def relay(folder):
    """tandem-rtprelay, by SIGINT"""
    stopped_at_once(folder, "tandem-rtprelay", signal.SIGINT)


def web(folder):
    """tandem-webui, by SIGTERM"""
    stopped_at_once(folder, "tandem-webui", signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(run_checks("stopped", [b2bua, relay, web], sys.argv[1:]))
