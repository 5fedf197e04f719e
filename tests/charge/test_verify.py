#!/usr/bin/env python3
"""ledger verify and cdr verify: what is right passes while the system runs, what was touched shows."""
import json
import pathlib
import sqlite3
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/lib"))
from calls import Line  # noqa: E402
from checks import expect, run_checks  # noqa: E402
from tandem import Tandem, program  # noqa: E402

CALLS = 20


def run(tandem, *arguments, text=None):
    """Exit code, stdout, stderr."""
    done = subprocess.run([str(program("tandemctl")), "--config", str(tandem.conf_path), *arguments], input=text,
                          capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout, done.stderr


def make_calls(tandem, count=CALLS):
    """So many answered calls, each with its record."""
    line = Line(tandem)
    line.provision()
    before = len(tandem.cdrs())
    try:
        line.callee()
        line.caller(count, talk_ms=50).wait(60)
    finally:
        line.end()
    expect(len(tandem.cdrs(before + count)) == before + count, "records")


def tamper(tandem, statement):
    """What somebody does who may write the file."""
    database = sqlite3.connect(tandem.data / "tandem.db", timeout=10)
    database.execute("DROP TRIGGER IF EXISTS ledger_is_append_only_update")
    database.execute(statement)
    database.commit()
    database.close()


def sound(folder):
    """A system that runs has books that are right, and a whole chain"""
    with Tandem(folder) as tandem:
        expect("0 records" in tandem.ctl("cdr", "verify"), "an empty table")
        make_calls(tandem)
        tandem.ctl("account", "topup", "acme", "5", "--key", "a")
        expect("the books are right" in tandem.ctl("ledger", "verify"), "books")
        answer = tandem.ctl_json("ledger", "verify")
        expect(answer["cdrs"] == CALLS and answer["wrong"] == 0 and answer["entries"] >= 1, str(answer))
        expect(tandem.ctl_json("cdr", "verify") == {"rows": CALLS, "first_seq": 1, "last_seq": CALLS, "broken": 0}, "chain")


def touched(folder):
    """A record that was edited or deleted, and a balance that was, are named; exit code 1"""
    with Tandem(folder) as tandem:
        make_calls(tandem)
        tandem.ctl("account", "topup", "acme", "5", "--key", "a")
        tamper(tandem, "UPDATE cdr SET callee = '999' WHERE seq = 7")
        code, out, err = run(tandem, "cdr", "verify")
        expect(code == 1 and "BROKEN" in out and "1 record is broken; the first is seq 7: its content was changed" in err, err)
        tamper(tandem, "DELETE FROM cdr WHERE seq = 5")
        code, _, err = run(tandem, "cdr", "verify")
        expect(code == 1 and "the first is seq 6: the row before it is missing" in err, err)
        tamper(tandem, "UPDATE balance SET nano = nano + 1")
        code, out, err = run(tandem, "ledger", "verify")
        expect(code == 1 and "the books are WRONG" in out and 'account "acme" has a balance of 5000000001 nano' in err, err)


def digest(folder):
    """A digest kept elsewhere shows what the chain alone cannot: newest records gone, a chain made anew"""
    with Tandem(folder) as tandem:
        make_calls(tandem)
        kept = tandem.ctl("cdr", "verify", "--digest")
        expect(json.loads(kept)["rows"] == CALLS and len(json.loads(kept)["hash"]) == 64, kept)
        path = folder / "digest.json"
        path.write_text(kept)
        make_calls(tandem, 5)
        expect("is whole" in tandem.ctl("cdr", "verify", "--against", str(path)), "more calls came")
        code, _, err = run(tandem, "cdr", "verify", "--against", "-", text="{}")
        expect(code == 1 and "is no digest" in err, err)
        path.write_text(json.dumps({**json.loads(kept), "price": {"CNY": "0.01"}}))
        code, _, err = run(tandem, "cdr", "verify", "--against", str(path))
        expect(code == 1 and "do not come to the same price" in err, err)
        path.write_text(json.dumps({**json.loads(kept), "hash": "0" * 64}))
        code, _, err = run(tandem, "cdr", "verify", "--against", str(path))
        expect(code == 1 and "the chain made anew" in err, err)
        path.write_text(kept)
        tamper(tandem, f"DELETE FROM cdr WHERE seq >= {CALLS}")
        code, _, err = run(tandem, "cdr", "verify", "--against", str(path))
        expect(code == 1 and "the newest of its records are gone" in err, err)


CHECKS = [sound, touched, digest]

if __name__ == "__main__":
    sys.exit(run_checks("verify", CHECKS, sys.argv[1:]))
