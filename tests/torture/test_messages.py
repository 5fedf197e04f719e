#!/usr/bin/env python3
"""The messages of RFC 4475 and RFC 5118: each gets the answer it deserves, and a valid call passes behind it."""
import re
import sys

from house import House, TandemError
from peer import Message
from checks import expect, run_checks
import rfc4475
import rfc5118

SILENCE_S = 0.1
SDP = ("v=0\no=mhandley 29739 7272939 IN IP4 @\ns=-\nc=IN IP4 @\nt=0 0\nm=audio 49217 RTP/AVP 0 12\n"
       "m=video 3227 RTP/AVP 31\na=rtpmap:31 LPC\n")


def wire(text):
    """The bytes of a message that is written as rfc4475.py says."""
    text = re.sub(r"@SDP ([^@]+)@", lambda found: SDP.replace("@", found.group(1)), text)
    text = re.sub(r"<repeat (\d+) ([^>]+)>", lambda found: found.group(2) * int(found.group(1)), text)
    text = text.replace("\n", "\r\n")
    text = text.replace("@LENGTH@", str(len(text.partition("\r\n\r\n")[2])))
    data = text.encode("latin-1")
    return re.sub(rb"\\x([0-9a-f]{2})", lambda found: bytes([int(found.group(1), 16)]), data)


def complaint(answer, deserved):
    """What is wrong with an answer, or None."""
    if deserved is None:
        return f"answered {answer.start}" if answer else None
    code, named = deserved if isinstance(deserved, tuple) else (deserved, "")
    if not answer:
        return f"no answer, {code} expected"
    if answer.code != code or named not in answer.start:
        return f"{answer.start}, expected {code} {named}"
    if not all(answer[name] for name in ("via", "call-id", "cseq", "from", "to")) and named != "Call-ID":
        return f"{answer.start} without a header that it must repeat"
    return None


def own_branch(name, data):
    """The RFCs' messages share branches: in one run, one's transaction would take the other for its repetition."""
    return re.sub(rb"branch=z9hG4bK(?=\w)", b"branch=z9hG4bK" + name.encode(), data)


def final_answer(house, data, timeout_s):
    """The final response to a message; repetitions of those to other calls are passed over."""
    house.caller.drain()
    house.caller.send(house.access, data)
    sent = Message(data).headers.get("call-id", [""])
    return house.caller.wait(lambda one: (one.code or 0) >= 200 and one["call-id"] in sent, timeout_s)


def send_all(folder, messages):
    """Each message, then a call; all complaints in one."""
    complaints = []
    with House(folder) as house:
        house.whole_call()
        for name, section, deserved, text in messages:
            final = final_answer(house, own_branch(name, wire(text)), SILENCE_S if deserved is None else 2)
            wrong = complaint(final, deserved)
            if wrong:
                complaints.append(f"{name} ({section}): {wrong}")
            house.alive()
            try:
                house.whole_call()
            except TandemError as error:
                complaints.append(f"{name} ({section}): the call behind it: {error}")
    expect(not complaints, "\n        ".join(complaints))


def rfc_4475(folder):
    """RFC 4475: the 49 messages are answered as they deserve, each with a valid call behind it"""
    expect(len(rfc4475.MESSAGES) == 49, f"{len(rfc4475.MESSAGES)} messages")
    send_all(folder, rfc4475.MESSAGES)


def rfc_5118(folder):
    """RFC 5118: addresses of IPv6 in messages, each with a valid call behind it"""
    send_all(folder, rfc5118.MESSAGES)


if __name__ == "__main__":
    sys.exit(run_checks("torture", (rfc_4475, rfc_5118), sys.argv[1:]))
