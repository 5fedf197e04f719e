#!/usr/bin/env python3
"""The engine's prices against a model in exact fractions, over random rates, times and durations."""
import datetime
import functools
import json
import os
import pathlib
import random
import subprocess
import sys
import zoneinfo

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parent / "lib"))
import model  # noqa: E402
from checks import expect, run_checks  # noqa: E402
from tandem import build_dir  # noqa: E402

ZONES = sorted(name for name in zoneinfo.available_timezones() if name[0].isupper() and "/" in name) + ["UTC"]
OFTEN = ("UTC", "Asia/Shanghai", "Europe/Berlin", "Europe/Dublin", "America/New_York", "Australia/Lord_Howe",
         "Asia/Kathmandu", "Africa/Casablanca", "Asia/Gaza", "Pacific/Apia")
CASES, SEED = 1500, int(os.environ.get("TANDEM_SEED", 20261121))
FIRST_YEAR, LAST_YEAR = 2024, 2045  # behind 2037 the files of many zones have a rule alone
FOR_EVER, MODEL_MOST_S = 2**63 - 1, 4 * 86400


def micros(text):
    return int(datetime.datetime.fromisoformat(text).replace(tzinfo=model.UTC).timestamp()) * 10**6


@functools.lru_cache(None)
def changes(zone, year):
    """When the clocks of a zone go in a year, in UTC."""
    found, at = [], datetime.datetime(year, 1, 1, tzinfo=model.UTC)
    tz, step = zoneinfo.ZoneInfo(zone), datetime.timedelta(minutes=30)
    if len({(at + datetime.timedelta(days=days)).astimezone(tz).utcoffset() for days in range(366)}) < 2:
        return found
    while at.year == year:
        if at.astimezone(tz).utcoffset() != (at + step).astimezone(tz).utcoffset():
            found.append(int((at + step).timestamp()) * 10**6)
        at += step
    return found


def amount(rng, most):
    if rng.random() < 0.1:
        return "0"
    return f"{rng.randrange(most * 10**4) / 10**4:.4f}" if rng.random() < 0.7 else f"{rng.randrange(10**9):09d}"[:1] + ".000000001"


def band(rng):
    first = rng.sample(model.DAYS, rng.randrange(1, 8))
    days = ",".join(day for day in model.DAYS if day in first)
    begin = rng.randrange(0, 1440, 15)
    length = rng.randrange(15, 1441, 15)
    end = begin + length if begin + length <= 1440 else begin + length - 1440
    if end == 0:
        end = 1440
    return f"{days} {begin // 60:02d}:{begin % 60:02d}-{end // 60:02d}:{end % 60:02d} {amount(rng, 3)}"


def random_rate(rng):
    rate = {"prefix": "".join(rng.choices("0123456789", k=rng.randrange(12))), "per_minute": amount(rng, 3),
            "first": rng.choice((0, 1, 6, 30, 60, 180)), "next": rng.choice((1, 6, 10, 60, 3600))}
    for name, chance, value in (("connect_fee", 0.4, amount(rng, 1)), ("min_charge", 0.2, amount(rng, 1)),
                                ("max_charge", 0.2, amount(rng, 9)), ("grace", 0.2, rng.randrange(1, 100)),
                                ("rounding", 0.6, rng.choice(("up", "down", "nearest"))),
                                ("decimals", 0.6, rng.randrange(0, 10))):
        if rng.random() < chance:
            rate[name] = value
    if rng.random() < 0.6:
        rate["bands"] = [band(rng) for _ in range(rng.randrange(1, 5))]
        rate["zone"] = rng.choice(OFTEN if rng.random() < 0.5 else ZONES)
    return rate


def random_call(rng, rate):
    """(answer_us, duration_ms); most of those whose clocks change go on while they do."""
    year = rng.randrange(FIRST_YEAR, LAST_YEAR)
    clocks = changes(rate["zone"], year) if "zone" in rate else []
    if clocks and rng.random() < 0.8:
        return rng.choice(clocks) - rng.randrange(0, 5400 * 10**6), rng.randrange(10800 * 1000)
    duration_ms = rng.choice((0, 1, 999, 1000, 1001, 59999, 60000, 60001, rng.randrange(10**4), rng.randrange(7200 * 1000),
                              rng.randrange(3 * 86400 * 1000)))
    return micros(f"{year}-01-01T00:00") + rng.randrange(365 * 86400 * 10**6), duration_ms


def priced(cases):
    lines = "".join(f"{answer_us} {duration_ms} {afford} {json.dumps(rate)}\n"
                    for rate, answer_us, duration_ms, afford in cases)
    done = subprocess.run([build_dir() / "tests/charge/rate_price"], input=lines, capture_output=True, text=True,
                          timeout=120, check=True)
    return [line.split(" ", 3) for line in done.stdout.splitlines()]


def random_cases():
    rng = random.Random(SEED)
    for _ in range(CASES):
        rate = random_rate(rng)
        yield (rate, *random_call(rng, rate), rng.randrange(10**rng.randrange(8, 12)))


