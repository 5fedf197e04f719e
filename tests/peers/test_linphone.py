#!/usr/bin/env python3
"""Linphone calls and is called through Tandem: PRACK, early media, hold, keys by RTP and INFO, SRTP."""
import re
import sys
import time

from house import CALLEE_HZ, CALLER_HZ, LEAST_S, NUMBER, House
from checks import expect, run_checks
from linphone import Linphone
from tandem import wait_until
from telephone import Telephone, directions

TALK_S = 1.2
PRACK = ["100rel_support_level=2"]


def offered(phone):
    return directions(phone.messages())


def expect_offer(phone, count, direction):
    wait_until(lambda: len(offered(phone)) >= count, 4, f"{phone.name} is offered {direction}: {offered(phone)}")
    expect(offered(phone)[count - 1:] == [direction], f"{phone.name} was offered {offered(phone)}, not {direction}")


def expect_heard(phone, frequency_hz):
    seconds = phone.heard(frequency_hz)
    expect(seconds >= LEAST_S, f"{phone.name} heard {frequency_hz} Hz for {seconds} s")


def requests(phone, method, received=True):
    return [message for message in phone.messages(received) if message.startswith(method + " ")]


def called_by_baresip(folder):
    """baresip calls Linphone, which rings reliably: hold and resume from either side, keys, Linphone hangs up"""
    with House(folder) as house:
        caller = house.phone(Telephone, "caller", CALLER_HZ, "4001", outbound=house.at("access"))
        callee = house.phone(Linphone, "callee", CALLEE_HZ, NUMBER, sip=PRACK)
        house.provision(f"{callee.host}:{callee.port}")
        caller.tell("dial", f"sip:{NUMBER}@{house.at('access')}")
        caller.expect("CALL_RINGING")
        callee.expect("Receiving new incoming call")
        callee.tell("answer")
        caller.expect("CALL_ESTABLISHED")
        callee.expect("Media streams established")
        time.sleep(TALK_S)
        callee.tell("pause")
        callee.expect("is now paused")
        callee.tell("resume")
        callee.expect("Media streams established", 2)
        expect(caller.directions() == ["sendonly", "sendrecv"], f"the caller was offered {caller.directions()}")
        for command, count, direction in (("hold", 2, "sendonly"), ("resume", 3, "sendrecv")):
            caller.tell(command)
            expect_offer(callee, count, direction)
        time.sleep(0.2)
        caller.press("1")
        callee.expect("Receiving tone 1")
        callee.press("42")
        wait_until(lambda: caller.happened("CALL_DTMF_START") and caller.keys() == "42", 4, f"keys {caller.keys()}")
        callee.tell("terminate")
        caller.expect("CALL_CLOSED")
        expect(requests(callee, "PRACK"), "a reliable 180 is acknowledged by PRACK")
        house.cdr(disposition="answered", sip_code=200, released_by="callee", caller_in="4001", callee_in=NUMBER)
    expect_heard(caller, CALLEE_HZ)
    expect_heard(callee, CALLER_HZ)


def early_media(folder):
    """Linphone calls Linphone: early media in a reliable 183, PRACK on both sides, CANCEL before the answer"""
    with House(folder) as house:
        caller = house.phone(Linphone, "caller", CALLER_HZ, "4001", sip=PRACK)
        callee = house.phone(Linphone, "callee", CALLEE_HZ, NUMBER, sip=[*PRACK, "incoming_calls_early_media=1"])
        house.provision(f"{callee.host}:{callee.port}")
        caller.tell(f"call sip:{NUMBER}@{house.at('access')}")
        caller.expect("early media")
        time.sleep(TALK_S)
        caller.tell("terminate")
        callee.expect("ended")
        for phone, received in ((caller, False), (callee, True)):
            expect(requests(phone, "PRACK", received), f"{phone.name}: no PRACK")
        house.cdr(disposition="cancelled", released_by="caller")
    expect_heard(caller, CALLEE_HZ)


def calls_baresip(folder):
    """Linphone calls baresip: keys by INFO arrive as they were sent; baresip is put on hold"""
    with House(folder) as house:
        caller = house.phone(Linphone, "caller", CALLER_HZ, "4001", sip=[*PRACK, "use_info=1", "use_rfc2833=0"])
        callee = house.phone(Telephone, "callee", CALLEE_HZ, NUMBER)
        house.provision(f"{callee.host}:{callee.port}")
        connect(caller, callee, house)
        caller.press("5")
        wait_until(lambda: any("Signal=5" in message for _, message in callee.messages()), 4, "INFO at the callee")
        wait_until(lambda: any(re.search(r"^CSeq: \d+ INFO", message, re.M) for message in caller.messages()), 4,
                   "200 to INFO; Linphone can do but one thing at a time")
        caller.tell("pause")
        caller.expect("is now paused")
        caller.tell("resume")
        caller.expect("Media streams established", 2)
        expect(callee.directions() == ["sendrecv", "sendonly", "sendrecv"], f"the callee: {callee.directions()}")
        callee.tell("hangup")
        caller.expect("ended")
        house.cdr(disposition="answered", sip_code=200, released_by="callee")
    expect_heard(caller, CALLEE_HZ)
    expect_heard(callee, CALLER_HZ)


def connect(caller, callee, house):
    """From a Linphone to a baresip."""
    caller.tell(f"call sip:{NUMBER}@{house.at('access')}")
    callee.expect("CALL_INCOMING")
    callee.tell("accept")
    caller.expect("Media streams established")
    callee.expect("CALL_ESTABLISHED")
    time.sleep(TALK_S)


def srtp(folder):
    """Linphone with SRTP calls baresip with SRTP, and goes on speaking it after a hold"""
    with House(folder) as house:
        caller = house.phone(Linphone, "caller", CALLER_HZ, "4001", sip=["media_encryption=srtp"])
        callee = house.phone(Telephone, "callee", CALLEE_HZ, NUMBER, mediaenc="srtp-mand")
        house.provision(f"{callee.host}:{callee.port}", {"srtp": "required"}, {"srtp": "required"})
        connect(caller, callee, house)
        for command in ("hold", "resume"):
            callee.tell(command)
        expect_offer(caller, 2, "sendrecv")
        time.sleep(TALK_S)
        callee.press("7")
        caller.expect("Receiving tone 7")
        caller.tell("terminate")
        callee.expect("CALL_CLOSED")
        house.cdr(disposition="answered", sip_code=200, released_by="caller")
    expect_heard(caller, CALLEE_HZ)
    expect_heard(callee, CALLER_HZ)


def declined(folder):
    """Linphone is called and declines: the caller hears it, and the CDR says who"""
    with House(folder) as house:
        caller = house.phone(Telephone, "caller", CALLER_HZ, "4001", outbound=house.at("access"))
        callee = house.phone(Linphone, "callee", CALLEE_HZ, NUMBER, sip=PRACK)
        house.provision(f"{callee.host}:{callee.port}")
        caller.tell("dial", f"sip:{NUMBER}@{house.at('access')}")
        callee.expect("Receiving new incoming call")
        callee.tell("terminate")
        expect("603" in caller.expect("CALL_CLOSED")["param"], "the caller hears 603")
        house.cdr(disposition="rejected", sip_code=603, released_by="callee")


if __name__ == "__main__":
    sys.exit(run_checks("linphone", [called_by_baresip, early_media, calls_baresip, srtp, declined], sys.argv[1:]))
