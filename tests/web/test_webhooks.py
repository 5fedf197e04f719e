#!/usr/bin/env python3
"""Webhooks: each event arrives at least once, in order and signed, whoever fails, hangs or is killed meanwhile."""
import contextlib
import json
import pathlib
import re
import socket
import sqlite3
import ssl
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/lib"))
from authority import Authority  # noqa: E402
from calls import NUMBER, Line  # noqa: E402
from checks import expect, run_checks  # noqa: E402
from receiver import Receiver  # noqa: E402
from tandem import Tandem, TandemError, free_port, wait_until  # noqa: E402
from web import WebUi  # noqa: E402

SECRET = "0123456789abcdef-secret"
CALL_KINDS = ["CALL_START", "CALL_ANSWER", "CALL_END"]


class House:
    """All three daemons, a caller and a callee, and the programs events are sent to."""

    def __init__(self, folder):
        self.tandem = Tandem(folder)
        self.web = WebUi(self.tandem)
        self.receivers = []

    def receiver(self, tls=None):
        host = self.tandem.claim.host(30 + len(self.receivers))
        self.receivers.append(Receiver(host, free_port(host), SECRET, tls))
        return self.receivers[-1]

    def hook(self, receiver, name="bill", **fields):
        self.tandem.apply({"webhooks": [{"name": name, "url": receiver.url(), "events": CALL_KINDS,
                                         "secret": SECRET, **fields}]})

    def calls(self, count, talk_ms=100):
        """Events of so many calls, all of them recorded."""
        before = len(self.tandem.sql("SELECT seq FROM cdr"))
        caller = self.line.caller(count, rate=50, talk_ms=talk_ms)
        caller.wait(30)
        self.tandem.cdrs(before + count)

    def seqs(self, kinds=("CALL_START", "CALL_ANSWER", "CALL_END"), after=0):
        rows = self.tandem.sql("SELECT seq, kind FROM event WHERE seq > ? ORDER BY seq", after)
        return [row["seq"] for row in rows if row["kind"] in kinds]

    def state(self, name="bill"):
        rows = [row for row in self.tandem.ctl_json("status")["webhooks"] if row["name"] == name]
        return rows[0] if rows else None

    def sound(self):
        faults = [fault for receiver in self.receivers for fault in receiver.faults]
        expect(not faults, str(faults[:3]))


@contextlib.contextmanager
def house(folder):
    built = House(folder)
    with built.tandem, built.web:
        built.line = Line(built.tandem)
        built.line.provision()
        built.line.callee()
        try:
            yield built
            built.sound()
        finally:
            built.line.end()
            for receiver in built.receivers:
                receiver.stop()


def in_order(receiver, seqs):
    """Each once or more, never a later one before an earlier one was taken."""
    first = list(dict.fromkeys(event["seq"] for event in receiver.events()))
    expect(first == sorted(first), f"out of order: {first}")
    expect(first == seqs, f"{first} instead of {seqs}")


