#!/usr/bin/env python3
"""tandemctl rerate over a generated month: another tariff's prices as worked out here, and nothing is touched."""
import collections
import json
import os
import pathlib
import sqlite3
import subprocess
import sys
from fractions import Fraction

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parent / "lib"))
import month  # noqa: E402
from checks import expect, run_checks  # noqa: E402
from tandem import program  # noqa: E402

COUNT = 6000  # more than one chunk of the walk
MONTH = ["--from", "2026-10-01", "--to", "2026-11-02"]
# prefix: (per minute, connect fee, first, next, blocked, from day, until day)
OTHER = {"": (500000000, 0, 1, 1, 0, 0, None), "861": (210000001, 30000000, 6, 6, 0, 0, 20), "8613": (250000000, 0, 60, 60, 0, 10, None),
         "4915": (1, 0, 1, 1, 1, 0, None)}


def tariff_add(database, name, currency, rates):
    number = database.execute("INSERT INTO rate_list (tariff) VALUES (?)", (name,)).lastrowid
    database.execute("INSERT INTO tariff (name, currency, list) VALUES (?, ?, ?)", (name, currency, number))
    for prefix, (per_minute, connect, first, step, blocked, begin, end, grace) in rates.items():
        database.execute("INSERT INTO rate_row (list, prefix, valid_from_us, valid_until_us, per_minute_nano, connect_fee_nano, grace_s, "
                         "first_s, next_s, blocked) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                         (number, prefix, month.BEGIN + begin * month.DAY if begin else 0,
                          month.BEGIN + end * month.DAY if end else None, per_minute, connect, grace, first, step, blocked))


def made(folder):
    """Calls, and a data folder with them, the tariffs they were priced by and another one."""
    path = folder / "tandem.db"
    calls, _entries = month.month_make(path, COUNT)
    database = sqlite3.connect(path)
    with database:
        for account, row in month.ACCOUNTS.items():
            if account:
                own = {prefix: month.rate_of(prefix, row[4])[1] for prefix in month.PRICES}
                tariff_add(database, f"retail-{account}", row[1],
                           {prefix: (*rate[:4], 0, 0, None, rate[4]) for prefix, rate in own.items()})
        tariff_add(database, "other", "CNY", {prefix: (*rate, 0) for prefix, rate in OTHER.items()})
        # one whose money came to an end: cut after what was paid for
        cut = next(call for call in calls if call.get("billed_s") and call["account"] == "acme")
        cut["duration_ms"] = cut["billed_s"] * 1000
        database.execute("UPDATE cdr SET duration_ms = ?, release_tag = 'prepaid_exhausted' WHERE cdr_id = ?",
                         (cut["duration_ms"] + 40, cut["cdr_id"]))
    database.close()
    return calls


def run(folder, *arguments):
    done = subprocess.run([str(program("tandemctl")), "--data", str(folder), "--json", "rerate", *arguments],
                          capture_output=True, text=True, timeout=60, check=False, env={**os.environ, "LC_ALL": "C"})
    return done.returncode, done.stdout, done.stderr


def answer(folder, *arguments):
    code, out, err = run(folder, *arguments)
    expect(code == 0, err)
    return json.loads(out)


def nano(text):
    return int(Fraction(text) * 10**9)


def charged(calls):
    return [call for call in calls if call["disposition"] == "answered" and call["account"]]


def other_price(call):
    """None: the tariff has no rate for it."""
    day = (call["start_us"] - month.BEGIN) / month.DAY
    prefix = max((prefix for prefix, row in OTHER.items()
                  if call["callee"].startswith(prefix) and row[5] <= day and (row[6] is None or day < row[6])), key=len)
    per_minute, connect, first, step, blocked = OTHER[prefix][:5]
    return None if blocked else month.price((per_minute, connect, first, step, 0), call["duration_ms"])


