"""Telephones' sockets whose messages can be anything, by UDP and by TCP, and what a message holds."""
import re
import select
import socket
import time

CRLF = "\r\n"
ANSWER_S = 5
HEAD_MAX = 1 << 20
COMPACT = {"v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "l": "content-length",
           "c": "content-type"}


class Message:
    """What came: its start line, and the values of each header; by TCP also the connection it came by."""

    def __init__(self, data, sock=None):
        self.data = data
        self.sock = sock
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

    @property
    def transaction(self):
        """What a repetition shares with it."""
        return self.start, self["via"], self["cseq"]

    def is_response(self, code, method):
        return self.code == code and self["cseq"].endswith(" " + method)


def reply_text(request, line, contact, tag="callee", more="", body=""):
    """A response: what must be repeated is copied from the request."""
    head = [f"SIP/2.0 {line}"]
    head += [f"Via: {via}" for via in request.headers.get("via", [])]
    tag = "" if ";tag=" in request["to"] else f";tag={tag}"
    head += [f"From: {request['from']}", f"To: {request['to']}{tag}", f"Call-ID: {request['call-id']}",
             f"CSeq: {request['cseq']}", f"Contact: {contact}"]
    kind = f"Content-Type: application/sdp{CRLF}" if body else ""
    return CRLF.join(head) + CRLF + more + kind + f"Content-Length: {len(body)}{CRLF * 2}{body}"


class Peer:
    """A UDP socket, and more of them on ports where an answer may be sent to."""

    proto = "UDP"

    def __init__(self, host, port, more=()):
        self.host, self.port = host, port
        self.socks = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in (port, *more)]
        for sock, one in zip(self.socks, (port, *more)):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
            sock.bind((host, one))

    def close(self):
        for sock in self.socks:
            sock.close()

    def contact(self, user):
        return f"<sip:{user}@{self.host}:{self.port}>"

    def send(self, to, data, _sock=None):
        self.socks[0].sendto(data.encode() if isinstance(data, str) else data, to)

    def renew(self):
        """A datagram leaves nothing behind that could spoil the next one."""

    def sockets(self):
        return self.socks

    def read(self, sock):
        """The messages that a readable socket holds."""
        return [Message(sock.recv(65535))]

    def receive(self, timeout_s=ANSWER_S):
        """The next message, or None."""
        ready, _, _ = select.select(self.socks, [], [], timeout_s)
        return self.read(ready[0])[0] if ready else None

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


def frames(data):
    """The whole messages at the front of a stream, and what is left of it."""
    found = []
    while True:
        data = data.lstrip(b"\r\n")
        head, end, rest = data.partition(b"\r\n\r\n")
        length = re.search(rb"\ncontent-length[ \t]*:[ \t]*(\d+)", head, re.I)
        length = int(length.group(1)) if length else 0
        if not end or len(rest) < length:
            return found, data
        found.append(head + end + rest[:length])
        data = rest[length:]


class TcpPeer:
    """A listening socket, the connections that came to it, and one to each address that it sent to."""

    proto = "TCP"

    def __init__(self, host, port):
        self.host, self.port = host, port
        self.listener = socket.create_server((host, port))
        self.rest = {}  # {connection: what came of a message so far}
        self.to = {}    # {address: connection}

    def close(self):
        for sock in (self.listener, *self.rest):
            sock.close()

    def contact(self, user):
        return f"<sip:{user}@{self.host}:{self.port};transport=tcp>"

    def connect(self, to):
        return self.take(socket.create_connection(to, source_address=(self.host, 0)))

    def take(self, sock):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rest[sock] = b""
        return sock

    def send(self, to, data, sock=None):
        """By the connection given, if it lives, else by the one to that address; a dead one is made anew."""
        data = data.encode() if isinstance(data, str) else data
        for _ in range(2):
            if sock not in self.rest:
                sock = self.to[to] = self.to.get(to) if self.to.get(to) in self.rest else self.connect(to)
            try:
                sock.sendall(data)
                return
            except OSError:
                self.drop(sock)

    def renew(self):
        """New connections: what is left of a cut message would swallow the next one."""
        for sock in list(self.rest):
            self.drop(sock)

    def drop(self, sock):
        self.rest.pop(sock, None)
        sock.close()

    def sockets(self):
        return [self.listener, *self.rest]

    def read(self, sock):
        if sock is self.listener:
            self.take(sock.accept()[0])
            return []
        try:
            data = sock.recv(65535)
        except OSError:
            data = b""
        if not data:
            self.drop(sock)
            return []
        found, self.rest[sock] = frames(self.rest[sock] + data)
        return [Message(one, sock) for one in found]
