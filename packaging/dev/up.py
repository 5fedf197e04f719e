#!/usr/bin/env python3
"""Run Tandem in the foreground: relay, B2BUA and web UI on one data folder, until Ctrl-C.

usage: ./dev up [--data DIR] [--sip ADDR:PORT] [--http ADDR:PORT] [--demo [--once]]

Each daemon lives and dies on its own: one that dies later is started again, one that cannot start
ends everything with its own message.
"""
import argparse
import ctypes
import json
import pathlib
import re
import signal
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests/lib"), str(ROOT / "tests/demo")]
from tandem import TandemError, program  # noqa: E402

READY_TIMEOUT_S = 15
STOP_TIMEOUT_S = 20
BACKOFF_FIRST_S, BACKOFF_LAST_S = 0.5, 10
STEADY_S = 30  # alive for so long: the next death is a first one again
PR_SET_PDEATHSIG = 1


class Failed(Exception):
    """A daemon could not start; it has said why itself."""


def die_with_parent():
    """Runs in the child: nothing is left behind even if this script is killed."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Daemon:
    """One program under supervision; its log lines go to our stderr."""

    def __init__(self, path, conf):
        self.path = path
        self.name = path.name
        self.command = [str(path), "--config", str(conf)]
        self.ready = threading.Event()
        self.backoff_s = BACKOFF_FIRST_S
        self.restart_at = None
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
        """Start it again if it died, later and later if it keeps dying."""
        if self.restart_at is not None:
            if time.monotonic() >= self.restart_at:
                self.start()
        elif self.process.poll() is not None:
            if time.monotonic() - self.started > STEADY_S:
                self.backoff_s = BACKOFF_FIRST_S
            say(f"dev: {self.name} died (exit code {self.process.returncode}); "
                f"starting it again in {self.backoff_s:g} s")
            self.restart_at = time.monotonic() + self.backoff_s
            self.backoff_s = min(2 * self.backoff_s, BACKOFF_LAST_S)

    def stop(self):
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            say(f"dev: {self.name} does not stop; killing it")
            self.process.kill()
            self.process.wait()


def say(line):
    print(line, file=sys.stderr, flush=True)


def conf_write(data, options):
    """DIR/tandem.conf: written once, then only the lines the command line changes."""
    path = data / "tandem.conf"
    keys = {"data_dir": f'"{data}"', "sip_listen": options.sip, "http_listen": options.http}
    lines = path.read_text().splitlines() if path.exists() else ["# written by ./dev up; yours to change"]
    for key, value in keys.items():
        at = next((i for i, line in enumerate(lines) if line.split()[:1] == [key]), None)
        if at is None:
            lines.append(f"{key} {value or DEFAULTS[key]}")
        elif value:
            lines[at] = f"{key} {value}"
    path.write_text("\n".join(lines) + "\n")
    return path


DEFAULTS = {"sip_listen": "127.0.0.1:5060", "http_listen": "127.0.0.1:8888"}


class System:
    """What the demo needs to know of the running Tandem."""

    def __init__(self, data):
        self.data = data

    def ctl(self, *arguments, text=None):
        command = [str(program("tandemctl")), "--data", str(self.data), *arguments]
        done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=30, check=False)
        if done.returncode != 0:
            raise TandemError(done.stderr.strip() or f"tandemctl {arguments[0]} failed")
        return done.stdout

    def listen_addresses(self):
        exported = json.loads(self.ctl("export"))
        return [f"{one['name']} {' '.join(one['listen'])}" for one in exported.get("interfaces", [])]


def daemons_found(conf):
    """In the order they are started; the web UI may not have been built."""
    names = ["tandem-rtprelay", "tandem-b2bua", "tandem-webui"]
    for name in names[:2]:
        if not program(name).exists():
            raise Failed(f"{name} is not built")
    return [Daemon(program(name), conf) for name in names if program(name).exists()]


def welcome(system, conf, daemons):
    web = next((line.split()[1] for line in conf.read_text().splitlines() if line.startswith("http_listen")), "")
    webui = next((daemon for daemon in daemons if daemon.name == "tandem-webui"), None)
    ctl = program("tandemctl")
    shown = ctl.relative_to(ROOT) if ctl.is_relative_to(ROOT) else ctl
    print("\nTandem is up.")
    for line in system.listen_addresses():
        print(f"  SIP       {line}")
    print(f"  web       http://{web}/" if webui else "  web       the web UI is not part of this build")
    if webui:
        print(f"  password  {webui.password or 'as it was set when the data folder was new'}")
    print(f"  calls     {shown} --data {system.data} calls")
    print(f"  CDRs      {shown} --data {system.data} cdr --last 10")
    print("  stop      Ctrl-C\n", flush=True)


def options_read():
    parser = argparse.ArgumentParser(prog="./dev up", description=__doc__.split("\n")[0])
    parser.add_argument("--build", default="build", help=argparse.SUPPRESS)
    parser.add_argument("--data", default="data", metavar="DIR", help="data folder (default: ./data)")
    parser.add_argument("--sip", metavar="ADDR:PORT",
                        help="interface `access` of an empty data folder (default: 127.0.0.1:5060)")
    parser.add_argument("--http", metavar="ADDR:PORT", help="the web UI (default: 127.0.0.1:8888)")
    parser.add_argument("--demo", action="store_true", help="provision two trunks, place a call, show its CDR")
    parser.add_argument("--once", action="store_true", help="with --demo: stop after the CDR")
    return parser.parse_args()


def run(options, daemons, system, conf):
    for daemon in daemons:
        daemon.start()
        daemon.wait_ready()
    welcome(system, conf, daemons)
    if options.demo:
        import demo
        demo.run(system)
        if options.once:
            return
        print("Tandem goes on running; Ctrl-C stops it.", flush=True)
    while True:
        time.sleep(0.1)
        for daemon in daemons:
            daemon.watch()


def interrupted(_signal, _frame):
    raise KeyboardInterrupt


def main():
    options = options_read()
    data = pathlib.Path(options.data).resolve()
    daemons, code = [], 0
    signal.signal(signal.SIGTERM, interrupted)
    try:
        data.mkdir(parents=True, exist_ok=True)
        conf = conf_write(data, options)
        daemons = daemons_found(conf)
        run(options, daemons, System(data), conf)
    except KeyboardInterrupt:
        say("dev: stopping")
    except (Failed, TandemError, OSError) as error:
        say(f"dev: {error}")
        code = 1
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not leave half of it running
    for daemon in reversed(daemons):  # the B2BUA ends its calls while the relay is still there
        daemon.stop()
    return code


if __name__ == "__main__":
    sys.exit(main())
