#!/usr/bin/env python3
"""Calls through Kamailio whose media the relay carries: how they begin, change and end."""
import sys

from call import Stage, establish, finish, hang_up, new_offer, queried, run, totals_of
from checks import expect
from phone import own_socket, speak, talk
from relay_lib import nothing_arrives, sdp_address


def plain(folder):
    """both hear each other, the relay's figures are in Kamailio, and nothing stays behind"""
    with Stage(folder) as stage:
        caller, callee = stage.phones("caller", "callee")
        offered, answered = establish(caller, callee)
        for body, phone in ((offered, callee), (answered, caller)):
            expect(sdp_address(body) == phone.media.target, body)
            expect(f"o=- 1 1 IN IP4 {phone.media.target[0]}\r\n" in body, f"the origin is not the relay's: {body}")
        talk(caller, callee, 10)
        size = len(caller.say())
        callee.hear()
        packets, octets = finish(stage, caller, callee)
        expect((packets, octets) == (21, 21 * size), f"{packets} packets, {octets} bytes of {size}")
        totals = queried(stage, caller)["totals"]["RTP"]
        expect(totals["packets"] == 21, f"the query: {totals}")


def behind_nat(folder):
    """a caller whose SDP has a private address is answered where it sends from"""
    with Stage(folder) as stage:
        caller, callee = stage.phones("caller", "callee")
        establish(caller, callee, caller.media.sdp(host="10.11.12.13"))
        nat = own_socket(caller, stage.claim.host(40))
        caller.media.rtp, inside = nat, caller.media.rtp
        caller.say()  # an unknown host is believed from its second packet on
        talk(caller, callee)
        expect(nothing_arrives(inside), "media went to where nobody sent from")
        inside.close()
        finish(stage, caller, callee)


def hold(folder):
    """a re-INVITE holds and resumes, from either side; the ports stay"""
    with Stage(folder) as stage:
        caller, callee = stage.phones("caller", "callee")
        establish(caller, callee)
        talk(caller, callee)
        before = caller.media.target, callee.media.target
        for one, other in ((caller, callee), (callee, caller)):
            offered, answered = new_offer(one, other, "sendonly", "recvonly")
            expect("a=sendonly\r\n" in offered and "a=recvonly\r\n" in answered, offered + answered)
            speak(one, other)
            offered, answered = new_offer(one, other, "sendrecv", "sendrecv")
            expect("a=sendrecv\r\n" in offered and "a=sendrecv\r\n" in answered, offered + answered)
            talk(one, other)
        expect((caller.media.target, callee.media.target) == before, "the ports moved")
        finish(stage, caller, callee)


def refused_within(folder):
    """a re-INVITE that is refused leaves the media as it was"""
    with Stage(folder) as stage:
        caller, callee = stage.phones("caller", "callee")
        establish(caller, callee)
        talk(caller, callee)
        caller.ask("INVITE", caller.media.sdp("a=inactive", port=9))
        callee.expect("INVITE")
        callee.reply(488)
        caller.ack_refusal(caller.expect(488))
        callee.expect("ACK")
        talk(caller, callee)
        finish(stage, caller, callee)


def retransmitted(folder):
    """what is sent twice, INVITE, 200 and re-INVITE, changes nothing"""
    with Stage(folder) as stage:
        caller, callee = stage.phones("caller", "callee")
        caller.invite(callee)
        caller.again("INVITE")
        callee.expect("INVITE")
        callee.answer()
        first = caller.expect(200)
        callee.answer()
        second = caller.expect_again(200)
        expect(first.body == second.body, f"the second 200 differs: {first.body}{second.body}")
        caller.ack()
        callee.expect("ACK")
        talk(caller, callee)
        expect(len(stage.relay.calls()) == 1, f"the relay has {stage.relay.calls()}")
        caller.ask("INVITE", caller.sdp())
        caller.again("INVITE")
        callee.expect("INVITE")
        callee.answer()
        again = caller.expect(200)
        expect(sdp_address(again.body) == sdp_address(first.body), "the ports moved")
        caller.ack()
        callee.expect("ACK")
        talk(caller, callee)
        finish(stage, caller, callee)


def cancelled(folder):
    """a CANCEL while it rings ends the session"""
    with Stage(folder) as stage:
        caller, callee = stage.phones("caller", "callee")
        caller.invite(callee)
        invite = callee.expect("INVITE")
        callee.reply(180)
        caller.expect(180)
        expect(len(stage.relay.calls()) == 1, f"the relay has {stage.relay.calls()}")
        caller.cancel()
        callee.expect("CANCEL")
        callee.reply(200)
        callee.reply(487, request=invite)
        caller.expect(200)
        caller.ack_refusal(caller.expect(487))
        stage.calls_end()


def busy(folder):
    """a call that is refused leaves no session"""
    with Stage(folder) as stage:
        caller, callee = stage.phones("caller", "callee")
        caller.invite(callee)
        callee.expect("INVITE")
        callee.reply(486)
        caller.ack_refusal(caller.expect(486))
        stage.calls_end()


def early_media(folder):
    """a 183 opens both directions before the answer"""
    with Stage(folder) as stage:
        caller, callee = stage.phones("caller", "callee")
        caller.invite(callee)
        callee.expect("INVITE")
        callee.reply(183, callee.sdp())
        early = caller.expect(183)
        talk(callee, caller)
        callee.answer()
        ok = caller.expect(200)
        expect(sdp_address(early.body) == sdp_address(ok.body), "the ports moved")
        caller.ack()
        callee.expect("ACK")
        talk(caller, callee)
        finish(stage, caller, callee)


def late_offer(folder):
    """an INVITE without SDP: the offer is in the 200, the answer in the ACK"""
    with Stage(folder) as stage:
        caller, callee = stage.phones("caller", "callee")
        caller.invite(callee, "")
        callee.expect("INVITE")
        callee.answer()
        caller.expect(200)
        caller.ack(caller.sdp())
        callee.expect("ACK")
        talk(caller, callee)
        finish(stage, caller, callee)


def callee_hangs_up(folder):
    """a BYE from the callee ends the session, too"""
    with Stage(folder) as stage:
        caller, callee = stage.phones("caller", "callee")
        establish(caller, callee)
        talk(caller, callee)
        hang_up(callee, caller)
        stage.calls_end()
        expect(totals_of(stage, caller)[0] == 10, "the totals")


def many(folder):
    """SIPp's calls with SIPp's media: every packet is counted both ways"""
    with Stage(folder) as stage:
        calls, packets = stage.sipp_calls(10, talk_ms=600)
        expect(len(packets) == calls, f"Kamailio noted {len(packets)} ends of {calls}")
        least = 2 * 20  # of 30 each way; the ends are not counted
        expect(min(packets) >= least, f"packets of each call, both ways: {packets}")
        stage.calls_end()


CHECKS = [plain, behind_nat, hold, refused_within, retransmitted, cancelled, busy, early_media, late_offer,
          callee_hangs_up, many]

if __name__ == "__main__":
    sys.exit(run("calls", CHECKS))
