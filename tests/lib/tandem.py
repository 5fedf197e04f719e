"""Tandem under test: relay and B2BUA started on an address of their own, asked and stopped.

Every Tandem claims a number N and lives on 127.77.N.1; its peers live on 127.77.N.10 and up. Nothing
is shared with another test running at the same time, so tests may run side by side. The programs come
from the folder in TANDEM_BUILD (default: build), so a sanitizer build can be tested the same way.
"""
import json
import os
import pathlib
import random
import re
import signal
import socket
import sqlite3
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
START_TIMEOUT_S = 15
STOP_TIMEOUT_S = 20
SANITIZER = re.compile(r"(ERROR: (Address|Leak|Thread|Memory)Sanitizer|runtime error:|WARNING: ThreadSanitizer)")


class TandemError(Exception):
    """A test's own failure: what was expected and what was seen."""


def build_dir():
    """The folder of the programs under test."""
    return (ROOT / os.environ.get("TANDEM_BUILD", "build")).resolve()


def missing_programs():
    """Names of the programs a call needs that this build does not have (yet)."""
    names = ("tandem-rtprelay", "tandem-b2bua", "tandemctl")
    return [name for name in names if not program(name).exists()]


def program(name):
    """Where a program was built. Not searched for: tests that run beside this one make and remove folders there."""
    return build_dir() / name


class Claim:
    """A number no other running test has; given back when the process ends, however it ends."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        for self.number in range(1, 250):
            try:
                self.socket.bind(f"\0tandem-test-{self.number}")
                return
            except OSError:
                continue
        raise TandemError("249 tests are running already")

    def host(self, last):
        return f"127.77.{self.number}.{last}"


def is_free(host, port):
    """True if nobody uses the port, by UDP or TCP."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as udp, socket.socket(family, socket.SOCK_STREAM) as tcp:
            udp.bind((host, port))
            tcp.bind((host, port))
        return True
    except OSError:
        return False


DRAWN = []  # the sockets that stand for the ports this process has drawn


def port_draw(host, port):
    """True if nobody drew this port before: neither we nor a test that runs beside us."""
    mark = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        mark.bind(f"\0tandem-port-{host}-{port}")
    except OSError:
        mark.close()
        return False
    DRAWN.append(mark)
    return True


def free_port(host, span=1):
    """An even port of `host` that is free together with the `span` - 1 that follow it, below those the
    kernel gives away by itself. It stays drawn until this process ends, also before it is bound."""
    for _ in range(1000):
        port = random.randrange(10000, 19990, 2)
        ports = range(port, port + span)
        if all(is_free(host, one) for one in ports) and all(port_draw(host, one) for one in ports):
            return port
    raise TandemError(f"no free port on {host}")


def wait_until(condition, timeout_s, what):
    """Poll until condition() is true; its value is returned."""
    deadline = time.monotonic() + timeout_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise TandemError(f"{what}: not within {timeout_s} s")
        time.sleep(0.02)


