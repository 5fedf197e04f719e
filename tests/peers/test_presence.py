#!/usr/bin/env python3
"""Presence through Tandem: baresip watches baresip, and what Kamailio's presence server keeps of one."""
import pathlib
import re
import shutil
import sys

from house import CALLEE_HZ, CALLER_HZ, NUMBER, House
from checks import Skip, expect, run_checks
from proxy import PEERS, Kamailio
from sipp import names_fill
from tandem import free_port, wait_until
from telephone import Telephone

CONFIG = pathlib.Path(__file__).resolve().parent / "presence.cfg"
TABLES = PEERS / "usr/share/kamailio/dbtext/kamailio"
WAIT_S = 12
OUTSIDE = {"methods_outside": ["PUBLISH", "SUBSCRIBE"]}


class PresenceServer(Kamailio):
    """A Kamailio that is told who is there, and tells it."""

    def __init__(self, house, last):
        if not list(PEERS.glob("usr/lib/*/kamailio/modules/presence.so")):
            raise Skip("kamailio-presence-modules is not unpacked in .cache/peers; ./dev test does so")
        self.host = house.tandem.claim.host(last)
        self.port = free_port(self.host)
        tables = house.folder / "tables"
        shutil.copytree(TABLES, tables)
        names = {"udp": self.at(), "host": self.host, "rpc": "@rpc@", "tables": tables}
        super().__init__(house.folder, names_fill(CONFIG.read_text(), names), "presence")

    def at(self):
        return f"{self.host}:{self.port}"

    def asked(self, method):
        """Expires of each such request that came."""
        return re.findall(rf"request {method} .*?expires=(\S+)", self.log())


def requests(phone, method):
    return [message for _, message in phone.messages() if message.startswith(method + " ")]


def heard(phone):
    """What each NOTIFY told it: open, closed, ? or nothing."""
    found = [re.search(r"<(?:\w+:)?basic>([\w?]+)<", message) for message in requests(phone, "NOTIFY")]
    return [one.group(1) if one else None for one in found]


def expect_heard(phone, status):
    wait_until(lambda: heard(phone)[-1:] == [status], WAIT_S, f"{phone.name} heard {heard(phone)}, not {status}")


def publish(phone, count, command=None):
    """Its publications are answered one by one: an overlapping one would be another beside it."""
    if command:
        phone.tell(command)
    wait_until(lambda: sum("PUBLISH" in message and "SIP-ETag" in message for _, message in phone.messages()) >= count,
               WAIT_S, f"{phone.name}: {count} of its publications taken")


def watcher(house, suffix=""):
    at = house.at("access") + suffix
    return house.phone(Telephone, "caller", CALLER_HZ, "4001", outbound=at, modules=["contact.so", "presence.so"],
                       watched=[f"sip:{NUMBER}@{at}"])


def expect_no_leak(phone, *hosts):
    """Of the other side's addresses."""
    for message in requests(phone, "NOTIFY") + requests(phone, "SUBSCRIBE"):
        head = message.split("\n\n")[0]
        expect(not any(host in head for host in hosts), f"{phone.name} was told an address: {head}")


def subscriptions(house):
    """(from, to, who, whom, event) of each there is."""
    told = house.tandem.ctl_json("subscriptions")
    expect(told["total"] == house.tandem.ctl_json("status")["calls"]["subscriptions"], f"{told}")
    return [tuple(one[key] for key in ("src_trunk", "dst_trunk", "caller", "callee", "event")) for one in told["subscriptions"]]


def watched(folder, suffix):
    """Somebody goes and comes back; who watches hears so until it has had enough."""
    with House(folder) as house:
        callee = house.phone(Telephone, "callee", CALLEE_HZ, NUMBER, modules=["presence.so"])
        house.provision(f"{callee.host}:{callee.port}{suffix}", OUTSIDE, OUTSIDE)
        caller = watcher(house, suffix)
        expect_heard(caller, "?")
        callee.tell("presence_offline")
        expect_heard(caller, "closed")
        callee.tell("presence_online")
        expect_heard(caller, "open")
        expect(subscriptions(house) == [("pbx", "ims-a", "4001", NUMBER, "presence")], f"{subscriptions(house)}")
        expect_no_leak(caller, house.hosts["callee"], house.hosts["carrier"])
        expect_no_leak(callee, house.hosts["caller"], house.hosts["access"])
        expect(len(requests(callee, "SUBSCRIBE")) == 1, f"{callee.name} was asked {requests(callee, 'SUBSCRIBE')}")
        caller.tell("quit")
        wait_until(lambda: not subscriptions(house), WAIT_S, "the subscription's end")
        expect("Expires: 0" in requests(callee, "SUBSCRIBE")[-1], "the notifier was not told")
        expect(house.tandem.cdrs(0) == [], "a subscription left a record")


def telephones(folder):
    """baresip watches another baresip, which goes and comes back; it hears so until it has had enough"""
    watched(folder, "")


def telephones_tcp(folder):
    """The same by TCP"""
    watched(folder, ";transport=tcp")


def server(folder):
    """baresip publishes at Kamailio and another watches it there, both through Tandem; Tandem's stop ends it on both sides"""
    with House(folder) as house, PresenceServer(house, 4) as kamailio:
        house.provision(kamailio.at(), {**OUTSIDE, "match": [house.hosts["caller"], house.hosts["callee"]]}, OUTSIDE)
        caller = watcher(house)
        wait_until(lambda: requests(caller, "NOTIFY"), WAIT_S, "the first NOTIFY")
        callee = house.phone(Telephone, "callee", CALLEE_HZ, NUMBER, outbound=house.at("access"), account=";pubint=60",
                             modules=["presence.so"])
        publish(callee, 1)
        publish(callee, 2, "presence_online")
        expect_heard(caller, "open")
        publish(callee, 3, "presence_offline")
        expect_heard(caller, "closed")
        expect_no_leak(caller, kamailio.host, house.hosts["carrier"])
        house.tandem.ctl("stop")
        wait_until(lambda: "reason=deactivated" in requests(caller, "NOTIFY")[-1], WAIT_S, "the subscriber hears of the end")
        wait_until(lambda: kamailio.asked("SUBSCRIBE")[-1] == "0", WAIT_S, "the notifier hears of the end")


if __name__ == "__main__":
    sys.exit(run_checks("presence", [telephones, telephones_tcp, server], sys.argv[1:]))
