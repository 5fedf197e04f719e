#!/usr/bin/env python3
"""The views and examples over a generated month of calls: each number against one worked out here from the calls."""
import bisect
import collections
import datetime
import pathlib
import sqlite3
import statistics
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parent / "lib"))
import month  # noqa: E402
from checks import expect, run_checks  # noqa: E402

ROOT = HERE.parent.parent
COUNT, STEP = 100000, 1000
COUNTRIES = ("86", "49", "44", "1", "252")
STATE = {}


def made(folder):
    """(calls, ledger rows, database), made once."""
    if not STATE:
        path = folder.parent / f"month-{COUNT}.db"
        for old in folder.parent.glob(path.name + "*"):
            old.unlink()
        calls, entries = month.month_make(path, COUNT)
        STATE.update(path=path, calls=calls, entries=entries)
    database = sqlite3.connect(f"file:{STATE['path']}?mode=ro", uri=True)
    database.row_factory = sqlite3.Row
    database.execute("PRAGMA trusted_schema = OFF")
    return STATE["calls"], STATE["entries"], database


def day_of(us):
    return datetime.datetime.fromtimestamp(us // month.SECOND, datetime.timezone.utc).strftime("%Y-%m-%d")


def grouped(calls, key):
    groups = collections.defaultdict(list)
    for call in calls:
        groups[key(call)].append(call)
    return groups


def total(calls, name):
    return sum(call.get(name) or 0 for call in calls)


def answered(calls):
    return [call for call in calls if call["disposition"] == "answered"]


def same(view, database, keys, wanted, where=""):
    """The view's rows are those of {key: {column: value}}; decimal fractions as far as they are shown."""
    rows = database.execute(f"SELECT * FROM {view} {where}").fetchall()
    expect(len(rows) == len(wanted), f"{view}: {len(rows)} rows instead of {len(wanted)}")
    for row in rows:
        key = tuple(row[name] for name in keys)
        expect(key in wanted, f"{view}: no row {key}")
        for name, value in wanted[key].items():
            near = isinstance(value, float) and row[name] is not None and abs(row[name] - value) <= 0.0051 + abs(value) / 1e9
            expect(near or row[name] == value, f"{view} {key} {name}: {row[name]} instead of {value}")


def money(calls):
    same_money = calls[0].get("currency") == calls[0].get("cost_currency") and calls[0].get("currency")
    return {"price_nano": total(calls, "price_nano"), "cost_nano": total(calls, "cost_nano"),
            "margin_nano": total(calls, "price_nano") - total(calls, "cost_nano") if same_money else None}


def completion(folder):
    """ASR, NER, ACD and post-dial delay by day and trunk, and what each trunk tried"""
    calls, _entries, database = made(folder)
    groups = grouped(calls, lambda call: (day_of(call["start_us"]), call["dst_trunk"]))
    asr, pdd = {}, {}
    found = {(row["day"], row["dst_trunk"]): row for row in database.execute("SELECT * FROM v_pdd")}
    for key, group in groups.items():
        up = answered(group)
        waits = sorted(call["pdd_ms"] for call in group if call["pdd_ms"] is not None)
        asr[key] = {"attempts": len(group), "answered": len(up), "asr_percent": 100 * len(up) / len(group),
                    "ner_percent": 100 * (1 - sum(call["disposition"] == "failed" for call in group) / len(group)),
                    "minutes": total(up, "duration_ms") / 60000, "pdd_s": statistics.fmean(waits) / 1000}
        pdd[key] = {"calls": len(waits), "max_ms": waits[-1]}
        for percent in (50, 90, 95, 99):
            # so many per cent of the calls rang no later, and not one millisecond less would do
            value = found[key][f"p{percent}_ms"]
            expect(bisect.bisect_right(waits, value) * 100 >= percent * len(waits), f"p{percent} {key}: {value} is too early")
            expect(bisect.bisect_left(waits, value) * 100 < percent * len(waits), f"p{percent} {key}: {value} is too late")
    same("v_asr_acd", database, ("day", "dst_trunk"), asr)
    same("v_pdd", database, ("day", "dst_trunk"), pdd)
    acd = database.execute("SELECT sum(acd_s * answered) / sum(answered) FROM v_asr_acd").fetchone()[0]
    expect(abs(acd - total(answered(calls), "duration_ms") / 1000 / len(answered(calls))) < 0.05, f"acd {acd}")


def revenue(folder):
    """Minutes, price, cost and margin by account, trunk, destination and hour"""
    calls, _entries, database = made(folder)

    def sums(key, charged=False):
        chosen = [call for call in calls if not charged or call.get("currency")]
        return {name: {**money(group), "billed_minutes": total(group, "billed_s") / 60}
                for name, group in grouped(chosen, key).items()}

    def both(call):
        return call.get("currency"), call.get("cost_currency")

    same("v_revenue_daily", database, ("day", "account", "currency", "cost_currency"),
         sums(lambda call: (day_of(call["start_us"]), call["account"], *both(call)), charged=True))
    same("v_revenue_trunk", database, ("day", "src_trunk", "dst_trunk", "currency", "cost_currency"),
         sums(lambda call: (day_of(call["start_us"]), call["src_trunk"], call["dst_trunk"], *both(call))))
    same("v_revenue_destination", database, ("day", "destination", "currency", "cost_currency"),
         sums(lambda call: (day_of(call["start_us"]), call["callee"][:4], *both(call))))
    same("v_revenue_hour", database, ("day", "hour", "currency", "cost_currency"),
         sums(lambda call: (day_of(call["start_us"]), call["start_us"] % month.DAY // month.HOUR, *both(call))))
    row = database.execute("SELECT price, cost, margin, price_nano, cost_nano, margin_nano FROM v_revenue_daily "
                           "WHERE margin IS NOT NULL LIMIT 1").fetchone()
    for name in ("price", "cost", "margin"):
        expect(round(float(row[name]) * 10**9) == row[f"{name}_nano"], f"{name} {row[name]} is not {row[name + '_nano']}")


def failures(folder):
    """Failing destinations with causes; every unanswered call is told once"""
    calls, _entries, database = made(folder)
    destinations = grouped(calls, lambda call: (day_of(call["start_us"]), call["callee"][:4]))
    wanted = {}
    for key, group in destinations.items():
        failed = [call for call in group if call["disposition"] != "answered"]
        for cause, some in grouped(failed, lambda call: (call["disposition"], call["sip_code"], call["q850_cause"])).items():
            wanted[(*key, *cause)] = {"attempts": len(group), "asr_percent": 100 * (1 - len(failed) / len(group)),
                                      "calls": len(some), "share_percent": 100 * len(some) / len(group)}
    same("v_fail_destination", database, ("day", "destination", "disposition", "sip_code", "q850_cause"), wanted)
    count = database.execute("SELECT sum(calls) FROM v_fail_cause").fetchone()[0]
    expect(count == len(calls) - len(answered(calls)), f"v_fail_cause: {count}")


def concurrency(folder):
    """The most calls at once in each hour, as counted at every moment at which one begins"""
    calls, _entries, database = made(folder)
    starts, ends = sorted(c["start_us"] for c in calls), sorted(c["end_us"] for c in calls)
    answers, hangups = sorted(c["answer_us"] for c in answered(calls)), sorted(c["end_us"] for c in answered(calls))
    wanted = {}
    for hour in range(month.DAYS * 24):
        begin = month.BEGIN + hour * month.HOUR
        until = begin + month.HOUR

        def peak(ups, downs):
            moments = [begin, *ups[bisect.bisect_left(ups, begin):bisect.bisect_left(ups, until)]]
            return max(bisect.bisect_right(ups, at) - bisect.bisect_right(downs, at) for at in moments)

        wanted[day_of(begin), hour % 24] = {"peak_calls": peak(starts, ends), "peak_answered": peak(answers, hangups)}
    same("v_concurrent", database, ("day", "hour"), wanted)


def quality(folder):
    """Loss, MOS and silent calls by trunk and codec"""
    calls, _entries, database = made(folder)
    codec, trunk = collections.defaultdict(list), {}
    for call in answered(calls):
        for side, of in (("a", "src_trunk"), ("b", "dst_trunk")):
            if call[f"{side}_rx_packets"]:
                key = day_of(call["start_us"]), call[of], {"a": "caller", "b": "callee"}[side], call[f"{side}_codec"]
                codec[key].append({name[2:]: value for name, value in call.items() if name.startswith(f"{side}_")})
    wanted = {}
    for key, legs in codec.items():
        rated = [leg["mos_x100"] for leg in legs if "mos_x100" in leg]
        lost = total(legs, "lost")
        wanted[key] = {"calls": len(legs), "lost_percent": 100 * lost / (lost + total(legs, "rx_packets")),
                       "mos": statistics.fmean(rated) / 100 if rated else None,
                       "poor_calls": sum(mos < 350 for mos in rated) if rated else None}
    same("v_quality_codec", database, ("day", "trunk", "side", "codec"), wanted)
    for key, group in grouped(answered(calls), lambda call: (day_of(call["start_us"]), call["dst_trunk"])).items():
        trunk[key] = {"calls": len(group), "silent_calls": sum(call["b_rx_packets"] == 0 for call in group)}
    same("v_quality", database, ("day", "dst_trunk"), trunk)


def unbilled(folder):
    """Answered calls that brought in nothing, and why"""
    calls, _entries, shared = made(folder)
    database = sqlite3.connect(":memory:")
    shared.backup(database)
    bare = next(call["cdr_id"] for call in answered(calls) if call["account"])
    database.execute("UPDATE cdr SET tariff = NULL, rate = NULL, currency = NULL, price_nano = NULL WHERE cdr_id = ?", (bare,))
    wanted = collections.Counter({"no tariff": 1})
    for call in answered(calls):
        if not call["price_nano"] and call["cdr_id"] != bare:
            wanted["no account" if not call["account"] else "grace" if not call["billed_s"] else "free"] += 1
    found = dict(map(tuple, database.execute("SELECT why_not, count(*) FROM v_unbilled GROUP BY why_not")))
    expect(found == dict(wanted) and len(found) == 4, f"{found} instead of {wanted}")


def balances(folder):
    """The balance after every entry and every day is the sum of all before; the last is the balance"""
    _calls, entries, database = made(folder)
    wanted, sums, daily = {}, collections.Counter(), {}
    for entry_id, _key, at_us, kind, debit, credit, nano, currency, _cdr in entries:
        for account, sign in ((debit, -1), (credit, 1)) if kind not in ("reserve", "release") else ():
            sums[account, currency] += sign * nano
            wanted[account, currency, entry_id] = {"nano": sign * nano, "balance_nano": sums[account, currency]}
            daily[account, currency, day_of(at_us)] = {"balance_nano": sums[account, currency]}
    same("v_balance_history", database, ("account", "currency", "entry_id"), wanted)
    same("v_balance_daily", database, ("account", "currency", "day"), daily)
    for row in database.execute("SELECT account, currency, balance_nano FROM v_balance").fetchall():
        expect(row[2] == sums[row[0], row[1]], f"balance of {row[0]}: {row[2]}")


def suspects(folder):
    """Spend out of pattern, new countries, short calls and night traffic; the robbed account is found"""
    calls, _entries, database = made(folder)
    charged = [call for call in answered(calls) if call["account"]]
    days = grouped(charged, lambda call: (day_of(call["start_us"]), call["account"]))
    wanted = {}
    for (day, account), group in days.items():
        now = datetime.date.fromisoformat(day)
        before = [days.get(((now - datetime.timedelta(days=i)).isoformat(), account)) for i in range(1, 29)]
        usual = statistics.fmean(total(some, "duration_ms") for some in before if some) / 60000 if any(before) else None
        wanted[day, account] = {"calls": len(group), "minutes": total(group, "duration_ms") / 60000,
                                "price_nano": total(group, "price_nano"), "usual_minutes": usual}
    same("v_account_pattern", database, ("day", "account"), wanted)

    def country(call):
        return next(code for code in COUNTRIES if call["callee"].startswith(code))

    by_country = grouped(charged, lambda call: (day_of(call["start_us"]), call["account"], country(call)))
    first = {}
    wanted = {}
    for key in sorted(by_country):
        group, at = by_country[key], datetime.date.fromisoformat(key[0])
        last = first.get(key[1:])
        first[key[1:]] = at
        night = [call for call in group if not 6 <= call["start_us"] % month.DAY // month.HOUR < 22]
        wanted[key] = {"calls": len(group), "price_nano": total(group, "price_nano"), "night_calls": len(night),
                       "short_calls": sum(call["duration_ms"] < 6000 for call in group),
                       "night_minutes": total(night, "duration_ms") / 60000,
                       "is_new": int(last is None or (at - last).days > 28)}
    same("v_account_country", database, ("day", "account", "country"), wanted)
    for name in ("fraud_spend", "fraud_countries"):
        rows = database.execute(example(name)).fetchall()
        expect(rows and rows[0]["account"] == month.ROBBED and rows[0]["day"] == "2026-10-29", f"{name}: {list(map(tuple, rows))}")


def example(name, now=month.NOW):
    return (ROOT / f"sql/examples/{name}.sql").read_text().replace("'now'", f"'{now}'")


def examples(folder):
    """Examples give the model's numbers, at a moment of the month"""
    calls, _entries, database = made(folder)
    week = [call for call in calls if day_of(call["start_us"]) >= "2026-10-24"]
    paid = [call for call in calls if call.get("currency")]
    rows = {(row["account"], row["currency"], row["cost_currency"]): row for row in database.execute(example("revenue_by_account"))}
    for key, group in grouped(paid, lambda call: (call["account"], call["currency"], call["cost_currency"])).items():
        nano = total(group, "price_nano")
        expect(rows[key]["price"] == f"{nano // 10**9}.{nano % 10**9:09d}", f"revenue of {key}: {rows[key]['price']}")
    hours = {(row["hour"], row["currency"]): row["attempts"] for row in database.execute(example("revenue_by_hour"))}
    for key, group in grouped(week, lambda call: (call["start_us"] % month.DAY // month.HOUR, call.get("currency"))).items():
        expect(not key[1] or hours[key] == len(group), f"hour {key}: {hours.get(key)}")
    top = database.execute(example("top_destinations")).fetchall()
    expect(sum(row["attempts"] for row in top) == len(week), "top_destinations")
    bill = database.execute(example("customer_bill")).fetchall()
    acme = [c for c in answered(calls) if c["account"] == "acme" and day_of(c["start_us"]) == "2026-10-31"]
    expect(len(bill) == len(acme) > 100 and sum(round(float(row["price"]) * 10**9) for row in bill) == total(acme, "price_nano"), "bill")
    recovered = database.execute(example("recovered_calls")).fetchall()
    expect(len(recovered) == total(calls, "recovered") > 50, "recovered_calls")
    needed = ("pdd_percentiles", "margin_by_trunk", "margin_by_destination", "concurrent_calls", "unbilled_calls",
              "balance_history", "balance_daily", "poor_quality", "quality_by_codec", "trunk_asr")
    for name in needed:
        expect(database.execute(example(name)).fetchall(), f"{name}: no rows")
    row = database.execute("SELECT account FROM (" + example("short_calls", "2026-10-29 20:00:00").rstrip(";\n") + ")").fetchone()
    expect(row is None or row[0] == month.ROBBED, "short_calls")


def bounded(folder):
    """A day of a view reads a day of the records, whatever else is asked for"""
    _calls, _entries, database = made(folder)
    views = ("asr_acd", "pdd", "trunk_asr", "top_destination", "fail_cause", "fail_destination", "concurrent", "quality",
             "quality_codec", "account_country", "revenue_daily", "revenue_trunk", "revenue_destination", "revenue_hour",
             "unbilled", "attempt")
    steps = [0]
    database.set_progress_handler(lambda: steps.__setitem__(0, steps[0] + 1), STEP)

    def cost(text):
        steps[0] = 0
        database.execute(text).fetchall()
        return steps[0]

    for view in views:
        names = [row[1] for row in database.execute(f"PRAGMA table_info(v_{view})")]
        more = f" AND {names[1]} = {names[1]}" + "".join(
            f" AND {name} = 'sat'" for name in names if name in ("dst_trunk", "trunk")) + "".join(
            f" AND {name} = 'acme'" for name in names if name == "account")
        whole = cost(f"SELECT * FROM v_{view}")
        for text in ("", more):
            part = cost(f"SELECT * FROM v_{view} WHERE day = '2026-10-15'{text}")
            expect(part <= whole / 10 + 2, f"v_{view}{text}: {part} of {whole} steps for one day of 31")


CHECKS = [completion, revenue, failures, concurrency, quality, unbilled, balances, suspects, examples, bounded]

if __name__ == "__main__":
    result = run_checks("month", CHECKS, sys.argv[1:])
    for left in STATE["path"].parent.glob(STATE["path"].name + "*") if STATE else ():
        left.unlink()
    sys.exit(result)
