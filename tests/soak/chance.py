"""What is said by chance: bodies, requests and responses of all kinds, whether or not the call's state asks for them.

Everything is drawn from the `rng` that is handed in. Subscriptions are short, so that none outlives the soak.
"""
import itertools
import uuid

from flow import SDP
from peer import Message

VERSIONS = itertools.count(1)
DIRECTIONS = ("sendrecv",) * 4 + ("sendonly", "recvonly", "inactive")
PRECONDITIONS = ("a=curr:qos local none\r\na=curr:qos remote none\r\n"
                 "a=des:qos mandatory local sendrecv\r\na=des:qos mandatory remote sendrecv\r\n")
INVITE_HEADERS = ("", "", "", "Supported: 100rel, timer, replaces\r\n", "Supported: 100rel\r\n", "Require: 100rel\r\n",
                  "Supported: timer\r\nSession-Expires: 90\r\nMin-SE: 90\r\n", "Supported: 100rel, precondition\r\n",
                  "Allow: INVITE, ACK, BYE, CANCEL, UPDATE, PRACK, REFER\r\n")
EVENTS = ("Event: presence\r\n", "Event: dialog;id=7\r\n")
EXPIRES = ("Expires: 20\r\n", "Expires: 1\r\n", "Expires: 0\r\n")
STATES = ("active", "active;expires=2", "pending", "terminated")
INVITE_ANSWERS = ("100 Trying", "180 Ringing", *("183 Session Progress",) * 3, "199 Early Dialog Terminated",
                  *("200 OK",) * 4, "302 Moved Temporarily", "380 Alternative Service", "401 Unauthorized",
                  "404 Not Found", "408 Request Timeout", "422 Session Interval Too Small", "481 No Such Call",
                  "486 Busy Here", "491 Request Pending", "500 Server Internal Error", "503 Service Unavailable",
                  "603 Decline")
ANSWERS = (*("200 OK",) * 8, "100 Trying", "202 Accepted", "401 Unauthorized", "403 Forbidden",
           "405 Method Not Allowed", "408 Request Timeout", "481 No Such Call", "491 Request Pending",
           "500 Server Internal Error", "503 Service Unavailable")


def drawn(rng, table):
    """One of a table's choices, each as often as its weight says."""
    return rng.choices([choice for _, choice in table], [weight for weight, _ in table])[0]


# ------------------------------------------------------------------ bodies

def plain_talk(host, direction="sendrecv"):
    return SDP.format(host=host, version=next(VERSIONS), direction=direction)


def talk(rng, host):
    return plain_talk(host, rng.choice(DIRECTIONS)).replace("audio 4000", f"audio {4000 + 2 * rng.randrange(500)}")


def held_by_address(_rng, host):
    return plain_talk(host).replace(f"c=IN IP4 {host}", "c=IN IP4 0.0.0.0")


def refused_stream(_rng, host):
    return plain_talk(host).replace("audio 4000", "audio 0")


def video_too(rng, host):
    return talk(rng, host) + "m=video 5000 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"


def preconditions(rng, host):
    return talk(rng, host) + PRECONDITIONS


def nothing(_rng, _host):
    return ""


def no_sdp(_rng, _host):
    return "this is no SDP\r\n"


BODIES = ((75, talk), (15, nothing), (4, held_by_address), (3, refused_stream), (3, video_too), (3, preconditions),
          (1, no_sdp))


def body(rng, host):
    return drawn(rng, BODIES)(rng, host)


def body_or_none(rng, host, share):
    return body(rng, host) if rng.random() < share else ""


# ------------------------------------------------------------------ requests outside a dialog

def invite(rng, dialog, other):
    """Now and then in place of another dialog, early or up."""
    more = rng.choice(INVITE_HEADERS)
    if other and rng.random() < 0.3:
        more += f"Replaces: {other.replaces(';', '=')}{rng.choice(('', '', ';early-only'))}\r\n"
    dialog.send("INVITE", more=more, body=body(rng, dialog.peer.host))


def subscribe(rng, dialog, _other):
    dialog.send("SUBSCRIBE", more=rng.choice((*EVENTS, *EVENTS, "")) + rng.choice(EXPIRES))


