"""What the media tests are built of: a relay process, an NG client, a party that speaks RTP.

Standard library only. Everything runs on loopback, on ports the kernel chose.
"""
import contextlib
import json
import os
import pathlib
import signal
import socket
import struct
import subprocess
import tempfile
import time

WAIT_S = 5.0


def bencode(value):
    if isinstance(value, bool) or isinstance(value, int):
        return b"i%de" % int(value)
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes):
        return b"%d:%s" % (len(value), value)
    if isinstance(value, (list, tuple)):
        return b"l" + b"".join(bencode(v) for v in value) + b"e"
    return b"d" + b"".join(bencode(k) + bencode(v) for k, v in value.items()) + b"e"


def bdecode(data, pos=0):
    """Return (value, position behind it)."""
    kind = data[pos:pos + 1]
    if kind == b"i":
        end = data.index(b"e", pos)
        return int(data[pos + 1:end]), end + 1
    if kind in (b"l", b"d"):
        items, pos = [], pos + 1
        while data[pos:pos + 1] != b"e":
            item, pos = bdecode(data, pos)
            items.append(item)
        return (items if kind == b"l" else dict(zip(items[::2], items[1::2]))), pos + 1
    colon = data.index(b":", pos)
    end = colon + 1 + int(data[pos:colon])
    return data[colon + 1:end].decode("utf-8", "surrogateescape"), end


class Relay:
    """A tandem-rtprelay of its own, in a temporary folder."""

    def __init__(self, **settings):
        self.build = os.environ.get("TANDEM_BUILD") or str(pathlib.Path(__file__).parents[2] / "build")
        self.program = os.path.join(self.build, "tandem-rtprelay")
        self.folder = tempfile.TemporaryDirectory(prefix="relay")
        self.settings = {"data_dir": self.folder.name, "run_dir": self.folder.name, **settings}
        if "TANDEM_RTP_WORKERS" in os.environ:
            self.settings.setdefault("rtp_workers", os.environ["TANDEM_RTP_WORKERS"])
        self.socket_path = os.path.join(self.folder.name, "rtprelay.sock")
        self.log_path = os.path.join(self.folder.name, "log")
        self.process = None

    def command(self):
        return [self.program] + [a for k, v in self.settings.items() for a in ("--set", f"{k}={v}")]

    def start(self):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(self.command(), stderr=log)
        wait_until(lambda: "ready" in self.log().replace("already", ""), "the relay says it is ready")
        return self

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return log.read()

    def stop(self, sig=signal.SIGTERM):
        """Stop it and return its exit status; a sanitizer's report in the log fails."""
        self.process.send_signal(sig)
        status = self.process.wait(timeout=WAIT_S * 4)
        log = self.log()
        assert "Sanitizer" not in log and "runtime error" not in log, log
        return status

    def __enter__(self):
        return self.start()

    def __exit__(self, *exc):
        if self.process.poll() is None:
            status = self.stop()
            assert status == 0, (status, self.log())
        self.folder.cleanup()


class Client:
    """An NG client over a unix or UDP socket, in bencode or JSON."""

    serial = 0

    def __init__(self, relay, udp=None, encoding="bencode", connected=True):
        self.json = encoding == "json"
        if udp:
            self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.sock.connect(udp)
        else:
            self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            Client.serial += 1
            self.sock.bind(os.path.join(relay.folder.name, f"client{Client.serial}"))
            if connected:
                self.sock.connect(relay.socket_path)
        self.path = None if udp or connected else relay.socket_path
        self.sock.settimeout(WAIT_S)
        self.cookies = 0

    def encode(self, keys):
        return json.dumps(keys).encode() if self.json else bencode(keys)

    def decode(self, datagram):
        cookie, body = datagram.split(b" ", 1)
        return cookie.decode(), json.loads(body) if body[:1] == b"{" else bdecode(body)[0]

    def send(self, cookie, keys):
        data = cookie.encode() + b" " + self.encode(keys)
        if self.path:
            self.sock.sendto(data, self.path)
        else:
            self.sock.send(data)

    def receive(self):
        return self.decode(self.sock.recv(65535))

    def request(self, command, cookie=None, **keys):
        """Send a request and return its reply; underscores in keys stand for '-'."""
        self.cookies += 1
        cookie = cookie or f"c{self.cookies}"
        keys = {k.replace("_", "-"): v for k, v in keys.items()}
        self.send(cookie, {"command": command, **keys})
        got, reply = self.receive()
        assert got == cookie, (got, cookie)
        return reply

    def ok(self, command, **keys):
        reply = self.request(command, **keys)
        assert reply["result"] in ("ok", "pong"), reply
        return reply

    def close(self):
        self.sock.close()


