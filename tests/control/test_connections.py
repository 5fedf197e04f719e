#!/usr/bin/env python3
"""What TCP connections may cost: their number, half messages, peers that do not read or do not answer."""
import contextlib
import pathlib
import resource
import socket
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/lib"))
from checks import expect, run_checks  # noqa: E402
from sip_peer import SDP, Callee, Flow, header, request  # noqa: E402
from tandem import Tandem, TandemError, free_port, wait_until  # noqa: E402

NUMBER = "8613800138000"
MANY = 10000


class House:
    """A Tandem with TCP, a caller's host and a callee's."""

    def __init__(self, folder, **conf):
        self.tandem = Tandem(folder)
        self.tandem.conf_write(conf)
        self.caller_host, self.callee_host = self.tandem.claim.host(10), self.tandem.claim.host(20)
        self.callee_port = free_port(self.callee_host)

    def __enter__(self):
        self.tandem.__enter__()
        tcp = f"tcp:{self.tandem.host}:{self.tandem.access_port}"
        carrier = f"{self.tandem.host}:{self.tandem.carrier_port}"
        self.tandem.apply({
            "interfaces": [{"name": "access", "listen": [f"udp:{tcp[4:]}", tcp]},
                           {"name": "carrier", "listen": [f"udp:{carrier}", f"tcp:{carrier}"]}],
            "trunks": [{"name": "pbx", "interface": "access", "match": [self.caller_host]},
                       {"name": "ims", "interface": "carrier", "anchor": "off",
                        "target": f"sip:{self.callee_host}:{self.callee_port}"}],
            "routes": [{"prefix": "", "trunks": ["ims"]}]})
        return self

    def __exit__(self, *failure):
        self.tandem.__exit__(*failure)

    def connect(self, host=None):
        address = (self.tandem.host, self.tandem.access_port)
        return Flow(socket.create_connection(address, 5, (host or self.caller_host, 0)))

    def options(self, flow, call_id="o", size=0):
        local = "{}:{}".format(*flow.sock.getsockname())
        extra = f"X-Long: {'x' * size}\r\n" if size else ""
        return request("OPTIONS", f"sip:{self.tandem.host}", local, "alice", call_id=call_id, proto="TCP", extra=extra)

    def answers(self, flow, **options):
        flow.send(self.options(flow, **options))
        expect(flow.receive().startswith("SIP/2.0 200"), "OPTIONS was not answered")

    def door(self, name):
        status = self.tandem.ctl_json("status")
        return next(part[name] for part in (status, *(v for v in status.values() if isinstance(v, dict))) if name in part)


def is_ended(flow, timeout_s):
    """True if the other side ends the connection in that time."""
    flow.sock.settimeout(timeout_s)
    try:
        while flow.sock.recv(65536):
            pass
    except TimeoutError:
        return False
    except ConnectionError:
        pass
    return True


def in_pieces(folder):
    """Two messages in one segment, one in single bytes, keep-alives between: each is answered"""
    with House(folder) as house:
        flow = house.connect()
        flow.send(house.options(flow, "a") + house.options(flow, "b"))
        for name in "ab":
            expect(header(flow.receive("200"), "Call-ID").startswith(name), "not both were answered in order")
        flow.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in house.options(flow, "c"):
            flow.send(byte)
        expect(header(flow.receive("200"), "Call-ID").startswith("c"), "not answered")
        flow.send("\r\n\r\n")
        flow.sock.settimeout(5)
        expect(flow.sock.recv(16) == b"\r\n", "no pong")
        flow.send(house.options(flow, "d") + house.options(flow, "e")[:40])
        expect(header(flow.receive("200"), "Call-ID").startswith("d"), "not answered")
        flow.send(house.options(flow, "e")[40:])
        expect(header(flow.receive("200"), "Call-ID").startswith("e"), "not answered")


def too_long(folder):
    """60 KiB are answered, more than 64 end the connection, and so does what is no SIP"""
    with House(folder) as house:
        flow = house.connect()
        house.answers(flow, size=60000)
        for text in (house.options(flow, size=66000), "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
                     house.options(flow).replace("Content-Length: 0\r\n", "")):
            flow = house.connect()
            with contextlib.suppress(ConnectionError):
                flow.send(text)
            expect(is_ended(flow, 5), f"still open after {text[:40]}")
        expect(house.door("connections_cut") == 3, "not counted")
        house.answers(house.connect())


def dribbling(folder):
    """A message that does not end is cut in time, whatever comes of it; others are answered meanwhile"""
    with House(folder) as house:
        flow = house.connect()
        begun = time.monotonic()
        with contextlib.suppress(ConnectionError):
            for byte in house.options(flow)[:40]:
                flow.send(byte)
                time.sleep(0.5)
                if time.monotonic() - begun > 13:
                    break
        expect(is_ended(flow, 5), "still open")
        expect("did not end in time" in house.tandem.b2bua.log(), "the log does not say it")
        house.answers(house.connect())


def never_reading(folder):
    """Who takes no answers is cut, and costs no more than its queue"""
    with House(folder) as house:
        flow = house.connect()
        flow.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        text = "".join(house.options(flow, f"n{i}") for i in range(200)).encode()
        flow.sock.settimeout(40)
        begun = time.monotonic()
        try:
            while time.monotonic() - begun < 40:
                flow.sock.sendall(text)
                time.sleep(0.05)
        except (ConnectionError, TimeoutError):
            pass
        wait_until(lambda: house.door("connections") == 0, 20, "the connection cut")
        house.answers(house.connect())


