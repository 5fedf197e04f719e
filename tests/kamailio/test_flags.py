#!/usr/bin/env python3
"""What operators ask of the relay in Kamailio's flags, done to the SDP and to the packets."""
import socket
import sys

from call import Stage, establish, finish, run
from checks import expect
from phone import speak, talk
from relay_lib import sdp_address
from secure import SUITE, SecurePhone

REPLACE = "replace-origin replace-session-connection"


def lines(sdp, start):
    return [line for line in sdp.split("\r\n") if line.startswith(start)]


def directions(folder):
    """direction=internal direction=external: each side sees its own address of the relay"""
    with Stage(folder) as stage:
        caller, callee = stage.phones("caller", "callee")
        flags = f"{REPLACE} direction=internal direction=external"
        offered, answered = establish(caller, callee, X_Offer=flags)
        expect(sdp_address(offered)[0] == stage.claim.host(3), offered)
        expect(sdp_address(answered)[0] == stage.claim.host(1), answered)
        talk(caller, callee)
        finish(stage, caller, callee)


def secure_callee(folder):
    """RTP/SAVP towards the callee, RTP/AVP towards the caller: the relay bridges them"""
    with Stage(folder) as stage:
        caller, callee = stage.phone("caller"), stage.phone("callee", SecurePhone)
        flags = f"{REPLACE} RTP/SAVP DTLS=off SDES-only-{SUITE}"
        offered, answered = establish(caller, callee, X_Offer=flags, X_Answer=f"{REPLACE} RTP/AVP")
        expect("RTP/SAVP" in offered and len(lines(offered, "a=crypto:")) >= 1, offered)
        expect("RTP/AVP" in answered and not lines(answered, "a=crypto:"), answered)
        talk(caller, callee, 10)
        finish(stage, caller, callee)


def secure_caller(folder):
    """RTP/AVP towards the callee of a caller who speaks SRTP; a re-INVITE keeps it so"""
    with Stage(folder) as stage:
        caller, callee = stage.phone("caller", SecurePhone), stage.phone("callee")
        flags = {"X_Offer": f"{REPLACE} RTP/AVP", "X_Answer": f"{REPLACE} RTP/SAVP"}
        offered, answered = establish(caller, callee, **flags)
        expect("RTP/AVP" in offered and not lines(offered, "a=crypto:"), offered)
        expect("RTP/SAVP" in answered and len(lines(answered, f"a=crypto:1 {SUITE}")) == 1, answered)
        talk(caller, callee, 10)
        caller.ask("INVITE", caller.sdp(), **flags)
        callee.expect("INVITE")
        callee.answer()
        caller.expect(200)
        caller.ack()
        callee.expect("ACK")
        talk(caller, callee, 10)
        finish(stage, caller, callee)


def ice_removed(folder):
    """ICE=remove leaves no trace of the caller's candidates"""
    with Stage(folder) as stage:
        caller, callee = stage.phones("caller", "callee")
        ice = ("a=ice-ufrag:abcd", "a=ice-pwd:0123456789abcdefghijkl",
               "a=candidate:1 1 UDP 2130706431 10.11.12.13 4000 typ host")
        offered, _ = establish(caller, callee, caller.sdp(*ice), X_Offer=f"{REPLACE} ICE=remove",
                               X_Answer=f"{REPLACE} ICE=remove")
        expect(not lines(offered, "a=ice-") and not lines(offered, "a=candidate"), offered)
        talk(caller, callee)
        finish(stage, caller, callee)


def demux(folder):
    """rtcp-mux-demux: the caller has RTCP on the RTP port, the callee on its own"""
    with Stage(folder) as stage:
        caller, callee = stage.phones("caller", "callee")
        flags = f"{REPLACE} rtcp-mux-demux"
        offered, answered = establish(caller, callee, caller.sdp("a=rtcp-mux"), X_Offer=flags, X_Answer=flags)
        expect(not lines(offered, "a=rtcp-mux"), offered)
        expect(lines(answered, "a=rtcp-mux"), answered)
        talk(caller, callee)
        finish(stage, caller, callee)


