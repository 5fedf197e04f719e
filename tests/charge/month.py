#!/usr/bin/env python3
"""A month of calls in a database, made up by a seed, for what is asked of many records.

usage: month.py FOLDER [CALLS]     writes FOLDER/tandem.db

Calls come at random over the days and hours, by several accounts, trunks, prices and ways to end; some are unanswered,
free, not charged or cut off by a crash, and one account is being robbed. Prices are worked out here, in whole
numbers, not by the engine. Records have no hash chain.
"""
import datetime
import json
import pathlib
import random
import re
import sqlite3
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
NANO, SECOND, HOUR, DAY = 10**9, 10**6, 3600 * 10**6, 86400 * 10**6
BEGIN = int(datetime.datetime(2026, 10, 1, tzinfo=datetime.timezone.utc).timestamp()) * SECOND
DAYS = 31
NOW = "2026-10-31 20:00:00"  # what the questions take for now
ROBBED, ROBBED_DAY, ROBBED_PREFIX = "delta", 28, "25261"

# account: (kind, currency, share of calls, caller's trunk, factor of all prices in thousandths)
ACCOUNTS = {"acme": ("prepaid", "CNY", 40, "pbx-acme", 1000), "beta": ("postpaid", "CNY", 25, "pbx-beta", 1350),
            "gamma": ("postpaid", "EUR", 15, "sip-gamma", 140), "delta": ("prepaid", "CNY", 10, "pbx-delta", 1100),
            None: (None, None, 10, "internal", 0)}
# prefix: (share, price per minute in nano, connect fee, first, next, grace)
PRICES = {"8613": (45, 300000000, 0, 60, 60, 0), "8610": (20, 120000000, 0, 6, 6, 0), "4930": (9, 150000001, 20000000, 1, 1, 0),
          "4915": (6, 990000000, 20000000, 30, 1, 3), "1212": (8, 80000000, 0, 60, 6, 0), "1800": (5, 0, 0, 1, 1, 0),
          "447": (6, 710000000, 5000000, 60, 1, 0), ROBBED_PREFIX: (1, 8400000000, 0, 60, 60, 0)}
# trunk: (share, currency of its cost, thousandths of the price list, per cent answered)
CARRIERS = {"ims-a": (55, "CNY", 700, 62), "ims-b": (30, "CNY", 760, 48), "sat": (15, "EUR", 95, 35)}
CODECS = {"PCMA/8000": (70, 420), "PCMU/8000": (12, 415), "G722/16000": (10, 440), "opus/48000": (8, 390)}
# disposition: (share, [(code, Q.850 cause, reason)])
ENDS = {"busy": (25, [(486, 17, "Busy Here")]), "no_answer": (35, [(480, 19, "Temporarily Unavailable")]),
        "cancelled": (20, [(487, 16, "Request Terminated")]), "rejected": (5, [(603, 21, "Decline")]),
        "failed": (15, [(503, 38, "Service Unavailable"), (404, 1, "Not Found"), (408, 102, "Request Timeout")])}
PEAKS = [1] * 6 + [2, 4, 8, 14, 16, 14, 10, 12, 15, 16, 14, 10, 8, 6, 5, 4, 3, 2]


def choose(rng, table):
    return rng.choices(list(table), [row[0] if isinstance(row, tuple) else row for row in table.values()])[0]


def account_choose(rng):
    return rng.choices(list(ACCOUNTS), [row[2] for row in ACCOUNTS.values()])[0]


def rate_of(prefix, thousandths):
    """(snapshot, (per minute, connect fee, first, next, grace))"""
    _share, per_minute, connect, first, step, grace = PRICES[prefix]
    per_minute, connect = per_minute * thousandths // 1000, connect * thousandths // 1000
    snapshot = {"prefix": prefix, "per_minute": decimal(per_minute), "first": first, "next": step}
    if connect:
        snapshot["connect_fee"] = decimal(connect)
    if grace:
        snapshot["grace"] = grace
    return json.dumps(snapshot, separators=(",", ":")), (per_minute, connect, first, step, grace)


def decimal(nano):
    return f"{nano // NANO}.{nano % NANO:09d}"


