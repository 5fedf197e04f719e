"""How long an INVITE stays inside: from its datagram on loopback to that of the INVITE it causes."""
import select
import socket
import statistics
import struct
import threading

ETH_P_IP = 0x0800
SO_TIMESTAMPNS = 35
PACKET_OUTGOING = 4
BUFFER_BYTES = 8 << 20
SCM_SPACE = socket.CMSG_SPACE(16)


class InviteDelay:
    """Notes, by the kernel's time stamps, the INVITEs to each of two addresses (needs CAP_NET_RAW).

    They are paired by their order: at the rates it is used with one is through before the next comes, and a
    retransmission on either side makes the numbers differ.
    """

    def __init__(self, inside, outside):
        self.seen_ns = {inside: [], outside: []}
        self.inside, self.outside = inside, outside
        self.over = threading.Event()

    def __enter__(self):
        self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_IP))
        self.sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
        self.sock.bind(("lo", ETH_P_IP))
        self.thread = threading.Thread(target=self.listen)
        self.thread.start()
        return self

    def __exit__(self, *exc):
        self.over.set()
        self.thread.join()
        self.sock.close()

    def listen(self):
        while not self.over.is_set():
            if select.select([self.sock], [], [], 0.1)[0]:
                packet, control, _flags, address = self.sock.recvmsg(256, SCM_SPACE)
                if address[2] != PACKET_OUTGOING and control:
                    self.note(packet, control[0][2])

    def note(self, packet, stamp):
        header = 4 * (packet[0] & 15)
        if packet[9] != socket.IPPROTO_UDP or not packet.startswith(b"INVITE ", header + 8):
            return
        where = socket.inet_ntoa(packet[16:20]), struct.unpack_from("!H", packet, header + 2)[0]
        if where in self.seen_ns:
            seconds, nanoseconds = struct.unpack("@qq", stamp)
            self.seen_ns[where].append(seconds * 10**9 + nanoseconds)

    def percentiles_us(self, first):
        """(p50, p99) without the first so many; None where INVITEs were lost or repeated."""
        came, left = (self.seen_ns[where] for where in (self.inside, self.outside))
        if not came or len(came) != len(left):
            return None
        took = [(out - into) / 1000 for into, out in zip(came, left)][first:]
        cuts = statistics.quantiles(took, n=100)
        return cuts[49], cuts[98]
