#!/usr/bin/env python3
"""Pickup: an INVITE that takes a call in the place of a telephone that still rings (Replaces, RFC 3891 3)."""
import json
import pathlib
import socket
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/lib"))
sys.path.insert(0, str(ROOT / "tests/control"))
from checks import expect, run_checks  # noqa: E402
from sip_peer import SDP, Callee, Flow, header, reply, request  # noqa: E402
from tandem import Tandem, free_port, wait_until  # noqa: E402
from test_transfer import Phone  # noqa: E402

CRYPTO = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj\r\n"
QOS = ("a=curr:qos local {0}\r\na=curr:qos remote {1}\r\na=des:qos mandatory local sendrecv\r\n"
       "a=des:qos mandatory remote sendrecv\r\n")


class Desk(Callee):
    """A telephone that rings. `says` is its first response; `answers_cancel` what it says to its INVITE then."""

    says, answers_cancel = (180, "Ringing", False), (487, "Request Terminated", False)

    def answer(self, flow, message):
        self.requests.append(message)
        method = message.split(" ", 1)[0]
        if method == "INVITE":
            self.invite, self.flow = message, flow
            self.respond(self.says)
        elif method == "CANCEL":
            flow.send(reply(message, 200, "OK", "bob"))
            self.respond(self.answers_cancel)
        elif method != "ACK":
            flow.send(reply(message, 200, "OK", "bob"))

    def respond(self, what):
        if not what:
            return
        code, reason, sdp = what
        self.flow.send(reply(self.invite, code, reason, "bob", self.contact, self.sdp if sdp else ""))

    def replaces(self, tag="bob"):
        """Its early dialog, as the one who picks up must name it to Tandem."""
        return (f"{header(self.invite, 'Call-ID')};to-tag={header(self.invite, 'From').split('tag=')[1]}"
                f";from-tag={tag}")


class Office:
    """A Tandem, an outside line whose calls are charged, and desks that ring and pick up."""

    def __init__(self, folder):
        self.tandem = Tandem(folder)
        claim = self.tandem.claim
        self.line_host, self.desk_host, self.stranger_host = claim.host(10), claim.host(11), claim.host(12)
        self.inside = f"{claim.host(2)}:{free_port(claim.host(2))}"
        self.desk = Desk(claim.host(20), free_port(claim.host(20)), proto="tcp")

    def __enter__(self):
        self.tandem.__enter__()
        minute = {"prefix": "1", "per_minute": "6.00", "first": 60, "next": 60}
        self.tandem.apply({
            "tariffs": [{"name": "retail", "currency": "CNY", "rates": [minute]}],
            "interfaces": [
                {"name": "access", "listen": [f"tcp:{self.tandem.host}:{self.tandem.access_port}"]},
                {"name": "carrier", "listen": [f"tcp:{self.inside}"]}],
            "accounts": [{"name": "acme", "kind": "prepaid", "currency": "CNY", "balance": "20.00", "tariff": "retail"}],
            "trunks": [
                {"name": "line", "interface": "access", "account": "acme", "match": [self.line_host],
                 "prack_in": "supported"},
                {"name": "desks", "interface": "carrier", "transfer": "serve", "match": [self.desk_host],
                 "target": self.desk.contact.strip("<>").replace("bob@", "")},
                {"name": "stranger", "interface": "carrier", "transfer": "serve", "match": [self.stranger_host]}],
            "routes": [{"prefix": "1", "trunks": ["desks"]}]})
        return self

    def __exit__(self, *error):
        self.desk.close()
        return self.tandem.__exit__(*error)

    def phone(self, host, server):
        name, port = server.rsplit(":", 1)
        sock = socket.create_connection((name, int(port)), 5, (host, 0))
        return Phone(Flow(sock), server)

    def outside(self):
        return self.phone(self.line_host, f"{self.tandem.host}:{self.tandem.access_port}")

    def neighbour(self, host=None):
        return self.phone(host or self.desk_host, self.inside)

    def ring(self, extra="", sdp=None, offers=True):
        """A call from outside that rings at the desk."""
        caller = self.outside()
        call = caller.call("100")
        call.sdp = sdp or call.sdp
        call.send("INVITE", call.uri, "", extra, call.sdp if offers else "")
        heard = caller.flow.receive("SIP/2.0 18")
        return caller, call, heard

    def records(self, count):
        rows = self.tandem.cdrs(count, 5)
        expect(len(rows) == count, f"{len(rows)} records instead of {count}")
        self.tandem.ctl("ledger", "verify")
        return rows


def pick(office, replaces=None, host=None, body=None):
    """Somebody's INVITE in the place of the desk that rings."""
    neighbour = office.neighbour(host)
    call = neighbour.call("200")
    body = call.sdp if body is None else body
    call.send("INVITE", call.uri, "", f"Require: replaces\r\nReplaces: {replaces or office.desk.replaces()}\r\n", body)
    return neighbour, call


