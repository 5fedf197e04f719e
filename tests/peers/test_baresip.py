#!/usr/bin/env python3
"""Two baresips call each other through Tandem, by every transport: they hear each other, hold, press keys, hang up."""
import sys
import time

from house import CALLEE_HZ, CALLER_HZ, LEAST_S, NUMBER, House
from checks import expect, run_checks
from tandem import wait_until
from telephone import Telephone

SRTP = {"mediaenc": "srtp-mand"}
TALK_S = 0.8


def converse(folder, transport="udp", ipv6=False, srtp=(None, None), leave="caller"):
    """A call with all that a telephone can do; `srtp` says who speaks SRTP, `leave` who hangs up."""
    with House(folder, ipv6=ipv6, tls=transport == "tls") as house:
        suffix = "" if transport == "udp" else f";transport={transport}"
        access = house.at("access", transport)
        caller = house.phone(Telephone, "caller", CALLER_HZ, "4001", outbound=access + suffix,
                             mediaenc="srtp-mand" if srtp[0] else None)
        callee = house.phone(Telephone, "callee", CALLEE_HZ, NUMBER, mediaenc="srtp-mand" if srtp[1] else None)
        house.provision(f"{callee.listen}:{callee.port + (transport == 'tls')}{suffix}",
                        *({"srtp": "required" if one else "off"} for one in srtp))
        connect(caller, callee, f"sip:{NUMBER}@{access}")
        hold(caller, callee)
        hold(callee, caller)
        keys(caller, callee)
        one, other = (caller, callee) if leave == "caller" else (callee, caller)
        one.tell("hangup")
        other.expect("CALL_CLOSED")
        expect_transport(transport, caller, callee)
        row = house.cdr(disposition="answered", sip_code=200, released_by=leave, caller_in="4001", callee_in=NUMBER)
        expect(min(row["a_rx_packets"], row["b_rx_packets"]) > 50 * TALK_S, f"CDR: {row}")
    expect_heard(caller, CALLEE_HZ)
    expect_heard(callee, CALLER_HZ)


def connect(caller, callee, uri):
    caller.tell("dial", uri)
    callee.expect("CALL_INCOMING")
    caller.expect("CALL_RINGING")
    callee.tell("accept")
    for phone in (caller, callee):
        phone.expect("CALL_ESTABLISHED")
        phone.expect("CALL_RTPESTAB")
    time.sleep(TALK_S)


def hold(holder, held):
    """One holds the other and takes it back."""
    for command, direction in (("hold", "sendonly"), ("resume", "sendrecv")):
        before, answers = len(held.directions()), len(holder.happened("CALL_REMOTE_SDP"))
        holder.tell(command)
        wait_until(lambda: held.directions()[before:] == [direction], 4,
                   f"{held.name} was offered {direction}: {held.directions()}")
        holder.expect("CALL_REMOTE_SDP", answers + 1)


def keys(one, other):
    for sender, receiver, pressed in ((one, other, "15#"), (other, one, "*9")):
        sender.press(pressed)
        wait_until(lambda: receiver.happened("CALL_DTMF_START") and receiver.keys() == pressed, 4,
                   f"{receiver.name} got the keys {pressed}: {receiver.keys()}")


def expect_transport(transport, *phones):
    for phone in phones:
        used = {one for received in (True, False) for one, _ in phone.messages(received)}
        expect(used == {transport.upper()}, f"{phone.name} spoke {used}, not {transport}")


def expect_heard(phone, frequency_hz):
    seconds = phone.heard(frequency_hz)
    expect(seconds >= LEAST_S, f"{phone.name} heard {frequency_hz} Hz for {seconds} s ({phone.recording()})")


def udp(folder):
    """By UDP: call, hold and resume from either side, keys both ways"""
    converse(folder)


def tcp(folder):
    """By TCP on both sides; the callee hangs up"""
    converse(folder, transport="tcp", leave="callee")


def tls(folder):
    """By TLS on both sides, with certificates that are checked"""
    converse(folder, transport="tls")


def ipv6(folder):
    """By IPv6 on both sides"""
    converse(folder, ipv6=True, leave="callee")


def srtp(folder):
    """By SRTP on both sides; each has keys of its own"""
    converse(folder, srtp=(True, True))


def srtp_one(folder):
    """SRTP by TLS from the caller, SRTP off for the callee"""
    converse(folder, transport="tls", srtp=(True, False), leave="callee")


if __name__ == "__main__":
    sys.exit(run_checks("baresip", [udp, tcp, tls, ipv6, srtp, srtp_one], sys.argv[1:]))
