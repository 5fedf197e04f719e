#!/usr/bin/env python3
"""Kamailio on the way to Tandem and from it: whatever belongs to a call follows its Record-Route, both ways."""
import pathlib
import re
import sys
import time

from house import CALLEE_HZ, CALLER_HZ, LEAST_S, NUMBER, House
from checks import expect, run_checks
from linphone import Linphone
from proxy import Kamailio
from sipp import names_fill
from tandem import free_port, wait_until
from telephone import Telephone

CONFIG = pathlib.Path(__file__).resolve().parent / "kamailio.cfg"
TALK_S = 1.2


class Border(Kamailio):
    """A Kamailio at the border: calls of others go to `callee` (HOST:PORT[;transport=...])."""

    def __init__(self, house, name, last, callee, other="127.0.0.1:9", options=()):
        self.host = house.tandem.claim.host(last)
        self.port = free_port(self.host)
        here = f"{self.host}:{self.port}"
        names = {"udp": here, "tcp": here, "rpc": "@rpc@", "callee": callee, "other": other}
        super().__init__(house.folder, names_fill(CONFIG.read_text(), names), name, options)

    def at(self):
        return f"{self.host}:{self.port}"

    def within(self):
        """{method: {transports}} of what came inside a call; all of it must have followed the route set."""
        expect("astray" not in self.log(), f"{self.log_path}: a request left the route set")
        found = {}
        for method, transport in re.findall(r"within (\w+) (\w+)", self.log()):
            found.setdefault(method, set()).add(transport)
        return found


def expect_heard(phone, frequency_hz):
    seconds = phone.heard(frequency_hz)
    expect(seconds >= LEAST_S, f"{phone.name} heard {frequency_hz} Hz for {seconds} s")


def provision(house, before, after, suffix="", **callee):
    """`before` stands between the caller and Tandem, `after` between Tandem and who is called."""
    house.provision(after.at() + suffix, {"match": [before.host]} if before else {}, callee)


def record_route(folder):
    """Kamailio on both sides: ACK, re-INVITEs and BYE pass through both, each way"""
    with House(folder) as house:
        callee = house.phone(Linphone, "callee", CALLEE_HZ, NUMBER)
        with Border(house, "before", 3, house.at("access")) as before, \
                Border(house, "after", 4, f"{callee.host}:{callee.port}") as after:
            provision(house, before, after)
            caller = house.phone(Linphone, "caller", CALLER_HZ, "4001")
            caller.tell(f"call sip:{NUMBER}@{before.at()}")
            caller.expect("ringing")
            callee.expect("Receiving new incoming call")
            callee.tell("answer")
            caller.expect("Media streams established")
            time.sleep(TALK_S)
            for count, one, other in ((2, callee, caller), (3, caller, callee)):
                one.tell("pause")
                one.expect("is now paused")
                other.expect("has been paused")
                one.tell("resume")
                for phone in (one, other):
                    phone.expect("Media streams established", count)
            time.sleep(TALK_S)
            callee.tell("terminate")
            caller.expect("ended")
            row = house.cdr(disposition="answered", sip_code=200, released_by="callee")
            expect(row["a_src"].startswith(before.host), f"CDR {row}")
            for border in (before, after):
                expect(set(border.within()) == {"ACK", "INVITE", "BYE"}, f"{border.log_path}: {border.within()}")
    expect_heard(caller, CALLEE_HZ)
    expect_heard(callee, CALLER_HZ)