def as_the_model(_folder):
    """prices and billed seconds are those of exact fractions, minute by minute"""
    cases = list(random_cases())
    for case, found in zip(cases, priced(cases), strict=True):
        rate, answer_us, duration_ms, _afford = case
        wanted = model.price(rate, answer_us, duration_ms)
        expect((int(found[0]), int(found[1])) == wanted, f"{case}: {found[:2]} instead of {wanted}")


def paid_time_is_the_longest(_folder):
    """what an amount pays for costs no more than it, and one interval more does"""
    checked = 0
    cases = list(random_cases())
    for case, found in zip(cases, priced(cases), strict=True):
        rate, answer_us, _duration_ms, afford = case
        affords_s, step = int(found[2]) // 1000, rate["next"]
        if affords_s > MODEL_MOST_S and affords_s != FOR_EVER // 1000:
            continue  # the model takes its time
        checked += 1
        if affords_s == FOR_EVER // 1000:
            expect(model.interval_price(rate, answer_us, 86400) <= afford, f"{case}: not for ever")
        elif affords_s == 0:
            expect(model.interval_price(rate, answer_us, rate["first"] or step) > afford, f"{case}: not nothing")
        else:
            billed = model.billed_s(rate, affords_s * 1000)
            expect(model.price(rate, answer_us, affords_s * 1000)[0] <= afford, f"{case}: not {affords_s} s")
            expect(model.interval_price(rate, answer_us, billed + step) > afford, f"{case}: more than {affords_s} s")
    expect(checked > CASES / 2, f"only {checked} cases")


def snapshots_say_the_same_again(_folder):
    """a snapshot that was read and written gives the same price"""
    cases = [case for case in random_cases() if "zone" not in case[0]]
    found = priced(cases)
    again = [(json.loads(line[3]), *case[1:]) for case, line in zip(cases, found, strict=True)]
    expect(found == priced(again), "another price")


def refused(_folder):
    """what is no rate has no price"""
    good = {"prefix": "86", "per_minute": "0.10"}
    for bad in ({"per_minute": "-0.10"}, {"per_minute": 1}, {"prefix": "1" * 40}, {"next": 0}, {"first": -1},
                {"bands": ["mon 09:00-25:00 1"]}, {"bands": ["mon 09:00-18:00"]}, {"bands": "mon"}, {"bands": [1]},
                {"bands": ["mon-xxx 09:00-18:00 1"]}, {"bands": ["mon 24:00-18:00 1"]}, {"bands": ["mon 09:00-18:00 -1"]},
                {"bands": ["mon 09:00-18:00 1"] * 33}, {"decimals": 10}, {"rounding": "sideways"},
                {"zone": "../../etc/passwd"}, {"zone": "Europe/Atlantis"}):
        expect(priced([({**good, **bad}, 0, 1000, 0)])[0][0] == "error", f"taken: {bad}")
    expect(priced([(good, 0, 1000, 0)])[0][0] != "error", "the good one, too")


# Berlin, night from Sunday 01:00 to 03:30 for 0.60, else 6.00: (answered, UTC; minutes; price)
BY_NIGHT = {"prefix": "49", "per_minute": "6.00", "zone": "Europe/Berlin", "bands": ["sun 01:00-03:30 0.60"]}
NIGHTS = (("2026-03-28T23:50", 20, "66.00"),   # 00:50 to 01:10
          ("2026-03-29T00:50", 20, "12.00"),   # 01:50 to 03:10: 02:00 to 03:00 is not there
          ("2026-03-29T00:00", 120, "234.00"),  # 01:00 to 04:00 in 120 minutes: 90 of them by night
          ("2026-10-25T00:30", 60, "36.00"),   # 02:30 to 02:30: the hour is there twice
          ("2026-10-24T22:50", 260, "426.00"),  # 00:50 to 04:10 in 260 minutes: 210 of them by night
          ("2026-10-25T02:29", 2, "6.60"),     # 03:29 to 03:31, the last minute of the night
          ("2026-06-07T01:29", 2, "6.60"))     # the same in summer


def across_the_clocks(_folder):
    """a price change inside a call splits it at the boundary, also on the days when the clocks go forth and back"""
    cases = [(BY_NIGHT, micros(at), minutes * 60000, 0) for at, minutes, _price in NIGHTS]
    for case, found, (at, minutes, wanted) in zip(cases, priced(cases), NIGHTS, strict=True):
        nano = model.Fraction(wanted) * model.NANO
        expect(int(found[0]) == nano, f"{minutes} minutes from {at}: {found[0]}, not {wanted}")
        expect(model.price(*case[:3])[0] == nano, f"the model: {minutes} minutes from {at} are not {wanted}")


CHECKS = [as_the_model, across_the_clocks, paid_time_is_the_longest, snapshots_say_the_same_again, refused]

if __name__ == "__main__":
    sys.exit(run_checks("rates", CHECKS, sys.argv[1:]))
