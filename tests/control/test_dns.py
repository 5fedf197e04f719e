#!/usr/bin/env python3
"""Trunks whose target is a name: which of its addresses are called, in which order, and what is asked how often."""
import pathlib
import socket
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/lib"))
from checks import expect, run_checks  # noqa: E402
from dnsmasq import Dnsmasq  # noqa: E402
from sip_peer import SDP, Callee, Flow, header, reply, request  # noqa: E402
from tandem import Tandem, TandemError, free_port, wait_until  # noqa: E402

NUMBER = "8613800138000"


class Silent(threading.Thread):
    """Takes connections and says nothing."""

    def __init__(self, host, port):
        super().__init__(daemon=True)
        self.listener = socket.create_server((host, port))
        self.socks = []
        self.start()

    def run(self):
        while True:
            try:
                self.socks.append(self.listener.accept()[0])
            except OSError:
                return

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for sock in self.socks:
            sock.close()


class Full(Callee):
    """Refuses every call with 503."""

    def answer(self, flow, message):
        self.requests.append(message)
        if message.startswith("INVITE "):
            flow.send(reply(message, 503, "Service Unavailable", "full"))


class House:
    """A Tandem that asks a dnsmasq, a caller by TCP, and hosts a.test, b.test, c.test for callees."""

    def __init__(self, folder, *records, ttl_s=60, **conf):
        self.tandem = Tandem(folder)
        claim = self.tandem.claim
        self.caller_host = claim.host(10)
        self.hosts = {name: claim.host(20 + i) for i, name in enumerate("abc")}
        self.port = free_port(self.hosts["a"])
        names = [f"--host-record={name}.test,{host}" for name, host in self.hosts.items()]
        self.dns = Dnsmasq(folder, claim.host(5), *names, *(record.format(port=self.port) for record in records),
                           ttl_s=ttl_s)
        self.tandem.conf_write({"dns_servers": self.dns.url(), **conf})
        self.calls = 0

    def __enter__(self):
        self.dns.start()
        self.tandem.__enter__()
        return self

    def __exit__(self, *failure):
        self.tandem.__exit__(*failure)
        if self.dns.running():
            self.dns.kill()

    def provision(self, target, **trunk):
        tcp = f"tcp:{self.tandem.host}:{self.tandem.access_port}"
        carrier = f"{self.tandem.host}:{self.tandem.carrier_port}"
        self.tandem.apply({
            "interfaces": [{"name": "access", "listen": [f"udp:{tcp[4:]}", tcp]},
                           {"name": "carrier", "listen": [f"udp:{carrier}", f"tcp:{carrier}"]}],
            "trunks": [{"name": "pbx", "interface": "access", "match": [self.caller_host]},
                       {"name": "ims", "interface": "carrier", "anchor": "off",
                        "target": target.format(port=self.port), **trunk}],
            "routes": [{"prefix": "", "trunks": ["ims"]}]})

    def callee(self, name, kind=Callee):
        return kind(self.hosts[name], self.port, proto="tcp") if kind is not Silent else Silent(self.hosts[name], self.port)

    def call(self):
        """Call and hang up; the final response, and the seconds until it."""
        self.calls += 1
        sock = socket.create_connection((self.tandem.host, self.tandem.access_port), 5, (self.caller_host, 0))
        flow = Flow(sock)
        local = "{}:{}".format(*sock.getsockname())
        uri = f"sip:{NUMBER}@{self.tandem.host}:{self.tandem.access_port}"
        one = {"call_id": f"c{self.calls}", "proto": "TCP"}
        begun = time.monotonic()
        flow.send(request("INVITE", uri, local, "alice", body=SDP.format(self.caller_host), **one))
        final = flow.receive("SIP/2.0 ", timeout_s=12)
        while final.startswith("SIP/2.0 1"):
            final = flow.receive("SIP/2.0 ", timeout_s=12)
        seconds = time.monotonic() - begun
        flow.send(request("ACK", uri, local, "alice", to=header(final, "To"), **one))
        if final.startswith("SIP/2.0 200"):
            flow.send(request("BYE", header(final, "Contact").strip("<>"), local, "alice", 2, header(final, "To"), **one))
            flow.receive("200")
        flow.close()
        return final, seconds

    def answered(self, within_s=3.5):
        final, seconds = self.call()
        expect(final.startswith("SIP/2.0 200"), final)
        expect(seconds < within_s, f"answered after {seconds:.1f} s")


SERVICE = ["--naptr-record=sip.test,10,10,s,SIP+D2T,,_sip._tcp.sip.test",
           "--srv-host=_sip._tcp.sip.test,b.test,{port},20", "--srv-host=_sip._tcp.sip.test,a.test,{port},10"]


