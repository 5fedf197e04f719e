"""Kamailio as the relay's client: Debian's, unpacked beside the build, run on a loopback address."""
import contextlib
import os
import pathlib
import sys
import uuid

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / part) for part in ("lib", "media")]
from proxy import PEERS  # noqa: E402
from proxy import Kamailio as Proxy  # noqa: E402
from relay_lib import Client  # noqa: E402
from sipp import names_fill  # noqa: E402
from tandem import Daemon, free_port  # noqa: E402

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


class Kamailio(Proxy):
    """One Kamailio, and the relays it may use: [url or url=weight]."""

    def __init__(self, folder, claim, nodes):
        self.host = claim.host(2)
        self.port = free_port(self.host)
        names = {"sip": f"{self.host}:{self.port}", "rpc": "@rpc@", "nodes": " ".join(nodes)}
        super().__init__(folder, names_fill((HERE / "kamailio.cfg").read_text(), names))
