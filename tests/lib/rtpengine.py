"""Debian's rtpengine, unpacked beside the build, as the relay of a Tandem under test."""
import contextlib
import socket
import uuid

from checks import Skip
from tandem import ROOT, Daemon, free_port

PROGRAM = ROOT / ".cache/peers/usr/bin/rtpengine"


class Rtpengine(Daemon):
    """It takes NG on `host`; its interfaces are {name: address}, named as Tandem's."""

    def __init__(self, folder, host, interfaces):
        if not PROGRAM.exists():
            raise Skip("rtpengine is not unpacked in .cache/peers; ./dev test does so")
        self.ng = (host, free_port(host))
        super().__init__("rtpengine", [
            "--table=-1", "--foreground", "--log-stderr", "--log-level=5", "--num-threads=2",
            "--listen-ng=%s:%d" % self.ng, "--port-min=20000", "--port-max=29999",
            f"--pidfile={folder}/rtpengine.pid",
            *[f"--interface={name}/{address}" for name, address in interfaces.items()],
        ], folder / "rtpengine.log")

    def path(self):
        return PROGRAM

    def url(self):
        return "udp:%s:%d" % self.ng

    def is_ready(self):
        """True once it answers a ping."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client, contextlib.suppress(OSError):
            client.settimeout(0.2)
            client.connect(self.ng)
            client.send(f"{uuid.uuid4().hex} d7:command4:pinge".encode())
            return client.recv(1024).endswith(b"4:ponge")
