#!/usr/bin/env python3
"""cdr correct: what a call costs is corrected by new rows, once by its key; records never change."""
import pathlib
import sqlite3
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/lib"))
from calls import Line  # noqa: E402
from checks import expect, run_checks  # noqa: E402
from tandem import Tandem, program  # noqa: E402

TARIFF = {"tariffs": [{"name": "retail", "currency": "CNY",
                       "rates": [{"prefix": "86", "per_minute": "0.60", "first": 60, "next": 60}]},
                      {"name": "wholesale", "currency": "CNY",
                       "rates": [{"prefix": "86", "per_minute": "0.20", "first": 60, "next": 60}]}],
          "trunks": [{"name": "ims-a", "cost_tariff": "wholesale"}],
          "accounts": [{"name": "acme", "kind": "postpaid", "currency": "CNY", "tariff": "retail"}]}


def run(tandem, *arguments):
    """Exit code, stdout, stderr."""
    done = subprocess.run([str(program("tandemctl")), "--config", str(tandem.conf_path), *arguments],
                          capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout, done.stderr


def make_calls(tandem, count):
    """So many calls at 0.60 each; their ids."""
    line = Line(tandem)
    line.provision()
    tandem.apply(TARIFF)
    try:
        line.callee()
        line.caller(count, talk_ms=50).wait(60)
    finally:
        line.end()
    return [row["cdr_id"] for row in tandem.cdrs(count)]


def corrected(folder):
    """A correction refunds or charges the difference; views, balance and verify follow; the record stays"""
    with Tandem(folder) as tandem:
        ids = make_calls(tandem, 3)
        before = tandem.cdrs()
        expect(all(row["price_nano"] == 600000000 for row in before), str(before))
        answer = tandem.ctl_json("cdr", "correct", ids[0], "--price", "0.10", "--key", "ticket-1", "--note", "bad line")
        expect(answer["was"] == "0.60" and answer["price"] == "0.10" and answer["balance"] == "-1.30", str(answer))
        answer = tandem.ctl_json("cdr", "correct", ids[0], "--price", "0.90", "--key", "ticket-2")
        expect(answer["was"] == "0.10" and answer["balance"] == "-2.10", str(answer))
        answer = tandem.ctl_json("cdr", "correct", ids[1], "--price", "0", "--key", "ticket-3")
        expect(answer["balance"] == "-1.50", str(answer))
        answer = tandem.ctl_json("cdr", "correct", ids[0], "--price", "0.10", "--key", "ticket-1")
        expect(answer["repeated"] and answer["was"] == "0.60" and answer["balance"] == "-1.50", str(answer))
        expect(tandem.cdrs() == before, "a record was changed")
        rows = tandem.sql("SELECT corrected_nano, corrections, margin_nano, cost_nano FROM v_cdr ORDER BY seq")
        expect(all(row["margin_nano"] == row["corrected_nano"] - 2 * 10**8 for row in rows), f"margins: {rows}")
        by_id = dict(zip([row["cdr_id"] for row in sorted(before, key=lambda row: row["seq"])],
                         [(row["corrected_nano"], row["corrections"]) for row in rows]))
        expect([by_id[i] for i in ids] == [(900000000, 2), (0, 1), (600000000, 0)], str(by_id))
        expect(tandem.sql("SELECT price FROM v_revenue_daily")[0]["price"] == "1.50", "revenue")
        kinds = [row["kind"] for row in tandem.ctl_json("ledger", "acme") if row["kind"] != "charge"]
        expect(kinds == ["refund", "adjust", "refund"], str(kinds))
        expect("the books are right" in tandem.ctl("ledger", "verify"), "books")
        expect("is whole" in tandem.ctl("cdr", "verify"), "chain")
        expect(tandem.sql("SELECT count(*) AS n FROM event WHERE kind = 'BALANCE_REFUND' AND cdr_id = ?", ids[1])[0]["n"] == 1,
               "event")


def found(folder):
    """A call that is over is shown by its id, which the table has, or by the Call-ID of either leg"""
    with Tandem(folder) as tandem:
        one = make_calls(tandem, 2)[0]
        record = next(row for row in tandem.ctl_json("cdr") if row["cdr_id"] == one)
        line = next(line for line in tandem.ctl("cdr").splitlines() if line.endswith(one))
        expect("0.60" in line.split(), line)
        for key in ("cdr_id", "a_call_id", "b_call_id"):
            expect(tandem.ctl_json("cdr", record[key]) == record, f"by {key}")
        shown = [line.split() for line in tandem.ctl("cdr", record["b_call_id"]).splitlines()]
        expect(["price", "0.60"] in shown and ["cdr", "id", one] in shown and len(shown) == len(record), str(shown))
        for key in ("cdr_id", "b_call_id"):
            code, _, err = run(tandem, "call", record[key])
            expect(code == 1 and f"it is over: tandemctl cdr {one}\n" in err, err)
        code, out, err = run(tandem, "cdr", "nothing")
        expect(code == 1 and not out and "there is no record of this call" in err, err)
        code, _, err = run(tandem, "call", "nothing")
        expect(code == 1 and "it is over" not in err, err)


FROM_THE_FUTURE = """
INSERT INTO ledger (entry_id, idem_key, node, at_us, kind, debit, credit, amount_nano, currency, cdr_id)
VALUES ('{id}', 'operator:old', 'test', 1, 'refund', '@revenue', 'acme', 300000000, 'CNY', '{cdr}');
INSERT INTO cdr_correction (correction_id, idem_key, node, at_us, cdr_id, start_us, account, currency, was_nano, price_nano)
VALUES ('{id}', 'operator:old', 'test', 1, '{cdr}', 1, 'acme', 'CNY', 600000000, 300000000);
"""


def after_the_clock_was_set_back(folder):
    """A correction begins with what the call costs, also where an older one has an id of the future"""
    tandem = Tandem(folder)
    with tandem:
        one = make_calls(tandem, 1)[0]
    text = f"{(time.time_ns() // 10**6 + 3600000):012x}"
    database = sqlite3.connect(tandem.data / "tandem.db")
    database.executescript(FROM_THE_FUTURE.format(id=f"{text[:8]}-{text[8:]}-7fff-bfff-ffffffffffff", cdr=one))
    database.close()
    with tandem:
        for was, price in (("0.30", "0.20"), ("0.20", "0.60"), ("0.60", "0.10")):
            answer = tandem.ctl_json("cdr", "correct", one, "--price", price, "--key", f"to-{price}")
            expect((answer["was"], answer["balance"]) == (was, f"-{price}"), str(answer))
        expect(tandem.sql("SELECT corrected_nano, corrections FROM v_cdr") == [{"corrected_nano": 10**8, "corrections": 4}], "view")
        expect("the books are right" in tandem.ctl("ledger", "verify"), "books")


def refused(folder):
    """What cannot be corrected is refused with a reason, and changes nothing"""
    with Tandem(folder) as tandem:
        ids = make_calls(tandem, 2)
        tandem.ctl("account", "topup", "acme", "1", "--key", "paid")
        tandem.ctl("cdr", "correct", ids[0], "--price", "0.10", "--key", "k")
        cases = [
            ([ids[0], "--price", "0.20", "--key", "k"], 1, "use a key of its own"),
            ([ids[1], "--price", "0.10", "--key", "k"], 1, "use a key of its own"),
            ([ids[1], "--price", "0.10", "--key", "paid"], 1, "use a key of its own"),
            ([ids[0], "--price", "0.10", "--key", "x"], 1, "costs that already"),
            (["nothing", "--price", "0.10", "--key", "x"], 1, "there is no record of call nothing"),
            (["' OR 1 --", "--price", "0.10", "--key", "x"], 1, "there is no record"),
            ([ids[1], "--price", "-0.10", "--key", "x"], 1, "is no price"),
            ([ids[1], "--price", "0,10", "--key", "x"], 1, "0,10 is no price; write 0.10, with a point"),
            ([ids[1], "--price", "free", "--key", "x"], 1, "is no price"),
            ([ids[1], "--price", "0.10"], 2, "--key KEY"), ([ids[1], "--key", "x"], 2, "--price AMOUNT"),
            ([ids[1], "--last", "1"], 2, "does not take these options"),
        ]
        for arguments, want, text in cases:
            code, out, err = run(tandem, "cdr", "correct", *arguments)
            expect(code == want and text in err, f"{arguments}: {code} {out}{err}")
        code, _, err = run(tandem, "account", "topup", "acme", "0.50", "--key", "k")
        expect(code == 1 and "was used for refund" in err, err)
        expect(tandem.sql("SELECT count(*) AS n FROM cdr_correction")[0]["n"] == 1, "something was corrected")
        expect("the books are right" in tandem.ctl("ledger", "verify"), "books")


CHECKS = [found, corrected, after_the_clock_was_set_back, refused]

if __name__ == "__main__":
    sys.exit(run_checks("correct", CHECKS, sys.argv[1:]))
