"""Tandem between a caller and a callee, and what must hold when the attack is over."""
import collections
import os
import pathlib
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests/lib"), str(pathlib.Path(__file__).resolve().parent)]
from flow import Board  # noqa: E402
from measure import rss_kb  # noqa: E402
from peer import Peer, TcpPeer  # noqa: E402
from steps import whole  # noqa: E402
from tandem import Tandem, TandemError, free_port  # noqa: E402

CALLER_MORE_PORTS = (5050, 5070, 6050, 19823)  # where the RFCs' messages want their answers
IDLE_S = 120  # a leg waits 32 s for an ACK, then for the answer to its BYE: 32 s at each address of its target


def is_sanitizer_build():
    """Its allocator keeps what was freed for a while."""
    return "-asan" in os.environ.get("TANDEM_BUILD", "")


class House:
    """`with House(folder) as house`: started, provisioned, one caller and one callee, by UDP or TCP."""

    def __init__(self, folder, by="udp", conf=None, anchor="required"):
        self.tandem = Tandem(folder, conf)
        claim = self.tandem.claim
        self.by, self.anchor = by, anchor
        self.access = (self.tandem.host, self.tandem.access_port)
        self.carrier = (claim.host(2), free_port(claim.host(2)))
        if by == "udp":
            self.caller = Peer(claim.host(10), 5060, CALLER_MORE_PORTS)
            self.callee = Peer(claim.host(20), 5060)
        else:
            self.caller = TcpPeer(claim.host(10), 5060)
            self.callee = TcpPeer(claim.host(20), 5060)
        self.board = Board(self.access, self.carrier, self.caller, self.callee)

    def __enter__(self):
        self.tandem.__enter__()
        self.tandem.apply(self.objects())
        return self

    def objects(self):
        """What is provisioned."""
        listen = [["%s:%s:%d" % (kind, *side) for kind in ("udp", "tcp")] for side in (self.access, self.carrier)]
        return {
            "interfaces": [{"name": "access", "listen": listen[0], "media": self.access[0]},
                           {"name": "carrier", "listen": listen[1], "media": self.carrier[0]}],
            "accounts": [{"name": "acme", "kind": "postpaid", "currency": "CNY"}],
            "trunks": [{"name": "pbx", "interface": "access", "account": "acme", "match": [self.caller.host]},
                       {"name": "ims", "interface": "carrier", "anchor": self.anchor,
                        "target": f"sip:{self.callee.host}:{self.callee.port};transport={self.by}"}],
            "routes": [{"prefix": "86", "trunks": ["ims"], "strategy": "priority"}]}

    def __exit__(self, *what):
        self.caller.close()
        self.callee.close()
        return self.tandem.__exit__(*what)

    def whole_call(self):
        """A call set up and hung up by the book; raises where it is not."""
        self.alive()
        call = self.board.run(self.board.call(whole))
        self.board.forget(call)
        return call

    def alive(self):
        if not self.tandem.b2bua.running():
            raise TandemError(f"the b2bua died: {self.tandem.b2bua.log()[-3000:]}")

    def status(self):
        return self.tandem.ctl_json("status")

    def memory_kb(self):
        return rss_kb(self.tandem.b2bua.pid())

    def database_kb(self):
        return sum(path.stat().st_size for path in self.tandem.data.glob("tandem.db*")) >> 10

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.tandem.b2bua.pid()}/fd"))

    def idle(self, timeout_s=IDLE_S):
        """Until no call and no leg is left; the telephones answer what still comes."""
        deadline = time.monotonic() + timeout_s
        while True:
            self.alive()
            status = self.status()
            left = status["calls"]["active"], status["door"]["legs"]
            if not any(left):
                return status
            if time.monotonic() > deadline:
                raise TandemError("%d calls and %d legs are left behind" % left)
            self.board.rest(0.2)

    def records_complete(self, own=()):
        """Each attempt has its CDR, and only one; `own` are the Call-IDs of calls that we know of. A damaged INVITE
        may begin another call of the same Call-ID."""
        attempts = self.status()["calls"]["attempts"]
        rows = self.tandem.cdrs(attempts, 10)
        count = collections.Counter(row["a_call_id"] for row in rows)
        if len(rows) != attempts:
            raise TandemError(f"{len(rows)} CDRs of {attempts} attempts")
        lost = [call_id for call_id in own if not count[call_id]]
        if lost:
            raise TandemError(f"{len(lost)} of {len(own)} calls have no CDR")
        return rows
