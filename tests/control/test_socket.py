#!/usr/bin/env python3
"""The control socket under clients that are slow, silent, garbled, greedy or many."""
import json
import pathlib
import socket
import stat
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/lib"))
from checks import expect, run_checks  # noqa: E402
from tandem import Tandem, wait_until  # noqa: E402

ANSWER_TIMEOUT_S = 30


class Client:
    """One connection; `send` takes bytes as they shall go out."""

    def __init__(self, tandem):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(tandem.data / "run/b2bua.sock"))  # waits while the backlog is full
        self.socket.settimeout(ANSWER_TIMEOUT_S)
        self.lines = self.socket.makefile("rb")

    def send(self, data):
        self.socket.sendall(data)

    def ask(self, method, params=None, number=1):
        request = {"jsonrpc": "2.0", "id": number, "method": method}
        if params is not None:
            request["params"] = params
        self.send(json.dumps(request).encode() + b"\n")

    def answer(self):
        line = self.lines.readline()
        expect(line.endswith(b"\n"), f"no whole answer: {line[:200]!r}")
        return json.loads(line)

    def call(self, method, params=None, number=1):
        self.ask(method, params, number)
        return self.answer()

    def close(self):
        self.lines.close()
        self.socket.close()


def alive(tandem):
    """Somebody else is served as if nothing were."""
    client = Client(tandem)
    expect(client.call("status")["result"]["state"] == "running", "no status")
    client.close()


def mode(folder):
    """The socket is its group's, not the world's"""
    with Tandem(folder) as tandem:
        bits = stat.S_IMODE((tandem.data / "run/b2bua.sock").stat().st_mode)
        expect(bits == 0o660, f"mode {bits:o}")


def faults(folder):
    """Each kind of wrong request has its code, and the connection lives on"""
    cases = [
        (b"garbage", -32700, "line 1, column 1"),
        (b'{"jsonrpc": "2.0", "id": 1, "method": }', -32700, "column 39"),
        (b"[]", -32700, "an object { } is expected"),
        (b"\xff\xfe\x00", -32700, "column 1"),
        (b"{}", -32600, "method"),
        (b'{"id": {}, "method": "status"}', -32600, "id"),
        (b'{"id": 1, "method": 5}', -32600, "method"),
        (b'{"id": 1, "method": "stats"}', -32601, 'did you mean "status"?'),
        (b'{"id": 1, "method": "calls", "params": []}', -32602, "params"),
        (b'{"id": 1, "method": "calls", "params": {"limit": 0}}', -32602, "limit"),
        (b'{"id": 1, "method": "calls", "params": {"limit": "9"}}', -32602, "limit"),
        (b'{"id": 1, "method": "call"}', -32602, "id"),
        (b'{"id": 1, "method": "call", "params": {"id": "x"}}', -32001, "no call"),
        (b'{"id": 1, "method": "hangup"}', -32602, "id"),
        (b'{"id": 1, "method": "log", "params": {"level": "loud"}}', -32602, "level"),
        (b'{"id": 1, "method": "apply"}', -32602, "document"),
        (b'{"id": 1, "method": "apply", "params": {"document": {"trunk": []}}}', -32000, 'did you mean "trunks"?'),
    ]
    with Tandem(folder) as tandem:
        client = Client(tandem)
        for line, code, text in cases:
            client.send(line + b"\n")
            error = client.answer()["error"]
            expect(error["code"] == code and text in error["message"], f"{line!r}: {error}")
        expect("result" in client.call("status"), "the connection is of no use any more")
        client.close()


def ids(folder):
    """An answer carries the question's id; a notification gets none"""
    with Tandem(folder) as tandem:
        client = Client(tandem)
        client.send(b'{"method": "status"}\n\n  \r\n{"id": "a b", "method": "log"}\n{"id": null, "method": "log"}\n')
        expect(client.answer()["id"] == "a b", "the notification was answered, or the id is wrong")
        expect(client.answer()["id"] is None, "id null")
        client.close()


