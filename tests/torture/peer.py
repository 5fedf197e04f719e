"""A caller and a callee of a few lines each, whose messages can be anything: what a torture needs of a telephone."""
import re
import select
import socket
import time
import uuid

from tandem import TandemError

CRLF = "\r\n"
SDP = ("v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n"
       "a=rtpmap:8 PCMA/8000\r\n")
NUMBER = "8613800138000"
ANSWER_S = 5


COMPACT = {"v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "l": "content-length",
           "c": "content-type"}


class Message:
    """What came: its start line, and the first value of each header."""

    def __init__(self, data):
        self.data = data
        head = data.decode("utf-8", "replace").partition(CRLF * 2)[0].split(CRLF)
        self.start = head[0]
        self.headers = {}
        for line in head[1:]:
            name, _, value = line.partition(":")
            name = name.strip().lower()
            self.headers.setdefault(COMPACT.get(name, name), []).append(value.strip())

    def __getitem__(self, name):
        return self.headers.get(name, [""])[0]

    @property
    def code(self):
        return int(self.start.split()[1]) if self.start.startswith("SIP/2.0 ") else None

    @property
    def method(self):
        return None if self.code else self.start.split()[0]


class Peer:
    """A UDP socket, and more of them on ports where an answer may be sent to."""

    def __init__(self, host, port, more=()):
        self.host, self.port = host, port
        self.socks = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in (port, *more)]
        for sock, one in zip(self.socks, (port, *more)):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
            sock.bind((host, one))

    def close(self):
        for sock in self.socks:
            sock.close()

    def send(self, to, data):
        self.socks[0].sendto(data.encode() if isinstance(data, str) else data, to)

    def receive(self, timeout_s=ANSWER_S):
        """The next message, or None."""
        ready, _, _ = select.select(self.socks, [], [], timeout_s)
        return Message(ready[0].recv(65535)) if ready else None

    def wait(self, wanted, timeout_s=ANSWER_S):
        """The next message that `wanted` takes; others are passed over."""
        deadline = time.monotonic() + timeout_s
        while (left := deadline - time.monotonic()) > 0:
            message = self.receive(left)
            if message and wanted(message):
                return message
        return None

    def drain(self):
        while self.receive(0):
            pass

    def reply(self, to, request, line, more="", body=""):
        head = [f"SIP/2.0 {line}"]
        head += [f"Via: {via}" for via in request.headers["via"]]
        tag = "" if ";tag=" in request["to"] else ";tag=callee"
        head += [f"From: {request['from']}", f"To: {request['to']}{tag}", f"Call-ID: {request['call-id']}",
                 f"CSeq: {request['cseq']}", f"Contact: <sip:callee@{self.host}:{self.port}>"]
        kind = f"Content-Type: application/sdp{CRLF}" if body else ""
        self.send(to, CRLF.join(head) + CRLF + more + kind + f"Content-Length: {len(body)}{CRLF * 2}{body}")


class Call:
    """One call of a caller to NUMBER through `to`; each step can be taken alone."""

    def __init__(self, caller, to):
        self.caller, self.to = caller, to
        self.call_id = uuid.uuid4().hex
        self.to_tag = ""
        self.cseq = 1
        self.branch = ""

    def text(self, method, more="", body="", cseq=None, branch=None):
        self.branch = branch or f"z9hG4bK{uuid.uuid4().hex}"
        kind = f"Content-Type: application/sdp{CRLF}" if body else ""
        me = f"{self.caller.host}:{self.caller.port}"
        return (f"{method} sip:{NUMBER}@{self.to[0]}:{self.to[1]} SIP/2.0{CRLF}"
                f"Via: SIP/2.0/UDP {me};branch={self.branch};rport{CRLF}Max-Forwards: 70{CRLF}"
                f"From: <sip:1001@{me}>;tag=caller{CRLF}To: <sip:{NUMBER}@{self.to[0]}>{self.to_tag}{CRLF}"
                f"Call-ID: {self.call_id}{CRLF}CSeq: {cseq or self.cseq} {method}{CRLF}"
                f"Contact: <sip:1001@{me}>{CRLF}{more}{kind}Content-Length: {len(body)}{CRLF * 2}{body}")

    def send(self, method, **how):
        text = self.text(method, **how)
        self.caller.send(self.to, text)
        return text

    def invite(self):
        return self.send("INVITE", body=SDP.format(host=self.caller.host))

    def is_mine(self, message):
        return message["call-id"] == self.call_id

    def answered(self, method, least=200):
        """The response of at least that code to the last request of a method."""
        return self.caller.wait(lambda one: self.is_mine(one) and (one.code or 0) >= least and
                                one["cseq"].endswith(method))

    def learn(self, response):
        found = re.search(r";tag=[^;\s]+", response["to"])
        self.to_tag = found.group(0) if found else ""


def need(message, what):
    if message is None:
        raise TandemError(f"{what}: nothing came")
    return message


def whole_call(caller, callee, access, carrier):
    """A call set up and hung up by the book; raises where it is not."""
    call = Call(caller, access)
    call.invite()
    invite = need(callee.wait(lambda one: one.method == "INVITE"), "INVITE at the callee")
    callee.reply(carrier, invite, "180 Ringing")
    callee.reply(carrier, invite, "200 OK", body=SDP.format(host=callee.host))
    ok = need(call.answered("INVITE"), "final response to a valid INVITE")
    if ok.code != 200:
        raise TandemError(f"a valid call is answered {ok.start}")
    call.learn(ok)
    call.send("ACK")
    need(callee.wait(lambda one: one.method == "ACK"), "ACK at the callee")
    call.cseq += 1
    call.send("BYE")
    bye = need(callee.wait(lambda one: one.method == "BYE"), "BYE at the callee")
    callee.reply(carrier, bye, "200 OK")
    ended = need(call.answered("BYE"), "response to BYE")
    if ended.code != 200:
        raise TandemError(f"a valid BYE is answered {ended.start}")
