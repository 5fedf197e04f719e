#!/usr/bin/env python3
"""Bad input around money: each refused whole, where it stands, with nothing changed; and what changes under a call."""
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "lib")]
from checks import expect, run_checks  # noqa: E402
from tandem import Tandem  # noqa: E402
from test_guards import House  # noqa: E402
from test_tariffs import ctl  # noqa: E402

GOOD = {"prefix": "86", "per_minute": "0.30"}
OVER_INT64 = "9223372036.854775808"


def of_rate(*rates):
    return {"tariffs": [{"name": "retail", "currency": "CNY", "rates": list(rates)}]}


def refused_whole(folder):
    """Tariffs and accounts with overlapping, negative, absurd or missing values: the path is told, nothing is changed"""
    at = "tariffs[0].rates"
    cases = (
        (of_rate({**GOOD, "prefix": "8x6"}), f"{at}[0].prefix"),
        (of_rate({"per_minute": "1"}), f"{at}[0].prefix"),
        (of_rate({**GOOD, "prefix": "8" * 33}), f"{at}[0].prefix"),
        (of_rate({**GOOD, "prefix": 86}), f"{at}[0].prefix"),
        (of_rate({**GOOD, "prefix": "٨٦"}), f"{at}[0].prefix"),
        (of_rate({"prefix": "86"}), f"{at}[0].per_minute"),
        (of_rate({**GOOD, "per_minute": "-0.30"}), f"{at}[0].per_minute"),
        (of_rate({**GOOD, "per_minute": "1e3"}), f"{at}[0].per_minute"),
        (of_rate({**GOOD, "per_minute": "0,30"}), f"{at}[0].per_minute"),
        (of_rate({**GOOD, "per_minute": "NaN"}), f"{at}[0].per_minute"),
        (of_rate({**GOOD, "per_minute": ""}), f"{at}[0].per_minute"),
        (of_rate({**GOOD, "per_minute": None}), f"{at}[0].per_minute"),
        (of_rate({**GOOD, "per_minute": "0.0000000001"}), f"{at}[0].per_minute"),
        (of_rate({**GOOD, "per_minute": OVER_INT64}), f"{at}[0].per_minute"),
        (of_rate({**GOOD, "connect_fee": "9" * 30}), f"{at}[0].connect_fee"),
        (of_rate({**GOOD, "first": -1}), f"{at}[0].first"),
        (of_rate({**GOOD, "next": 0}), f"{at}[0].next"),
        (of_rate({**GOOD, "next": 10**12}), f"{at}[0].next"),
        (of_rate({**GOOD, "grace": 1.5}), f"{at}[0].grace"),
        (of_rate({**GOOD, "min_charge": "2", "max_charge": "1"}), f"{at}[0]"),
        (of_rate({**GOOD, "bands": ["mon 25:00-26:00 1"]}), f"{at}[0].bands"),
        (of_rate({**GOOD, "valid_from": "2026-07-01", "valid_until": "2026-06-01"}), f"{at}[0]"),
        (of_rate({**GOOD, "valid_from": "soon"}), f"{at}[0].valid_from"),
        (of_rate(GOOD, {**GOOD, "prefix": "49"}, {**GOOD, "per_minute": "1"}), f"{at}[2]"),
        (of_rate({**GOOD, "valid_until": "2026-08-01"}, {**GOOD, "valid_from": "2026-07-31"}), f"{at}[1]"),
        ({"tariffs": [{"name": "other", "currency": "yuan"}]}, "tariffs[0].currency"),
        ({"tariffs": [{"name": "other", "currency": "CNY", "zone": "../../etc/passwd"}]}, "tariffs[0].zone"),
        ({"tariffs": [{"name": "retail", "currency": "EUR"}]}, 'accounts["acme"].tariff: "retail" has prices in EUR'),
        ({"accounts": [{"name": "b", "currency": "EUR", "tariff": "retail"}]}, "accounts[0].tariff"),
        ({"accounts": [{"name": "b", "currency": "CNY", "tariff": 5}]}, "accounts[0].tariff"),
        ({"accounts": [{"name": "b", "currency": "CNY", "balance": OVER_INT64}]}, "accounts[0].balance"),
        ({"accounts": [{"name": "b", "currency": "CNY", "credit_limit": "-1"}]}, "accounts[0].credit_limit"),
    )
    with Tandem(folder) as tandem:
        tandem.apply({**of_rate(GOOD), "accounts": [{"name": "acme", "kind": "prepaid", "currency": "CNY", "balance": "10",
                                                     "tariff": "retail"}]})
        before = tandem.ctl("export")
        for document, path in cases:
            whole = {"accounts": [{"name": "new", "currency": "CNY"}], **document}
            if "accounts" in document:
                whole["tariffs"] = [{"name": "new", "currency": "CNY"}]
            (folder / "bad.json").write_text(json.dumps(whole))
            code, _, err = ctl(tandem, "apply", str(folder / "bad.json"))
            expect(code == 1 and path in err, f"{document}: {code} {err}")
            expect(tandem.ctl("export") == before, f"{document} changed something")


CHECKS = [refused_whole]

if __name__ == "__main__":
    sys.exit(run_checks("refused", CHECKS, sys.argv[1:]))
