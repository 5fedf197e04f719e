#!/usr/bin/env python3
"""Run scenarios: what the caller does, what the callees do, and the CDR that must be left.

usage: tests/scenario/run.py [--direct] [--charged] [--keep] [--relay rtpengine] [NAME...]

A scenario is a folder:
  uac.xml      the caller, SIPp's XML put together from parts (tests/lib/sipp.py)
  uas-a.xml    the callee behind trunk ims-a; uas-b.xml behind ims-b; a missing one does not listen
  config.json  provisioning applied after default.json (optional)
  run.json     how to run it (optional): see DEFAULTS
  expect.json  (expect-rtpengine.json with that relay, where they differ) {"cdr": [rows], "events": {kind: count}, "messages": {"uas-a": {"INVITE": 1}}}
               or "cdr": {"count": number, "each": row}; "balances": {account: nano}
               a value is exact, or {operator: value} with operators >= <= in like

--relay rtpengine runs them with Debian's rtpengine in the place of our relay.
--charged makes account acme of default.json pay for every call, and looks at its books in the end.
--direct lets the caller call uas-a without Tandem between them: it proves the scenario's own logic.
"""
import argparse
import json
import pathlib
import re
import socket
import sys
import tempfile
import time
from decimal import Decimal

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))
from rtpengine import Rtpengine  # noqa: E402
from sipp import Sipp, address, names_fill, render  # noqa: E402
from tandem import Tandem, TandemError, build_dir, free_port, missing_programs, wait_until  # noqa: E402
from tone import alaw_write  # noqa: E402

DEFAULTS = {
    "number": "8613800138000",  # what the caller dials
    "calls": 1,
    "rate": 10,
    "uas_calls": None,    # calls each callee must get; None: as many as are placed
    "watched": [],        # callees that need not get a call: their messages are counted, nothing more
    "uac_transport": "u1",  # SIPp's -t: u1 or t1
    "uas_transport": "u1",
    "ipv6": [],           # which sides use ::1: "access", "carrier"
    "uac_last": 10,       # the caller's address is 127.77.N.this
    "uac_options": [],    # more options for SIPp
    "uas_options": [],
    "conf": {},           # more lines for tandem.conf
    "timeout_s": 20,
    "cdr_timeout_s": 5,   # how long after the callers are done the CDRs may take
    "direct": True,       # false: makes no sense without Tandem
}
CHARGED = {  # paid by the second; what a call costs at least is what LAST_NANO is for
    "tariffs": [{"name": "charged", "currency": "CNY",
                 "rates": [{"prefix": "", "per_minute": "6.00", "connect_fee": "0.10", "next": 1}]}],
    "accounts": [{"name": "acme", "kind": "prepaid", "tariff": "charged"}],
}
LAST_NANO = 200000000
LAST_INVITE = "\r\n".join((
    "INVITE sip:{number}@{to} SIP/2.0", "Via: SIP/2.0/UDP {local};branch=z9hG4bKlast;rport", "Max-Forwards: 70",
    "From: <sip:4001@{local}>;tag=last", "To: <sip:{number}@{to}>", "Call-ID: last@{local}", "CSeq: 1 INVITE",
    "Contact: <sip:4001@{local}>", "Supported: 100rel, precondition", "Content-Length: 0", "", ""))
OPERATORS = {
    ">=": lambda value, bound: value is not None and value >= bound,
    "<=": lambda value, bound: value is not None and value <= bound,
    "in": lambda value, bound: value in bound,
    "like": lambda value, bound: value is not None and re.search(bound, str(value)),
}


