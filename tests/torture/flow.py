"""Calls as scripts: generators that send, and yield what they wait for; a board runs many of them side by side."""
import heapq
import itertools
import random
import re
import select
import time
import uuid

from peer import CRLF, Message, reply_text
from tandem import TandemError

WAIT_S = 5
LOOK_S = 0.05
DAMAGE_REPEAT_S = 0.5  # T1: who hears nothing says it again
SDP = ("v=0\r\no=- 1 {version} IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n"
       "a=rtpmap:8 PCMA/8000\r\na={direction}\r\n")


class Wait:
    """What a script waits for: test() gives a value, or what it lacks is named; a pause just ends."""

    def __init__(self, what, test, timeout_s=WAIT_S, is_pause=False):
        self.what, self.test, self.is_pause = what, test, is_pause
        self.deadline = time.monotonic() + timeout_s


def pause(seconds):
    return Wait("a pause", lambda: None, seconds, True)


class End:
    """One end of a dialog with Tandem: its requests, its replies, and what came for it."""

    def __init__(self, call, peer, to, call_id, local, remote, uri):
        self.call, self.peer, self.to, self.call_id = call, peer, to, call_id
        self.local, self.remote, self.uri = local, remote, uri
        self.user = "bob"
        self.cseq = 0
        self.version = 0
        self.inbox = []
        self.sent = {}     # {method: the last request}
        self.replied = {}  # {transaction: the last reply}
        self.sock = None

    def sdp(self, direction="sendrecv"):
        self.version += 1
        return SDP.format(host=self.peer.host, version=self.version, direction=direction)

    def text(self, method, more="", body="", cseq=None, branch=None, remote=None, local=None, call_id=None):
        """A request inside the dialog, or what it shall be instead."""
        branch = branch or f"z9hG4bK{uuid.uuid4().hex}"
        kind = f"Content-Type: application/sdp{CRLF}" if body else ""
        me = f"{self.peer.host}:{self.peer.port}"
        return (f"{method} {self.uri} SIP/2.0{CRLF}Via: SIP/2.0/{self.peer.proto} {me};branch={branch};rport{CRLF}"
                f"Max-Forwards: 70{CRLF}From: {local or self.local}{CRLF}To: {remote or self.remote}{CRLF}"
                f"Call-ID: {call_id or self.call_id}{CRLF}CSeq: {self.cseq if cseq is None else cseq} {method}{CRLF}"
                f"Contact: {self.peer.contact(self.user)}{CRLF}{more}{kind}"
                f"Content-Length: {len(body)}{CRLF * 2}{body}")

    def send(self, method, **how):
        if method not in ("ACK", "CANCEL"):
            self.cseq += 1
        text = self.text(method, **how)
        self.sent[method] = text
        self.transmit(text)
        return text

    def ack(self, response, body=""):
        self.send("ACK", cseq=int(response["cseq"].split()[0]), body=body)

    def cancel(self):
        """Of the last INVITE: its branch, its CSeq, and the To that it had."""
        invite = Message(self.sent["INVITE"].encode())
        branch = re.search(r"branch=([^;]+)", invite["via"]).group(1)
        return self.send("CANCEL", branch=branch, cseq=invite["cseq"].split()[0], remote=invite["to"])

    def reply(self, request, line, more="", body=""):
        text = reply_text(request, line, self.peer.contact(self.user), more=more, body=body)
        self.replied[request.transaction] = text
        self.transmit(text, request.sock)

    def transmit(self, text, sock=None):
        self.call.board.transmit(self, text.encode(), sock)

    def wants(self, what, method=None, timeout_s=WAIT_S):
        """A request by its method, or a response by its code and the request's method."""
        def is_it(message):
            return message.method == what if method is None else message.is_response(what, method)

        return self.wants_such(is_it, f"{what} {method or ''}", timeout_s)

    def wants_any(self, *methods):
        return self.wants_such(lambda message: message.method in methods, " or ".join(methods))

    def wants_final(self):
        return self.wants_such(lambda message: (message.code or 0) >= 200, "a final response")

    def wants_such(self, is_it, what, timeout_s=WAIT_S):
        """What is passed over, a telephone deals with by itself."""
        def test():
            while self.inbox:
                message = self.inbox.pop(0)
                if is_it(message):
                    return message
                if message.method:
                    self.call.board.robot(self.peer, message)
            return None

        return Wait(f"{what} at the {'caller' if self is self.call.a else 'callee'}", test, timeout_s)

    def learn(self, response):
        if ";tag=" in response["to"]:
            self.remote = response["to"]

    def repeated(self, message):
        """True if it was a repetition; it gets what the first one got."""
        if message.code and message["cseq"].endswith("INVITE"):
            return message.code >= 200 and message.is_response(200, "INVITE") and self.ack_again(message)
        again = self.replied.get(message.transaction)
        if again:
            self.peer.send(self.to, again, message.sock)
        return again is not None

    def ack_again(self, response):
        ack = self.sent.get("ACK")
        if not ack or Message(ack.encode())["cseq"].split()[0] != response["cseq"].split()[0]:
            return False
        self.peer.send(self.to, ack, response.sock)
        return True


