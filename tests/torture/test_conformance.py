#!/usr/bin/env python3
"""What a conformance suite asks of both sides of a call (after ETSI TS 102 027-2): each in a call of its own."""
import sys

from house import House, TandemError
from checks import expect, run_checks
from flow import pause
from peer import CRLF, reply_text
from steps import acknowledged, answered, hung_up, ringing, up


def value(message, name):
    return message.headers.get(name, [])


# ------------------------------------------------------------------ the caller's side

def timestamped(call):
    """100 has the Timestamp of the request (8.2.6.1)"""
    call.dial("Timestamp: 54.25\r\n")
    trying = yield call.a.wants(100, "INVITE")
    expect(value(trying, "timestamp") == ["54.25"], f"Timestamp of the 100: {trying.headers}")
    yield call.rings()
    yield from ringing_on(call)


def expires(call):
    """an INVITE that expires is ended by 487, and CANCEL (13.3.1)"""
    call.dial("Expires: 1\r\n")
    yield call.rings()
    call.b.reply(call.invite, "180 Ringing")
    cancel = yield call.b.wants("CANCEL")
    call.b.reply(cancel, "200 OK")
    call.b.reply(call.invite, "487 Request Terminated")
    yield call.a.wants(487, "INVITE")


def expires_after_answer(call):
    """an INVITE that is answered does not expire"""
    yield from ringing(call, "Expires: 4\r\n")  # a machine under load takes its time to answer
    yield from answered(call)
    yield from acknowledged(call)
    yield pause(4.3)
    yield from hung_up(call)


def encoded(call):
    """a body in an encoding that nobody knows: 415, and those that are known (8.2.3)"""
    call.dial("Content-Encoding: tar\r\n")
    refusal = yield call.a.wants(415, "INVITE")
    expect(value(refusal, "accept-encoding"), f"no Accept-Encoding: {refusal.headers}")


def required(call):
    """all that is required and not known stands in Unsupported (8.2.2.3)"""
    call.dial("Require: nothing, else\r\nRequire: 100rel\r\nRequire: matters\r\n")
    refusal = yield call.a.wants(420, "INVITE")
    tags = {tag.strip() for line in value(refusal, "unsupported") for tag in line.split(",")}
    expect({"nothing", "else", "matters"} <= tags, f"Unsupported: {tags}")


def asked(call):
    """OPTIONS is answered with what is taken (11.2)"""
    call.a.send("OPTIONS")
    ok = yield call.a.wants(200, "OPTIONS")
    for name in ("allow", "accept", "accept-encoding", "accept-language", "supported"):
        expect(name in ok.headers, f"no {name} in {ok.headers}")


def named_plainly(call):
    """From and To without brackets: what follows is the header's, not the URI's (20)"""
    plain = call.a.local.replace("<", "").replace(">", "")
    call.a.local = plain
    call.a.remote = call.a.remote.replace("<", "").replace(">", "")
    yield from up(call)
    yield from hung_up(call)


def repeated(call):
    """an INVITE that comes again gets what was said last (17.2.1)"""
    yield from ringing(call)
    call.a.transmit(call.a.sent["INVITE"])
    yield call.a.wants(180, "INVITE")
    yield from answered(call)
    yield from acknowledged(call)
    yield from hung_up(call)


def byed_early(call):
    """BYE in an early dialog: 200, and 487 for the INVITE (15.1.2)"""
    yield from ringing(call)
    call.a.send("BYE")
    cancel = yield call.b.wants("CANCEL")
    call.b.reply(cancel, "200 OK")
    call.b.reply(call.invite, "487 Request Terminated")
    seen = []
    while len(seen) < 2:
        final = yield call.a.wants_final()
        seen.append((final.code, final["cseq"].split()[1]))
    expect(sorted(seen) == [(200, "BYE"), (487, "INVITE")], f"{seen}")


def acknowledged_wrongly(call):
    """an ACK with another number acknowledges nothing: the 200 comes again (13.3.1.4)"""
    yield from ringing(call)
    yield from answered(call)
    call.a.send("ACK", cseq=7)
    yield call.a.wants(200, "INVITE")
    yield from acknowledged(call)
    yield from hung_up(call)