def answered(phone, call, sdp=""):
    """Its final response, which must be 200, acknowledged."""
    call.ok = phone.final()
    expect(call.ok.startswith("SIP/2.0 200"), f"not answered: {call.ok}")
    call.send("ACK", call.target(), header(call.ok, "To"), "", sdp)
    return call.ok


def ended(office, caller, call, neighbour):
    """The caller hangs up; who picked up hears it."""
    call.inside("BYE")
    expect(caller.final().startswith("SIP/2.0 200"), "the BYE was not answered")
    neighbour.await_request("BYE")


def expect_records(office, price=6):
    first, second = office.records(2)
    expect([row["disposition"] for row in (first, second)] == ["answered"] * 2, f"dispositions: {first} {second}")
    expect((first["price_nano"], second["price_nano"]) == (price * 10**9, 0), f"prices: {first} {second}")
    expect((first["account"], second["account"]) == ("acme", None), f"accounts: {first} {second}")
    expect(second["transfer_of"] == first["cdr_id"], f"transfer_of: {second}")
    expect(first["b_call_id"] == second["a_call_id"] and second["b_call_id"] == first["a_call_id"],
           f"the records do not name each other's legs: {first} {second}")
    expect([(one["trunk"], one["code"]) for one in json.loads(first["attempts"])] == [("desks", 487), ("desks", 200)],
           f"attempts: {first['attempts']}")
    expect(abs(second["answer_us"] - first["answer_us"]) < 3000000, f"not answered at once: {first} {second}")
    expect((first["released_by"], second["released_by"]) == ("caller", "callee"), f"released_by: {first} {second}")


def picked_up(folder, parameter=""):
    """The telephone that rings is cancelled, caller and picker are joined, and the caller's call is paid for"""
    with Office(folder) as office:
        caller, call, _ = office.ring()
        neighbour, pickup = pick(office, office.desk.replaces() + parameter)
        for phone, one in ((neighbour, pickup), (caller, call)):
            ok = answered(phone, one)
            expect("m=audio 2" in ok and header(ok, "Content-Type") == "application/sdp",
                   f"no answer with a port of the relay: {ok}")
        wait_until(lambda: office.desk.received("CANCEL"), 5, "CANCEL at the desk")
        expect('SIP;cause=200;text="Call completed elsewhere"' in header(office.desk.received("CANCEL")[0], "Reason"),
               "the desk would count the call as missed")
        ended(office, caller, call, neighbour)
        expect_records(office)
        expect(not office.desk.received("BYE") and len(office.desk.received("INVITE")) == 1, "the desk heard more")


def picked_up_early_only(folder):
    """With early-only the same"""
    picked_up(folder, ";early-only")


def picked_up_twice(folder):
    """The second comes too late: the dialog that it names is ending, which is 603 (RFC 3891 3)"""
    with Office(folder) as office:
        office.desk.answers_cancel = None
        caller, call, _ = office.ring()
        neighbour, pickup = pick(office)
        answered(neighbour, pickup)
        answered(caller, call)
        late, _ = pick(office)
        expect(late.final().startswith("SIP/2.0 603"), "the second was not told that it is over")
        office.desk.respond((487, "Request Terminated", False))
        ended(office, caller, call, neighbour)
        office.records(3)


def picked_up_at_its_answer(folder):
    """The telephone answers while it is cancelled: it is acknowledged and hung up on, and nobody else hears of it"""
    with Office(folder) as office:
        office.desk.answers_cancel = (200, "OK", True)
        caller, call, _ = office.ring()
        neighbour, pickup = pick(office)
        answered(neighbour, pickup)
        answered(caller, call)
        wait_until(lambda: office.desk.received("BYE"), 5, "BYE at the desk")
        expect(office.desk.received("ACK"), "its 200 was not acknowledged")
        ended(office, caller, call, neighbour)
        expect_records(office)


def picked_up_after_early_answer(folder):
    """A caller that has the desk's answer reliably has one 200 without SDP, after its PRACK; then the picker's media"""
    with Office(folder) as office:
        office.desk.says = (183, "Session Progress", True)
        caller, call, heard = office.ring("Supported: 100rel\r\n")
        expect("m=audio 2" in heard and header(heard, "RSeq"), f"no early answer: {heard}")
        neighbour, pickup = pick(office, body=pickup_sdp(office))
        wait_until(lambda: office.desk.received("CANCEL"), 5, "CANCEL at the desk")
        call.ok = heard
        call.inside("PRACK", f"RAck: {header(heard, 'RSeq')} 1 INVITE\r\n")
        expect("PRACK" in header(caller.final(), "CSeq"), "the caller's 200 did not wait for its PRACK")
        call.cseq = 1
        ok = answered(caller, call)
        expect(not header(ok, "Content-Type"), f"another answer: {ok}")
        call.cseq = 2
        answered(neighbour, pickup)
        caller.await_request("INVITE", "RTP/AVP 0 8")
        caller.await_request("ACK")
        ended(office, caller, call, neighbour)
        expect_records(office)