def codecs(folder):
    """codec-strip takes a codec out of the offer"""
    with Stage(folder) as stage:
        caller, callee = stage.phones("caller", "callee")
        offered, _ = establish(caller, callee, caller.sdp("a=rtpmap:0 PCMU/8000", "a=rtpmap:8 PCMA/8000"),
                               X_Offer=f"{REPLACE} codec-strip=PCMU")
        expect(lines(offered, "m=")[0].endswith("RTP/AVP 8") and "PCMU" not in offered, offered)
        speak(caller, callee)
        finish(stage, caller, callee)


def marked(folder):
    """TOS=32 is on every packet the callee gets"""
    with Stage(folder) as stage:
        caller, callee = stage.phones("caller", "callee")
        establish(caller, callee, X_Offer=f"{REPLACE} TOS=32")
        callee.media.rtp.setsockopt(socket.IPPROTO_IP, socket.IP_RECVTOS, 1)
        caller.say()
        _, ancillary, _, _ = callee.media.rtp.recvmsg(4096, 64)
        expect([data[0] for _, kind, data in ancillary if kind == socket.IP_TOS] == [32], f"TOS: {ancillary}")
        finish(stage, caller, callee)


def labels(folder):
    """label=A and label=B name the parties in the query"""
    with Stage(folder) as stage:
        caller, callee = stage.phones("caller", "callee")
        establish(caller, callee, X_Offer=f"{REPLACE} label=A", X_Answer=f"{REPLACE} label=B")
        tags = stage.relay.ask("query", call_id=caller.call_id)["tags"]
        found = {phone.name: tags[phone.tag].get("label") for phone in (caller, callee)}
        expect(found == {"caller": "A", "callee": "B"}, f"labels: {found}")
        talk(caller, callee)
        finish(stage, caller, callee)


def deleted_at_once(folder):
    """delete-delay=0 deletes at once, another delay later"""
    with Stage(folder, [{"delete_delay_s": 30}]) as stage:
        caller, callee = stage.phones("caller", "callee")
        establish(caller, callee)
        finish(stage, caller, callee, X_Delete="delete-delay=0")


def blocked(folder):
    """block_media, silence_media and block_dtmf from Kamailio, and back"""
    with Stage(folder) as stage:
        caller, callee = stage.phones("caller", "callee")
        establish(caller, callee, caller.media.sdp("a=rtpmap:101 telephone-event/8000", proto="RTP/AVP 8 101"))
        talk(caller, callee)
        command(stage, caller, callee, "block_media", "directional")
        caller.say()
        expect(callee.hears_nothing(), "the caller is heard although blocked")
        speak(callee, caller)
        command(stage, caller, callee, "unblock_media", "directional")
        talk(caller, callee)
        command(stage, caller, callee, "silence_media", "directional")
        caller.say(payload=b"\x55" * 80 + b"\x12" * 80)
        heard = callee.hear()[0][12:]
        expect(len(heard) == 160 and len(set(heard)) == 1, f"silence is {heard!r}")
        command(stage, caller, callee, "unsilence_media", "directional")
        talk(caller, callee)
        command(stage, caller, callee, "block_dtmf", "directional")
        caller.say(payload_type=101, payload=b"\x05\x0a\x00\xa0")
        expect(callee.hears_nothing(), "a digit is heard although blocked")
        talk(caller, callee)
        command(stage, caller, callee, "unblock_dtmf", "directional")
        expect(callee.hears(caller.say(payload_type=101, payload=b"\x05\x0a\x00\xa0")), "a digit is lost")
        finish(stage, caller, callee)


def command(stage, one, other, name, flags):
    """An INFO that has Kamailio carry out a command on the caller's media."""
    one.ask("INFO", X_Command=name, X_Flags=flags)
    other.expect("INFO")
    other.reply(200)
    one.expect(200)
    noted = stage.kamailio.noted("command", one.call_id)
    expect(noted == f"{name} 1", f"Kamailio noted {noted}")


CHECKS = [directions, secure_callee, secure_caller, ice_removed, demux, codecs, marked, labels, deleted_at_once, blocked]

if __name__ == "__main__":
    sys.exit(run("flags", CHECKS))
