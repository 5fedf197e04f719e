#!/usr/bin/env python3
"""SIP over TLS: who is trusted, what is shown, what is refused, and certificates that are renewed in use."""
import pathlib
import signal
import socket
import ssl
import sys
import warnings

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/lib"))
from authority import Authority  # noqa: E402
from checks import expect, run_checks  # noqa: E402
from sip_peer import SDP, Callee, Flow, header, request  # noqa: E402
from tandem import Tandem, TandemError, free_port, wait_until  # noqa: E402


class House:
    """A Tandem with TLS on both interfaces, and who calls and is called."""

    def __init__(self, folder):
        self.folder = folder
        self.ca = Authority(folder, "ca")
        self.tandem = Tandem(folder)
        claim = self.tandem.claim
        self.cert, self.key, _ = self.ca.issue("tandem", f"IP:{self.tandem.host}")
        self.callee_pem, self.callee_key, _ = self.ca.issue("callee", "DNS:sip.callee.test")
        self.callee_host, self.caller_host = claim.host(20), claim.host(10)
        self.callee_port = free_port(self.callee_host)
        self.tls_port = free_port(self.tandem.host)
        self.carrier_port = free_port(claim.host(2))
        self.carrier = f"{claim.host(2)}:{self.carrier_port}"
        self.tandem.conf_write({"tls_cert": self.cert, "tls_key": self.key})
        self.calls = 0

    def provision(self, target="sip:{};transport=tls", **trunk):
        self.tandem.apply({
            "interfaces": [
                {"name": "access", "listen": [f"udp:{self.tandem.host}:{self.tandem.access_port}",
                                              f"tls:{self.tandem.host}:{self.tls_port}"]},
                {"name": "carrier", "listen": [f"udp:{self.carrier}", f"tls:{self.carrier}"]}],
            "trunks": [
                {"name": "pbx", "interface": "access", "match": [self.caller_host], "tls_verify": False},
                {"name": "ims", "interface": "carrier", "anchor": "off",
                 "target": target.format(f"{self.callee_host}:{self.callee_port}"), "tls_ca": str(self.ca.path),
                 "tls_name": "sip.callee.test", **trunk}],
            "routes": [{"prefix": "", "trunks": ["ims"]}]})

    def callee(self, scheme="sip", cert=None, client_ca=None):
        """Listens with TLS; the names it was asked for (SNI) and who came are kept."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*(cert or (self.callee_pem, self.callee_key)))
        if client_ca:
            context.load_verify_locations(client_ca)
            context.verify_mode = ssl.CERT_REQUIRED
        names, clients = [], []
        context.sni_callback = lambda sock, name, ctx: names.append(name)

        def wrap(sock):
            wrapped = context.wrap_socket(sock, server_side=True)
            clients.append(wrapped.getpeercert())
            return wrapped

        callee = Callee(self.callee_host, self.callee_port, wrap, scheme)
        callee.names, callee.clients = names, clients
        return callee

    def connect(self, versions=None):
        context = ssl.create_default_context(cafile=self.ca.path)
        if versions:
            context.minimum_version = context.maximum_version = versions
            context.set_ciphers("ALL:@SECLEVEL=0")
        sock = socket.create_connection((self.tandem.host, self.tls_port), 5, (self.caller_host, 0))
        return Flow(context.wrap_socket(sock, server_hostname=self.tandem.host))

    def invite(self, flow, scheme="sip", contact=None):
        self.calls += 1
        self.local = "{}:{}".format(*flow.sock.getsockname())
        self.uri = f"{scheme}:8613800138000@{self.tandem.host}:{self.tls_port}"
        self.call_id = f"call-{self.calls}"
        flow.send(request("INVITE", self.uri, self.local, "alice", call_id=self.call_id, contact=contact,
                          body=SDP.format(self.caller_host)))

    def final(self, flow):
        while True:
            message = flow.receive("SIP/2.0 ", timeout_s=8)
            if not message.startswith("SIP/2.0 1"):
                return message

    def in_dialog(self, flow, method, cseq, ok):
        target = header(ok, "Contact").strip("<>")
        flow.send(request(method, target, self.local, "alice", cseq, header(ok, "To"), self.call_id))

    def call(self, flow, **options):
        """Call, be answered, hang up; the 200."""
        self.invite(flow, **options)
        ok = self.final(flow)
        expect(ok.startswith("SIP/2.0 200"), f"the call was not answered: {ok}")
        self.in_dialog(flow, "ACK", 1, ok)
        self.in_dialog(flow, "BYE", 2, ok)
        flow.receive("200")
        return ok

    def refused(self, flow):
        self.invite(flow)
        message = self.final(flow)
        expect(message.startswith("SIP/2.0 503"), f"the call shall fail with 503: {message}")
        self.in_dialog(flow, "ACK", 1, message)


def both_legs(folder):
    """A call by TLS on both legs: Via, Contact and SNI say so, and one connection carries what follows"""
    house = House(folder)
    with house.tandem:
        house.provision()
        callee, flow = house.callee(), house.connect()
        ok = house.call(flow)
        wait_until(lambda: callee.received("BYE"), 5, "BYE at the callee")
        house.call(flow)
        invite = callee.received("INVITE")[0]
        expect(header(ok, "Contact") == f"<sip:8613800138000@{house.tandem.host}:{house.tls_port};transport=tls>",
               header(ok, "Contact"))
        expect(header(invite, "Via").startswith(f"SIP/2.0/TLS {house.carrier};"), header(invite, "Via"))
        expect(f"@{house.carrier};transport=tls>" in header(invite, "Contact"), header(invite, "Contact"))
        expect(callee.names == ["sip.callee.test"], f"names asked for: {callee.names}")
        callee.close()


def refused_certificates(folder):
    """Another authority, another name, an expired certificate: no call, and not a byte of SIP"""
    house = House(folder)
    other = Authority(folder, "other")
    cases = {"other authority": other.issue("a", "DNS:sip.callee.test"),
             "other name": house.ca.issue("b", "DNS:sip.other.test"),
             "expired": house.ca.issue("c", "DNS:sip.callee.test", days=-1)}
    with house.tandem:
        house.provision()
        for what, (cert, key, _) in cases.items():
            callee, flow = house.callee(cert=(cert, key)), house.connect()
            house.refused(flow)
            expect(not callee.requests, f"{what}: SIP reached it")
            callee.close()
        log = house.tandem.b2bua.log()
        for words in ("unable to get local issuer", "ostname mismatch", "expired"):
            expect(words in log, f"the log does not say {words}")
        house.provision(tls_verify=False)
        callee = house.callee(cert=cases["other authority"][:2])
        house.call(house.connect())
        callee.close()
        house.provision(tls_ca=str(folder / "none.pem"), tls_verify=True)
        callee = house.callee()
        house.refused(house.connect())
        expect("none.pem" in house.tandem.b2bua.log(), "the log does not name the missing tls_ca")
        callee.close()


def address_as_name(folder):
    """Without tls_name the certificate must bear the address that is connected to"""
    house = House(folder)
    with house.tandem:
        house.provision(tls_name=None)
        callee = house.callee()
        house.refused(house.connect())
        callee.close()
        cert, key, _ = house.ca.issue("d", f"IP:{house.callee_host}")
        callee = house.callee(cert=(cert, key))
        house.call(house.connect())
        expect(callee.names == [None], f"an address was sent as SNI: {callee.names}")
        callee.close()


def sips(folder):
    """SIPS: the Request-URI and every Contact are SIPS; without TLS such a Contact is refused"""
    house = House(folder)
    with house.tandem:
        house.provision("sips:{}")
        callee, flow = house.callee("sips"), house.connect()
        local = "{}:{}".format(*flow.sock.getsockname())
        ok = house.call(flow, scheme="sips", contact=f"<sips:4001@{local}>")
        wait_until(lambda: callee.received("BYE"), 5, "BYE at the callee")
        for method in ("INVITE", "ACK", "BYE"):
            expect(callee.received(method)[0].startswith(f"{method} sips:"), callee.received(method)[0])
        expect(header(callee.received("INVITE")[0], "Contact").startswith("<sips:"), "the callee's Contact")
        expect(header(ok, "Contact") == f"<sips:8613800138000@{house.tandem.host}:{house.tls_port}>",
               header(ok, "Contact"))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.bind((house.caller_host, 0))
            udp.settimeout(5)
            local = "{}:{}".format(*udp.getsockname())
            udp.sendto(request("INVITE", "sip:1@" + local, local, "x", call_id="udp", proto="UDP",
                               contact=f"<sips:4001@{local}>", body=SDP.format(house.caller_host)).encode(),
                       (house.tandem.host, house.tandem.access_port))
            expect(udp.recv(4096).startswith(b"SIP/2.0 400"), "a SIPS Contact by UDP was taken")
        callee.close()


def client_certificate(folder):
    """A callee that wants to know who calls sees tls_cert of tandem.conf, or the trunk's own"""
    house = House(folder)
    _, _, both = house.ca.issue("ours", "DNS:us.test")
    with house.tandem:
        for fields, name in (({}, "tandem"), ({"tls_cert": str(both)}, "ours")):
            house.provision(**fields)
            callee = house.callee(client_ca=house.ca.path)
            house.call(house.connect())
            expect(("commonName", name) in callee.clients[0]["subject"][0], callee.clients)
            callee.close()
            wait_until(lambda: not callee.is_alive(), 5, "the callee gone")