def retargeted(call):
    """a re-INVITE says where its sender is now, an INFO does not (12.2.2)"""
    yield from up(call)
    for one, other in ((call.a, call.b), (call.b, call.a)):
        one.user = "elsewhere"
        one.send("INVITE", body=one.sdp())
        other.reply((yield other.wants("INVITE")), "200 OK", body=other.sdp())
        one.ack((yield one.wants(200, "INVITE")))
        yield other.wants("ACK")
        one.user = "nowhere"
        one.send("INFO")
        other.reply((yield other.wants("INFO")), "200 OK")
        yield one.wants(200, "INFO")
        one.user = "elsewhere"
        other.send("INVITE", body=other.sdp("sendonly"))
        asked_again = yield one.wants("INVITE")
        expect("sip:elsewhere@" in asked_again.start, f"{asked_again.start}")
        one.reply(asked_again, "200 OK", body=one.sdp("recvonly"))
        other.ack((yield other.wants(200, "INVITE")))
        yield one.wants("ACK")
    yield from hung_up(call)


def cancelled_too_late(call):
    """the 200 of a re-INVITE crosses its CANCEL: it counts (9.1)"""
    yield from up(call)
    call.a.send("INVITE", body=call.a.sdp("sendonly"))
    reinvite = yield call.b.wants("INVITE")
    call.b.reply(reinvite, "100 Trying")
    yield call.a.wants(100, "INVITE")
    yield pause(0.1)
    call.a.cancel()
    yield call.a.wants(200, "CANCEL")
    cancel = yield call.b.wants("CANCEL")
    call.b.reply(reinvite, "200 OK", body=call.b.sdp("recvonly"))
    call.b.reply(cancel, "200 OK")
    call.a.ack((yield call.a.wants(200, "INVITE")))
    yield call.b.wants("ACK")
    yield from hung_up(call)


# ------------------------------------------------------------------ the callee's side

def ringing_on(call):
    call.b.reply(call.invite, "180 Ringing")
    call.a.learn((yield call.a.wants(180, "INVITE")))
    yield from answered(call)
    yield from acknowledged(call)
    yield from hung_up(call)


def invited_soundly(call):
    """the INVITE has what it must have, and says what is taken (8.1.1, 13.2.1)"""
    call.dial()
    invite = yield call.rings()
    for name in ("to", "from", "cseq", "call-id", "max-forwards", "via", "contact", "allow", "supported"):
        expect(len(value(invite, name)) >= 1, f"no {name}")
    expect(len(value(invite, "via")) == 1 and "branch=z9hG4bK" in invite["via"], f"Via: {value(invite, 'via')}")
    expect(";tag=" in invite["from"] and ";tag=" not in invite["to"], f"tags: {invite['from']} {invite['to']}")
    yield from ringing_on(call)


def of_two_routes(call):
    """a response with another Via behind ours is not for us (8.1.3.3)"""
    call.dial()
    yield call.rings()
    text = reply_text(call.invite, "183 Session Progress", call.b.peer.contact("bob"))
    call.b.transmit(text.replace("\r\nFrom:", "\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx\r\nFrom:", 1))
    yield pause(0.2)
    expect(not any(one.code == 183 for one in call.a.inbox), "it was taken")
    yield from ringing_on(call)


def of_no_known_code(call):
    """a response whose code is none is one of its class (8.1.3.2)"""
    call.dial()
    yield call.rings()
    call.b.reply(call.invite, "188 Something")
    call.a.learn((yield call.a.wants_such(lambda one: 100 < (one.code or 0) < 200, "a provisional response")))
    call.b.reply(call.invite, "499 Something")
    yield call.a.wants_such(lambda one: 400 <= (one.code or 0) < 500, "a refusal")


def answered_by_202(call):
    """any 2xx answers, and is acknowledged (13.2.2.4)"""
    yield from ringing(call)
    call.b.reply(call.invite, "202 Accepted", body=call.b.sdp())
    call.ok = yield call.a.wants(200, "INVITE")
    call.a.learn(call.ok)
    yield call.b.wants("ACK")
    yield from acknowledged(call)
    yield from hung_up(call)


def refused_and_acknowledged(call):
    """the ACK of a refusal is of its transaction: branch, number, and the To of the response (17.1.1.3)"""
    call.dial()
    invite = yield call.rings()
    call.b.reply(invite, "486 Busy Here")
    ack = yield call.b.wants("ACK")
    expect(value(ack, "via") == value(invite, "via"), f"Via of the ACK: {value(ack, 'via')}")
    expect(ack["to"] == invite["to"] + ";tag=callee" and ack["from"] == invite["from"], f"To of the ACK: {ack['to']}")
    expect(ack["cseq"].split() == [invite["cseq"].split()[0], "ACK"], f"CSeq of the ACK: {ack['cseq']}")
    expect(ack.start.split()[1] == invite.start.split()[1], f"URI of the ACK: {ack.start}")
    expect("max-forwards" in ack.headers and not value(ack, "require"), f"{ack.headers}")
    call.b.replied.clear()
    call.b.reply(invite, "486 Busy Here")  # it was lost, so the refusal comes again
    yield call.b.wants("ACK")
    yield call.a.wants(486, "INVITE")


