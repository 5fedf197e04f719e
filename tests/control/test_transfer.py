#!/usr/bin/env python3
"""Attended transfers, and an INVITE that takes the place of a leg (RFC 3891, RFC 5589), by a telephone with two calls."""
import pathlib
import re
import socket
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/lib"))
from checks import expect, run_checks  # noqa: E402
from sip_peer import SDP, Callee, Flow, header, reply, request  # noqa: E402
from tandem import Tandem, free_port, wait_until  # noqa: E402


class House:
    """A Tandem, two callees by TCP, and customers that transfer."""

    def __init__(self, folder):
        self.tandem = Tandem(folder)
        claim = self.tandem.claim
        self.caller_host, self.stranger_host = claim.host(10), claim.host(11)
        self.carrier = f"{claim.host(2)}:{free_port(claim.host(2))}"
        self.callees = []
        for last in (20, 21):
            host = claim.host(last)
            self.callees.append(Callee(host, free_port(host), proto="tcp"))

    def provision(self, transfer="serve"):
        minute = {"per_minute": "6.00", "first": 60, "next": 60}
        self.tandem.apply({
            "tariffs": [{"name": "retail", "currency": "CNY", "rates": [{"prefix": "1", **minute}, {"prefix": "2", **minute}]}],
            "interfaces": [
                {"name": "access", "listen": [f"tcp:{self.tandem.host}:{self.tandem.access_port}"]},
                {"name": "carrier", "listen": [f"tcp:{self.carrier}"]}],
            "accounts": [{"name": "acme", "kind": "prepaid", "currency": "CNY", "balance": "20.00", "tariff": "retail"},
                         {"name": "other", "kind": "postpaid", "currency": "CNY"}],
            "trunks": [
                {"name": "pbx", "interface": "access", "account": "acme", "match": [self.caller_host],
                 "transfer": transfer},
                {"name": "stranger", "interface": "access", "account": "other", "match": [self.stranger_host],
                 "transfer": "serve"},
                *({"name": f"ims-{index}", "interface": "carrier", "target": callee.contact.strip("<>").replace(
                    "bob@", "")} for index, callee in enumerate(self.callees))],
            "routes": [{"prefix": str(index + 1), "trunks": [f"ims-{index}"]} for index in range(2)]})

    def phone(self, host=None):
        sock = socket.create_connection((self.tandem.host, self.tandem.access_port), 5,
                                        (host or self.caller_host, 0))
        return Phone(Flow(sock), f"{self.tandem.host}:{self.tandem.access_port}")

    def expect_charged(self, rows, prices):
        """Each record its price, in units; the account that and no more, and nothing set aside any more."""
        found = [row["price_nano"] // 10**9 for row in rows]
        expect(found == prices, f"prices {found} instead of {prices}: {rows}")
        left = self.tandem.sql("SELECT nano FROM balance WHERE account = 'acme'")[0]["nano"]
        expect(left == (20 - sum(prices)) * 10**9, f"{left} nano are left of 20.00 after {prices}")
        self.tandem.ctl("ledger", "verify")

    def close(self):
        for callee in self.callees:
            callee.close()


class Call:
    """A dialog of a phone."""

    def __init__(self, phone, number, call_id):
        self.phone, self.call_id, self.cseq = phone, call_id, 1
        self.uri = f"sip:{number}@{phone.server}"
        self.sdp = SDP.format(phone.host)

    def invite(self, extra="", body=None):
        body = self.sdp if body is None else body
        self.send("INVITE", self.uri, "", extra, body)
        self.ok = self.phone.final()
        if self.ok.startswith("SIP/2.0 2"):
            self.send("ACK", self.target(), header(self.ok, "To"))
        return self.ok

    def target(self):
        return header(self.ok, "Contact").strip("<>")

    def send(self, method, uri, to, extra="", body=""):
        self.phone.flow.send(request(method, uri, self.phone.local, "alice", self.cseq, to, self.call_id, extra, body,
                                     proto="TCP"))

    def inside(self, method, extra=""):
        self.cseq += 1
        self.send(method, self.target(), header(self.ok, "To"), extra)

    def replaces(self):
        """As another must name this dialog to Tandem."""
        to_tag = header(self.ok, "To").split("tag=")[1]
        return f"{self.call_id}@{self.phone.local};to-tag={to_tag};from-tag=alice"


class Phone:
    """Several calls over one connection; what comes in a call is answered with 200."""

    def __init__(self, flow, server):
        self.flow, self.server, self.calls, self.requests = flow, server, 0, []
        self.host, port = flow.sock.getsockname()
        self.local = f"{self.host}:{port}"

    def call(self, number):
        self.calls += 1
        return Call(self, number, f"call-{self.calls}")

    def next(self):
        """The next message; a request is answered and kept."""
        message = self.flow.receive()
        if not message.startswith("SIP/2.0"):
            self.requests.append(message)
            self.flow.send(reply(message, 200, "OK", "alice", f"<sip:4001@{self.local};transport=tcp>"))
        return message

    def final(self):
        while True:
            message = self.next()
            if message.startswith("SIP/2.0") and not message.startswith("SIP/2.0 1"):
                return message

    def await_request(self, method, text=""):
        while not any(one.startswith(method + " ") and text in one for one in self.requests):
            self.next()


def escaped(text):
    return text.replace("@", "%40").replace(";", "%3B").replace("=", "%3D")


def reinvited(callee, count=2):
    wait_until(lambda: len(callee.received("INVITE")) == count and len(callee.received("ACK")) == count, 5,
               "a re-INVITE at the callee, and its ACK")
    return callee.received("INVITE")[-1]


def answered(phone, number):
    call = phone.call(number)
    ok = call.invite()
    expect(ok.startswith("SIP/2.0 200"), f"the call was not answered: {ok}")
    return call


def joined_by(house):
    """A telephone with two calls, which has made one of them between their other ends."""
    phone = house.phone()
    one, two = answered(phone, "100"), answered(phone, "200")
    one.inside("REFER", f"Refer-To: <sip:200@x.example?Replaces={escaped(two.replaces())}>\r\n")
    accepted = phone.final()
    expect(accepted.startswith("SIP/2.0 202"), f"the REFER was not accepted: {accepted}")
    phone.await_request("NOTIFY", "SIP/2.0 100")
    phone.await_request("NOTIFY", "SIP/2.0 200")
    phone.await_request("BYE", "Call-ID: call-2@")
    return phone, one


def attended(folder, transfer="serve"):
    """Both calls of a phone become one between their other ends; three records, nobody pays twice"""
    house = House(folder)
    with house.tandem:
        house.provision(transfer)
        phone, one = joined_by(house)
        one.inside("BYE")
        expect(phone.final().startswith("SIP/2.0 200"), "the BYE was not answered")
        for callee in house.callees:
            expect("m=audio 2" in reinvited(callee), "the re-INVITE names no port of the relay")
        expect(len(house.tandem.sql("SELECT 1 FROM cdr")) == 0, "a call was over before its party hung up")
        bob = house.callees[0]
        ack = bob.received("ACK")[-1]
        bob.flows[0].send(request("BYE", f"sip:x@{house.carrier};transport=tcp", "bob.example", "bob", 7,
                                  header(ack, "From"), proto="TCP").replace(
            "<sip:4001@bob.example>;tag=bob", header(ack, "To")).replace(
            "Call-ID: 1@bob.example", f"Call-ID: {header(ack, 'Call-ID')}"))
        wait_until(lambda: house.callees[1].received("BYE"), 5, "BYE at the other callee")
        rows = house.tandem.cdrs(3, 5)
        house.expect_charged(rows, [6, 6, 0])
    house.close()
    first, second, joined = rows
    expect([row["disposition"] for row in rows] == ["answered"] * 3, f"dispositions: {rows}")
    expect([row["dst_trunk"] for row in rows] == ["ims-0", "ims-1", "ims-1"], f"trunks: {rows}")
    expect([row["account"] for row in rows] == ["acme", "acme", None], f"accounts: {rows}")
    expect([row["transfer_of"] for row in rows] == [None, None, first["cdr_id"]], f"transfer_of: {rows}")
    expect([row["released_by"] for row in rows] == ["callee", "caller", "caller"], f"released_by: {rows}")
    expect(second["b_call_id"] == joined["b_call_id"], f"the joined call has no leg of the second: {rows}")


def all_ended(folder):
    """An operator ends all calls, also where one takes others with it"""
    house = House(folder)
    with house.tandem:
        house.provision()
        joined_by(house)
        for callee in house.callees:
            reinvited(callee)
        wait_until(lambda: house.tandem.sql("SELECT count(*) AS n FROM open_call")[0]["n"] == 3, 5, "three open calls")
        time.sleep(0.5)  # until the counters of the calls that were left are there
        house.tandem.ctl("hangup", "--all")
        rows = house.tandem.cdrs(3, 5)
        house.expect_charged(rows, [6, 6, 0])
        expect([row["release_tag"] for row in rows] == ["operator"] * 3, f"release_tag: {rows}")
    house.close()


def attended_passing(folder):
    """A trunk whose REFERs pass has a transfer between its own two calls done here all the same"""
    attended(folder, "pass")


def foreign_replaces(folder):
    """Refer-To with a dialog that is not there ends in a NOTIFY of 481, and the call goes on"""
    house = House(folder)
    with house.tandem:
        house.provision()
        phone = house.phone()
        one = answered(phone, "100")
        one.inside("REFER", "Refer-To: <sip:200@x.example?Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2>\r\n")
        expect(phone.final().startswith("SIP/2.0 202"), "the REFER was not accepted")
        phone.await_request("NOTIFY", "SIP/2.0 481")
        one.inside("INFO")
        expect(phone.final().startswith("SIP/2.0 200"), "the call did not go on")
        one.inside("BYE")
        phone.final()
        house.tandem.cdrs(1, 5)
    house.close()


def replaced(folder):
    """An INVITE with Replaces takes the place of a phone of the same account"""
    house = House(folder)
    with house.tandem:
        house.provision()
        old, new = house.phone(), house.phone()
        one = answered(old, "100")
        two = new.call("100")
        ok = two.invite(f"Require: replaces\r\nReplaces: {one.replaces()}\r\n")
        expect(ok.startswith("SIP/2.0 200") and "m=audio 2" in ok, f"no answer with a port of the relay: {ok}")
        old.await_request("BYE")
        expect("m=audio 2" in reinvited(house.callees[0]), "the re-INVITE names no port of the relay")
        two.inside("BYE")
        expect(new.final().startswith("SIP/2.0 200"), "the BYE was not answered")
        wait_until(lambda: house.callees[0].received("BYE"), 5, "BYE at the callee")
        first, second = house.tandem.cdrs(2, 5)
        house.expect_charged([first, second], [6, 0])
    house.close()
    expect(second["transfer_of"] == first["cdr_id"] and second["account"] is None, f"the second record: {second}")
    expect(first["released_by"] == second["released_by"] == "caller", f"released_by: {first} {second}")
    expect(not house.callees[1].requests, "the INVITE was routed as well")


def replace_refused(folder):
    """What cannot be replaced is refused by the code that says why, and the call goes on"""
    house = House(folder)
    with house.tandem:
        house.provision()
        phone = house.phone()
        one = answered(phone, "100")
        for value, code, host, body in (
                ("a@b;to-tag=1;from-tag=2", 481, None, None),
                (one.replaces().replace("from-tag=alice", "from-tag=bob"), 481, None, None),
                (one.replaces() + ";early-only", 486, None, None),
                (one.replaces(), 403, house.stranger_host, None),
                (one.replaces(), 488, None, ""),
                (one.replaces() + f"\r\nReplaces: {one.replaces()}", 400, None, None),
                ("a@b;to-tag=1", 400, None, None)):
            other = house.phone(host).call("100")
            answer = other.invite(f"Replaces: {value}\r\n", body)
            expect(answer.startswith(f"SIP/2.0 {code} "), f"{value} shall get {code}: {answer}")
        one.inside("INFO")
        expect(phone.final().startswith("SIP/2.0 200"), "the call did not go on")
        one.inside("BYE")
        phone.final()
        house.tandem.cdrs(8, 5)
    house.close()


def alone(folder):
    """Who asked for a transfer has left, the target does not ring yet: what the party says meanwhile has nobody to hear it"""
    house = House(folder)
    with house.tandem, socket.create_server((house.caller_host, free_port(house.caller_host))) as silent:
        house.provision()
        house.tandem.apply({"trunks": [{"name": "ims-1", "target": "sip:%s:%d;transport=tcp" % silent.getsockname()}]})
        phone, callee = house.phone(), house.callees[0]
        one = answered(phone, "100")
        one.inside("REFER", "Refer-To: <sip:200@x.example>\r\n")
        expect(phone.final().startswith("SIP/2.0 202"), "the REFER was not accepted")
        one.inside("BYE")
        expect(phone.final().startswith("SIP/2.0 200"), "the BYE was not answered")
        callee.flows[0].send(info_of(callee))
        wait_until(lambda: callee.received("SIP/2.0"), 3, "an answer to what the party said")
        expect(callee.received("SIP/2.0")[0].startswith("SIP/2.0 480 "), f"answered {callee.received('SIP/2.0')}")
        wait_until(lambda: callee.received("BYE"), 10, "BYE at the party, as the target never answers")
        house.tandem.cdrs(2, 5)
    house.close()


def info_of(callee):
    """INFO in the dialog that the callee's first INVITE began."""
    invite = callee.received("INVITE")[0]
    text = request("INFO", header(invite, "Contact").strip("<>"), callee.contact.partition("@")[2].partition(";")[0],
                   "bob", 2, header(invite, "From"), "", proto="TCP")
    return re.sub("Call-ID: .*\r", f"Call-ID: {header(invite, 'Call-ID')}\r", text)


CHECKS = [alone, attended, all_ended, attended_passing, foreign_replaces, replaced, replace_refused]

if __name__ == "__main__":
    sys.exit(run_checks("transfer", CHECKS, sys.argv[1:]))
