#!/usr/bin/env python3
"""What keeps an account from calling, or from spending more than it should: each limit, and how it ends."""
import contextlib
import json
import pathlib
import sqlite3
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/lib"))
from calls import NUMBER, Line  # noqa: E402
from checks import expect, run_checks  # noqa: E402
from tandem import Tandem, program, wait_until  # noqa: E402


class House:
    """A caller on account `acme`, and a callee."""

    def __init__(self, folder):
        self.tandem = Tandem(folder)

    def __enter__(self):
        self.tandem.__enter__()
        self.line = Line(self.tandem)
        self.line.provision()
        self.line.callee()
        return self

    def __exit__(self, *error):
        self.line.end()
        return self.tandem.__exit__(*error)

    def account(self, **fields):
        self.tandem.apply({"accounts": [{"name": "acme", **fields}]})

    def up(self, count):
        wait_until(lambda: self.tandem.ctl_json("status")["calls"]["answered"] == count, 5, f"{count} calls up")
        if not count:
            wait_until(self.recorded, 5, "all calls recorded")

    def recorded(self):
        return not self.tandem.sql("SELECT cdr_id FROM event WHERE kind = 'CALL_START' EXCEPT SELECT cdr_id FROM cdr")

    def call(self, scenario="caller.xml", number=NUMBER, calls=1, **options):
        """From one end to the other, and the tags of the calls."""
        before = len(self.tandem.sql("SELECT seq FROM cdr"))
        caller = self.line.caller(calls, scenario=scenario, options=["-s", number], **options)
        expect(caller.wait(20) == 0, f"{scenario}: {caller.report()}")
        return [row["release_tag"] for row in self.tandem.cdrs(before + calls)[before:]]

    def ctl(self, *arguments):
        """Exit code, stdout, stderr."""
        done = subprocess.run([str(program("tandemctl")), "--config", str(self.tandem.conf_path), *arguments],
                              capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stdout, done.stderr


def disabled(folder):
    """An account that is disabled does not call; its calls go on until they are ended by name"""
    with House(folder) as h:
        h.line.caller(2, scenario="caller-ended.xml")
        h.up(2)
        expect("refused" in h.tandem.ctl("account", "disable", "acme"), "said")
        expect(h.call("caller-403.xml") == ["account_disabled"], "not refused")
        h.up(2)
        expect(h.tandem.ctl("account", "hangup", "acme") == "2 calls ended\n", "not ended")
        h.up(0)
        expect([row["release_tag"] for row in h.tandem.cdrs(3)] == ["operator", "operator", "account_disabled"],
               str(h.tandem.cdrs()))
        expect("taken" in h.tandem.ctl("account", "enable", "acme"), "said")
        expect(h.call() == ["caller"], "not taken again")


def disabled_at_once(folder):
    """disable --hangup ends the calls of this account, none of others, and no emergency call"""
    with House(folder) as h:
        h.tandem.apply({"settings": {"emergency": ["86110"]},
                        "accounts": [{"name": "other", "kind": "postpaid", "currency": "CNY"}]})
        emergency = h.line.caller(1, talk_ms=3000, options=["-s", "86110"])
        h.up(1)
        h.line.caller(2, scenario="caller-ended.xml")
        h.up(3)
        code, _, err = h.ctl("account", "hangup", "nobody")
        expect(code == 1 and "no such account" in err, err)
        expect(h.tandem.ctl_json("account", "hangup", "other") == {"released": 0}, "calls of another")
        expect(h.tandem.ctl_json("account", "disable", "acme", "--hangup") == {"released": 2}, "not two")
        expect(emergency.wait(20) == 0, emergency.report())
        tags = sorted(row["release_tag"] for row in h.tandem.cdrs(3))
        expect(tags == ["caller", "operator", "operator"], str(tags))


def refused(folder):
    """account enable, disable and hangup say what they miss"""
    cases = [
        (["disable"], 2, "usage: tandemctl account disable NAME [--hangup]"),
        (["enable", "acme", "--hangup"], 2, "usage: tandemctl account enable NAME"),
        (["hangup", "acme", "--key", "k"], 2, "usage: tandemctl account hangup NAME"),
        (["disable", "nobody"], 1, "is missing"),
    ]
    with House(folder) as h:
        for arguments, want, text in cases:
            code, out, err = h.ctl("account", *arguments)
            expect(code == want and text in err, f"{arguments}: {code} {out}{err}")
        expect(len(h.tandem.ctl_json("account", "list")) == 1, "an account was made")


RETAIL = {"tariffs": [{"name": "retail", "currency": "CNY", "rates": [
    {"prefix": "86", "per_minute": "6.00", "first": 60, "next": 60}]}]}


def day_spend(folder):
    """What a day may cost holds over a restart and a crash, and for a limit that is set afterwards"""
    with House(folder) as h:
        h.tandem.apply(RETAIL)
        h.account(tariff="retail", max_spend_day="20.00")
        expect(h.call(calls=2) == ["caller", "caller"], "12.00 of 20.00")
        h.tandem.b2bua.stop()
        h.tandem.b2bua.start()
        expect(h.call() == ["caller"], "18.00 of 20.00")
        h.tandem.b2bua.kill()
        h.tandem.b2bua.start()
        expect(h.call("caller-403.xml") == ["spend_limit"], "24.00 of 20.00")
        h.account(max_spend_day="0")
        expect(h.call() == ["caller"], "no limit")
        h.tandem.b2bua.stop()
        h.tandem.b2bua.start()
        h.account(max_spend_day="25.00")
        expect(h.call("caller-403.xml") == ["spend_limit"], "30.00 of 25.00")
        h.account(max_spend_day="30.00")
        expect(h.call() == ["caller"], "30.00 of 30.00")


def call_spend(folder):
    """A call ends where max_spend_call does, and is refused where that is less than it costs to begin"""
    with House(folder) as h:
        h.tandem.apply({"tariffs": [{"name": "retail", "currency": "CNY", "rates": [
            {"prefix": "86", "per_minute": "6.00"}, {"prefix": "8612", "per_minute": "600", "connect_fee": "1"}]}]})
        h.account(tariff="retail", max_spend_call="0.15")
        expect(h.call("caller-ended.xml") == ["prepaid_exhausted"], "not ended")
        row = h.tandem.cdrs(1)[0]
        expect(row["price_nano"] == 100000000 and 900 <= row["duration_ms"] <= 1200, str(row))
        expect(h.call("caller-403.xml", "8612345") == ["spend_limit"], "not refused")


def destinations(folder):
    """A minute that costs too much, a blocked rate, a number that is not allowed: 403 each; the longest prefix counts"""
    with House(folder) as h:
        h.tandem.apply({"tariffs": [{"name": "retail", "currency": "CNY", "rates": [
            {"prefix": "86", "per_minute": "0.50"}, {"prefix": "8611", "per_minute": "0.50", "connect_fee": "9"},
            {"prefix": "8612", "per_minute": "0.51"}, {"prefix": "8613", "per_minute": "0.50", "blocked": True}]}]})
        h.account(tariff="retail", max_per_minute="0.50", allow=["86", "861415"], deny=["8614"])
        cases = [("8610000000", "caller"), ("8611000000", "caller"), ("8612000000", "price_limit"),
                 ("8613000000", "blocked_destination"), ("8614000000", "denied_destination"), ("8614150000", "caller")]
        for number, tag in cases:
            scenario = "caller.xml" if tag == "caller" else "caller-403.xml"
            expect(h.call(scenario, number) == [tag], f"{number}: not {tag}")
        h.tandem.apply({"routes": [{"prefix": "", "trunks": ["ims-a"]}]})
        expect(h.call("caller-403.xml", "4412345678") == ["denied_destination"], "not in `allow`")


def counts(folder):
    """Calls at one time: 403; calls in a second: 503; both again as soon as there is room"""
    with House(folder) as h:
        h.account(max_calls=1)
        h.line.caller(1, talk_ms=1000)
        h.up(1)
        expect(h.call("caller-403.xml") == ["account_limit"], "a second one")
        h.tandem.cdrs(2)  # it is over, and recorded
        expect(h.call() == ["caller"], "there is room")
        h.account(max_calls=0, max_cps=1)
        tags = set()
        for _ in range(6):  # the second may turn between them
            h.line.caller(1, talk_ms=0)
            caller = h.line.caller(1, scenario="caller-503.xml")
            if caller.wait(20) == 0:
                tags = {row["release_tag"] for row in h.tandem.cdrs()}
                break
        expect("account_cps" in tags, str(tags))


def low_balance(folder):
    """BALANCE_LOW is told once when the balance gets there, also over restarts, and so is BALANCE_RECOVERED"""
    def told():
        rows = h.tandem.sql("SELECT kind, detail ->> 'balance' AS balance FROM event WHERE kind IN"
                            " ('BALANCE_LOW', 'BALANCE_RECOVERED') ORDER BY seq")
        return [(row["kind"], row["balance"]) for row in rows]

    with House(folder) as h:
        h.tandem.apply({**RETAIL, "trunks": [{"name": "pbx", "account": "payer"}],
                        "accounts": [{"name": "payer", "currency": "CNY", "balance": "20.00", "tariff": "retail",
                                      "low_balance": "10.00"}]})
        expect(h.call() == ["caller"] and told() == [], "14.00 left")
        expect(h.call() == ["caller"], "8.00 left")
        wait_until(lambda: told() == [("BALANCE_LOW", "8.00")], 5, f"told: {told()}")
        for end in (h.tandem.b2bua.stop, h.tandem.b2bua.kill):
            end()
            h.tandem.b2bua.start()
        expect(h.call() == ["caller"], "2.00 left")
        h.tandem.ctl("account", "topup", "payer", "10", "--key", "k")
        wait_until(lambda: len(told()) == 2, 5, f"told: {told()}")
        h.tandem.b2bua.kill()
        h.tandem.b2bua.start()
        expect(h.call() == ["caller"], "6.00 left")
        wait_until(lambda: len(told()) == 3, 5, f"told: {told()}")
        expect(told() == [("BALANCE_LOW", "8.00"), ("BALANCE_RECOVERED", "12.00"), ("BALANCE_LOW", "6.00")], str(told()))


CUBA, JAMAICA, CHINA = "5378123456", "18765551234", NUMBER


def events(h, *kinds):
    """What `detail` says beside the account, in order."""
    rows = h.tandem.sql(f"SELECT kind, detail FROM event WHERE kind IN ({','.join('?' * len(kinds))}) ORDER BY seq", *kinds)
    told = [{"kind": row["kind"], **json.loads(row["detail"])} for row in rows]
    expect(all(one.pop("account") == "acme" for one in told), str(rows))
    return told


def await_events(h, count, *kinds):
    wait_until(lambda: len(events(h, *kinds)) >= count, 5, f"{count} events {kinds}")
    return events(h, *kinds)


def everywhere(h):
    h.tandem.apply({"routes": [{"prefix": "", "trunks": ["ims-a"]}]})


def new_countries(folder):
    """A new country is told with its first answered call; deny refuses it, and tells that once; a list makes it known"""
    with House(folder) as h:
        everywhere(h)
        expect(h.call(number=CHINA, calls=2) == ["caller"] * 2 and h.call(number="+" + JAMAICA) == ["caller"], "allowed")
        told = await_events(h, 2, "NEW_COUNTRY")
        expect([(one["country"], one["number"]) for one in told] == [("86", CHINA), ("1876", JAMAICA)], str(told))
        h.account(new_country="deny", countries=["1876"])
        expect(h.call("caller-403.xml", CUBA, calls=2) == ["new_country"] * 2, "Cuba")
        expect(h.call("caller-403.xml", CHINA) == ["new_country"], "China is not known before a day is over")
        expect(h.call(number=JAMAICA) == ["caller"], "Jamaica is in the list")
        told = await_events(h, 2, "FRAUD_SUSPECT")
        expect(told == [{"kind": "FRAUD_SUSPECT", "number": CUBA, "why": "new_country", "country": "53"},
                        {"kind": "FRAUD_SUSPECT", "number": CHINA, "why": "new_country", "country": "86"}], str(told))
        expect(len(events(h, "NEW_COUNTRY")) == 2, "told twice")
        expect(h.tandem.ctl_json("account", "show", "acme")["called"] == "1876 86", "account show")


def known_countries(folder):
    """A country is known a day after its first call, also after a crash; one that is new is forgotten with its account"""
    with House(folder) as h:
        everywhere(h)
        h.account(new_country="deny")
        h.tandem.b2bua.stop()
        with contextlib.closing(sqlite3.connect(h.tandem.data / "tandem.db")) as database, database:
            database.executemany("INSERT INTO account_country VALUES ('acme', ?, ?)",
                                 [("86", time.time_ns() // 1000 - 86400 * 10**6), ("53", time.time_ns() // 1000), ("x'", 0)])
        h.tandem.b2bua.start()
        expect(h.call(number=CHINA) == ["caller"] and h.call("caller-403.xml", CUBA) == ["new_country"], "a day")
        h.account(new_country="allow")
        expect(h.call(number=JAMAICA) == ["caller"], "allowed")
        await_events(h, 1, "NEW_COUNTRY")
        h.tandem.b2bua.kill()
        h.tandem.b2bua.start()
        expect(h.call(number=JAMAICA) == ["caller"] and len(events(h, "NEW_COUNTRY")) == 1, "told again")
        h.tandem.apply({"accounts": [{"name": "next", "kind": "postpaid", "currency": "CNY"}],
                        "trunks": [{"name": "pbx", "account": "next"}]})
        document = json.loads(h.tandem.ctl("export"))
        document["accounts"] = [one for one in document["accounts"] if one["name"] != "acme"]
        (folder / "without.json").write_text(json.dumps(document))
        h.tandem.ctl("apply", "--prune", str(folder / "without.json"))
        expect(h.tandem.sql("SELECT * FROM account_country") == [], "still known")


def one_new_call(folder):
    """limit lets one call at a time through to new countries, and any number to others"""
    with House(folder) as h:
        everywhere(h)
        h.account(new_country="limit", countries=["86"])
        long = h.line.caller(1, talk_ms=1500, options=["-s", CUBA])
        h.up(1)
        expect(h.call("caller-403.xml", JAMAICA) == ["new_country"], "a second one")
        expect(h.call(number=CHINA, calls=2) == ["caller"] * 2, "known ones")
        expect(h.call("caller-403.xml", CUBA) == ["new_country"], "a second one to the same")
        expect(long.wait(20) == 0, long.report())
        h.up(0)
        for _ in range(2):
            expect(h.call(number=JAMAICA) == ["caller"], "when the first is over")


def bursts(folder):
    """Too many dear calls within the window are refused for a while, cheap ones are not; unblock lets them pass"""
    with House(folder) as h:
        everywhere(h)
        h.tandem.apply({"tariffs": [{"name": "retail", "currency": "CNY", "rates": [
            {"prefix": "86", "per_minute": "0.10"}, {"prefix": "53", "per_minute": "4.00"},
            {"prefix": "1876", "per_minute": "0.10", "connect_fee": "0.40"}]}]})
        h.account(tariff="retail", burst_calls=3, burst_window_s=60, burst_price="0.50", burst_block_s=600)
        expect(h.call(number=CHINA, calls=5) == ["caller"] * 5, "cheap ones")
        expect(h.call(number=CUBA, calls=2) == ["caller"] * 2 and h.call(number=JAMAICA) == ["caller"], "three")
        expect(h.call("caller-403.xml", CUBA, calls=3) == ["burst"] * 3, "a fourth")
        expect(h.call(number=CHINA) == ["caller"], "cheap ones")
        now_us = time.time_ns() // 1000
        told = await_events(h, 1, "FRAUD_SUSPECT")
        expect(len(told) == 1 and told[0]["why"] == "burst" and told[0]["number"] == CUBA, str(told))
        expect(590 < (told[0]["until_us"] - now_us) / 10**6 <= 600, str(told))
        h.tandem.b2bua.kill()
        h.tandem.b2bua.start()
        expect(h.call("caller-403.xml", JAMAICA) == ["burst"], "after a crash")
        expect(h.tandem.ctl("account", "unblock", "acme") == "its calls pass again\n", "unblock")
        expect(h.tandem.ctl_json("account", "unblock", "acme") == {"account": "acme", "unblocked": False}, "unblock twice")
        expect(h.call(number=CUBA) == ["caller"], "unblocked")
        expect(await_events(h, 1, "FRAUD_CLEARED") == [{"kind": "FRAUD_CLEARED"}], "cleared")
        h.tandem.b2bua.stop()
        h.tandem.b2bua.start()
        expect(h.call(number=CUBA) == ["caller"], "unblocked for good")
        code, _, err = h.ctl("account", "unblock", "nobody")
        expect(code == 1 and "no such account" in err, err)


def bursts_uncharged(folder):
    """An account without a tariff has its bursts by calls alone, and the block is over by itself"""
    with House(folder) as h:
        h.account(burst_calls=2, burst_window_s=1, burst_block_s=1)
        expect(h.call(calls=2) == ["caller"] * 2 and h.call("caller-403.xml") == ["burst"], "a third")
        time.sleep(1.1)
        expect(h.call() == ["caller"], "after the block")
        h.account(burst_price="0.01")
        expect(h.call(calls=4) == ["caller"] * 4, "they cost nothing")


CHECKS = [destinations, new_countries, known_countries, one_new_call, bursts, bursts_uncharged, day_spend, call_spend, counts, low_balance, disabled, disabled_at_once, refused]

if __name__ == "__main__":
    sys.exit(run_checks("guards", CHECKS, sys.argv[1:]))