class Call:
    """One call: the script that it follows, the caller's end, and the callee's once it rings there."""

    def __init__(self, board, number, caller, access, script):
        me = f"{caller.host}:{caller.port}"
        self.board, self.number = board, number
        self.a = End(self, caller, access, uuid.uuid4().hex, f"<sip:1001@{me}>;tag={uuid.uuid4().hex[:8]}",
                     f"<sip:{number}@{access[0]}>", f"sip:{number}@{access[0]}:{access[1]}")
        self.b = self.invite = None
        self.damaged = False
        self.error = None
        self.go_on(script)

    def go_on(self, script):
        self.over = False
        self.script = script(self)
        self.wait = None

    def rings(self, timeout_s=WAIT_S):
        """The INVITE at the callee."""
        return Wait("INVITE at the callee", lambda: self.invite, timeout_s)

    def dial(self, more="", sdp=True):
        self.a.send("INVITE", more=more, body=self.a.sdp() if sdp else "")

    def arrive(self, peer, to, invite):
        uri = re.search(r"<([^>]+)>", invite["contact"]).group(1)
        self.b = End(self, peer, to, invite["call-id"], invite["to"] + ";tag=callee", invite["from"], uri)
        self.b.cseq = 1000
        self.invite = invite

    def step(self):
        """As far as the script goes with what is there."""
        while not self.over and (self.wait is None or (value := self.wait.test())):
            self.advance(lambda: self.script.send(value if self.wait else None))

    def advance(self, resume):
        try:
            self.wait = resume()
        except StopIteration:
            self.over = True
        except TandemError as error:
            self.over = True
            self.error = str(error)

    def expire(self, now):
        if self.over or not self.wait or now < self.wait.deadline:
            return
        if self.wait.is_pause:
            self.advance(lambda: self.script.send(True))
        else:
            error = TandemError(f"{self.script.__name__}: {self.wait.what}: nothing came")
            self.advance(lambda: self.script.throw(error))
        self.step()

    def abandon(self):
        """Both ends hang up in every way that there is; whatever comes then, the robot answers."""
        self.over = True
        self.wait = None
        if "INVITE" in self.a.sent:
            self.a.cancel()
        self.a.cseq += 10000
        self.a.send("BYE")
        if self.b:
            self.b.reply(self.invite, "480 Temporarily Unavailable")
            self.b.cseq += 10000
            self.b.send("BYE")


