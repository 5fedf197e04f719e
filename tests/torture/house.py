"""Tandem between a caller and a callee of peer.py."""
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/lib"))
from peer import Peer, whole_call  # noqa: E402
from tandem import Tandem, TandemError, free_port  # noqa: E402

CALLER_MORE_PORTS = (5050, 5070, 6050, 19823)  # where the RFCs' messages want their answers


class House:
    """`with House(folder) as house`: started, provisioned, one caller and one callee."""

    def __init__(self, folder):
        self.tandem = Tandem(folder)
        claim = self.tandem.claim
        self.access = (self.tandem.host, self.tandem.access_port)
        self.carrier = (claim.host(2), free_port(claim.host(2)))
        self.caller = Peer(claim.host(10), 5060, CALLER_MORE_PORTS)
        self.callee = Peer(claim.host(20), 5060)

    def __enter__(self):
        self.tandem.__enter__()
        listen = [["%s:%s:%d" % (kind, *side) for kind in ("udp", "tcp")] for side in (self.access, self.carrier)]
        self.tandem.apply({
            "interfaces": [{"name": "access", "listen": listen[0], "media": self.access[0]},
                           {"name": "carrier", "listen": listen[1], "media": self.carrier[0]}],
            "accounts": [{"name": "acme", "kind": "postpaid", "currency": "CNY"}],
            "trunks": [{"name": "pbx", "interface": "access", "account": "acme", "match": [self.caller.host]},
                       {"name": "ims", "interface": "carrier",
                        "target": f"sip:{self.callee.host}:{self.callee.port}"}],
            "routes": [{"prefix": "86", "trunks": ["ims"], "strategy": "priority"}]})
        return self

    def __exit__(self, *what):
        self.caller.close()
        self.callee.close()
        return self.tandem.__exit__(*what)

    def whole_call(self):
        self.callee.drain()
        whole_call(self.caller, self.callee, self.access, self.carrier)

    def alive(self):
        if not self.tandem.b2bua.running():
            raise TandemError(f"the b2bua died: {self.tandem.b2bua.log()[-3000:]}")

    def door(self):
        """What is counted at the door."""
        return self.tandem.ctl_json("status")["door"]
