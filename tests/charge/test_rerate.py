#!/usr/bin/env python3
"""tandemctl rerate over a generated month: another tariff's prices as worked out here, and nothing is touched; with
--apply the calls cost that, once, whatever dies meanwhile."""
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
from tandem import Tandem, program, wait_until  # noqa: E402

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


def made(folder, count=COUNT):
    """Calls, and a data folder with them, the tariffs they were priced by and another one."""
    path = folder / "tandem.db"
    calls, _entries = month.month_make(path, count)
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


def uncharged(folder):
    """What nobody paid for is uncharged, rated or not, before --apply and with it, and in no amount"""
    tandem = Tandem(folder)
    calls = made(tandem.data)
    bare = [call for call in charged(calls) if call["account"] == "acme"]
    expect({bool(other_price(call)) for call in bare} == {True, False}, "calls with a rate, and without")
    database = sqlite3.connect(tandem.data / "tandem.db")
    with database:
        database.execute("UPDATE cdr SET tariff = NULL, rate = NULL, currency = NULL, price_nano = 0, billed_s = 0 WHERE account = 'acme'")
    database.close()
    with tandem:
        sums = answer(tandem.data, *MONTH, "--tariff", "other", "--account", "acme")
        expect(sums["totals"] == [{"currency": "CNY", "calls": 0, "unrated": 0, "uncharged": len(bare), "billed_s": 0, "price": "0.00",
                                   "would_cost": "0.00", "difference": "0.00"}], f"{sums}")
        for account in (["--account", "acme"], []):
            sums = answer(tandem.data, *MONTH, "--tariff", "other", *account)["totals"]
            done = answer(tandem.data, *APPLY, *account)
            for name in ("unrated", "uncharged"):
                expect(done[name] == sum(row[name] for row in sums), f"{name}: {sums}, {done}")
            expect(done["calls"] == sum(row["calls"] + row["unrated"] + row["uncharged"] for row in sums), f"{sums}, {done}")


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


APPLY = [*MONTH, "--tariff", "other", "--apply", "--key", "new-prices", "--note", "as agreed"]
TABLES = {"cdr_correction": "SELECT * FROM cdr_correction ORDER BY correction_id", "ledger": "SELECT * FROM ledger ORDER BY entry_id",
          "balance": "SELECT * FROM balance ORDER BY account, currency", "cdr": "SELECT * FROM cdr ORDER BY seq",
          "traffic_day": "SELECT * FROM traffic_day"}


def contents(tandem):
    return {name: tandem.sql(text) for name, text in TABLES.items()}


def prices_other(calls):
    """{cdr_id: (was, price)} of the calls that the other tariff makes cheaper or dearer"""
    found = {call["cdr_id"]: (call["price_nano"], other_price(call)) for call in charged(calls) if call["currency"] == "CNY"}
    return {cdr_id: (was, price[0]) for cdr_id, (was, price) in found.items() if price and price[0] != was}


def expect_applied(tandem, calls, before):
    """Each call costs what it should, each account has what that comes to, and nothing else is changed."""
    after, wanted = contents(tandem), prices_other(calls)
    rows = after["cdr_correction"]
    expect({row["cdr_id"]: (row["was_nano"], row["price_nano"]) for row in rows} == wanted and len(rows) == len(wanted) > 1000,
           f"{len(rows)} corrections, {len(wanted)} wanted")
    expect(after["cdr"] == before["cdr"], "a record was edited")
    moved = collections.Counter()
    for call in calls:
        if call["cdr_id"] in wanted:
            was, price = wanted[call["cdr_id"]]
            moved[call["account"]] += was - price
    for old, new in zip(before["balance"], after["balance"], strict=True):
        expect(new["nano"] - old["nano"] == moved[old["account"]] * (old["currency"] == "CNY"), f"{old}: {new}: {moved}")
    keys = {row["idem_key"] for row in after["ledger"]} - {row["idem_key"] for row in before["ledger"]}
    expect(keys == {f"rerate:new-prices:{cdr_id}" for cdr_id in wanted}, "keys of the ledger")
    sums = [sum(row["price_nano"] for row in state["traffic_day"]) for state in (before, after)]
    expect(sums[1] - sums[0] == -sum(moved.values()), f"the days' sums: {sums}")
    told = sum(json.loads(row["detail"])["calls"] for row in tandem.sql("SELECT detail FROM event WHERE kind = 'BALANCE_RERATE'"))
    expect(told == len(wanted), f"events tell of {told} calls")


