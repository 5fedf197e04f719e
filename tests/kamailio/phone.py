"""A telephone for one call at a time: SIP over UDP, and a party that speaks RTP.

It does what its test says, step by step, and nothing by itself but drop what it has seen before: so a
test can ring, refuse, hold or fork in any order, and send each packet of media when it means to.
"""
import random
import re
import select
import socket
import time
import uuid

from relay_lib import Party, nothing_arrives, rtp, udp_socket
from tandem import TandemError, free_port

WAIT_S = 4
REASONS = {180: "Ringing", 183: "Session Progress", 200: "OK", 486: "Busy Here", 487: "Request Terminated",
           488: "Not Acceptable Here"}


class Message:
    """A SIP message as it came in."""

    def __init__(self, data):
        self.text = data.decode("utf-8", "replace")
        head, _, self.body = self.text.partition("\r\n\r\n")
        self.start, *self.lines = head.split("\r\n")
        word = self.start.split(" ")
        self.status = int(word[1]) if word[0] == "SIP/2.0" else None
        self.method = self.header("CSeq").split()[1] if self.status else word[0]
        self.cseq = int(self.header("CSeq").split()[0])

    def headers(self, name):
        return [line.split(":", 1)[1].strip() for line in self.lines if line.lower().startswith(name.lower() + ":")]

    def header(self, name):
        return (self.headers(name) or [""])[0]

    def is_called(self, what):
        return what == (self.status or self.method)


def tag_of(header):
    found = re.search(r";tag=([^;>\s]+)", header)
    return found.group(1) if found else None


def uri_of(header):
    found = re.search(r"<([^>]+)>", header)
    return found.group(1) if found else header.split(";")[0].strip()