def pickup_sdp(office):
    return (f"v=0\r\no=- 1 1 IN IP4 {office.desk_host}\r\ns=-\r\nc=IN IP4 {office.desk_host}\r\nt=0 0\r\n"
            "m=audio 30000 RTP/AVP 0 8\r\n")


def waiting_for_prack(office):
    """A pickup whose caller has not sent its PRACK yet."""
    office.desk.says = (183, "Session Progress", True)
    caller, call, heard = office.ring("Supported: 100rel\r\n")
    neighbour, pickup = pick(office)
    wait_until(lambda: office.desk.received("CANCEL"), 5, "CANCEL at the desk")
    return caller, call, neighbour, pickup


def cancel(phone, call):
    """Of its INVITE, whose branch it has."""
    text = request("CANCEL", call.uri, phone.local, "alice", 1, "", call.call_id, proto="TCP")
    phone.flow.send(text.replace("-CANCEL-1;", "-INVITE-1;"))


def caller_gone(folder):
    """The caller gives up before it is answered: who picks up gets 481, and nobody pays"""
    with Office(folder) as office:
        caller, call, neighbour, _ = waiting_for_prack(office)
        cancel(caller, call)
        caller.flow.receive("SIP/2.0 487")
        expect(neighbour.final().startswith("SIP/2.0 481"), "who picks up still waits")
        first, second = office.records(2)
        expect((first["disposition"], second["disposition"]) == ("cancelled", "rejected"), f"{first} {second}")
        expect(not first["price_nano"] and not first["answer_us"] and not second["answer_us"], f"{first} {second}")


def picker_gone(folder):
    """Who picks up gives up before the caller is answered: the caller gets 480, and nobody pays"""
    with Office(folder) as office:
        caller, _, neighbour, pickup = waiting_for_prack(office)
        cancel(neighbour, pickup)
        neighbour.flow.receive("SIP/2.0 487")
        expect(caller.flow.receive("SIP/2.0 4").startswith("SIP/2.0 480"), "the caller still waits")
        first, second = office.records(2)
        expect((first["disposition"], second["disposition"]) == ("failed", "cancelled"), f"{first} {second}")
        expect(not first["price_nano"], f"{first}")


def video_rejected(folder):
    """Each side hears as many media as it has offered; what the other lacks is rejected"""
    with Office(folder) as office:
        caller, call, _ = office.ring()
        video = call.sdp + "m=video 30002 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
        neighbour, pickup = pick(office, body=video)
        ok = answered(neighbour, pickup)
        expect("m=audio 2" in ok and "m=video 0 RTP/AVP 96" in ok, f"not both media: {ok}")
        ok = answered(caller, call)
        expect("m=audio 2" in ok and "m=video" not in ok, f"media it did not offer: {ok}")
        ended(office, caller, call, neighbour)
        expect_records(office)


def caller_without_offer(folder):
    """A caller that has made no offer is made the picker's, and its ACK brings the answer: also with SRTP"""
    with Office(folder) as office:
        office.tandem.apply({"trunks": [{"name": "desks", "srtp": "optional"}]})
        caller, call, _ = office.ring(offers=False)
        neighbour, pickup = pick(office, body=SDP.format(office.desk_host).replace("RTP/AVP", "RTP/SAVP") + CRYPTO)
        ok = answered(caller, call, SDP.format(office.line_host))
        expect("m=audio 2" in ok and "RTP/AVP 8" in ok, f"no offer: {ok}")
        ok = answered(neighbour, pickup)
        expect("RTP/SAVP 8" in ok and ok.count("a=crypto:1 ") == 1, f"no answer: {ok}")
        ended(office, caller, call, neighbour)
        expect_records(office)


def caller_without_answer(folder):
    """A caller that has made no offer and gives no answer is hung up on, and who picks up refused"""
    with Office(folder) as office:
        caller, call, _ = office.ring(offers=False)
        neighbour, _ = pick(office)
        answered(caller, call)
        caller.await_request("BYE")
        expect(neighbour.final().startswith("SIP/2.0 481"), "who picks up still waits")
        first, second = office.records(2)
        expect((first["release_tag"], second["disposition"]) == ("no_answer_sdp", "rejected"), f"{first} {second}")