def pieces(folder):
    """A request may come byte by byte, and many in one piece"""
    with Tandem(folder) as tandem:
        client = Client(tandem)
        for byte in b'{"id": 7, "method": "log"}\n':
            client.send(bytes([byte]))
        expect(client.answer()["id"] == 7, "byte by byte")
        client.send(b"".join(b'{"id": %d, "method": "trunks"}\n' % n for n in range(1000)))
        expect([client.answer()["id"] for _ in range(1000)] == list(range(1000)), "not all, or not in order")
        client.close()


def order(folder):
    """Answers to small questions wait for the large one before them on the same connection, not on another"""
    rates = [{"prefix": str(100000 + n), "per_minute": "0.1"} for n in range(20000)]
    with Tandem(folder) as tandem:
        client = Client(tandem)
        client.ask("apply", {"document": {"tariffs": [{"name": "t", "currency": "EUR", "rates": rates}]}}, 1)
        alive(tandem)
        expect(client.answer()["result"]["changes"] == ["tariff t: created"], "the large one")
        exported = client.call("export", number=2)["result"]["tariffs"][0]["rates"]
        expect(len(exported) == 20000 and exported[7] == {"prefix": "100007", "per_minute": "0.10", "connect_fee": "0.00",
                                                          "first": 1, "next": 1}, f"export: {exported[7]}")
        expect(tandem.sql("SELECT per_minute_nano FROM rate WHERE prefix = '100007'")[0]["per_minute_nano"] == 10**8,
               "not in the database")
        client.close()


def endless_line(folder):
    """A line without end is refused at its limit and costs nobody else anything"""
    with Tandem(folder) as tandem:
        client = Client(tandem)
        sent = 0
        try:
            while sent < 40 * 1024 * 1024:
                client.send(b"x" * 65536)
                sent += 65536
        except OSError:
            pass
        expect(sent >= 16 * 1024 * 1024, f"closed after {sent} bytes already")
        expect(sent < 40 * 1024 * 1024, "never refused")
        client.close()
        alive(tandem)
        expect(tandem.ctl_json("status")["process"]["rss_bytes"] < 256 * 1024 * 1024, "the memory is not given back")


def deaf(folder):
    """A client that asks and never reads is not read from; the others are served"""
    with Tandem(folder) as tandem:
        client = Client(tandem)
        client.socket.settimeout(1)
        try:
            for _ in range(100000):
                client.send(b'{"id": 1, "method": "help"}\n' * 10)
            expect(False, "a million answers were taken in")
        except TimeoutError:
            pass
        alive(tandem)
        expect(tandem.ctl_json("status")["process"]["rss_bytes"] < 256 * 1024 * 1024, "its answers pile up")
        client.close()


def gone(folder):
    """Clients that leave in the middle of everything"""
    with Tandem(folder) as tandem:
        for n in range(200):
            client = Client(tandem)
            client.send([b'{"id": 1, "meth', b'{"id": 1, "method": "relay"}\n', b'{"id": 1, "method": "export"}\n',
                         b'{"id": 1, "method": "apply", "params": {"document": {"settings": {}}}}\n',
                         b'{"id": 1, "method": "log", "x": "' + b"y" * 40000 + b'"}\n'][n % 5])
            client.close()
        alive(tandem)


def many(folder):
    """More clients than there is room for: who was silent longest goes, who comes is served"""
    with Tandem(folder) as tandem:
        clients = [Client(tandem) for _ in range(300)]
        alive(tandem)
        expect("result" in clients[-1].call("status"), "the newest is not served")
        expect(clients[0].lines.readline() == b"", "the oldest is still there")
        for client in clients:
            client.close()
        wait_until(lambda: Client(tandem).call("status"), 5, "served again")


def stop(folder):
    """stop answers, then the daemon ends"""
    tandem = Tandem(folder)
    tandem.start()
    client = Client(tandem)
    expect("result" in client.call("stop"), "no answer")
    wait_until(lambda: not tandem.b2bua.running(), 15, "stopped")
    expect(not (tandem.data / "run/b2bua.sock").exists(), "the socket file stays behind")
    client.close()
    tandem.stop()


CHECKS = [mode, faults, ids, pieces, order, endless_line, deaf, gone, many, stop]

if __name__ == "__main__":
    sys.exit(run_checks("control", CHECKS, sys.argv[1:]))
