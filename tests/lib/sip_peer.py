"""A SIP telephone in a few lines, over TCP or TLS: whole messages, one at a time, on one connection."""
import re
import socket
import threading

from tandem import TandemError

SDP = "v=0\r\no=- 1 1 IN IP4 {0}\r\ns=-\r\nc=IN IP4 {0}\r\nt=0 0\r\nm=audio 30000 RTP/AVP 8\r\n"


def header(message, name):
    """The value of a header; the empty text when there is none."""
    found = re.search(rf"^{name}:[ \t]*([^\r\n]*)", message, re.M | re.I)
    return found.group(1) if found else ""


class Flow:
    """One connection that carries SIP."""

    def __init__(self, sock):
        self.sock = sock
        self.rest = b""

    def send(self, text):
        self.sock.sendall(text.encode())

    def receive(self, wanted=None, timeout_s=5):
        """The next message, or the next whose start line holds `wanted`."""
        self.sock.settimeout(timeout_s)
        while True:
            message = self.message()
            if wanted is None or wanted in message.split("\r\n", 1)[0]:
                return message

    def message(self):
        while b"\r\n\r\n" not in self.rest:
            self.more()
        head, _, self.rest = self.rest.partition(b"\r\n\r\n")
        text = head.decode() + "\r\n\r\n"
        length = int(header(text, "Content-Length") or 0)
        while len(self.rest) < length:
            self.more()
        body, self.rest = self.rest[:length], self.rest[length:]
        return text + body.decode()

    def more(self):
        try:
            data = self.sock.recv(65536)
        except TimeoutError:
            raise TandemError(f"no SIP message in time; so far: {self.rest!r}") from None
        if not data:
            raise TandemError(f"the connection ended; so far: {self.rest!r}")
        self.rest += data

    def close(self):
        try:
            self.sock.shutdown(socket.SHUT_RDWR)  # also when another thread waits for it
        except OSError:
            pass
        self.sock.close()


def request(method, uri, local, tag, cseq=1, to="", call_id="1", extra="", body="", proto="TLS", contact=None):
    """A request's text; `local` is our host:port, `extra` header lines with their line ends."""
    contact = contact or f"<sip:4001@{local};transport={proto.lower()}>"
    return (f"{method} {uri} SIP/2.0\r\nVia: SIP/2.0/{proto} {local};branch=z9hG4bK{call_id}-{method}-{cseq};rport\r\n"
            f"From: <sip:4001@{local}>;tag={tag}\r\nTo: {to or '<' + uri + '>'}\r\nCall-ID: {call_id}@{local}\r\n"
            f"CSeq: {cseq} {method}\r\nContact: {contact}\r\nMax-Forwards: 70\r\n{extra}"
            + ("Content-Type: application/sdp\r\n" if body else "") + f"Content-Length: {len(body)}\r\n\r\n{body}")


def reply(message, code, reason, tag, contact="", body=""):
    """A response's text: what must be repeated is copied from the request."""
    lines = [f"SIP/2.0 {code} {reason}"]
    lines += re.findall(r"^(?:Via|Record-Route):[^\r\n]*", message, re.M | re.I)
    to = header(message, "To")
    lines += [f"From: {header(message, 'From')}", f"To: {to}" + ("" if "tag=" in to else f";tag={tag}"),
              f"Call-ID: {header(message, 'Call-ID')}", f"CSeq: {header(message, 'CSeq')}"]
    lines += [f"Contact: {contact}"] if contact else []
    lines += ["Content-Type: application/sdp"] if body else []
    return "\r\n".join(lines) + f"\r\nContent-Length: {len(body)}\r\n\r\n{body}"


class Callee(threading.Thread):
    """Takes calls on a listening port until it is closed; `wrap` makes a connection TLS."""

    def __init__(self, host, port, wrap=None, scheme="sip", proto="tls"):
        super().__init__(daemon=True)
        self.contact = f"<{scheme}:bob@{host}:{port}" + (f";transport={proto}>" if scheme == "sip" else ">")
        self.wrap = wrap
        self.sdp = SDP.format(host)
        self.requests = []  # everything received
        self.failures = []  # handshakes that failed
        self.flows = []
        self.listener = socket.create_server((host, port))
        self.start()

    def run(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(sock,), daemon=True).start()

    def serve(self, sock):
        try:
            flow = Flow(self.wrap(sock) if self.wrap else sock)
            self.flows.append(flow)
            while True:
                self.answer(flow, flow.receive(timeout_s=60))
        except OSError as error:
            self.failures.append(str(error))
        except TandemError:
            pass

    def answer(self, flow, message):
        self.requests.append(message)
        method = message.split(" ", 1)[0]
        if method == "INVITE":
            flow.send(reply(message, 180, "Ringing", "bob", self.contact))
            flow.send(reply(message, 200, "OK", "bob", self.contact, self.sdp))
        elif method != "ACK":
            flow.send(reply(message, 200, "OK", "bob"))

    def received(self, method):
        return [one for one in self.requests if one.startswith(method + " ")]

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for flow in self.flows:
            flow.close()