def message(rng, dialog, _other):
    dialog.send(rng.choice(("MESSAGE", "PUBLISH")), more="Event: presence\r\n")


BEGINNINGS = ((60, invite), (35, subscribe), (5, message))


# ------------------------------------------------------------------ requests inside a dialog

def reinvite(rng, dialog, _other):
    dialog.send("INVITE", more=rng.choice(INVITE_HEADERS), body=body_or_none(rng, dialog.peer.host, 0.7))


def update(rng, dialog, _other):
    dialog.send("UPDATE", more=rng.choice(INVITE_HEADERS), body=body_or_none(rng, dialog.peer.host, 0.7))


def ack(rng, dialog, _other):
    if "INVITE" in dialog.sent:
        invited = Message(dialog.sent["INVITE"].encode())
        dialog.ack(invited, body=body_or_none(rng, dialog.peer.host, 0.3))


def prack(rng, dialog, _other):
    """Of the last reliable response, or of one that there never was."""
    if dialog.reliable:
        rseq, cseq = dialog.reliable
        dialog.send("PRACK", more=f"RAck: {rseq + rng.choice((0, 0, 0, 1))} {cseq}\r\n",
                    body=body_or_none(rng, dialog.peer.host, 0.3))


def cancel(_rng, dialog, _other):
    if "INVITE" in dialog.sent:
        dialog.cancel()


def refer(rng, dialog, _other):
    number = rng.choice(("86138", "8690")) + f"{rng.randrange(10**6):06d}"
    dialog.send("REFER", more=f"Refer-To: <sip:{number}@x>\r\n")


def refer_attended(_rng, dialog, other):
    if other:
        dialog.send("REFER", more=f"Refer-To: <sip:x@y?Replaces={other.replaces('%3B', '%3D')}>\r\n")


def notify(rng, dialog, _other):
    state = rng.choice([*(f"Subscription-State: {state}\r\n" for state in STATES), ""])
    dialog.send("NOTIFY", more=rng.choice((*EVENTS, "Event: refer\r\n")) + state)


def info(_rng, dialog, _other):
    dialog.send("INFO", more="Content-Type: application/dtmf-relay\r\n")


def options(_rng, dialog, _other):
    dialog.send("OPTIONS")


def bye(_rng, dialog, _other):
    dialog.send("BYE")


def again(rng, dialog, _other):
    """A retransmission, however late."""
    if dialog.sent:
        dialog.transmit(rng.choice(list(dialog.sent.values())))


REQUESTS = ((2, reinvite), (1, update), (3, ack), (1, prack), (1, cancel), (1, refer), (1, refer_attended), (3, notify),
            (2, subscribe), (1, info), (1, message), (1, options), (1, bye), (1, again))


# ------------------------------------------------------------------ responses

def answer(rng, request, host, rseq):
    """To that request: the status line, more headers, and a body."""
    line = rng.choice(INVITE_ANSWERS if request.method == "INVITE" else ANSWERS)
    code = int(line[:3])
    return line, answer_headers(rng, request.method, code, rseq), answer_body(rng, request.method, code, host)


def answer_body(rng, method, code, host):
    if method == "INVITE" and code in (180, 183, 200):
        return body_or_none(rng, host, 0.75)
    if method in ("UPDATE", "PRACK") and code == 200:
        return body_or_none(rng, host, 0.6)
    return ""


def answer_headers(rng, method, code, rseq):
    if code == 401:
        return f'WWW-Authenticate: Digest realm="r", nonce="{uuid.uuid4().hex}", qop="auth"\r\n'
    if code == 422:
        return f"Min-SE: {rng.choice((90, 1800, 99999))}\r\n"
    if code == 500:
        return "Retry-After: 0\r\n"
    if code in (180, 183, 199) and rng.random() < 0.4:
        return f"Require: 100rel\r\nRSeq: {rseq}\r\n"
    if method == "INVITE" and code == 200 and rng.random() < 0.2:
        return f"Supported: timer\r\nRequire: timer\r\nSession-Expires: 90;refresher={rng.choice(('uac', 'uas'))}\r\n"
    if method == "SUBSCRIBE" and code < 300:
        return rng.choice(EXPIRES[:2])
    return ""
