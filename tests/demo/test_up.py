#!/usr/bin/env python3
"""`./dev up`: what dies is started again, a stop leaves nothing behind, a failed start says why."""
import os
import pathlib
import signal
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/lib"))
from checks import expect, run_checks  # noqa: E402
from tandem import Claim, build_dir, free_port, wait_until  # noqa: E402


class Up:
    """./dev up on an address of its own."""

    def __init__(self, folder):
        self.claim = Claim()
        host = self.claim.host(1)
        self.data = folder / "data"
        self.log_path = folder / "up.log"
        self.command = [sys.executable, str(ROOT / "packaging/dev/up.py"), "--build", str(build_dir()),
                        "--data", str(self.data), "--sip", f"{host}:{free_port(host)}",
                        "--http", f"{host}:{free_port(host)}"]

    def start(self):
        with open(self.log_path, "w") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_until(lambda: "Tandem is up" in self.log() or self.process.poll() is not None, 20, "./dev up")

    def log(self):
        return self.log_path.read_text(errors="replace")

    def daemons(self):
        """{pid: name} of its daemons."""
        found = subprocess.run(["pgrep", "-P", str(self.process.pid), "-a"], capture_output=True, text=True,
                               check=False).stdout
        children = {int(line.split()[0]): pathlib.Path(line.split()[1]).name for line in found.splitlines()}
        return {pid: name for pid, name in children.items() if name.startswith("tandem-")}

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)


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


def failed_start_says_why(folder):
    """A second one on the same folder ends with exit code 1 and the daemon's own message"""
    up = Up(folder)
    up.start()
    try:
        done = subprocess.run(up.command, capture_output=True, text=True, timeout=30, check=False)
        expect(done.returncode == 1, f"exit code {done.returncode}: {done.stderr}")
        expect("did not start" in done.stderr and "ERROR" in done.stderr, done.stderr)
        expect(up.process.poll() is None, "the first one died of it")
    finally:
        up.stop()


if __name__ == "__main__":
    sys.exit(run_checks("up", [restarts_what_dies, failed_start_says_why], sys.argv[1:]))