class Board:
    """The telephones and the calls between them: hands each message to the end it is for."""

    def __init__(self, access, carrier, caller, callee, seed=1):
        self.access, self.carrier, self.caller, self.callee = access, carrier, caller, callee
        self.callees = [callee]
        self.peers = {caller, callee}
        self.rng = random.Random(seed)
        self.damage = None  # a function of (rng, bytes), or none
        self.damage_share = 0
        self.ends = {}
        self.calls = {}     # {number: call}
        self.later = []
        self.look = 0       # when time-outs are looked at next
        self.order = itertools.count()
        self.number = 8613800000000

    def call(self, script, caller=None):
        self.number += 1
        self.peers.add(caller or self.caller)
        call = Call(self, str(self.number), caller or self.caller, self.access, script)
        self.calls[call.number] = call
        self.ends[call.a.call_id] = call.a
        call.step()
        return call

    def forget(self, call):
        self.calls.pop(call.number, None)
        for end in (call.a, call.b):
            if end:
                self.ends.pop(end.call_id, None)

    def run(self, call, timeout_s=30):
        """Until its script is over; what it complains of is raised."""
        deadline = time.monotonic() + timeout_s
        call.step()
        while not call.over:
            self.turn(0.05)
            if time.monotonic() > deadline:
                raise TandemError(f"{call.script.__name__}: not over within {timeout_s} s")
        if call.error:
            raise TandemError(call.error)
        return call

    def rest(self, seconds):
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self.turn(left)

    def transmit(self, end, data, sock):
        """A damaged message goes first, and the good one when its sender would repeat it. A stream stays whole: what
        is lost of it would be the next call's, too."""
        if self.damage and end.peer.proto == "UDP" and self.rng.random() < self.damage_share:
            end.call.damaged = True
            heapq.heappush(self.later, (time.monotonic() + DAMAGE_REPEAT_S, next(self.order), end, data, sock))
            data = self.damage(self.rng, data)
        end.peer.send(end.to, data, sock)

    def turn(self, timeout_s):
        """Deal with what comes; false if nothing did."""
        owner = {sock: peer for peer in self.peers for sock in peer.sockets()}
        ready, _, _ = select.select(list(owner), [], [], timeout_s)
        for sock in ready:
            for message in owner[sock].read(sock):
                self.deliver(owner[sock], message)
        now = time.monotonic()
        while self.later and self.later[0][0] <= now:
            _, _, end, data, sock = heapq.heappop(self.later)
            end.peer.send(end.to, data, sock)
        if now >= self.look:
            self.look = now + LOOK_S
            for call in list(self.calls.values()):
                call.expire(now)
        return bool(ready)

    def deliver(self, peer, message):
        end = self.ends.get(message["call-id"])
        if not end and message.method == "INVITE" and (call := self.arrive(peer, message)):
            call.step()
            return
        if not end or end.call.over:
            self.robot(peer, message)
            return
        if message.code and message.code >= 300 and message["cseq"].endswith("INVITE"):
            self.robot(peer, message)
        if not end.repeated(message):
            end.inbox.append(message)
            end.call.step()

    def arrive(self, peer, invite):
        number = re.search(r"sips?:\+?(\w*)", invite.start)
        call = self.calls.get(number.group(1) if number else "")
        if peer not in self.callees or not call or call.b or call.over:
            return None
        call.arrive(peer, self.carrier, invite)
        self.ends[call.b.call_id] = call.b
        return call

    def robot(self, peer, message):
        """What a telephone does by itself, whoever called: it refuses calls, ends what it is told to, acknowledges."""
        to = self.carrier if peer in self.callees else self.access
        if message.code:
            if message.code >= 200 and message["cseq"].endswith("INVITE"):
                peer.send(to, robot_ack(peer, message), message.sock)
        elif message.method != "ACK":
            refused = message.method == "INVITE"
            peer.send(to, reply_text(message, "486 Busy Here" if refused else "200 OK", peer.contact("bob")),
                      message.sock)


def robot_ack(peer, response):
    """Of a refusal in its transaction, of an answer in one of its own."""
    via = response["via"]
    if response.code < 300:
        via = re.sub(r"branch=[^;]*", f"branch=z9hG4bK{uuid.uuid4().hex}", via)
    uri = re.search(r"<([^>]+)>", response["contact"] or response["to"])
    return CRLF.join([f"ACK {uri.group(1) if uri else 'sip:nobody@' + peer.host} SIP/2.0", f"Via: {via}",
                      "Max-Forwards: 70", f"From: {response['from']}", f"To: {response['to']}",
                      f"Call-ID: {response['call-id']}", f"CSeq: {response['cseq'].split()[0]} ACK",
                      "Content-Length: 0", "", ""])