def told(folder):
    """A call's start, answer and end are told once each, signed, with the call and its price"""
    with house(folder) as h:
        receiver = h.receiver().start()
        h.hook(receiver)
        h.calls(1, talk_ms=1500)
        receiver.await_seqs(h.seqs(), 10)
        in_order(receiver, h.seqs())
        start, answer, end = receiver.events()
        cdr = h.tandem.cdrs(1)[0]
        expect([start["kind"], answer["kind"], end["kind"]] == CALL_KINDS, str(receiver.events()))
        expect(len(set(receiver.ids())) == 3, f"ids: {receiver.ids()}")
        for event in (start, answer, end):
            expect(event["call"]["cdr_id"] == cdr["cdr_id"] and event["call"]["callee"] == NUMBER, str(event))
            expect(event["node"] == "test" and event["detail"] is None, str(event))
            expect(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", event["at"]), event["at"])
        expect("end_us" not in start["call"] and "disposition" not in start["call"], f"told too early: {start}")
        expect(answer["call"]["answer_us"] == cdr["answer_us"], str(answer))
        for column in ("src_trunk", "dst_trunk", "account", "duration_ms", "billed_s", "disposition", "sip_code"):
            expect(end["call"][column] == cdr[column], f"{column}: {end['call'].get(column)!r}")
        expect(re.fullmatch(r"\d+\.\d{2,9}", end["call"]["price"]), str(end["call"]))
        expect(receiver.got[0][0]["Content-Type"] == "application/json", str(receiver.got[0][0]))
        wait_until(lambda: h.state() and h.state()["behind"] == 0, 15, "nothing behind in status")
        expect(h.state()["state"] == "ok" and not h.tandem.ctl_json("status")["problems"], str(h.state()))


def only_asked(folder):
    """Only kinds asked for are told, from when the webhook was made, and in lists where it takes several"""
    with house(folder) as h:
        every, ends = h.receiver().start(), h.receiver().start()
        h.calls(3)
        before = h.seqs()[-1]
        h.hook(every, "every", events=["*"], batch=50)
        h.hook(ends, "ends", events=["CALL_E*", "NOTHING"])
        h.calls(20)
        every.await_seqs(h.seqs(after=before), 10)
        ends.await_seqs(h.seqs(("CALL_END",), before), 10)
        in_order(ends, h.seqs(("CALL_END",), before))
        in_order(every, h.seqs(after=before))
        bodies = [json.loads(body) for _, body in every.got]
        expect(all(isinstance(body, list) for body in bodies), "no list")
        expect(1 < max(map(len, bodies)) <= 50, f"lists of {list(map(len, bodies))}")


def balances(folder):
    """A balance that gets low, and one that recovers, are told with the account and what it has"""
    with house(folder) as h:
        receiver = h.receiver().start()
        h.hook(receiver, events=["BALANCE_LOW", "BALANCE_RECOVERED"])
        h.tandem.apply({"tariffs": [{"name": "retail", "currency": "CNY", "rates": [
                            {"prefix": "86", "per_minute": "6.00", "first": 60, "next": 60}]}],
                        "accounts": [{"name": "payer", "currency": "CNY", "balance": "20.00", "tariff": "retail",
                                      "low_balance": "10.00"}],
                        "trunks": [{"name": "pbx", "account": "payer"}]})
        h.calls(3)
        h.tandem.ctl("account", "topup", "payer", "30", "--key", "k")
        wait_until(lambda: len(receiver.events()) >= 2, 10, "both told")
        in_order(receiver, h.seqs(("BALANCE_LOW", "BALANCE_RECOVERED")))
        low, recovered = receiver.events()
        expect((low["kind"], recovered["kind"]) == ("BALANCE_LOW", "BALANCE_RECOVERED"), str(receiver.events()))
        expect(low["detail"] == {"account": "payer", "balance": "8.00"}, str(low))
        expect(recovered["detail"] == {"account": "payer", "balance": "32.00"}, str(recovered))


def refused(folder):
    """What is answered with 500, 302 or a dead connection comes again, with its id, until it is taken"""
    with house(folder) as h:
        receiver = h.receiver().start()
        receiver.status = lambda number: {0: 500, 1: 302, 4: 0}.get(number, 204)
        receiver.headers = {"Location": receiver.url("/elsewhere")}
        h.hook(receiver)
        h.calls(2)
        receiver.await_seqs(h.seqs(), 20)
        in_order(receiver, h.seqs())
        refused_ids = [json.loads(body)["id"] for _, body in receiver.refused]
        expect(len(refused_ids) == 3 and set(refused_ids) <= set(receiver.ids()), str(refused_ids))
        expect(refused_ids[0] == refused_ids[1] == receiver.ids()[0], "another event was sent before it")


def one_hangs(folder):
    """One that hangs or is not there holds up no other; it shows in status, /metrics and as an event, and recovers"""
    with house(folder) as h:
        well, hanging, absent = h.receiver().start(), h.receiver().start(), h.receiver()
        hanging.delay_s = 30
        h.hook(hanging, "hanging", timeout_s=1)
        h.hook(absent, "absent")
        h.hook(well, "well", events=[*CALL_KINDS, "WEBHOOK_*"])
        started = time.monotonic()
        h.calls(10)
        well.await_seqs(h.seqs(), 5)
        wait_until(lambda: all((h.state(name) or {}).get("state") == "failing" for name in ("hanging", "absent")),
                   30, "failing in status")
        expect(time.monotonic() - started > 2, "given up at once")
        expect(h.state("well")["state"] == "ok", str(h.state("well")))
        expect(h.state("absent")["behind"] > 0 and "connect" in h.state("absent")["error"], str(h.state("absent")))
        expect("Timeout" in h.state("hanging")["error"], str(h.state("hanging")))
        expect(any("webhook" in text for text in h.tandem.ctl_json("status")["problems"]), "no problem told")
        metrics = wait_until(lambda: (text := h.web.get("/metrics").body.decode()).count('_up{webhook="absent"} 0')
                             and text, 5, "absent in /metrics")
        expect('tandem_webhook_up{webhook="well"} 1' in metrics, "well is not up")
        wait_until(lambda: {event["detail"]["webhook"] for event in well.events()
                            if event["kind"] == "WEBHOOK_FAILING"} == {"absent", "hanging"}, 10, "WEBHOOK_FAILING")
        absent.start()
        hanging.delay_s = 0
        for receiver in (absent, hanging):
            receiver.await_seqs(h.seqs(), 60)
            in_order(receiver, h.seqs())
        wait_until(lambda: "WEBHOOK_RECOVERED" in {event["kind"] for event in well.events()}, 10,
                   "WEBHOOK_RECOVERED")


def killed(folder):
    """kill -9 of the web server and of the B2BUA, again and again under calls: every event arrives"""
    with house(folder) as h:
        receiver = h.receiver().start()
        receiver.delay_s = 0.01
        h.hook(receiver)
        caller = h.line.caller(60, rate=12, talk_ms=300)
        for turn in range(5):
            time.sleep(0.9)
            daemon = h.tandem.b2bua if turn == 2 else h.web.daemon
            daemon.kill()
            daemon.start()
        caller.end()
        time.sleep(1)
        wanted = h.seqs()
        expect(len(wanted) > 60, f"{len(wanted)} events in all")
        receiver.await_seqs(wanted, 30)
        in_order(receiver, wanted)
        double = len(receiver.ids()) - len(set(receiver.ids()))
        expect(double < 40, f"{double} of {len(wanted)} came twice")
        expect(len(set(receiver.ids())) == len(wanted), "an id for two events")


def killed_before_kept(folder):
    """An event whose delivery was not kept yet when the web server died comes again, with the same id"""
    with house(folder) as h:
        receiver = h.receiver().start()
        h.hook(receiver)
        h.calls(1)
        receiver.await_seqs(h.seqs(), 5)
        wait_until(lambda: h.tandem.sql("SELECT delivered_seq FROM webhook")[0]["delivered_seq"] == h.seqs()[-1], 5,
                   "the cursor")
        first = len(receiver.ids())
        died = threading.Event()
        receiver.before_answer = lambda: (h.web.daemon.kill(), died.set()) if not died.is_set() else None
        h.calls(1)
        expect(died.wait(5), "nothing came")
        h.web.daemon.start()
        receiver.await_seqs(h.seqs(), 10)
        again = receiver.ids()[first:]
        expect(again[0] == again[1] and len(set(again)) == 3, f"ids: {again}")


def old_ones(folder):
    """Events older than max_age_s are skipped and counted; a disabled webhook goes on where it was"""
    with house(folder) as h:
        receiver = h.receiver()
        h.hook(receiver, max_age_s=60)
        h.calls(2)
        skipped = len(h.seqs())
        h.hook(receiver, enabled=False)
        wait_until(lambda: h.state() is None, 10, "gone from status")
        h.tandem.stop()
        database = sqlite3.connect(h.tandem.data / "tandem.db")
        with database:
            database.execute("UPDATE event SET at_us = at_us - 61000000")
        database.close()
        h.tandem.start()
        receiver.start()
        h.calls(1)
        h.hook(receiver, enabled=True)
        wanted = h.seqs()[skipped:]
        receiver.await_seqs(wanted, 10)
        in_order(receiver, wanted)
        wait_until(lambda: h.state() and h.state()["skipped"] == skipped, 10, f"{skipped} skipped")
        row = h.tandem.sql("SELECT delivered_seq, skipped FROM webhook")[0]
        expect(row["skipped"] == skipped, str(row))


def certificates(folder):
    """https: only who shows a certificate of tls_ca for its host is told anything"""
    with house(folder) as h:
        ca, other = Authority(folder, "ca"), Authority(folder, "other")
        receivers = {}
        for name, authority, bears in (("good", ca, None), ("stranger", other, None), ("misnamed", ca, "DNS:else.test")):
            receiver = h.receiver(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
            cert, key, _ = authority.issue(name, bears or f"IP:{receiver.address[0]}")
            receiver.tls.load_cert_chain(cert, key)
            receivers[name] = receiver.start()
            h.hook(receiver, name, tls_ca=str(ca.path))
        h.calls(1)
        receivers["good"].await_seqs(h.seqs(), 10)
        wait_until(lambda: all((h.state(name) or {}).get("failures") for name in ("stranger", "misnamed")), 10,
                   "failures")
        for name in ("stranger", "misnamed"):
            expect(not receivers[name].got and not receivers[name].refused, f"{name} was told")
            expect("peer certificate" in h.state(name)["error"], str(h.state(name)))


def garbage(folder):
    """A server that talks nonsense or sends without end is given up in time, and the web page stays alive"""
    with house(folder) as h:
        host = h.tandem.claim.host(60)
        port = free_port(host)
        listener = socket.create_server((host, port))
        answers = [b"\0\xff nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500000,
                   b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n" + b"x" * 1000000,
                   b"HTTP/1.1 100 Continue\r\n\r\n" * 1000, b""]

        def serve():
            for answer in answers:
                connection, _ = listener.accept()
                with contextlib.suppress(OSError), connection:
                    connection.recv(65536)
                    connection.sendall(answer)
                    time.sleep(0.2)

        threading.Thread(target=serve, daemon=True).start()
        receiver = h.receiver()
        receiver.address = (host, port)
        h.hook(receiver, timeout_s=1)
        h.calls(1)
        wait_until(lambda: (h.state() or {}).get("failures", 0) >= 3, 30, "failures")
        expect(h.web.get("/health").status == 200, "the page is dead")
        expect(h.tandem.sql("SELECT delivered_seq FROM webhook")[0]["delivered_seq"] < h.seqs()[0], "taken as told")
        listener.close()


def provisioning(folder):
    """What cannot work is refused with its place; the secret is never shown; an export applies again"""
    with house(folder) as h:
        good = {"name": "bill", "url": "https://[::1]:8443/x?y=1", "events": ["CALL_*"], "secret": SECRET}
        for field, value in (("url", "ftp://a/"), ("url", "http://"), ("url", "http://u@h/"), ("url", "http://h:0/"),
                             ("url", "http://h/ x"), ("url", "http://h:99999/"), ("url", "http://[::1/"),
                             ("url", "http://h/#f"), ("url", "https://h\r\nX: y/"), ("events", []),
                             ("events", ["call_end"]), ("events", ["*_END"]), ("secret", "short"),
                             ("secret", None), ("batch", 0), ("batch", 101), ("max_age_s", 1)):
            try:
                h.tandem.apply({"webhooks": [{**good, field: value}]})
            except TandemError as error:
                expect(f"webhooks[0].{field}" in str(error), str(error))
            else:
                raise TandemError(f"{field} {value!r} was taken")
        h.tandem.apply({"webhooks": [good]})
        text = h.tandem.ctl("export")
        expect(SECRET not in text and "[::1]:8443" in text, text)
        expect(SECRET not in h.tandem.ctl("status") and SECRET not in h.web.daemon.log(), "the secret is shown")
        exported = json.loads(text)
        exported["webhooks"][0]["batch"] = 7
        h.tandem.apply(exported)
        row = h.tandem.sql("SELECT secret, batch FROM webhook")[0]
        expect((row["secret"], row["batch"]) == (SECRET, 7), str(row))


CHECKS = [told, only_asked, balances, refused, one_hangs, killed, killed_before_kept, old_ones, certificates, garbage,
          provisioning]

if __name__ == "__main__":
    sys.exit(run_checks("webhooks", CHECKS, sys.argv[1:]))
