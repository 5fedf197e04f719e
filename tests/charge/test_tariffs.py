#!/usr/bin/env python3
"""Tariffs as an operator meets them: rates asked with tandemctl, by the engine's code, against the model."""
import json
import os
import pathlib
import random
import subprocess
import sys
from fractions import Fraction

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parent / "lib"))
import model  # noqa: E402
from checks import expect, run_checks  # noqa: E402
from tandem import Tandem, program  # noqa: E402
from test_rates import micros, random_rate  # noqa: E402

SEED, QUESTIONS = 20261121, 60
HOSTILE = ("'; DROP TABLE rate_row; --", '" OR 1=1 --', "retail' UNION SELECT 1 --", "%s%n", "a\\", "\u202e", "x" * 5000)


def ctl(tandem, *arguments):
    """Exit code, stdout, stderr."""
    done = subprocess.run([str(program("tandemctl")), "--data", str(tandem.data), *arguments], capture_output=True,
                          timeout=60, check=False, env={**os.environ, "LC_ALL": "C"})
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def ask(tandem, number, *arguments):
    code, out, err = ctl(tandem, "rate", number, *arguments, "--json")
    expect(code == 0, f"rate {number} {arguments}: {err}")
    return json.loads(out)


def rates_of(rate):
    return {name: value for name, value in rate.items() if name not in ("zone", "rounding", "decimals")}


def prices(folder):
    """tandemctl rate says what the model says, whatever the tariff, the moment and the duration"""
    rng = random.Random(SEED)
    rates = [random_rate(rng) for _ in range(QUESTIONS)]
    tariffs = [{"name": f"t{n}", "currency": "CNY", "zone": rate.get("zone", "UTC"), "decimals": rate.get("decimals", 9),
                "rounding": rate.get("rounding", "nearest"), "rates": [rates_of(rate)]} for n, rate in enumerate(rates)]
    with Tandem(folder) as tandem:
        tandem.apply({"tariffs": tariffs})
        for n, rate in enumerate(rates):
            at_s = rng.randrange(micros("2024-01-01T00:00"), micros("2030-01-01T00:00")) // 10**6
            at = model.datetime.datetime.fromtimestamp(at_s, model.UTC).isoformat()
            duration_s = rng.choice((0, 1, 59, 60, 61, rng.randrange(4000)))
            answer = ask(tandem, "+" + rate["prefix"] + "5", "--tariff", f"t{n}", "--at", at, "--duration", str(duration_s))
            got = Fraction(answer["price"]) * model.NANO
            want = model.price(rate, at_s * 10**6, duration_s * 1000)
            expect(got == want[0] and answer["billed_s"] == want[1], f"{rate} at {at} for {duration_s}: {answer}, model {want}")
            expect(answer["prefix"] == rate["prefix"] and answer["why"], f"{answer}")


def reasons(folder):
    """The lines below the price say how it comes about"""
    rate = {"prefix": "86", "per_minute": "0.30", "first": 60, "next": 60, "connect_fee": "0.05", "min_charge": "0.10",
            "bands": ["mon-fri 20:00-08:00 0.10"], "valid_from": "2026-01-01"}
    free = {"prefix": "8610", "per_minute": "1", "grace": 5}
    blocked = {"prefix": "8619", "per_minute": "1", "blocked": True}
    with Tandem(folder) as tandem:
        tandem.apply({"tariffs": [{"name": "retail", "currency": "CNY", "zone": "Asia/Shanghai", "decimals": 2,
                                   "rounding": "up", "rates": [rate, free, blocked]}],
                      "accounts": [{"name": "acme", "currency": "CNY", "tariff": "retail"},
                                   {"name": "none", "currency": "CNY"}]})
        code, out, _ = ctl(tandem, "rate", "0086-138 0013-8000", "--account", "acme", "--at", "2026-07-01T11:59:30Z",
                           "--duration", "61")
        expect(code == 0 and out.splitlines() == [
            "0.35 CNY",
            '  the longest prefix in tariff retail at 2026-07-01T19:59:30+08:00 is "86", since 2026-01-01T08:00:00+08:00',
            "  61.000 s are charged as 120 s: 60 s at first, then 1 times 60 s",
            "  from 2026-07-01T19:59:30+08:00 on 30.000000 s at 0.30 a minute",
            "  from 2026-07-01T20:00:00+08:00 on 90.000000 s at 0.10 a minute",
            "  and 0.05 for being answered",
            "  no less than 0.10",
            "  the sum is rounded up, to 2 decimals"], out)
        code, out, _ = ctl(tandem, "rate", "8610", "--tariff", "retail", "--duration", "5")
        expect(code == 0 and out.startswith("0.00 CNY\n") and "calls of up to 5 s cost nothing" in out, out)
        code, out, _ = ctl(tandem, "rate", "8619", "--tariff", "retail")
        expect(code == 0 and out.startswith("blocked\n") and "no call goes there" in out, out)
        for arguments, said in ((["86", "--tariff", "retail", "--at", "2025-12-31"], "has no rate for 86"),
                                (["49", "--tariff", "retail"], "has no rate for 49"),
                                (["49", "--tariff", "none"], "there is no tariff"),
                                (["49", "--account", "none"], "has no tariff"),
                                (["49", "--account", "nobody"], "there is no such account")):
            code, _, err = ctl(tandem, "rate", *arguments)
            expect(code == 1 and said in err, f"{arguments}: {code} {err}")
        for arguments in (["86"], ["86", "--account", "acme", "--tariff", "retail"], ["86", "--tariff", "retail", "--at", "noon"],
                          ["86", "--tariff", "retail", "--duration", "2592001"]):
            expect(ctl(tandem, "rate", *arguments)[0] == 2, f"{arguments}")


def hostile(folder):
    """Numbers and names that mean something to SQL or a terminal are texts and nothing more"""
    rate = {"prefix": "", "per_minute": "0.60"}
    with Tandem(folder) as tandem:
        tandem.apply({"tariffs": [{"name": "retail", "currency": "CNY", "rates": [rate]}]})
        for text in HOSTILE:
            expect(ask(tandem, text, "--tariff", "retail")["price"] == "0.60", f"{text!r}")
            for option in ("--tariff", "--account"):
                code, out, err = ctl(tandem, "rate", "86", option, text)
                expect(code == 1 and not out and "there is no" in err, f"{option} {text!r}: {code} {out} {err}")
            expect(tandem.sql("SELECT count(*) AS n FROM rate")[0]["n"] == 1, f"{text!r} changed something")


if __name__ == "__main__":
    sys.exit(run_checks("tariffs", [prices, reasons, hostile], sys.argv[1:]))
