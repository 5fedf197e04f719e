"""Calls for tests that are not about SIP: a caller and a callee on a Tandem, and who got what."""
import re

from sipp import Sipp, render
from tandem import ROOT, free_port

SCRIPTS = ROOT / "tests/lib"
NUMBER = "8613800138000"


class Line:
    """A caller's trunk `pbx` and a callee's trunk `ims-a` through one Tandem."""

    def __init__(self, tandem):
        self.tandem = tandem
        self.folder = tandem.folder
        self.caller_host = tandem.claim.host(10)
        self.callee_host = tandem.claim.host(20)
        self.callee_port = free_port(self.callee_host)
        self.count = 0
        self.running = []

    def provision(self):
        host = self.tandem.host
        self.tandem.apply({
            "interfaces": [{"name": "access", "media": host},
                           {"name": "carrier", "listen": [f"udp:{host}:{self.tandem.carrier_port}"], "media": host}],
            "accounts": [{"name": "acme", "kind": "postpaid", "currency": "CNY"}],
            "trunks": [{"name": "pbx", "interface": "access", "account": "acme", "match": [self.caller_host]},
                       {"name": "ims-a", "interface": "carrier",
                        "target": f"sip:{self.callee_host}:{self.callee_port}"}],
            "routes": [{"prefix": "86", "trunks": ["ims-a"], "strategy": "priority"}],
        })

    def callee(self, ring_ms=0, scenario="callee.xml", media_port=None):
        """Answers every call after it has rung for so long."""
        return self.start(scenario, self.callee_host, self.callee_port, None, 0,
                          {"ring_ms": ring_ms}, media_port=media_port).wait_listening()

    def caller(self, calls, rate=50, talk_ms=200, scenario="caller.xml", options=(), media_port=None):
        """Places calls; each is hung up after talk_ms."""
        remote = (self.tandem.host, self.tandem.access_port)
        return self.start(scenario, self.caller_host, free_port(self.caller_host), remote, calls,
                          {"talk_ms": talk_ms},
                          ["-s", NUMBER, "-r", str(rate), "-l", str(calls + 10),
                           "-cid_str", f"c{self.count}-%u-%p@%s", *options],
                          media_port)

    def start(self, scenario, host, port, remote, calls, names, options=(), media_port=None):
        """With `media_port` every SDP names that one, which SIPp does not open."""
        self.count += 1
        xml = render(SCRIPTS / scenario, names)
        if media_port:
            xml = xml.replace("[media_port]", str(media_port))
        sipp = Sipp(f"{scenario.split('.')[0]}-{self.count}", self.folder, xml,
                    (host, port), remote=remote, calls=calls, options=options)
        self.running.append(sipp)
        return sipp.start()

    def end(self):
        for sipp in self.running:
            sipp.end()


def answers(sipp):
    """{Call-ID: set of status codes received for its INVITE} of every call the SIPp placed."""
    codes = {}
    for direction, line, text in sipp.messages():
        call_id = re.search(r"^Call-ID: *(\S+)", text, re.M | re.I)
        cseq = re.search(r"^CSeq: *\d+ (\S+)", text, re.M | re.I)
        if not call_id or not cseq or cseq.group(1) != "INVITE":
            continue
        seen = codes.setdefault(call_id.group(1), set())
        if direction == "received":
            seen.add(int(line.split()[1]))
    return codes