def same_tariff(folder):
    """By the tariff it was charged by every call costs the same, also one that was cut at its last paid second"""
    calls = made(folder)
    for account, row in month.ACCOUNTS.items():
        if not account:
            continue
        mine = [call for call in charged(calls) if call["account"] == account]
        sums = answer(folder, *MONTH, "--tariff", f"retail-{account}", "--account", account)["accounts"]
        expect(len(sums) == 1 and sums[0]["calls"] == len(mine) > 100 and sums[0]["unrated"] == 0, f"{account}: {sums}")
        total = sum(call["price_nano"] for call in mine)
        expect(nano(sums[0]["price"]) == nano(sums[0]["would_cost"]) == total and sums[0]["currency"] == row[1], f"{account}: {sums}")


def other_tariff(folder):
    """By another one each call costs what it would have then, by account and in all; what cannot be priced is counted"""
    calls = made(folder)
    wanted = collections.defaultdict(lambda: [0, 0, 0, 0, 0])
    for call in charged(calls):
        price = other_price(call) if call["currency"] == "CNY" else None
        for key in (call["account"], call["currency"]), (None, call["currency"]):
            row = wanted[key]
            row[0 if price else 1] += 1
            if price:
                row[2], row[3], row[4] = row[2] + call["price_nano"], row[3] + price[0], row[4] + price[1]
    before = (folder / "tandem.db").read_bytes()
    found = answer(folder, *MONTH, "--tariff", "other")
    expect((folder / "tandem.db").read_bytes() == before and not (folder / "tandem.db-wal").exists()
           or not (folder / "tandem.db-wal").stat().st_size, "something was written")
    rows = found["accounts"] + found["totals"]
    expect(len(rows) == len(wanted), f"{rows}")
    for row in rows:
        calls_n, unrated, was, price, billed = wanted[row.get("account"), row["currency"]]
        expect((row["calls"], row["unrated"], nano(row["price"]), nano(row["would_cost"]), row["billed_s"],
                nano(row["difference"])) == (calls_n, unrated, was, price, billed, price - was), f"{row}: {wanted}")
    expect(found["totals"][0]["unrated"] > 100, "no blocked calls")


def periods(folder):
    """A period takes calls from its beginning and before its end; periods side by side make up the whole"""
    calls = made(folder)
    whole = answer(folder, *MONTH, "--tariff", "other")["totals"]
    split = charged(calls)[COUNT // 3]["start_us"]
    text = f"2026-10-{(split - month.BEGIN) // month.DAY + 1:02d}T12:00"
    parts = [answer(folder, "--from", "2026-10-01", "--to", text, "--tariff", "other")["totals"],
             answer(folder, "--from", text, "--to", "2026-11-02", "--tariff", "other")["totals"]]
    for name in ("calls", "unrated", "billed_s"):
        expect(sum(part[0][name] for part in parts) == whole[0][name] > 0, f"{name}: {parts} of {whole}")
    expect(sum(nano(part[0]["would_cost"]) for part in parts) == nano(whole[0]["would_cost"]), "amounts")
    expect(answer(folder, "--from", "2027-01-01", "--to", "2027-02-01", "--tariff", "other") == {"accounts": [], "totals": []}, "later")


def refused(folder):
    """What cannot be asked is said, with the remedy"""
    made(folder)
    for arguments, code, complaint in (
            (["--tariff", "other"], 2, "--from DAY"), (["--from", "2026-10-01"], 2, "--tariff NAME"),
            (["--from", "yesterday", "--tariff", "other"], 2, "2026-08-31"),
            (["--from", "2026-10-02", "--to", "2026-10-01", "--tariff", "other"], 2, "later than --from"),
            ([*MONTH, "--tariff", "x' OR '1'='1"], 1, "there is no tariff"),
            ([*MONTH, "--tariff", "none"], 1, "there is no tariff none")):
        found = run(folder, *arguments)
        expect(found[0] == code and complaint in found[2] and not found[1], f"{arguments}: {found}")
    sums = answer(folder, *MONTH, "--tariff", "other", "--account", "x' OR '1'='1")
    expect(sums == {"accounts": [], "totals": []}, f"{sums}")


CHECKS = [same_tariff, other_tariff, periods, refused]

if __name__ == "__main__":
    sys.exit(run_checks("rerate", CHECKS, sys.argv[1:]))