def renewed(folder):
    """SIGHUP: new connections see the new certificate, open ones stay; a bad file changes nothing"""
    house = House(folder)
    with house.tandem:
        house.provision()
        callee, flow = house.callee(), house.connect()
        house.call(flow)
        first = flow.sock.getpeercert()["serialNumber"]
        house.ca.issue("tandem", f"IP:{house.tandem.host}")
        house.tandem.b2bua.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "were read again" in house.tandem.b2bua.log(), 5, "the certificate read again")
        house.call(flow)
        second = house.connect().sock.getpeercert()["serialNumber"]
        expect(first != second, "the old certificate is shown still")
        good = house.cert.read_text()
        house.cert.write_text("no certificate\n")
        house.tandem.b2bua.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "read before stays" in house.tandem.b2bua.log(), 5, "the fault told")
        expect(house.connect().sock.getpeercert()["serialNumber"] == second, "another certificate is shown")
        house.cert.write_text(good)
        house.call(flow)
        callee.close()


def old_versions(folder):
    """TLS 1.2 and 1.3 are spoken, 1.1 is not; what is no TLS is hung up on"""
    house = House(folder)
    with house.tandem:
        house.provision()
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            flow = house.connect(version)
            flow.send(request("OPTIONS", f"sip:{house.tandem.host}", "{}:{}".format(*flow.sock.getsockname()), "x"))
            expect(flow.receive().startswith("SIP/2.0 200"), f"no OPTIONS by {version}")
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            house.connect(ssl.TLSVersion.TLSv1_1)
        except (ssl.SSLError, OSError):
            pass
        else:
            raise TandemError("TLS 1.1 was accepted")
        with socket.create_connection((house.tandem.host, house.tls_port), 5, (house.caller_host, 0)) as plain:
            plain.settimeout(5)
            plain.sendall(b"OPTIONS sip:x SIP/2.0\r\n\r\n")
            while plain.recv(4096):
                pass


def without_certificate(folder):
    """tls: without tls_cert is refused with the remedy, and the start with a key of another certificate"""
    house = House(folder)
    house.tandem.conf_write({})
    with house.tandem:
        try:
            house.provision()
        except TandemError as error:
            expect("tls_cert" in str(error), str(error))
        else:
            raise TandemError("tls: was accepted without a certificate")
    house.tandem.conf_write({"tls_cert": house.cert, "tls_key": house.callee_key})
    house.tandem.b2bua.start(wait_ready=False)
    expect(house.tandem.b2bua.process.wait(10) != 0, "it started with the wrong key")
    expect("tls_key" in house.tandem.b2bua.log(), house.tandem.b2bua.log())
    house.tandem.b2bua.process = None


CHECKS = [both_legs, refused_certificates, address_as_name, sips, client_certificate, renewed, old_versions,
          without_certificate]

if __name__ == "__main__":
    sys.exit(run_checks("tls", CHECKS, sys.argv[1:]))
