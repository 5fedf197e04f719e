"""Debian's dnsmasq, unpacked beside the build, as the name server of a Tandem under test."""
import socket

from checks import Skip
from tandem import ROOT, Daemon, free_port

PROGRAM = ROOT / ".cache/peers/usr/sbin/dnsmasq"


class Dnsmasq(Daemon):
    """It knows what its options say, and nobody else to ask; what it is asked is in its log."""

    def __init__(self, folder, host, *options, ttl_s=60):
        if not PROGRAM.exists():
            raise Skip("dnsmasq is not unpacked in .cache/peers; ./dev test does so")
        self.address = (host, free_port(host))
        super().__init__("dnsmasq", [
            "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--log-facility=-", "--log-queries",
            f"--listen-address={host}", "--bind-interfaces", f"--port={self.address[1]}", "--user=", "--group=",
            "--pid-file=", "--local=/test/", f"--local-ttl={ttl_s}", f"--neg-ttl={ttl_s}", *options,
        ], folder / "dnsmasq.log")

    def path(self):
        return PROGRAM

    def url(self):
        return "%s:%d" % self.address

    def is_ready(self):
        """True once it answers, whatever it says."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(0.2)
            client.connect(self.address)
            try:
                client.send(b"\0\1\1\0\0\1\0\0\0\0\0\0\2up\4test\0\0\1\0\1")
                return bool(client.recv(512))
            except OSError:
                return False

    def asked(self, kind, name):
        """How often it was asked for records of a kind."""
        return self.log().count(f"query[{kind}] {name} ")
