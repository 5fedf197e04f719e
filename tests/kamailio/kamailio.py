"""Kamailio as the relay's client: Debian's, unpacked beside the build, run on a loopback address."""
import contextlib
import os
import pathlib
import re
import signal
import subprocess
import sys
import uuid

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / part) for part in ("lib", "media")]
from checks import Skip  # noqa: E402
from relay_lib import Client  # noqa: E402
from sipp import names_fill  # noqa: E402
from tandem import ROOT, Daemon, TandemError, free_port, wait_until  # noqa: E402

PEERS = ROOT / ".cache/peers"
START_S = 10
STOP_S = 5
PORTS = 200  # of media, for each relay
RELAY = os.environ.get("RELAY", "tandem")  # RELAY=rtpengine proves the tests themselves


class Relay(Daemon):
    """A tandem-rtprelay that takes NG over UDP, as Kamailio speaks it. It has ports for so many calls of audio."""

    def __init__(self, name, folder, claim, number=0, calls=PORTS // 4, **settings):
        data = folder / name
        data.mkdir()
        self.ng = (claim.host(1), free_port(claim.host(1)))
        self.interfaces = {"internal": claim.host(1), "external": claim.host(3)}
        self.ports = (20000 + number * PORTS, 20000 + number * PORTS + 4 * calls - 1)
        super().__init__("tandem-rtprelay", self.options(data, settings), data / "log")

    def options(self, data, settings):
        interfaces = ",".join(f"{name}={address}" for name, address in self.interfaces.items())
        settings = {"data_dir": data, "run_dir": data, "ng_udp": "%s:%d" % self.ng, "rtp_workers": 1,
                    "rtp_interfaces": interfaces, "rtp_port_min": self.ports[0], "rtp_port_max": self.ports[1],
                    "port_quarantine_s": 0, **settings}
        return [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]

    def url(self):
        return "udp:%s:%d" % self.ng

    def ask(self, command, **keys):
        """One request of our own, beside Kamailio's."""
        client = Client(None, udp=self.ng)
        try:
            return client.ok(command, cookie=uuid.uuid4().hex, **keys)  # rtpengine knows a request by that alone
        finally:
            client.close()

    def calls(self):
        return self.ask("list")["calls"]


class Rtpengine(Relay):
    """Debian's rtpengine in its place: what it does, too, a test may ask of ours."""

    def options(self, data, settings):
        return ["--table=-1", "--foreground", "--log-stderr", "--log-level=5", "--num-threads=2", "--delete-delay=0",
                f"--pidfile={data}/pid", "--listen-ng=%s:%d" % self.ng, "--port-min=%d" % self.ports[0],
                "--port-max=%d" % self.ports[1],
                *[f"--interface={name}/{address}" for name, address in self.interfaces.items()]]

    def path(self):
        return PEERS / "usr/bin/rtpengine"

    def is_ready(self):
        with contextlib.suppress(OSError):
            return self.ask("ping")


class Kamailio:
    """One Kamailio, and the relays it may use: [url or url=weight]."""

    def __init__(self, folder, claim, nodes):
        self.library = next(iter(sorted(PEERS.glob("usr/lib/*/kamailio"))), None)
        if not self.library:
            raise Skip("kamailio is not unpacked in .cache/peers; ./dev test does so")
        self.folder = folder
        self.host = claim.host(2)
        self.port = free_port(self.host)
        self.log_path = folder / "kamailio.log"
        self.rpc_path = folder / "kamailio.ctl"
        self.config = folder / "kamailio.cfg"
        names = {"sip": f"{self.host}:{self.port}", "rpc": self.rpc_path, "nodes": " ".join(nodes)}
        self.config.write_text(names_fill((HERE / "kamailio.cfg").read_text(), names))
        self.env = {**os.environ, "LD_LIBRARY_PATH": str(self.library)}
        self.process = None

    def __enter__(self):
        command = [str(PEERS / "usr/sbin/kamailio"), "-DD", "-E", "-m", "32", "-M", "8", "-f", str(self.config),
                   "-L", str(self.library / "modules"), "-Y", str(self.folder), "-w", str(self.folder)]
        with open(self.log_path, "w") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=self.env,
                                            start_new_session=True)
        try:
            wait_until(self.is_ready, START_S, f"Kamailio ready (log: {self.log_path})")
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(self, *_):
        self.end()

    def is_ready(self):
        if self.process.poll() is not None:
            raise TandemError(f"Kamailio ended with {self.process.returncode}: {self.log()[-2000:]}")
        return self.rpc_path.exists() and self.rpc("core.uptime", check=False)

    def end(self):
        """In good order; what is left of its processes is killed."""
        self.process.terminate()
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            pass
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()

    def rpc(self, *words, check=True):
        """What kamcmd prints."""
        done = subprocess.run([str(PEERS / "usr/sbin/kamcmd"), "-s", f"unix:{self.rpc_path}", *words], env=self.env,
                              capture_output=True, text=True, timeout=10, check=False)
        if check and done.returncode:
            raise TandemError(f"kamcmd {' '.join(words)}: {done.stdout}{done.stderr}")
        return "" if done.returncode else done.stdout

    def log(self):
        return self.log_path.read_text(errors="replace")

    def noted(self, what, call_id):
        """What the configuration's xlog() said of a call, or None: the text behind its word and the Call-ID."""
        found = re.findall(rf"{what} {re.escape(call_id)} (.*)", self.log())
        return found[-1] if found else None
