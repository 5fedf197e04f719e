"""Daemons under supervision in the foreground: started, watched, started again when they die, stopped."""
import ctypes
import re
import signal
import subprocess
import sys
import threading
import time

READY_TIMEOUT_S = 15
BACKOFF_FIRST_S, BACKOFF_LAST_S = 0.5, 10
STEADY_S = 30  # alive for so long: the next death is a first one again
PR_SET_PDEATHSIG = 1
SCREEN = threading.Lock()


class Failed(Exception):
    """Tandem cannot be run; what is said is the reason, or a daemon has said it itself."""


def say(text, stream=sys.stderr):
    """Whole lines: nobody else's come between them."""
    with SCREEN:
        print(text, file=stream, flush=True)


def die_with_parent():
    """Runs in the child: nothing is left behind even if this script is killed."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Daemon:
    """One program under supervision; its log lines go to our stderr."""

    def __init__(self, path, options):
        self.name = path.name
        self.command = [str(path), *options]
        self.ready = threading.Event()
        self.backoff_s = BACKOFF_FIRST_S
        self.restart_at = None
        self.stopped = False  # told to stop by somebody else, and did
        self.process = None
        self.password = None  # the first one of a new data folder: said once

    def start(self):
        self.ready.clear()
        self.restart_at = None
        self.started = time.monotonic()
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, start_new_session=True,
                                        preexec_fn=die_with_parent)
        threading.Thread(target=self.read_log, args=(self.process,), daemon=True).start()

    def read_log(self, process):
        for raw in process.stdout:
            line = raw.decode(errors="replace").rstrip("\n")
            say(line if self.name in line else f"{self.name}: {line}")
            if re.search(r"\bready\b", line):
                self.ready.set()
            found = re.search(r"first password: (\S+)", line)
            if found:
                self.password = found.group(1)

    def wait_ready(self):
        deadline = time.monotonic() + READY_TIMEOUT_S
        while not self.ready.wait(0.05):
            if self.process.poll() is not None:
                time.sleep(0.2)  # let its last words be read
                raise Failed(f"{self.name} did not start (exit code {self.process.returncode})")
            if time.monotonic() > deadline:
                raise Failed(f"{self.name} is not ready after {READY_TIMEOUT_S} s")

    def watch(self):
        """Start it again if it died, later and later if it keeps dying; not if it was told to stop."""
        if self.stopped:
            return
        if self.restart_at is not None:
            if time.monotonic() >= self.restart_at:
                self.start()
        elif self.process.poll() == 0:
            self.stopped = True
            say(f"dev: {self.name} was told to stop, and did; it stays down until ./dev up is run again")
        elif self.process.poll() is not None:
            self.schedule()

    def schedule(self):
        if time.monotonic() - self.started > STEADY_S:
            self.backoff_s = BACKOFF_FIRST_S
        say(f"dev: {self.name} died (exit code {self.process.returncode}); "
            f"starting it again in {self.backoff_s:g} s")
        self.restart_at = time.monotonic() + self.backoff_s
        self.backoff_s = min(2 * self.backoff_s, BACKOFF_LAST_S)

    def stop(self, timeout_s):
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            say(f"dev: {self.name} does not stop; killing it")
            self.process.kill()
            self.process.wait()