class Scenario:
    """One folder, run once."""

    def __init__(self, name, folder, direct, relay=None, charged=False):
        self.path = HERE / name
        self.folder = folder
        self.direct = direct
        self.charged = charged
        self.relay = relay
        self.settings = {**DEFAULTS, **load(self.path / "run.json", {})}
        self.errors = []
        self.sipps = []

    def run(self):
        """The complaints; none when it holds."""
        self.tandem = Tandem(self.folder)
        self.names = self.addresses()
        self.tandem.conf_write({**self.ports_conf(), **self.settings["conf"], **self.relay_conf(),
                                **({"drain_timeout_s": 1} if self.charged else {})})
        self.expect = json.loads(names_fill(self.expectation().read_text(), self.names))
        try:
            if self.direct:
                self.call()
            else:
                with self.tandem:
                    self.provision()
                    self.call()
                    self.check_cdrs()
                    self.check_events()
                    self.check_books()
        except TandemError as error:
            self.errors.append(str(error))
        finally:
            for sipp in self.sipps:
                sipp.end()
        if not self.direct:
            self.check_messages()
        return self.errors

    def expectation(self):
        """What another relay cannot know, such as a MOS without RTCP, is not asked of it."""
        own = self.path / f"expect-{self.relay}.json"
        return own if own.exists() else self.path / "expect.json"

    def ports_conf(self):
        """All tests share ::1, so there each has its own slice of the RTP ports."""
        if not self.settings["ipv6"]:
            return {}
        first = 20000 + self.tandem.claim.number % 25 * 400
        return {"rtp_port_min": first, "rtp_port_max": first + 399}

    def relay_conf(self):
        """Another relay than ours: it is started and stopped in its place."""
        if self.relay != "rtpengine":
            return {}
        media = {name: self.hosts[name] for name in ("access", "carrier")}
        self.tandem.relay = Rtpengine(self.folder, self.tandem.host, media)
        return {"ng_target": self.tandem.relay.url()}

    def addresses(self):
        """Who lives where; names a scenario's files may use between at-signs."""
        claim = self.tandem.claim
        side_host = {"access": claim.host(1), "carrier": claim.host(2)}
        host = {"uac": claim.host(self.settings["uac_last"]), "uas_a": claim.host(20), "uas_b": claim.host(21),
                "uas_c": claim.host(22)}
        for side in self.settings["ipv6"]:
            side_host[side] = "::1"
            host.update({"uac": "::1"} if side == "access" else {"uas_a": "::1", "uas_b": "::1", "uas_c": "::1"})
        self.hosts = {**side_host, **host}
        self.ports = {name: free_port(one) for name, one in self.hosts.items()}
        if self.hosts["access"] == self.tandem.host:
            self.ports["access"] = self.tandem.access_port
        names = {"tone": self.folder / "tone.alaw"}
        for name, one in self.hosts.items():
            names[name] = address(one, self.ports[name])
            names[f"{name}_re"] = re.sub(r"([.\[\]])", r"\\\1", names[name])
            names[f"{name}_host"] = one
            names[f"{name}_host_re"] = one.replace(".", "\\.")
            names[f"{name}_port"] = self.ports[name]
            names[f"{name}_media"] = one
            names[f"{name}_media_re"] = one.replace(".", "\\.")
        return names

    def provision(self):
        for path in (HERE / "default.json", self.path / "config.json"):
            if path.exists():
                self.tandem.apply(json.loads(names_fill(path.read_text(), self.names)))
        if self.charged:
            self.tandem.apply(CHARGED)
            self.tandem.ctl("account", "topup", "acme", "1000", "--key", "charged")

    def call(self):
        """Callees first, then the caller; all must end by themselves, content."""
        alaw_write(self.names["tone"], 440, 2)
        for path in sorted(self.path.glob("uas-*.xml")):
            self.sipps.append(self.callee(path).start().wait_listening())
        caller = self.caller().start()
        self.sipps.append(caller)
        watched = self.settings["watched"]
        self.wait([one for one in self.sipps if one.name not in watched])
        if watched:
            time.sleep(0.3)  # what must not come would have come by now

    def wait(self, sipps):
        """Until all are content; one that fails ends the waiting at once, for nobody can be content then."""
        deadline = time.monotonic() + self.settings["timeout_s"]
        while any(sipp.process.poll() is None for sipp in sipps) and time.monotonic() < deadline:
            if any(sipp.ended_early() for sipp in sipps):
                time.sleep(0.2)  # the others may be about to say the same
                break
            time.sleep(0.02)
        codes = {sipp.name: sipp.process.poll() for sipp in sipps}
        self.errors += [f"{name}: exit code {code}" for name, code in codes.items() if code]
        if not any(codes.values()):
            self.errors += [f"{name}: not done in time" for name, code in codes.items() if code is None]

    def callee(self, path):
        name = path.stem.replace("-", "_")
        calls = self.settings["uas_calls"]
        options = ["-t", self.settings["uas_transport"], *self.settings["uas_options"]]
        return Sipp(path.stem, self.folder, self.xml(path), (self.hosts[name], self.ports[name]),
                    calls=self.settings["calls"] if calls is None else calls, options=options)

    def caller(self):
        options = ["-t", self.settings["uac_transport"], "-s", self.settings["number"],
                   "-r", str(self.settings["rate"]), "-cid_str", "caller-%u-%p@%s", *self.settings["uac_options"]]
        side = "uas_a" if self.direct else "access"
        return Sipp("uac", self.folder, self.xml(self.path / "uac.xml"), (self.hosts["uac"], self.ports["uac"]),
                    remote=(self.hosts[side], self.ports[side]), calls=self.settings["calls"], options=options)

    def xml(self, path):
        return render(path, self.names, skip=("CHECK",) if self.direct else ())

    def check_cdrs(self):
        """As many rows as expected, each as expected, and sound in themselves."""
        wanted, count = self.expect["cdr"], None
        if isinstance(wanted, dict):  # {"count": N or operators, "each": row}
            count = wanted["count"]
            least = count if isinstance(count, int) else count[">="]
            rows = self.tandem.cdrs(least, self.settings["cdr_timeout_s"])
            wanted = [wanted["each"]] * len(rows)
        else:
            count = len(wanted)
            rows = self.tandem.cdrs(count, self.settings["cdr_timeout_s"])
        if not matches(len(rows), count):
            self.errors.append(f"{len(rows)} CDRs, expected {count}; the first: {rows[:1]}")
        for index, (row, expected) in enumerate(zip(rows, wanted)):
            self.errors += [f"cdr[{index}].{error}" for error in row_errors(row, expected)]
            self.errors += [f"cdr[{index}]: {error}" for error in unsound(row)]

    def events(self, kind):
        return self.tandem.sql("SELECT count(*) AS n FROM event WHERE kind = ?", kind)[0]["n"]

    def check_events(self):
        """Those of a call come with its CDR, others soon."""
        deadline = time.monotonic() + self.settings["cdr_timeout_s"]
        for kind, count in self.expect.get("events", {}).items():
            found = self.events(kind)
            while not matches(found, count) and time.monotonic() < deadline:
                time.sleep(0.05)
                found = self.events(kind)
            if not matches(found, count):
                self.errors.append(f"{found} events {kind}, expected {count}")

    def check_books(self):
        """What accounts have left, in the ledger as in memory; and nothing is set aside any more for calls that are over."""
        for account, nano in self.expect.get("balances", {}).items():
            found = self.tandem.sql("SELECT nano FROM balance WHERE account = ?", account)
            if not found or not matches(found[0]["nano"], nano):
                self.errors.append(f"account {account} has {found}, expected {nano}")
            elif self.balance_in_memory(account, found[0]["nano"]) != found[0]["nano"]:
                self.errors.append(f"account {account} has {found} in the ledger, and another balance in memory")
        if self.tandem.sql("SELECT 1 FROM ledger LIMIT 1"):
            self.tandem.ctl("ledger", "verify")
            held = self.tandem.sql("SELECT * FROM hold")
            if held:
                self.errors.append(f"held for calls that are over: {held}")

        if self.charged:
            self.check_charged()

    def check_charged(self):
        """Who was answered has paid, and nobody else; in memory nothing is set aside: the very last money is enough for a call."""
        wrong = self.tandem.sql("SELECT cdr_id, disposition, price_nano, duration_ms FROM cdr"
                                " WHERE (account IS 'acme' AND duration_ms > 0) <> (price_nano > 0)")
        if wrong:
            self.errors.append(f"charged, or not: {wrong}")
        nano = self.tandem.sql("SELECT nano FROM balance WHERE account = 'acme'")[0]["nano"]
        in_memory = self.balance_in_memory("acme", nano)
        if in_memory != nano:
            self.errors.append(f"acme has {nano} in the ledger, {in_memory} in memory")
        self.tandem.ctl("account", "adjust", "acme", f"{Decimal(LAST_NANO - nano).scaleb(-9):f}", "--key", "last")
        if "402" in self.first_answer():
            self.errors.append("money is still set aside for calls that are over")

    def first_answer(self):
        """What is said within a moment to one more call of the caller's."""
        host, port = self.hosts["access"], self.ports["access"]
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind((self.hosts["uac"], self.ports["uac"]))
            sock.settimeout(0.3)
            local = address(self.hosts["uac"], self.ports["uac"])
            sock.sendto(LAST_INVITE.format(number=self.settings["number"], to=address(host, port), local=local).encode(), (host, port))
            answers = []
            try:
                while True:
                    answers.append(sock.recv(4000).decode().split("\r\n")[0])
            except TimeoutError:
                return " ".join(answers)

    def balance_in_memory(self, account, nano):
        """As the engine tells it when an account falls below what it has."""
        self.tandem.apply({"accounts": [{"name": account, "low_balance": f"{Decimal(nano + 1).scaleb(-9):f}"}]})
        events = wait_until(lambda: self.tandem.sql("SELECT detail ->> 'balance' AS balance FROM event WHERE kind = 'BALANCE_LOW'"
                                                    " AND detail ->> 'account' = ?", account), 5, f"BALANCE_LOW of {account}")
        return int(Decimal(events[-1]["balance"]).scaleb(9))

    def check_messages(self):
        """Counts of what a SIPp received, by method or status code."""
        for name, counts in self.expect.get("messages", {}).items():
            sipp = next((one for one in self.sipps if one.name == name), None)
            for wanted, count in counts.items():
                found = sipp.received(wanted) if sipp else 0
                if not matches(found, count):
                    self.errors.append(f"{name} received {found} {wanted}, expected {count}")


