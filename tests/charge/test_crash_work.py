#!/usr/bin/env python3
"""kill -9 of tandem-b2bua while operators work on it: an upgrade, top-ups, prices and configurations are whole or not there."""
import os
import pathlib
import random
import re
import sqlite3
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests/lib"), str(ROOT / "tests/charge")]
import past  # noqa: E402
from checks import expect, run_checks  # noqa: E402
from payers import TARIFFS, Payers, account_settled, one_cdr_each, placed, tariff  # noqa: E402
from tandem import Tandem, program  # noqa: E402

KILLS = int(os.environ.get("KILLS", "8"))
SEED = 20261121
OLD_SCHEMA, OLD_RECORDS = 12, 20000
PRICES = 400  # in a price list
MIGRATION_S = (0.06, 0.15, 0.4)  # on a quick machine, on a busy one


# ---------------------------------------------------------------- upgrade

def application_id():
    header = (ROOT / "common/migrate.h").read_text()
    return int(re.search(r"MIGRATE_APPLICATION_ID\s*=?\s*(\w+)", header).group(1), 0)


def old_database(path):
    """As a former version left it."""
    database = sqlite3.connect(path)
    database.execute("PRAGMA journal_mode = WAL")
    for script in sorted((ROOT / "sql/migrations").glob("*.sql"))[:OLD_SCHEMA]:
        database.executescript(script.read_text())
    database.execute(f"PRAGMA user_version = {OLD_SCHEMA}")
    database.execute(f"PRAGMA application_id = {application_id()}")
    database.execute("INSERT INTO node (node) VALUES ('test')")
    database.commit()
    database.close()
    past.write(path, OLD_RECORDS, 2)


def killed_in_upgrade(folder):
    """A new version on an old database, killed again and again as it starts: every record is there, once"""
    rng, seen = random.Random(SEED), set()
    tandem = Tandem(folder)
    old_database(tandem.data / "tandem.db")
    try:
        tandem.relay.start()
        for _ in range(2 * KILLS):
            tandem.b2bua.start(wait_ready=False)
            time.sleep(rng.uniform(0, rng.choice(MIGRATION_S)))
            tandem.b2bua.kill()
            seen.add(tandem.sql("PRAGMA user_version")[0]["user_version"])
        tandem.b2bua.start()
        expect(tandem.sql("PRAGMA user_version")[0]["user_version"] == len(list((ROOT / "sql/migrations").glob("*.sql"))), "schema")
        expect(tandem.sql("PRAGMA integrity_check") == [{"integrity_check": "ok"}], "integrity")
        rows = tandem.sql("SELECT count(*) AS n, count(DISTINCT cdr_id) AS ids FROM cdr")[0]
        expect(rows == {"n": OLD_RECORDS, "ids": OLD_RECORDS}, f"{rows} of {OLD_RECORDS}")
        summed = tandem.sql("SELECT sum(attempts) AS n FROM traffic_day")[0]["n"]
        expect(summed == OLD_RECORDS, f"the days' sums tell of {summed}")
        expect(tandem.ctl_json("cdr", "verify")["broken"] == 0, "the chain is broken")
        print(f"        killed at schemas {sorted(seen)}")
        tandem.stop()
    finally:
        tandem.abandon()


# ---------------------------------------------------------------- operators

class Operator(threading.Thread):
    """Changes one thing after the other; what tandemctl says was done is kept in mind."""

    def __init__(self, tandem, first):
        super().__init__(daemon=True)
        self.tandem, self.number = tandem, first
        self.topped_up, self.tried = set(), set()
        self.over = threading.Event()
        self.start()

    def ctl(self, *arguments):
        return subprocess.run([str(program("tandemctl")), "--config", str(self.tandem.conf_path), *arguments],
                              capture_output=True, timeout=60, check=False).returncode == 0

    def topup(self, key):
        self.tried.add(key)
        if self.ctl("account", "topup", "seconds", "0.01", "--key", key):
            self.topped_up.add(key)

    def change(self):
        price = str(self.number)
        self.topup(f"top-{price}")
        path = self.tandem.folder / "twins.json"
        twins = [tariff(f"twin-{which}", {"per_minute": price, "first": 1, "next": 1}) for which in "ab"]
        path.write_text(str({"tariffs": twins}).replace("'", '"'))
        self.ctl("apply", str(path))
        path = self.tandem.folder / "prices.csv"
        path.write_text("prefix,price\n" + "".join(f"{1000 + row},{price}\n" for row in range(PRICES)))
        self.ctl("tariff", "import", "list", str(path))
        self.ctl("rerate", "--from", "2026-01-01", "--tariff", "seconds")

    def run(self):
        while not self.over.is_set():
            self.number += 1
            self.change()

    def end(self):
        self.over.set()
        self.join()


def whole(tandem, operator):
    """Top-ups that were said to be booked are, none twice; lists and configurations have one price each."""
    for key in sorted(operator.tried):  # whoever heard nothing asks again
        tandem.ctl("account", "topup", "seconds", "0.01", "--key", key)
    booked = {row["idem_key"]: row["n"] for row in tandem.sql(
        "SELECT substr(idem_key, 10) AS idem_key, count(*) AS n FROM ledger WHERE kind = 'topup' AND idem_key LIKE 'operator:top-%' GROUP BY idem_key")}
    expect(set(booked) >= operator.tried and set(booked.values()) <= {1}, f"top-ups: {booked}")
    prices = tandem.sql("SELECT count(DISTINCT per_minute_nano) AS n FROM rate WHERE tariff LIKE 'twin-%'")[0]["n"]
    expect(prices <= 1, "half a configuration was applied")
    rows = tandem.sql("SELECT count(*) AS n, count(DISTINCT per_minute_nano) AS prices FROM rate WHERE tariff = 'list'")[0]
    expect(rows in ({"n": 0, "prices": 0}, {"n": PRICES, "prices": 1}), f"half a price list is in force: {rows}")


def killed_at_work(folder):
    """Top-ups, price lists, configurations and questions under load, and kills: each is whole or not there"""
    rng, number, call_ids = random.Random(SEED), 0, set()
    tandem = Tandem(folder)
    line = Payers(tandem, {"seconds": ("seconds", "100000.00")})
    try:
        tandem.start()
        line.provision()
        tandem.apply({"tariffs": [{"name": "list", "currency": "CNY"}]})
        for _ in range(KILLS):
            line.callee()
            caller = line.payer("seconds", 1000, 20, (0, 2000))
            operator = Operator(tandem, number)
            time.sleep(rng.uniform(0.5, 2.5))
            known = set(operator.topped_up)
            tandem.b2bua.kill()
            operator.end()
            line.end()
            number = operator.number
            call_ids |= placed([caller])
            tandem.b2bua.start()
            there = {row["idem_key"] for row in tandem.sql("SELECT substr(idem_key, 10) AS idem_key FROM ledger WHERE kind = 'topup'")}
            expect(known <= there, f"top-ups that were booked are gone: {known - there}")
            one_cdr_each(tandem, call_ids)
            whole(tandem, operator)
            account_settled(tandem, TARIFFS)
        print(f"        {KILLS} kills, {len(call_ids)} calls, {number} rounds of an operator")
        tandem.stop()
    finally:
        line.end()
        tandem.abandon()


if __name__ == "__main__":
    sys.exit(run_checks("charge-crash-work", [killed_in_upgrade, killed_at_work], sys.argv[1:]))
