#!/usr/bin/env python3
"""`./dev up`: what dies is started again, what is told to stop is not, a folder in use is left alone."""
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/lib"))
from checks import expect, run_checks  # noqa: E402
from tandem import wait_until  # noqa: E402
from up import Up  # noqa: E402


def restarts_what_dies(folder):
    """A daemon that is killed is started again; Ctrl-C ends all, exit code 0"""
    up = Up(folder)
    up.start()
    try:
        first = up.daemons()
        expect(sorted(first.values())[:2] == ["tandem-b2bua", "tandem-rtprelay"], f"running: {first}")
        for pid in first:
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: len(up.daemons()) == len(first) and not set(up.daemons()) & set(first), 10,
                   "both started again")
        wait_until(lambda: up.log().count("tandem-b2bua: ready") == 2, 10, "the B2BUA ready again")
        second = up.daemons()
    finally:
        code = up.stop()
    expect(code == 0, f"exit code {code}: {up.log()[-1500:]}")
    left = [pid for pid in second if pathlib.Path(f"/proc/{pid}").exists()]
    expect(not left, f"still running: {left}")


def stays_down_when_told(folder):
    """What `tandemctl stop` ends is neither called dead nor started again; the others go on"""
    up = Up(folder)
    up.start()
    try:
        up.ctl("stop")
        wait_until(lambda: "tandem-b2bua was told to stop" in up.log(), 15, "the end of the B2BUA")
        expect("died" not in up.log() and "tandem-b2bua" not in up.daemons().values(), up.log())
        for pid in up.daemons():
            os.kill(pid, signal.SIGTERM)
        expect(up.process.wait(10) == 0, "it does not end when nothing is left to watch")
    finally:
        up.stop()


def stops_web_last(folder):
    """Ctrl-C ends the B2BUA, then the relay, then the web UI"""
    up = Up(folder)
    up.start()
    up.stop()
    order = re.findall(r"tandem-(\w+): stopped", up.log())
    expect(order[:2] == ["b2bua", "rtprelay"] and order[2:] in ([], ["webui"]), f"in this order: {order}")


def second_leaves_the_first_alone(folder):
    """A second one on the same folder names folder and process, and changes nothing"""
    up = Up(folder)
    up.start()
    try:
        conf = (up.data / "tandem.conf").read_text()
        done = subprocess.run([*up.command, "--sip", "127.0.0.1:1", "--http", "127.0.0.1:2"], capture_output=True,
                              text=True, timeout=30, check=False)
        expect(done.returncode == 1, f"exit code {done.returncode}: {done.stderr}")
        pid = next(pid for pid, name in up.daemons().items() if name == "tandem-b2bua")
        expect(re.search(rf"Tandem already runs on \S*{up.data.name} \(pid {pid}\)", done.stderr), done.stderr)
        expect((up.data / "tandem.conf").read_text() == conf, "tandem.conf was changed")
        expect(up.process.poll() is None, "the first one died of it")
    finally:
        up.stop()


def options_are_not_kept(folder):
    """--sip on a folder that has its interfaces says that it does nothing; no option is written down"""
    first = Up(folder)
    first.start()
    first.stop()
    expect(first.sip not in (first.data / "tandem.conf").read_text(), "--sip was written down")
    second = Up(folder)
    second.start()
    try:
        expect(f"--sip ignored: interface access is provisioned as udp:{first.sip} tcp:{first.sip}; change it with "
               "tandemctl apply" in second.log(), second.log())
    finally:
        second.stop()


def failed_start_says_why(folder):
    """A daemon that cannot start ends everything with its own message, exit code 1"""
    up = Up(folder)
    host, port = up.sip.split(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind((host, int(port)))
        done = subprocess.run(up.command, capture_output=True, text=True, timeout=30, check=False)
    expect(done.returncode == 1, f"exit code {done.returncode}: {done.stderr}")
    expect("tandem-b2bua did not start" in done.stderr and "ERROR" in done.stderr, done.stderr)


if __name__ == "__main__":
    sys.exit(run_checks("up", [restarts_what_dies, stays_down_when_told, stops_web_last, second_leaves_the_first_alone,
                               options_are_not_kept, failed_start_says_why], sys.argv[1:]))