def load(path, default):
    return json.loads(path.read_text()) if path.exists() else default


def matches(value, expected):
    if isinstance(expected, dict):
        return all(OPERATORS[operator](value, bound) for operator, bound in expected.items())
    return value == expected


def row_errors(row, expected):
    for column, wanted in expected.items():
        if column == "attempts":  # JSON: trunks and codes in the order they were tried
            tried = [[one.get("trunk"), one.get("code")] for one in json.loads(row["attempts"] or "[]")]
            if tried != wanted:
                yield f"attempts is {row['attempts']}, expected trunks and codes {wanted}"
        elif column not in row:
            yield f"{column}: no such column"
        elif not matches(row[column], wanted):
            yield f"{column} is {row[column]!r}, expected {wanted!r}"


def unsound(row):
    """What holds for every CDR."""
    times = [row[column] for column in ("start_us", "ring_us", "answer_us", "end_us") if row[column]]
    if times != sorted(times):
        yield f"times out of order: {times}"
    if not row["end_us"] or not row["hash"] or not row["a_call_id"]:
        yield "end_us, hash or a_call_id is missing"
    if (row["disposition"] == "answered") != bool(row["answer_us"]):
        yield f"disposition {row['disposition']} with answer_us {row['answer_us']}"
    if row["recovered"]:
        yield "recovered is set"
    if row["b_call_id"] and row["b_call_id"] == row["a_call_id"]:
        yield "both legs have the same Call-ID"