class Phone:
    """A telephone at an address of its own, with Kamailio as its outbound proxy."""

    def __init__(self, name, host, proxy):
        self.name = name
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.address = (host, free_port(host))
        self.sock.bind(self.address)
        self.proxy = (proxy.host, proxy.port)
        self.media = Party(host)
        self.uri = "sip:%s@%s:%d" % (name, *self.address)
        self.seen = set()
        self.others = []
        self.ssrc = random.getrandbits(32)
        self.sent = {}  # {method: the last request of it}
        self.forget()

    def forget(self):
        """Ready for another call."""
        self.call_id, self.tag, self.remote_tag = None, uuid.uuid4().hex[:10], None
        self.cseq, self.route, self.remote, self.peer, self.request = 0, [], None, None, None

    def close(self):
        self.media.close()
        for sock in (self.sock, *self.others):
            sock.close()

    # what comes in

    def expect(self, *wanted):
        """The next message must be one of these: a status or a method. 100 and retransmissions are passed over."""
        deadline = time.monotonic() + WAIT_S
        while True:
            message = self.receive(deadline)
            if message is None:
                raise TandemError(f"{self.name} waited in vain for {wanted}")
            if any(message.is_called(what) for what in wanted):
                self.learn(message)
                return message
            raise TandemError(f"{self.name} expected {wanted} and got {message.text}")

    def expect_again(self, status):
        """A retransmission, or what looks like one."""
        self.seen.clear()
        return self.expect(status)

    def receive(self, deadline):
        while select.select([self.sock], [], [], max(0, deadline - time.monotonic()))[0]:
            data = self.sock.recv(65535)
            message = Message(data)
            if message.status != 100 and data not in self.seen:
                self.seen.add(data)
                return message
        return None

    def learn(self, message):
        """What a message tells of the dialogue; its SDP tells where to send media."""
        if message.status is None and message.method != "ACK":
            self.request = message
        if message.method == "INVITE" and message.status is None and self.remote_tag is None:
            self.call_id, self.remote_tag = message.header("Call-ID"), tag_of(message.header("From"))
            self.route, self.remote = message.headers("Record-Route"), uri_of(message.header("Contact"))
            self.peer = message.header("From")
        elif message.method == "INVITE" and message.status == 200 and self.remote_tag is None:
            self.remote_tag, self.peer = tag_of(message.header("To")), message.header("To")
            self.route, self.remote = message.headers("Record-Route")[::-1], uri_of(message.header("Contact"))
        if "m=" in message.body:
            self.media.learn(message.body)

    # requests

    def send(self, text, to=None):
        self.sock.sendto(text.encode(), to or self.proxy)

    def request_text(self, method, uri, to, cseq, headers=(), body="", branch=None):
        lines = [f"{method} {uri} SIP/2.0",
                 "Via: SIP/2.0/UDP %s:%d;branch=%s" % (*self.address, branch or "z9hG4bK" + uuid.uuid4().hex),
                 "Max-Forwards: 70", f"From: <{self.uri}>;tag={self.tag}", f"To: {to}", f"Call-ID: {self.call_id}",
                 f"CSeq: {cseq} {method}", f"Contact: <{self.uri}>", *[f"Route: {one}" for one in self.route],
                 *headers]
        return self.with_body(lines, body)

    @staticmethod
    def with_body(lines, body):
        if body:
            lines = [*lines, "Content-Type: application/sdp"]
        return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", body])

    def invite(self, callee, sdp=None, **headers):
        """Call somebody; `headers` as X_Offer="flags"."""
        self.forget()
        self.call_id = uuid.uuid4().hex
        self.peer, self.remote = f"<{callee.uri}>", callee.uri
        return self.ask("INVITE", self.sdp() if sdp is None else sdp, **headers)

    def ask(self, method, sdp="", **headers):
        """A request of the dialogue, or the one that opens it."""
        self.cseq += 1
        lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.sent[method] = self.request_text(method, self.remote, self.peer, self.cseq, lines, sdp)
        self.send(self.sent[method])
        return self

    def again(self, method):
        """The same bytes once more."""
        self.send(self.sent[method])

    def ack(self, sdp=""):
        self.send(self.request_text("ACK", self.remote, self.peer, self.cseq, body=sdp))

    def ack_refusal(self, response):
        """For what is not 2xx: in the INVITE's own transaction (RFC 3261, 17.1.1.3)."""
        self.send(self.request_text("ACK", self.remote, response.header("To"), self.cseq, branch=self.branch()))

    def cancel(self):
        self.send(self.request_text("CANCEL", self.remote, self.peer, self.cseq, branch=self.branch()))

    def branch(self):
        return re.search(r"branch=(\S+)", self.sent["INVITE"]).group(1)

    # responses

    def reply(self, status, sdp="", request=None):
        """Answer the last request, or this one."""
        request = request or self.request
        to = request.header("To")
        if not tag_of(to):
            to += f";tag={self.tag}"
        lines = [f"SIP/2.0 {status} {REASONS[status]}", *[f"Via: {one}" for one in request.headers("Via")],
                 *[f"Record-Route: {one}" for one in request.headers("Record-Route")],
                 f"From: {request.header('From')}", f"To: {to}", f"Call-ID: {request.header('Call-ID')}",
                 f"CSeq: {request.header('CSeq')}", f"Contact: <{self.uri}>"]
        self.peer = request.header("From") if request.method == "INVITE" else self.peer
        self.send(self.with_body(lines, sdp))

    def answer(self, sdp=None):
        self.reply(200, self.sdp() if sdp is None else sdp)

    # media

    def sdp(self, *attributes):
        return self.media.sdp(*attributes)

    def say(self, payload_type=8, payload=None):
        """Send one packet; returned as it is before it is sealed."""
        self.media.seq += 1
        payload = b"%d from %s" % (self.media.seq, self.name.encode()) if payload is None else payload
        data = rtp(self.media.seq, payload=payload, pt=payload_type, ssrc=self.ssrc)
        self.media.rtp.sendto(self.seal(data), self.media.target)
        return data

    def hear(self):
        """The next packet as it was before it was sealed, and where it came from."""
        data, source = self.media.rtp.recvfrom(4096)
        return self.open(data), source

    def seal(self, data):
        return data

    def open(self, data):
        return data

    def hears(self, data):
        return self.hear()[0] == data

    def hears_nothing(self):
        return nothing_arrives(self.media.rtp)


def own_socket(phone, host):
    """Another socket for its media, as a NAT would send it from."""
    sock = udp_socket(host)
    phone.others.append(sock)
    return sock


def speak(sender, receiver, count=5):
    """Every packet that one sends the other gets, byte for byte, from where its SDP said."""
    for _ in range(count):
        data = sender.say()
        try:
            got, source = receiver.hear()
        except socket.timeout:
            raise TandemError(f"{receiver.name} does not hear {sender.name}") from None
        if got != data:
            raise TandemError(f"{receiver.name} heard {got!r}, {sender.name} said {data!r}")
        if source != receiver.media.target:
            raise TandemError(f"{receiver.name} heard {source}, its SDP says {receiver.media.target}")


def talk(one, other, count=5):
    """Both ways."""
    speak(one, other, count)
    speak(other, one, count)
