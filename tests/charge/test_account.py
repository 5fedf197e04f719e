#!/usr/bin/env python3
"""Accounts as operators handle them: money is moved once by its key, the ledger tells every step."""
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/lib"))
from checks import expect, run_checks  # noqa: E402
from tandem import Tandem, program  # noqa: E402

ACCOUNTS = {"accounts": [{"name": "acme", "currency": "CNY", "balance": "10.00"},
                         {"name": "globex", "kind": "postpaid", "currency": "EUR"}]}


def run(tandem, *arguments):
    """Exit code, stdout, stderr."""
    done = subprocess.run([str(program("tandemctl")), "--config", str(tandem.conf_path), *arguments],
                          capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout, done.stderr


def moves(folder):
    """Top-ups, refunds and adjustments move the balance, and the ledger says so"""
    with Tandem(folder) as tandem:
        tandem.apply(ACCOUNTS)
        answer = tandem.ctl_json("account", "topup", "acme", "100", "--key", "bank-1", "--note", "transfer")
        expect(answer["balance"] == "110.00" and answer["available"] == "110.00" and not answer["repeated"], str(answer))
        tandem.ctl("account", "refund", "acme", "0.50", "--key", "ticket-7")
        tandem.ctl("account", "adjust", "acme", "-0.000000001", "--key", "rounding")
        rows = tandem.ctl_json("ledger", "acme")
        expect([row["kind"] for row in rows] == ["topup", "topup", "refund", "adjust"], str(rows))
        expect([row["balance_nano"] for row in rows] == [10 * 10**9, 110 * 10**9, 1105 * 10**8, 1105 * 10**8 - 1], str(rows))
        expect(rows[1]["note"] == "transfer" and rows[1]["key"] == "operator:bank-1", str(rows))
        rows = tandem.ctl_json("ledger", "acme", "--last", "2")
        expect([row["balance_nano"] for row in rows] == [1105 * 10**8, 1105 * 10**8 - 1], str(rows))
        middle = tandem.sql("SELECT strftime('%Y-%m-%dT%H:%M:%S', 'now', '+1 day') AS t")[0]["t"]
        expect(tandem.ctl_json("ledger", "acme", "--from", middle) == [], "entries of tomorrow")
        expect(len(tandem.ctl_json("ledger", "acme", "--to", middle)) == 4, "entries until tomorrow")
        expect("110.499999999" in tandem.ctl("ledger", "acme"), tandem.ctl("ledger", "acme"))


def shown(folder):
    """account list and show tell balance, reserve and limits"""
    with Tandem(folder) as tandem:
        tandem.apply(ACCOUNTS)
        rows = tandem.ctl_json("account", "list")
        expect([(row["account"], row["balance"]) for row in rows] == [("acme", "10.00"), ("globex", "0.00")], str(rows))
        row = tandem.ctl_json("account", "show", "acme")
        expect(row["available"] == "10.00" and row["reserved"] == "0.00" and "max_calls" in row, str(row))
        expect("10.00" in tandem.ctl("account", "show", "acme") and "acme" in tandem.ctl("account", "list"), "for people")
        tandem.apply({"accounts": [{"name": "acme", "max_per_minute": "0.50"}]})
        lines = tandem.ctl("account", "show", "acme").splitlines()
        expect("max per minute      0.50" in lines, "\n".join(lines))
        code, _, err = run(tandem, "account", "show", "nobody")
        expect(code == 1 and "no such account" in err, err)


def refused(folder):
    """What cannot be booked is refused with a reason, and changes nothing"""
    cases = [
        (["topup", "acme", "5", "--key", "k"], 1, "was used for topup of 7.00 CNY"),
        (["topup", "nobody", "5", "--key", "x"], 1, 'no account "nobody"'),
        (["topup", "acme", "-5", "--key", "x"], 1, "must be above 0"),
        (["topup", "acme", "0,10", "--key", "x"], 1, "0,10 is no amount; write 0.10, with a point"),
        (["topup", "acme", "five", "--key", "x"], 1, "is no amount"),
        (["topup", "acme", "0.0000000001", "--key", "x"], 1, "is no amount"),
        (["topup", "acme", "9223372036.854775807", "--key", "x"], 1, "beyond all money"),
        (["topup", "acme", "92233720368547758070", "--key", "x"], 1, "is no amount"),
        (["adjust", "acme", "0", "--key", "x"], 1, "must be above 0"),
        (["topup", "acme", "5", "--key", ""], 1, '"key" must be'),
        (["topup", "acme", "5", "--key", "a\nb"], 1, '"key" must be'),
        (["topup", "acme", "5", "--key", "k" * 129], 1, '"key" must be'),
        (["topup", "acme", "5"], 2, "--key KEY"),
        (["list", "--key", "x"], 2, "usage: tandemctl account list"),
        (["topup", "acme"], 2, "usage"), (["buy", "acme"], 2, "usage"),
    ]
    with Tandem(folder) as tandem:
        tandem.apply(ACCOUNTS)
        tandem.ctl("account", "topup", "acme", "7", "--key", "k")
        for arguments, want, text in cases:
            code, out, err = run(tandem, "account", *arguments)
            expect(code == want and text in err, f"{arguments}: {code} {out}{err}")
        expect(tandem.sql("SELECT count(*) AS n FROM ledger")[0]["n"] == 2, "something was booked")
        code, out, err = run(tandem, "ledger", "nobody")
        expect(code == 1 and not out and "no such account" in err, out + err)
        expect(tandem.ctl_json("ledger", "globex") == [], "an account without entries")
        code, _, err = run(tandem, "ledger", "acme", "--from", "2026-02-30")
        expect(code == 2 and "--from 2026-02-30" in err, err)


def across_a_crash(folder):
    """The key holds across a crash: told again, a top-up is there once"""
    tandem = Tandem(folder)
    with tandem:
        tandem.apply(ACCOUNTS)
        for n in range(20):
            caller = subprocess.Popen([str(program("tandemctl")), "--config", str(tandem.conf_path), "account", "topup",
                                       "acme", "1", "--key", f"key-{n}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            if n % 4 == 3:
                tandem.b2bua.kill()
                caller.wait(20)
                tandem.b2bua.start()
            caller.wait(20)
            answer = tandem.ctl_json("account", "topup", "acme", "1", "--key", f"key-{n}")
            expect(answer["balance"] == f"{11 + n}.00", f"{n}: {answer}")
        expect(tandem.sql("SELECT count(*) AS n FROM event WHERE kind = 'BALANCE_TOPUP'")[0]["n"] == 20, "events")


CHECKS = [moves, shown, refused, across_a_crash]

if __name__ == "__main__":
    sys.exit(run_checks("account", CHECKS, sys.argv[1:]))
