"""One RTP port for all calls of a SIPp: what it says and hears of each, told apart by SSRC.

Every SDP of that SIPp names this port (Line's `media_port`); the ports that Tandem offered are read from
its messages.
"""
import re
import socket
import struct
import time


class Ears:
    """The media of every call of one SIPp."""

    def __init__(self, host, port):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self.socket.bind((host, port))
        self.socket.setblocking(False)
        self.heard = {}  # SSRC: packets

    def close(self):
        self.socket.close()

    def say(self, targets, sequence):
        """One packet of PCMA to each (SSRC, address)."""
        for ssrc, target in targets:
            header = struct.pack("!BBHII", 0x80, 8, sequence, sequence * 160, ssrc)
            self.socket.sendto(header + b"\xd5" * 160, target)
            self.listen()

    def listen(self, wait_s=0.0):
        deadline = time.monotonic() + wait_s
        while True:
            try:
                ssrc = struct.unpack("!I", self.socket.recv(2048)[8:12])[0]
                self.heard[ssrc] = self.heard.get(ssrc, 0) + 1
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    return
                time.sleep(0.002)


def offered_ports(sipp):
    """{Call-ID: address} where Tandem last said that it takes media of the SIPp's call."""
    found = {}
    for direction, _, text in sipp.messages():
        call_id = re.search(r"^Call-ID: *(\S+)", text, re.M | re.I)
        media = re.search(r"^m=audio (\d+) ", text, re.M)
        address = re.search(r"^c=IN IP4 (\S+)", text, re.M)
        if direction == "received" and call_id and media and address:
            found[call_id.group(1)] = (address.group(1), int(media.group(1)))
    return found
