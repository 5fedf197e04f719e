"""baresip as somebody's hands use it: told what to do over its control port, and everything it says is kept."""
import json
import pathlib
import re
import socket
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
from baresip import Baresip  # noqa: E402
from tandem import TandemError, free_port, wait_until  # noqa: E402
from tone import wav_read, windows_with  # noqa: E402

LIFE_S = 40  # it ends by itself then, whatever becomes of the test
WAIT_S = 8
WINDOW_S = 0.1
SAID = re.compile(rb"(\d+):")  # JSON in netstrings
TRACED = re.compile(r"#\n(UDP|TCP|TLS) \S+ -> \S+\n(.*?)\x1b\[;m", re.S)
OWN = re.compile(r"^(?:User-Agent|Server): baresip", re.M)
KEY_UP = "\x04"


def directions(messages, method="INVITE"):
    """Of the SDP in each request of that method: sendrecv, sendonly, ..."""
    found = [re.search(r"^a=(sendrecv|sendonly|recvonly|inactive)$", message, re.M) for message in messages
             if message.startswith(method + " ") and "\nm=" in message]
    return [one.group(1) if one else "sendrecv" for one in found]


class Telephone(Baresip):
    """A baresip that answers when it is told to. `secret` is the file of its certificate and key, `ca` the authority
    that it trusts; `watched` are those whose presence it subscribes to, `account` more parameters of its account."""

    options = ("-s",)  # every SIP message stands in its log

    def __init__(self, name, folder, host, frequency_hz, user, secret=None, ca=None, modules=(), watched=(),
                 account="", **more):
        self.control_port = free_port("127.0.0.1")
        settings = ["module_app ctrl_tcp.so", f"ctrl_tcp_listen 127.0.0.1:{self.control_port}"]
        settings += [f"sip_certificate {secret}", f"sip_cafile {ca}"] if secret else []
        settings += [f"module_app {module}" for module in modules]
        super().__init__(name, folder, host, frequency_hz, user, settings=settings, account="answermode=manual" + account, **more)
        (self.folder / "contacts").write_text("".join(f"<{uri}>;presence=p2p\n" for uri in watched))
        self.name = name
        self.control = None
        self.rest = b""
        self.events = []
        self.replies = []

    def switch_on(self):
        self.start(LIFE_S)
        self.control = socket.create_connection(("127.0.0.1", self.control_port), 5)
        self.control.setblocking(False)
        return self

    def switch_off(self):
        if self.control:
            self.control.close()
        self.end()

    # what it is told

    def tell(self, command, words=""):
        """A command of its menu; its answer is waited for."""
        text = json.dumps({"command": command, "params": words, "token": "t"}).encode()
        self.replies.clear()
        self.control.sendall(b"%d:%s," % (len(text), text))
        wait_until(lambda: self.listen_in() or self.replies, WAIT_S, f"{self.name}: reply to {command}")
        if not self.replies[0]["ok"]:
            raise TandemError(f"{self.name}: {command} {words}: {self.replies[0]}")

    def press(self, digits):
        """A key, and let go of it."""
        for digit in digits:
            self.tell("sndcode", digit)
            self.tell("sndcode", KEY_UP)

    # what it tells

    def listen_in(self):
        """Take in what has come over the control port."""
        try:
            data = self.control.recv(65536)
        except BlockingIOError:
            return
        self.rest += data
        found = SAID.match(self.rest)
        while found and len(self.rest) > found.end() + int(found.group(1)):
            end = found.end() + int(found.group(1))
            said = json.loads(self.rest[found.end():end])
            (self.events if said.get("event") else self.replies).append(said)
            self.rest = self.rest[end + 1:]
            found = SAID.match(self.rest)

    def happened(self, kind):
        self.listen_in()
        return [event for event in self.events if event["type"] == kind]

    def expect(self, kind, count=1):
        """The newest event of a kind, once there have been so many of it."""
        wait_until(lambda: len(self.happened(kind)) >= count, WAIT_S,
                   f"{self.name}: {count} of {kind}; there were {[event['type'] for event in self.events]}")
        return self.happened(kind)[count - 1]

    def keys(self):
        """The keys that the other side pressed."""
        return "".join(event["param"] for event in self.happened("CALL_DTMF_START"))

    def heard(self, frequency_hz):
        """Seconds of its recording that are that tone and nothing else."""
        path = self.recording()
        if not path:
            return 0
        data, rate_hz = wav_read(path)
        return windows_with(data, frequency_hz, rate_hz, WINDOW_S) * WINDOW_S

    def messages(self, received=True):
        """Every SIP message that it got, or sent: [(transport, text)]. What it sends bears its name, and by TCP it
        sends from any address; the name does not pass through Tandem."""
        return [(transport, message) for transport, message in TRACED.findall(self.log().replace("\r", ""))
                if bool(OWN.search(message)) != received]

    def directions(self, method="INVITE"):
        """Of every SDP it was offered by that method: sendrecv, sendonly, ..."""
        return directions([message for _, message in self.messages()], method)