def picker_gone_before_ack(folder):
    """Who picks up gives up when the caller has been answered and not acknowledged that: it is hung up on"""
    with Office(folder) as office:
        caller, call, _ = office.ring(offers=False)
        neighbour, pickup = pick(office)
        call.ok = caller.final()
        cancel(neighbour, pickup)
        neighbour.flow.receive("SIP/2.0 487")
        call.send("ACK", call.target(), header(call.ok, "To"))
        caller.await_request("BYE")
        first, second = office.records(2)
        expect((first["disposition"], second["disposition"]) == ("answered", "cancelled"), f"{first} {second}")


def secure_caller(folder):
    """A caller with SRTP has it to the relay, and who picks up without it RTP from there"""
    with Office(folder) as office:
        office.tandem.apply({"trunks": [{"name": "line", "srtp": "optional"}]})
        sdp = SDP.format(office.line_host).replace("RTP/AVP", "RTP/SAVP") + CRYPTO
        caller, call, _ = office.ring(sdp=sdp)
        neighbour, pickup = pick(office)
        ok = answered(neighbour, pickup)
        expect("RTP/AVP 8" in ok and "a=crypto" not in ok, f"keys for who has no SRTP: {ok}")
        ok = answered(caller, call)
        expect("RTP/SAVP 8" in ok and ok.count("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:") == 1, f"no key: {ok}")
        ended(office, caller, call, neighbour)
        expect_records(office)


def preconditions_kept(folder):
    """A caller whose preconditions are not met yet is answered, and with it who picks up, when they are"""
    with Office(folder) as office:
        office.tandem.apply({"trunks": [{"name": "line", "precondition": "serve"}]})
        office.desk.says = (183, "Session Progress", True)
        unmet = SDP.format(office.line_host) + QOS.format("none", "none")
        caller, call, heard = office.ring("Supported: 100rel, precondition\r\n", unmet)
        neighbour, pickup = pick(office, body=SDP.format(office.desk_host))
        wait_until(lambda: office.desk.received("CANCEL"), 5, "CANCEL at the desk")
        call.ok = heard
        call.inside("PRACK", f"RAck: {header(heard, 'RSeq')} 1 INVITE\r\n")
        expect("PRACK" in header(caller.final(), "CSeq"), "the 200 did not wait for the PRACK")
        call.cseq += 1
        met = SDP.format(office.line_host).replace(" 1 1 ", " 1 2 ") + QOS.format("sendrecv", "sendrecv")
        call.send("UPDATE", call.target(), header(heard, "To"), "Require: precondition\r\n", met)
        expect("UPDATE" in header(caller.final(), "CSeq"), "the 200 did not wait for the preconditions")
        call.cseq = 1
        answered(caller, call)
        call.cseq = 3
        answered(neighbour, pickup)
        ended(office, caller, call, neighbour)
        expect_records(office)


def refused(folder):
    """What cannot be picked up is refused by the code that says why, and the desk rings on"""
    with Office(folder) as office:
        caller, call, ringing = office.ring()
        desk = office.desk.replaces()
        own = f"{call.call_id}@{caller.local};to-tag={header(ringing, 'To').split('tag=')[1]};from-tag=alice"
        for value, code, host, body in (
                (own, 403, None, None),  # the caller's own early dialog is another trunk's …
                (desk.replace("from-tag=bob", "from-tag=eve"), 481, None, None),
                (desk, 403, office.stranger_host, None),
                (desk, 488, None, ""),
                (desk, 488, None, call.sdp.replace("m=audio", "m=text")),
                (desk, 488, None, call.sdp.replace("RTP/AVP", "RTP/SAVP"))):
            neighbour, _ = pick(office, value, host, body)
            answer = neighbour.final()
            expect(answer.startswith(f"SIP/2.0 {code} "), f"{value} shall get {code}: {answer}")
        office.tandem.apply({"trunks": [{"name": "line", "transfer": "serve"}]})
        other = office.outside()
        again = other.call("100")  # … and nobody takes the place of one that Tandem did not begin
        again.send("INVITE", again.uri, "", f"Replaces: {own}\r\n", again.sdp)
        expect(other.final().startswith("SIP/2.0 481"), "an early dialog that Tandem did not begin was replaced")
        expect(not office.desk.received("CANCEL"), "the desk was cancelled")
        office.desk.respond((200, "OK", True))
        answered(caller, call)
        call.inside("BYE")
        caller.final()
        office.records(8)


CHECKS = [picked_up, picked_up_early_only, picked_up_twice, picked_up_at_its_answer, picked_up_after_early_answer, caller_gone, picker_gone,
          video_rejected, caller_without_offer, caller_without_answer, picker_gone_before_ack, secure_caller, preconditions_kept, refused]

if __name__ == "__main__":
    sys.exit(run_checks("pickup", CHECKS, sys.argv[1:]))