class Daemon:
    """One of our programs: its process and its log."""

    def __init__(self, name, arguments, log_path):
        self.name = name
        self.arguments = arguments
        self.log_path = log_path
        self.process = None
        self.log_offset = 0

    def path(self):
        return program(self.name)

    def start(self, wait_ready=True, prefix=()):
        if not self.path().exists():
            raise TandemError(f"{self.name} is not built")
        if self.log_path.exists():
            self.log_offset = self.log_path.stat().st_size
        with open(self.log_path, "a") as log:
            self.process = subprocess.Popen([*prefix, str(self.path()), *self.arguments],
                                            stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        if wait_ready:
            wait_until(self.is_ready, START_TIMEOUT_S, f"{self.name} ready (log: {self.log_path})")

    def is_ready(self):
        if self.process.poll() is not None:
            raise TandemError(f"{self.name} ended with {self.process.returncode}: {self.log()[-2000:]}")
        return re.search(r"\bready\b", self.log())

    def log(self):
        """What it has logged since it was last started."""
        with open(self.log_path, errors="replace") as log:
            log.seek(self.log_offset)
            return log.read()

    def pid(self):
        return self.process.pid

    def running(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        """As a crash does it: no chance to clean up."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """End it in good order; anything but exit code 0 and a clean log is an error."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise TandemError(f"{self.name} does not end within {STOP_TIMEOUT_S} s of SIGTERM") from None
        self.process = None
        found = SANITIZER.search(self.log_path.read_text(errors="replace"))
        if found:
            raise TandemError(f"{self.name}: {found.group(0)} (log: {self.log_path})")
        if code != 0:
            raise TandemError(f"{self.name} ended with exit code {code} (log: {self.log_path})")


class Tandem:
    """The relay and the B2BUA of one test on one data folder."""

    def __init__(self, folder, conf=None):
        self.folder = pathlib.Path(folder).resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.data = self.folder / "data"
        self.data.mkdir(exist_ok=True)
        self.claim = Claim()
        self.host = self.claim.host(1)
        self.access_port = free_port(self.host)
        self.carrier_port = free_port(self.host)
        self.conf_path = self.folder / "tandem.conf"
        self.conf_write(conf or {})
        config = ["--config", str(self.conf_path)]
        self.relay = Daemon("tandem-rtprelay", config, self.folder / "rtprelay.log")
        self.b2bua = Daemon("tandem-b2bua", config, self.folder / "b2bua.log")

    def conf_write(self, conf):
        keys = {
            "data_dir": self.data,
            "node": "test",
            "sip_listen": f"{self.host}:{self.access_port}",
            "http_listen": f"{self.host}:{free_port(self.host)}",
            "rtp_port_min": 20000,
            "rtp_port_max": 29999,
            "rtp_workers": 1,
            **conf,
        }
        self.conf_path.write_text("".join(f"{key} {value}\n" for key, value in keys.items()))

    def start(self):
        self.relay.start()
        self.b2bua.start()

    def stop(self):
        """End both; every complaint is raised, also when the first of them is at fault."""
        errors = []
        for daemon in (self.b2bua, self.relay):
            try:
                daemon.stop()
            except TandemError as error:
                errors.append(str(error))
        if errors:
            raise TandemError("; ".join(errors))

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.abandon()
            raise
        return self

    def __exit__(self, kind, error, trace):
        if kind is None:
            self.stop()
        else:
            self.abandon()

    def abandon(self):
        """The test has failed already: leave nothing running."""
        for daemon in (self.b2bua, self.relay):
            if daemon.running():
                daemon.kill()

    def ctl(self, *arguments, check=True, text=None):
        """Run tandemctl; returns what it printed."""
        command = [str(program("tandemctl")), "--config", str(self.conf_path), *arguments]
        done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=30, check=False)
        if check and done.returncode != 0:
            raise TandemError(f"tandemctl {' '.join(arguments)}: exit code {done.returncode}: "
                              f"{done.stderr}{done.stdout}")
        return done.stdout

    def ctl_json(self, *arguments):
        return json.loads(self.ctl("--json", *arguments))

    def apply(self, objects):
        """Provision; `objects` as the contract's JSON."""
        path = self.folder / f"apply-{time.monotonic_ns()}.json"
        path.write_text(json.dumps(objects, indent=2))
        return self.ctl("apply", str(path))

    def sql(self, statement, *parameters):
        """Rows as dicts, straight from the database, read-only."""
        database = sqlite3.connect(f"file:{self.data}/tandem.db?mode=ro", uri=True, timeout=10)
        try:
            database.row_factory = sqlite3.Row
            return [dict(row) for row in database.execute(statement, parameters)]
        finally:
            database.close()

    def cdrs(self, count=None, timeout_s=5):
        """All CDRs in order of start; with `count`, waits until there are as many."""
        query = "SELECT * FROM cdr ORDER BY start_us, cdr_id"
        if count is not None:
            deadline = time.monotonic() + timeout_s
            while len(self.sql("SELECT cdr_id FROM cdr")) < count and time.monotonic() < deadline:
                time.sleep(0.05)
        return self.sql(query)