def price(rate, duration_ms):
    """(nano, billed seconds): whole intervals, rounded once, a half up"""
    per_minute, connect, first, step, grace = rate
    if duration_ms <= grace * 1000:
        return 0, 0
    seconds = -(-duration_ms // 1000)
    billed = first if seconds <= first else first + -(-(seconds - first) // step) * step
    return ((per_minute * billed + connect * 60) * 2 + 60) // 120, billed


def number(rng, prefix):
    return prefix + f"{rng.randrange(10 ** (12 - len(prefix))):0{12 - len(prefix)}d}"


def begun(rng):
    return BEGIN + rng.randrange(DAYS) * DAY + rng.choices(range(24), PEAKS)[0] * HOUR + rng.randrange(HOUR)


def quality_add(rng, call):
    for side in "ab":
        codec = choose(rng, CODECS)
        call[f"{side}_codec"] = codec
        packets = 0 if rng.random() < 0.01 else call["duration_ms"] // 20
        call[f"{side}_rx_packets"], call[f"{side}_rx_bytes"] = packets, packets * 172
        call[f"{side}_lost"] = rng.randrange(packets // 50 + 1) if rng.random() < 0.3 else 0
        if packets > 100:
            mos = max(100, CODECS[codec][1] - rng.randrange(150 if rng.random() < 0.1 else 20))
            call.update({f"{side}_jitter_us": rng.randrange(30000), f"{side}_mos_x100": mos,
                         f"{side}_mos_min_x100": max(100, mos - rng.randrange(80)),
                         f"{side}_round_trip_us": rng.choice((None, rng.randrange(200000)))})


def answer(rng, call, prefix, robbed):
    thousandths = ACCOUNTS[call["account"]][4]
    duration_ms = rng.randrange(600, 5900) if robbed and rng.random() < 0.6 else int(rng.expovariate(1 / 140000)) + 1
    duration_ms = min(duration_ms, 4 * 3600 * 1000)
    call.update(disposition="answered", sip_code=200, q850_cause=16, reason="Normal call clearing", ring_us=call["start_us"] + call["pdd_ms"] * 1000,
                ring_ms=rng.randrange(500, 20000), duration_ms=duration_ms, recovered=int(rng.random() < 0.002),
                released_by=rng.choice(("caller", "callee")), price_nano=0, cost_nano=0, billed_s=0)
    call["answer_us"] = call["ring_us"] + call["ring_ms"] * 1000
    call["end_us"] = call["answer_us"] + duration_ms * 1000
    call["release_tag"] = "crash" if call["recovered"] else call["released_by"]
    if call["account"]:
        call["tariff"], call["currency"] = f"retail-{call['account']}", ACCOUNTS[call["account"]][1]
        call["rate"], rate = rate_of(prefix, thousandths)
        call["price_nano"], call["billed_s"] = price(rate, duration_ms)
    _share, currency, thousandths, _answered = CARRIERS[call["dst_trunk"]]
    call["cost_tariff"], call["cost_currency"] = f"wholesale-{call['dst_trunk']}", currency
    call["cost_rate"], rate = rate_of(prefix, thousandths)
    call["cost_nano"], _billed = price(rate, duration_ms)
    quality_add(rng, call)


def fail(rng, call):
    call["disposition"] = choose(rng, ENDS)
    call["sip_code"], call["q850_cause"], call["reason"] = rng.choice(ENDS[call["disposition"]][1])
    call["end_us"] = call["start_us"] + call["pdd_ms"] * 1000 + rng.randrange(20 * SECOND)
    call["released_by"] = "caller" if call["disposition"] == "cancelled" else "callee"
    call["release_tag"] = call["released_by"]
    if call["disposition"] == "failed":
        call["pdd_ms"] = None
    else:
        call["ring_us"] = call["start_us"] + call["pdd_ms"] * 1000


def call_make(rng, index, robbed=False):
    account = ROBBED if robbed else account_choose(rng)
    prefix = ROBBED_PREFIX if robbed else choose(rng, {name: row for name, row in PRICES.items() if name != ROBBED_PREFIX})
    trunk = choose(rng, CARRIERS)
    start_us = BEGIN + ROBBED_DAY * DAY + rng.randrange(5 * HOUR) if robbed else begun(rng)
    callee = number(rng, prefix)
    call = {"cdr_id": f"{start_us // 1000:012x}"[:8] + f"-{start_us // 1000:012x}"[8:] + f"-7000-8000-{index:012x}",
            "node": "month", "a_call_id": f"{index:08x}@a", "b_call_id": f"{index:08x}@b", "src_trunk": ACCOUNTS[account][3],
            "dst_trunk": trunk, "account": account, "caller": f"8621{rng.randrange(500):07d}", "callee": callee,
            "caller_in": "x", "callee_in": callee, "start_us": start_us, "pdd_ms": int(rng.gammavariate(2, 700)) + 20,
            "a_src": "udp:192.0.2.10:5060", "b_dst": "udp:198.51.100.7:5060", "recovered": 0, "prev_hash": "", "hash": ""}
    if rng.randrange(100) < CARRIERS[trunk][3] + 30 * robbed:
        answer(rng, call, prefix, robbed)
    else:
        fail(rng, call)
    attempts = [{"trunk": trunk, "code": call["sip_code"], "ms": call["pdd_ms"] or 20, "reason": call["reason"]}]
    if rng.random() < 0.08:
        attempts.insert(0, {"trunk": rng.choice([name for name in CARRIERS if name != trunk]), "code": 503, "ms": 9,
                            "reason": "Service Unavailable"})
    call["attempts"] = json.dumps(attempts)
    return call


def calls_make(count, seed=20261001):
    """In the order of their ends, as they are recorded."""
    rng = random.Random(seed)
    calls = [call_make(rng, i) for i in range(count)]
    calls += [call_make(rng, count + i, robbed=True) for i in range(count // 200)]
    return sorted(calls, key=lambda call: call["end_us"])


def entries_make(calls):
    """Ledger rows: (id, key, at, kind, debit, credit, nano, currency, cdr_id)"""
    rng = random.Random(1)
    rows = []
    for account, row in ACCOUNTS.items():
        for day in range(0, DAYS, 7) if account else ():
            rows.append((f"topup:{account}:{day}", BEGIN + day * DAY, "topup", "@topup", account, (day + 1) * 7000 * NANO + 3, row[1], None))
    for call in calls:
        if not call.get("price_nano"):
            continue
        name, currency, cdr_id, nano = call["account"], call["currency"], call["cdr_id"], call["price_nano"]
        if rng.random() < 0.05:
            rows.append((f"hold:{cdr_id}", call["start_us"], "reserve", name, "@reserve", nano + 7, currency, cdr_id))
            rows.append((f"release:{cdr_id}", call["end_us"], "release", "@reserve", name, nano + 7, currency, cdr_id))
        rows.append((f"charge:{cdr_id}", call["end_us"], "charge", name, "@revenue", nano, currency, cdr_id))
        if rng.random() < 0.002:
            rows.append((f"refund:{cdr_id}", call["end_us"] + HOUR, "refund", "@revenue", name, nano // 2, currency, cdr_id))
    rows.sort(key=lambda row: row[1])
    return [(f"entry-{i:09d}", *row) for i, row in enumerate(rows)]


def named_query(name):
    text = (ROOT / "sql/queries/record.sql").read_text()
    return re.search(rf"^-- name: {name}\n(.*?)(?=^-- name:|\Z)", text, re.M | re.S)[1]


def schema_make(database):
    migrations = sorted((ROOT / "sql/migrations").glob("*.sql"))
    for path in (*migrations, *sorted((ROOT / "sql/views").glob("*.sql"))):
        database.executescript(path.read_text())
    application = re.search(r"MIGRATE_APPLICATION_ID = (\w+)", (ROOT / "common/migrate.h").read_text())[1]
    database.execute(f"PRAGMA application_id = {int(application, 16)}")
    database.execute(f"PRAGMA user_version = {len(migrations)}")


def calls_add(database, calls):
    names = [row[1] for row in database.execute("PRAGMA table_info(cdr)") if row[1] != "seq"]
    seq = database.execute("SELECT coalesce(max(seq), 0) FROM cdr").fetchone()[0]
    database.executemany(f"INSERT INTO cdr ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})",
                         ([call.get(name) for name in names] for call in calls))
    database.execute(named_query("traffic_add"), (seq,))


def month_make(path, count=100000):
    """Write the database; returns its calls and ledger rows."""
    calls = calls_make(count)
    entries = entries_make(calls)
    database = sqlite3.connect(path)
    database.execute("PRAGMA journal_mode = WAL")
    schema_make(database)
    with database:
        database.executemany("INSERT INTO account (name, kind, currency) VALUES (?, ?, ?)",
                             [(name, *row[:2]) for name, row in ACCOUNTS.items() if name])
        half = len(calls) // 2
        calls_add(database, calls[:half])
        calls_add(database, calls[half:])
        database.executemany("INSERT INTO ledger VALUES (?, ?, 'month', ?, ?, ?, ?, ?, ?, ?, NULL)", entries)
    database.close()
    return calls, entries


if __name__ == "__main__":
    month_make(pathlib.Path(sys.argv[1]) / "tandem.db", int(sys.argv[2]) if len(sys.argv) > 2 else 100000)