def wait_until(condition, what, seconds=WAIT_S * 2):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds} s in vain until {what}")
        time.sleep(0.02)


def udp_socket(host, port=0):
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((host, port))
    sock.settimeout(WAIT_S)
    return sock


def udp_pair(host):
    """Two sockets on an even port and the odd one above it."""
    while True:
        rtp = udp_socket(host)
        port = rtp.getsockname()[1]
        if port % 2 == 0:
            with contextlib.suppress(OSError):
                return rtp, udp_socket(host, port + 1)
        rtp.close()


def rtp(seq, timestamp=None, payload=b"", pt=0, ssrc=0x11223344, marker=False):
    timestamp = seq * 160 if timestamp is None else timestamp
    return struct.pack("!BBHII", 0x80, pt | (0x80 if marker else 0), seq & 0xffff, timestamp & 0xffffffff,
                       ssrc) + payload


def sender_report(ssrc, ntp_middle, blocks=b"", count=0):
    body = struct.pack("!IIIIII", ssrc, ntp_middle >> 16, (ntp_middle & 0xffff) << 16, 0, 0, 0) + blocks
    return struct.pack("!BBH", 0x80 | count, 200, len(body) // 4) + body


def receiver_report(ssrc, about, lost=0, jitter=0, lsr=0, dlsr=0):
    body = struct.pack("!IIIIIII", ssrc, about, lost & 0xffffff, 0, jitter, lsr, dlsr)
    return struct.pack("!BBH", 0x81, 201, len(body) // 4) + body


class Party:
    """One end of a call: an RTP and an RTCP socket, and the SDP that announces them."""

    def __init__(self, host="127.0.0.1"):
        self.host = host
        self.rtp, self.rtcp = udp_pair(host)
        self.target = None  # the relay's RTP address towards us
        self.seq = 1000

    @property
    def port(self):
        return self.rtp.getsockname()[1]

    def family(self):
        return "IP6" if ":" in self.host else "IP4"

    def sdp(self, *attributes, host=None, port=None, media="audio", proto="RTP/AVP 0 8"):
        host = host or self.host
        lines = ["v=0", f"o=- 1 1 IN {self.family()} {host}", "s=-", f"c=IN {self.family()} {host}", "t=0 0",
                 f"m={media} {self.port if port is None else port} {proto}", *attributes]
        return "\r\n".join(lines) + "\r\n"

    def learn(self, sdp):
        """Send from now on to where this SDP, made by the relay for us, says."""
        self.target = sdp_address(sdp)
        return self

    def send(self, data=None, sock=None):
        if data is None:
            self.seq += 1
            data = rtp(self.seq, payload=b"%d from %d" % (self.seq, self.port))
        (sock or self.rtp).sendto(data, self.target)
        return data

    def send_rtcp(self, data, sock=None):
        (sock or self.rtcp).sendto(data, (self.target[0], self.target[1] + 1))
        return data

    def close(self):
        self.rtp.close()
        self.rtcp.close()


def sdp_address(sdp, index=0):
    host, hosts, ports = None, [], []
    for line in sdp.splitlines():
        if line.startswith("m="):
            ports.append(int(line.split()[1]))
            hosts.append(host)
        elif line.startswith("c="):
            if hosts:
                hosts[-1] = line.split()[2]
            else:
                host = line.split()[2]
    return hosts[index], ports[index]


def nothing_arrives(sock, seconds=0.2):
    sock.settimeout(seconds)
    try:
        return sock.recv(4096) is None
    except socket.timeout:
        return True
    finally:
        sock.settimeout(WAIT_S)