def acknowledged_anew(call):
    """the ACK of a 2xx is a transaction of its own, and comes again for each (13.2.2.4)"""
    yield from ringing(call)
    call.b.reply(call.invite, "200 OK", body=call.b.sdp())
    ack = yield call.b.wants("ACK")
    expect(value(ack, "via") != value(call.invite, "via"), "the branch is that of the INVITE")
    call.b.transmit(call.b.replied[call.invite.transaction])
    again = yield call.b.wants("ACK")
    expect(again.data == ack.data, "another ACK")
    call.ok = yield call.a.wants(200, "INVITE")
    call.a.learn(call.ok)
    yield from acknowledged(call)
    yield from hung_up(call)


def ringing_without_contact(call):
    """180 without Contact, tag or anything: it rings (12.1)"""
    call.dial()
    yield call.rings()
    text = "SIP/2.0 180 Ringing\r\n" + "".join(
        f"{name}: {call.invite[name]}{CRLF}" for name in ("via", "from", "to", "call-id", "cseq")) + CRLF
    call.b.transmit(text)
    call.a.learn((yield call.a.wants(180, "INVITE")))
    yield from answered(call)
    yield from acknowledged(call)
    yield from hung_up(call)


def cancelled_again(call):
    """a CANCEL that nobody answers comes again after T1, in the same transaction (17.1.2.2)"""
    yield from ringing(call)
    call.a.cancel()
    cancel = yield call.b.wants("CANCEL")
    again = yield call.b.wants("CANCEL")
    expect(again.data == cancel.data, "another CANCEL")
    expect(value(again, "via") == value(call.invite, "via"), "the branch is not that of the INVITE")
    expect(again["cseq"].split()[0] == call.invite["cseq"].split()[0], f"CSeq: {again['cseq']}")
    call.b.reply(again, "200 OK")
    call.b.reply(call.invite, "487 Request Terminated")
    yield call.b.wants("ACK")


def byed_again(call):
    """a BYE that nobody answers comes again after T1, in the same transaction (17.1.2.2)"""
    yield from up(call)
    call.a.send("BYE")
    yield call.a.wants(200, "BYE")
    bye = yield call.b.wants("BYE")
    again = yield call.b.wants("BYE")
    expect(again.data == bye.data, "another BYE")
    call.b.reply(again, "200 OK")


def invite_repeated(call):
    """an INVITE that nobody answers comes again after T1, in the same transaction (17.1.1.2)"""
    call.dial()
    invite = yield call.rings()
    again = yield call.b.wants("INVITE")
    expect(again.data == invite.data, "another INVITE")
    yield from ringing_on(call)


CALLER = (timestamped, expires, expires_after_answer, encoded, required, asked, named_plainly, repeated, byed_early,
          acknowledged_wrongly, retargeted, cancelled_too_late)
CALLEE = (invited_soundly, of_two_routes, of_no_known_code, answered_by_202, refused_and_acknowledged, acknowledged_anew,
          ringing_without_contact, cancelled_again, byed_again, invite_repeated)


def all_of(folder, scripts):
    """Each in a call, and a sound call behind it; all complaints in one."""
    complaints = []
    with House(folder) as house:
        for script in scripts:
            call = house.board.call(script)
            try:
                house.board.run(call)
            except TandemError as error:
                complaints.append(f"{script.__doc__}: {error}")
                call.abandon()
                house.board.rest(0.3)
            house.board.forget(call)
            house.whole_call()
        house.idle()
    expect(not complaints, "\n        ".join(complaints))


def caller_side(folder):
    """what comes from a caller is taken and answered as RFC 3261 has it"""
    all_of(folder, CALLER)


def callee_side(folder):
    """what goes to a callee, and what is made of its responses, is as RFC 3261 has it"""
    all_of(folder, CALLEE)


if __name__ == "__main__":
    sys.exit(run_checks("conformance", (caller_side, callee_side), sys.argv[1:]))