def in_order(folder):
    """NAPTR leads to SRV, the better priority is called; one that refuses gives way at once, and comes last then"""
    with House(folder, *SERVICE) as house:
        house.provision("sip:sip.test")
        a, b = house.callee("a"), house.callee("b")
        house.answered()
        expect(len(a.received("INVITE")) == 1 and not b.received("INVITE"), "the wrong one was called")
        wait_until(lambda: a.received("ACK") and a.received("BYE"), 5, "ACK and BYE at the callee")
        expect(header(a.received("INVITE")[0], "Via").startswith("SIP/2.0/TCP"), "not by TCP")
        expect(a.received("INVITE")[0].startswith(f"INVITE sip:{NUMBER}@sip.test SIP/2.0"), a.received("INVITE")[0])
        a.close()
        house.answered(within_s=1)
        house.answered(within_s=1)
        expect(len(b.received("INVITE")) == 2, "the second was not called")
        b.close()
        attempts = [cdr["attempts"].count("trunk") for cdr in house.tandem.cdrs(3)]
        expect(attempts == [1, 1, 1], f"each address is no attempt of its own: {attempts}")


def silent(folder):
    """Who is silent gives way within seconds, inside the trunk's own time; the next call does not wait for it"""
    with House(folder, *SERVICE) as house:
        house.provision("sip:sip.test", timeout_s=4)
        a, b = house.callee("a", Silent), house.callee("b")
        house.answered(within_s=3)
        house.answered(within_s=1)
        expect(len(b.received("INVITE")) == 2, "the second was not called")
        a.close()
        b.close()


def full(folder):
    """503 from one address leads to the next, and is the caller's when all say so"""
    with House(folder, *SERVICE) as house:
        house.provision("sip:sip.test", failover=[])
        a, b = house.callee("a", Full), house.callee("b")
        house.answered()
        expect(len(a.received("INVITE")) == 1 and len(b.received("INVITE")) == 1, "not both were called")
        b.close()
        b = house.callee("b", Full)
        final, _ = house.call()
        expect(final.startswith("SIP/2.0 503"), final)
        a.close()
        b.close()


def asked_once(folder):
    """What is known is not asked again, that there is nothing neither"""
    with House(folder, *SERVICE) as house:
        house.provision("sip:sip.test")
        a = house.callee("a")
        for _ in range(3):
            house.answered()
        counts = [house.dns.asked(*what) for what in (("NAPTR", "sip.test"), ("SRV", "_sip._tcp.sip.test"), ("A", "a.test"))]
        expect(counts == [1, 1, 1], f"asked {counts} times")
        house.provision("sip:none.test;transport=tcp")
        for _ in range(2):
            final, seconds = house.call()
            expect(final.startswith("SIP/2.0 503") and seconds < 1, f"{seconds:.1f} s: {final}")
        counts = [house.dns.asked(*what) for what in (("SRV", "_sip._tcp.none.test"), ("A", "none.test"))]
        expect(counts == [1, 1], f"nothing was asked for {counts} times")
        expect({cdr["release_tag"] for cdr in house.tandem.cdrs(5)[3:]} == {"dns"}, "the CDR does not say dns")
        a.close()


def short_lived(folder):
    """A TTL that is over is over; without any name server what was known goes on, and is told"""
    with House(folder, *SERVICE, ttl_s=1) as house:
        house.provision("sip:sip.test")
        a = house.callee("a")
        house.answered()
        time.sleep(1.2)
        house.answered()
        expect(house.dns.asked("A", "a.test") >= 2, "not asked again")
        house.dns.kill()
        time.sleep(1.2)
        house.answered()
        house.answered(within_s=1)
        expect("what was known of it goes on" in house.tandem.b2bua.log(), "nothing is said of it")
        a.close()


def many(folder):
    """An answer too long for UDP is asked for by TCP"""
    records = [f"--srv-host=_sip._tcp.many.test,host-with-a-long-name-{i}.test,{{port}},20" for i in range(25)]
    with House(folder, *records, "--srv-host=_sip._tcp.many.test,a.test,{port},1") as house:
        house.provision("sip:many.test;transport=tcp")
        a = house.callee("a")
        house.answered()
        a.close()


def hosts_file(folder):
    """Names in /etc/hosts need no name server"""
    with House(folder) as house:
        house.dns.kill()
        port = free_port("127.0.0.1")
        house.provision(f"sip:localhost:{port};transport=tcp")
        callee = Callee("127.0.0.1", port, proto="tcp")
        house.answered(within_s=1)
        callee.close()


def nobody(folder):
    """Without name servers a call fails within the trunk's time, and says why"""
    with House(folder) as house:
        house.dns.kill()
        house.provision("sip:a.test")
        final, seconds = house.call()
        expect(final.startswith("SIP/2.0 503") and seconds < 5, f"{seconds:.1f} s: {final}")
        expect("no answer about" in house.tandem.b2bua.log(), "the log does not say it")


CHECKS = [in_order, silent, full, asked_once, short_lived, many, hosts_file, nobody]

if __name__ == "__main__":
    sys.exit(run_checks("dns", CHECKS, sys.argv[1:]))
