"""The least of a SIP proxy: one call between two telephones, whose SDP an NG client rewrites.

It stands where a switch would, so that telephones of others can be tried with the relay alone. What comes in on
one side goes out on the other with a Via of ours, a Contact of ours, and the SDP that the relay made of it.
"""
import re
import select
import socket
import threading

CRLF = "\r\n"


def field(head, name):
    found = re.search(rf"^{name}:\s*(.*?)\r?$", head, re.M | re.I)
    return found.group(1) if found else ""


def tag_of(value):
    found = re.search(r";tag=([^;\s]+)", value)
    return found.group(1) if found else None


class Side:
    """The socket towards one telephone, and where that is once known."""

    def __init__(self, host, phone=None):
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind((host, 0))
        self.address = "%s:%d" % self.sock.getsockname()
        self.phone = phone


class SipWire:
    """`transport` is what the callee is offered. The caller dials `.address`."""

    def __init__(self, client, host, callee, transport):
        self.client = client
        self.host = host
        self.transport = transport
        self.caller, self.callee = Side(host), Side(host, callee)
        self.address = self.caller.address
        self.error = None
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ending.set()
        self.thread.join(5)
        for side in (self.caller, self.callee):
            side.sock.close()

    def run(self):
        while not self.ending.is_set():
            ready, _, _ = select.select([self.caller.sock, self.callee.sock], [], [], 0.1)
            for sock in ready:
                data, source = sock.recvfrom(65535)
                try:
                    self.pass_on(sock is self.caller.sock, data.decode(), source)
                except Exception as error:  # told by whoever waits for the call
                    self.error = f"{error!r} at {data[:300]!r}"

    def pass_on(self, from_caller, message, source):
        this, other = (self.caller, self.callee) if from_caller else (self.callee, self.caller)
        this.phone = this.phone or source
        head, _, body = message.partition(CRLF * 2)
        if not head.strip() or not other.phone:
            return
        body = self.rewrite(from_caller, head, body) if body else body
        head = self.via(head, other)
        head = re.sub(r"^Contact:.*$", f"Contact: <sip:wire@{other.address}>\r", head, flags=re.M | re.I)
        head = re.sub(r"^Content-Length:.*$", f"Content-Length: {len(body)}\r", head, flags=re.M | re.I)
        other.sock.sendto((head.rstrip("\r") + CRLF * 2 + body).encode(), other.phone)

    def via(self, head, other):
        start, _, rest = head.partition(CRLF)
        if start.startswith("SIP/2.0"):
            return start + CRLF + re.sub(r"\AVia:.*\r\n", "", rest, flags=re.I)
        branch = re.search(r"branch=([^;\s]+)", field(head, "Via")).group(1)
        return f"{start}{CRLF}Via: SIP/2.0/UDP {other.address};branch={branch}w;rport{CRLF}{rest}"

    def rewrite(self, from_caller, head, body):
        keys = {"call_id": field(head, "Call-ID"), "from_tag": tag_of(field(head, "From")), "sdp": body,
                "replace": ["origin", "session-connection"]}
        if head.startswith("SIP/2.0"):
            assert not from_caller, "the caller answered"
            return self.client.ok("answer", to_tag=tag_of(field(head, "To")), **keys)["sdp"]
        assert from_caller, "the callee offered"
        return self.client.ok("offer", transport_protocol=self.transport, tandem_local=[self.host, self.host],
                              **keys)["sdp"]