def applied(folder):
    """--apply corrects each call once: the same run again changes nothing, and another one finds nothing to do"""
    tandem = Tandem(folder)
    calls = made(tandem.data)
    with tandem:
        before = contents(tandem)
        wanted = answer(tandem.data, *MONTH, "--tariff", "other")["totals"]
        first = answer(tandem.data, *APPLY)
        expect_applied(tandem, calls, before)
        expect(first["calls"] == len(charged(calls)) and first["corrected"] == len(prices_other(calls)) and first["repeated"] == 0
               and first["unrated"] == sum(row["unrated"] for row in wanted), f"{first}")
        after = contents(tandem)
        again = answer(tandem.data, *APPLY)
        expect((again["corrected"], again["repeated"]) == (0, first["corrected"]), f"{again}")
        other = answer(tandem.data, *(word.replace("new-prices", "once-more") for word in APPLY))
        expect((other["corrected"], other["repeated"], other["left"]) == (0, 0, first["corrected"] + first["left"]), f"{other}")
        expect(contents(tandem) == after, "asked again, something was changed")
        same = answer(tandem.data, *MONTH, "--tariff", "other")["totals"]
        expect([row["difference"] for row in same if row["currency"] == "CNY"] == ["0.00"], f"{same}")
        for arguments, said in ((["--tariff", "retail-acme", "--apply", "--key", "new-prices"], "another tariff"),
                                (["--to", "2199-01-01", "--tariff", "other", "--apply", "--key", "new-prices"], "is not over"),
                                (["--to", "2199-01-01", "--tariff", "other", "--apply", "--key", "y"], "is not over")):
            code, out, err = run(tandem.data, *MONTH, *arguments)
            expect(code == 1 and said in err and not out, f"{arguments}: {out} {err}")
        expect(contents(tandem) == after, "what was refused was booked")
        code, out, err = run(tandem.data, "--from", "2026-10-01", "--tariff", "other", "--apply", "--key", "x")
        expect(code == 2 and "--to DAY" in err and not out, err)
        code, _out, err = run(tandem.data, *MONTH, "--tariff", "none", "--apply", "--key", "x")
        expect(code == 1 and "no such tariff" in err, err)


def killed(folder):
    """kill -9 in the middle, and the same again: the end is that of a run nobody disturbed"""
    tandem = Tandem(folder)
    calls = made(tandem.data, 4 * COUNT)
    with tandem:
        before = contents(tandem)
        for _ in range(3):
            booked = len(contents(tandem)["cdr_correction"])
            with subprocess.Popen([str(program("tandemctl")), "--data", str(tandem.data), "rerate", *APPLY], stdout=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE, text=True) as ctl:
                wait_until(lambda: tandem.sql("SELECT count(*) AS n FROM cdr_correction")[0]["n"] > booked, 20, "the run begins")
                tandem.b2bua.kill()
                err = ctl.communicate(timeout=60)[1]
            expect(ctl.returncode == 1 and err, f"it was not disturbed: {err}")
            tandem.b2bua.start()
        last = answer(tandem.data, *APPLY)
        expect(last["repeated"] > 0 and last["corrected"] > 0, f"{last}")
        expect_applied(tandem, calls, before)


CHECKS = [same_tariff, other_tariff, periods, uncharged, refused, applied, killed]

if __name__ == "__main__":
    sys.exit(run_checks("rerate", CHECKS, sys.argv[1:]))