def limits(folder):
    """As many from one source and in all as the configuration says; what goes makes room"""
    with House(folder, sip_connections=12, sip_connections_source=5) as house:
        flows = [house.connect() for _ in range(5)]
        for flow in flows:
            house.answers(flow)
        expect(is_ended(house.connect(), 5), "a sixth from one source was taken")
        more = [house.connect(house.tandem.claim.host(11)) for _ in range(5)]
        more += [house.connect(house.tandem.claim.host(12)) for _ in range(2)]
        for flow in more:
            house.answers(flow)
        expect(is_ended(house.connect(house.tandem.claim.host(13)), 5), "a thirteenth was taken")
        expect(house.door("connections_refused") == 2 and house.door("connections") == 12, "not counted")
        flows[0].close()
        wait_until(lambda: house.door("connections") == 11, 5, "its place is free")
        house.answers(house.connect())


def many_idle(folder):
    """10,000 connections that say nothing: calls go on, and they are gone soon"""
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    count = min(MANY, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 500)
    with House(folder) as house:
        callee = Callee(house.callee_host, house.callee_port, proto="tcp")
        idle = [house.connect(house.tandem.claim.host(30 + i // 900)) for i in range(count)]
        wait_until(lambda: house.door("connections") >= count, 10, "all taken")
        house.answers(house.connect())
        wait_until(lambda: house.door("connections") <= 2, 60, "all gone")
        for flow in idle:
            flow.close()
        callee.close()


def to_nowhere(folder):
    """A large INVITE to a host that takes no TCP connection, and does not say so, goes by UDP in time"""
    with House(folder) as house, socket.socket() as full, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        full.bind((house.callee_host, house.callee_port))
        full.listen(0)
        taken = [socket.socket() for _ in range(3)]
        for sock in taken:  # the queue is full: further SYNs are dropped
            sock.setblocking(False)
            sock.connect_ex((house.callee_host, house.callee_port))
        time.sleep(0.2)
        udp.bind((house.callee_host, house.callee_port))
        udp.settimeout(4)
        flow = house.connect()
        local = "{}:{}".format(*flow.sock.getsockname())
        body = SDP.format(house.caller_host) + "a=x-long:" + "x" * 1500 + "\r\n"
        flow.send(request("INVITE", f"sip:{NUMBER}@{house.tandem.host}", local, "alice", proto="TCP", body=body))
        expect(udp.recv(4096).startswith(b"INVITE sip:"), "no INVITE by UDP")
        for sock in taken:
            sock.close()


def own_connection(folder):
    """The caller's own connection carries what the callee sends, whatever its Contact says"""
    with House(folder) as house:
        callee = Callee(house.callee_host, house.callee_port, proto="tcp")
        house.tandem.apply({"trunks": [{"name": "ims", "target": f"sip:{house.callee_host}:{house.callee_port};transport=tcp"}]})
        flow = house.connect()
        local = "{}:{}".format(*flow.sock.getsockname())
        uri = f"sip:{NUMBER}@{house.tandem.host}"
        one = {"proto": "TCP", "contact": "<sip:4001@10.99.99.99:5060;transport=tcp>"}
        flow.send(request("INVITE", uri, local, "alice", body=SDP.format(house.caller_host), **one))
        ok = flow.receive("200")
        flow.send(request("ACK", uri, local, "alice", to=header(ok, "To"), **one))
        wait_until(lambda: callee.received("ACK"), 5, "ACK at the callee")
        invite = callee.received("INVITE")[0]
        ours = header(invite, "Contact").strip("<>")
        callee.flows[0].send(
            f"BYE {ours} SIP/2.0\r\nVia: SIP/2.0/TCP {house.callee_host}:{house.callee_port};branch=z9hG4bKbye\r\n"
            f"From: {header(invite, 'To')};tag=bob\r\nTo: {header(invite, 'From')}\r\nCSeq: 1 BYE\r\n"
            f"Call-ID: {header(invite, 'Call-ID')}\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n")
        bye = flow.receive("BYE")
        expect(bye.startswith("BYE sip:4001@10.99.99.99:5060"), bye)
        callee.close()


def behind_nat(folder):
    """By UDP: a STUN request is told where it comes from, and rport and received say so in a response"""
    with House(folder) as house, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind((house.caller_host, 0))
        udp.settimeout(5)
        there = (house.tandem.host, house.tandem.access_port)
        port = udp.getsockname()[1]
        udp.sendto(b"\0\1\0\0\x21\x12\xa4\x42" + b"transaction!", there)
        answer = udp.recv(1024)
        mapped = bytes(a ^ b for a, b in zip(socket.inet_aton(house.caller_host), b"\x21\x12\xa4\x42"))
        expect(answer[:2] == b"\1\1" and answer[8:20] == b"transaction!", f"no success: {answer!r}")
        expect(b"\0\x20\0\x08\0\1" + (port ^ 0x2112).to_bytes(2, "big") + mapped in answer, f"not mapped: {answer!r}")
        text = request("OPTIONS", f"sip:{house.tandem.host}", "10.99.99.99:5060", "alice", proto="UDP")
        udp.sendto(text.encode(), there)
        via = header(udp.recv(4096).decode(), "Via")
        expect(f"rport={port}" in via and f"received={house.caller_host}" in via, via)


CHECKS = [behind_nat, in_pieces, too_long, dribbling, never_reading, limits, many_idle, to_nowhere, own_connection]

if __name__ == "__main__":
    sys.exit(run_checks("connections", CHECKS, sys.argv[1:]))
