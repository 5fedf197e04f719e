"""Where these tests take place: a Tandem with two interfaces, somebody who calls, somebody who is called."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
from authority import Authority  # noqa: E402
from checks import expect  # noqa: E402
from tandem import Tandem, free_port  # noqa: E402

NUMBER = "8613800138000"
CALLER_HZ, CALLEE_HZ = 440, 1000
LEAST_S = 0.5  # of a tone that must be heard


def address(host, port):
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class House:
    """Callers reach it on the interface `access`, callees are reached from `carrier`. With `ipv6` all is on ::1."""

    def __init__(self, folder, ipv6=False, tls=False):
        self.folder = folder
        self.tandem = Tandem(folder)
        claim = self.tandem.claim
        names = ("access", "carrier", "caller", "callee")
        self.hosts = {name: "::1" if ipv6 else claim.host(last) for name, last in zip(names, (1, 2, 10, 20))}
        self.ports = {name: free_port(self.hosts[name], 2) for name in ("access", "carrier")}
        self.ca = Authority(folder, "ca") if tls else None
        self.people = []
        conf = {}
        if ipv6:  # all tests share ::1: each has its own slice of the RTP ports
            first = 20000 + claim.number % 25 * 400
            conf = {"rtp_port_min": first, "rtp_port_max": first + 399}
        if tls:
            cert, key, _ = self.ca.issue("tandem", f"IP:{self.hosts['access']}")
            conf = {"tls_cert": cert, "tls_key": key}
        self.tandem.conf_write(conf)

    def __enter__(self):
        self.tandem.__enter__()
        return self

    def __exit__(self, kind, error, trace):
        for phone in self.people:
            phone.switch_off()
        self.tandem.__exit__(kind, error, trace)

    def at(self, interface, transport="udp"):
        """HOST:PORT of an interface."""
        return address(self.hosts[interface], self.ports[interface] + (transport == "tls"))

    def listens(self, interface):
        transports = ("udp", "tcp", "tls") if self.ca else ("udp", "tcp")
        return [f"{transport}:{self.at(interface, transport)}" for transport in transports]

    def phone(self, kind, name, frequency_hz, user, **more):
        """Somebody's telephone, switched on; `name` is caller or callee."""
        if self.ca:
            _, _, both = self.ca.issue(name, f"IP:{self.hosts[name]}")
            more = {"secret": both, "ca": self.ca.path, **more}
        phone = kind(name, self.folder, self.hosts[name], frequency_hz, user, **more)
        self.people.append(phone)
        return phone.switch_on()

    def provision(self, target, caller=None, callee=None, route=NUMBER[:2]):
        """`target` is HOST:PORT of who is called; `caller` and `callee` are more fields of their trunks."""
        elsewhere = [] if ":" in self.hosts["caller"] else ["127.0.0.1"]  # baresip's TCP connections are not bound
        tls = {"tls_ca": str(self.ca.path)} if self.ca else {}
        self.tandem.apply({
            "interfaces": [{"name": name, "listen": self.listens(name), "media": self.hosts[name]}
                           for name in ("access", "carrier")],
            "trunks": [{"name": "pbx", "interface": "access", "match": [self.hosts["caller"], *elsewhere], **tls,
                        **(caller or {})},
                       {"name": "ims-a", "interface": "carrier", "target": f"sip:{target}", **tls, **(callee or {})}],
            "routes": [{"prefix": route, "trunks": ["ims-a"]}]})

    def cdr(self, **wanted):
        """The one CDR there must be, with what is wanted in it."""
        rows = self.tandem.cdrs(1)
        expect(len(rows) == 1, f"{len(rows)} CDRs, expected 1: {rows}")
        seen = {name: rows[0][name] for name in wanted}
        expect(seen == wanted, f"CDR {seen}, expected {wanted}")
        return rows[0]