def bridged(folder):
    """Kamailio goes from TCP to UDP before Tandem and after it: two Record-Routes each, all follow them"""
    with House(folder) as house:
        callee = house.phone(Linphone, "callee", CALLEE_HZ, NUMBER)
        with Border(house, "before", 3, house.at("access")) as before, \
                Border(house, "after", 4, f"{callee.host}:{callee.port}") as after:
            provision(house, before, after, ";transport=tcp")
            caller = house.phone(Telephone, "caller", CALLER_HZ, "4001", outbound=before.at() + ";transport=tcp")
            caller.tell("dial", f"sip:{NUMBER}@{before.at()}")
            callee.expect("Receiving new incoming call")
            callee.tell("answer")
            caller.expect("CALL_ESTABLISHED")
            callee.expect("Media streams established")
            time.sleep(TALK_S)
            caller.tell("hold")
            caller.expect("CALL_REMOTE_SDP", 2)
            caller.tell("resume")
            caller.expect("CALL_REMOTE_SDP", 3)
            callee.tell("pause")
            callee.expect("is now paused")
            callee.tell("terminate")
            caller.expect("CALL_CLOSED")
            house.cdr(disposition="answered", sip_code=200, released_by="callee")
            for border in before, after:
                found = border.within()
                # the callee's re-INVITE may be too long for UDP (RFC 3261 18.1.1)
                expect("tcp" in found.pop("INVITE") and found == {"ACK": {"tcp", "udp"}, "BYE": {"udp"}},
                       f"{border.log_path}: {border.within()}")
            expect(callee.log().count("r2=on") > 1, "Record-Route is double")
    expect_heard(caller, CALLEE_HZ)
    expect_heard(callee, CALLER_HZ)


def challenged(folder):
    """Kamailio has callers log on by SHA-256: the trunk's credentials do, wrong ones end in 403"""
    with House(folder) as house:
        callee = house.phone(Telephone, "callee", CALLEE_HZ, NUMBER)
        caller = house.phone(Telephone, "caller", CALLER_HZ, "4001", outbound=house.at("access"))
        with Border(house, "after", 4, f"{callee.host}:{callee.port}", options=("-A", "CHALLENGE")) as after:
            provision(house, None, after, auth_user="tandem", auth_password="wrong", auth_realm="carrier")
            caller.tell("dial", f"sip:{NUMBER}@{house.at('access')}")
            expect("403" in caller.expect("CALL_CLOSED")["param"], "wrong credentials are refused")
            expect("welcome" not in after.log(), "Kamailio let wrong credentials in")
            provision(house, None, after, auth_user="tandem", auth_password="secret", auth_realm="carrier")
            caller.tell("dial", f"sip:{NUMBER}@{house.at('access')}")
            callee.expect("CALL_INCOMING")
            callee.tell("accept")
            callee.expect("CALL_ESTABLISHED")
            caller.tell("hangup")
            callee.expect("CALL_CLOSED")
            expect(re.search("welcome tandem .*algorithm=SHA-256", after.log()), after.log()[-3000:])
            rows = [(row["disposition"], row["sip_code"]) for row in house.tandem.cdrs(2)]
            expect(rows == [("rejected", 403), ("answered", 200)], f"CDRs {rows}")


def forked(folder):
    """Kamailio rings two telephones at once: one answers, the other is told so; the caller has one call"""
    with House(folder) as house:
        callee = house.phone(Telephone, "callee", CALLEE_HZ, NUMBER)
        other = Telephone("other", folder, house.tandem.claim.host(21), 1500, NUMBER)
        house.people.append(other)
        other.switch_on()
        caller = house.phone(Telephone, "caller", CALLER_HZ, "4001", outbound=house.at("access"))
        with Border(house, "after", 4, f"{callee.host}:{callee.port}", f"{other.host}:{other.port}",
                    options=("-A", "FORK")) as after:
            provision(house, None, after)
            caller.tell("dial", f"sip:{NUMBER}@{house.at('access')}")
            callee.expect("CALL_INCOMING")
            other.expect("CALL_INCOMING")
            other.tell("accept")
            caller.expect("CALL_ESTABLISHED")
            callee.expect("CALL_CLOSED")
            time.sleep(TALK_S)
            other.tell("hold")
            wait_until(lambda: caller.directions() == ["sendonly"], 4, f"the caller was offered {caller.directions()}")
            caller.tell("hangup")
            other.expect("CALL_CLOSED")
            expect({"ACK", "INVITE", "BYE"} <= set(after.within()), f"after: {after.within()}")
            house.cdr(disposition="answered", sip_code=200, released_by="caller")
    expect_heard(caller, 1500)
    expect_heard(other, CALLER_HZ)


if __name__ == "__main__":
    sys.exit(run_checks("proxy", [record_route, bridged, challenged, forked], sys.argv[1:]))
