"""A network between the B2BUA and its relay that loses datagrams."""
import select
import socket
import threading

from tandem import free_port


class Lossy:
    """Forwards UDP between one client and `target`, and drops each request and each reply the first time."""

    def __init__(self, host, target):
        self.port = free_port(host)
        self.host = host
        self.near = self.bound((host, self.port))
        self.far = self.bound((host, 0))
        self.far.connect(target)
        self.client = None
        self.seen = set()
        self.over = False
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    @staticmethod
    def bound(address):
        one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        one.bind(address)
        return one

    def url(self):
        return f"udp:{self.host}:{self.port}"

    def run(self):
        while not self.over:
            for one in select.select([self.near, self.far], [], [], 0.1)[0]:
                self.forward(one)

    def forward(self, one):
        try:
            data, source = one.recvfrom(65536)
            if one is self.near:
                self.client = source
            if not self.is_lost(one, data):
                self.far.send(data) if one is self.near else self.near.sendto(data, self.client)
        except OSError:
            pass  # nobody is there yet, or any more

    def is_lost(self, one, data):
        """Pings are never repeated: theirs pass."""
        key = (one, data.split(b" ")[0])
        lost = key not in self.seen and b"4:ping" not in data and b"4:pong" not in data
        self.seen.add(key)
        return lost

    def close(self):
        self.over = True
        self.thread.join()
        self.near.close()
        self.far.close()