def run_one(name, direct, keep, relay=None, charged=False):
    base = build_dir() / "scenario"
    base.mkdir(parents=True, exist_ok=True)
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"{name}-", dir=base))
    scenario = Scenario(name, folder, direct, relay, charged)
    started = time.monotonic()
    errors = scenario.run()
    print(f"{'FAILED' if errors else 'ok':6}  {name}  ({time.monotonic() - started:.1f} s)")
    for error in errors:
        print(f"        {error}")
    if errors:
        print("\n".join(sipp.report() for sipp in scenario.sipps))
        for log in sorted(folder.glob("*.log")):
            if log.stem in ("b2bua", "rtprelay", "rtpengine"):
                print(f"--- {log}\n{log.read_text(errors='replace')[-4000:]}")
    elif not keep:
        remove(folder)
    return not errors


def remove(folder):
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink():
            path.rmdir()
        else:
            path.unlink()
    folder.rmdir()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--direct", action="store_true")
    parser.add_argument("--charged", action="store_true")
    parser.add_argument("--relay", choices=["rtpengine"])
    parser.add_argument("--keep", action="store_true", help="keep logs and data of scenarios that hold")
    parser.add_argument("names", nargs="*", metavar="NAME")
    options = parser.parse_args()

    every = sorted(path.parent.name for path in HERE.glob("*/uac.xml"))
    names = options.names or every
    if not options.direct and missing_programs():
        print(f"not built: {', '.join(missing_programs())}")
        print(f"0 passed, {len(names)} failed")
        return 1
    if options.direct:
        names = [name for name in names if {**DEFAULTS, **load(HERE / name / "run.json", {})}["direct"]]
    held = sum(run_one(name, options.direct, options.keep, options.relay, options.charged) for name in names)
    print(f"{held} passed, {len(names) - held} failed")
    return 0 if held == len(names) else 1


if __name__ == "__main__":
    sys.exit(main())
