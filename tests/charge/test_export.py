#!/usr/bin/env python3
"""cdr export: a day's records as files that are whole, say what they must hold, and are the same made again."""
import csv
import datetime
import hashlib
import io
import json
import pathlib
import sqlite3
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/lib"))
sys.path.insert(0, str(ROOT / "tests/charge"))
from calls import Line  # noqa: E402
from checks import expect, run_checks  # noqa: E402
from tandem import Tandem, program, wait_until  # noqa: E402
import past  # noqa: E402

DAY_US = 86400 * 10**6


def run(tandem, *arguments):
    """Exit code, stdout, stderr."""
    done = subprocess.run([str(program("tandemctl")), "--config", str(tandem.conf_path), *arguments],
                          capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout, done.stderr


def make_calls(tandem, count):
    """So many answered calls."""
    line = Line(tandem)
    line.provision()
    before = len(tandem.cdrs())
    try:
        line.callee()
        line.caller(count, talk_ms=50).wait(60)
    finally:
        line.end()
    expect(len(tandem.cdrs(before + count)) == before + count, "records")


def age(tandem, days):
    """Make all records so many days older; their chain no longer holds, which an export does not ask."""
    database = sqlite3.connect(tandem.data / "tandem.db", timeout=10)
    database.execute("UPDATE cdr SET start_us = start_us - ?1, answer_us = answer_us - ?1, end_us = end_us - ?1",
                     (days * DAY_US,))
    database.commit()
    database.close()


def day_of(tandem):
    """The day of the oldest record."""
    row = tandem.sql("SELECT date(min(end_us) / 1000000, 'unixepoch') AS day FROM cdr")[0]
    return row["day"]


def after(day, days=1):
    return str(datetime.date.fromisoformat(day) + datetime.timedelta(days))


def whole(folder):
    """CSV and JSON lines hold every record of the day; the control file says number, sums and hashes"""
    with Tandem(folder) as tandem:
        make_calls(tandem, 12)
        age(tandem, 2)
        day, out = day_of(tandem), folder / "out"
        out.mkdir()
        answer = tandem.ctl_json("cdr", "export", "--day", day, "--to", str(out))
        name = f"cdr-{day}-000001.csv"
        expect(answer["file"] == name and answer["rows"] == 12, str(answer))
        data = (out / name).read_bytes()
        rows = list(csv.DictReader(io.StringIO(data.decode(), newline="")))
        wanted = tandem.sql("SELECT * FROM cdr ORDER BY seq")
        expect(list(rows[0]) == list(wanted[0]), "columns")
        expect(rows == [{key: "" if value is None else str(value) for key, value in row.items()} for row in wanted], "rows")
        expect(data.count(b"\r\n") == 13 and data.endswith(b"\r\n"), "lines end by CRLF")
        control = json.loads((out / f"{name}.control").read_text())
        expect(control["sha256"] == hashlib.sha256(data).hexdigest() and control["bytes"] == len(data), str(control))
        expect(control["number"] == 1 and control["rows"] == 12 and control["hash"] == wanted[-1]["hash"], str(control))
        tandem.ctl("cdr", "export", "--day", day, "--to", str(out), "--format", "jsonl")
        lines = (out / f"cdr-{day}-000001.jsonl").read_text().splitlines()
        expect([json.loads(line) for line in lines] == wanted, "JSON lines")
        answer = tandem.ctl_json("cdr", "export", "--day", after(day), "--to", str(out))
        expect(answer["file"] == f"cdr-{after(day)}-000002.csv" and answer["rows"] == 0, str(answer))
        expect(not list(out.glob(".*")), "something was left")


def again(folder):
    """Made again after further calls, the files have the same bytes"""
    with Tandem(folder) as tandem:
        make_calls(tandem, 5)
        age(tandem, 2)
        day, out, more = day_of(tandem), folder / "out", folder / "more"
        out.mkdir()
        more.mkdir()
        tandem.ctl("cdr", "export", "--day", day, "--to", str(out))
        make_calls(tandem, 5)
        tandem.b2bua.stop()
        database = sqlite3.connect(tandem.data / "tandem.db")
        database.execute("ALTER TABLE cdr ADD COLUMN of_a_later_version TEXT")
        database.commit()
        database.close()
        tandem.ctl("cdr", "export", "--day", day, "--to", str(more))
        names = sorted(path.name for path in out.iterdir())
        expect(len(names) == 2 and names == sorted(path.name for path in more.iterdir()), str(names))
        expect(all((out / name).read_bytes() == (more / name).read_bytes() for name in names), "other bytes")
        tandem.b2bua.start()


def refused(folder):
    """A day that is not over, a folder that is not there, records that were touched: no file"""
    with Tandem(folder) as tandem:
        make_calls(tandem, 4)
        today = day_of(tandem)
        code, _, err = run(tandem, "cdr", "export", "--day", today)
        expect(code == 1 and "it is not over" in err and "first record" not in err, err)
        code, _, err = run(tandem, "cdr", "export", "--day", after(today, -1))
        expect(code == 1 and "it was before the first record" in err and "not over" not in err, err)
        for arguments in (["--day", "yesterday"], ["--day", "2026-02-31"], [], ["--day", today, "--format", "xml"]):
            code, _, err = run(tandem, "cdr", "export", *arguments)
            expect(code == 2, f"{arguments}: {code} {err}")
        age(tandem, 2)
        day = day_of(tandem)
        code, _, err = run(tandem, "cdr", "export", "--day", day, "--to", str(folder / "none"))
        expect(code == 1 and "cannot be written: No such file" in err, err)
        database = sqlite3.connect(tandem.data / "tandem.db", timeout=10)
        database.execute("DELETE FROM cdr WHERE seq = 2")
        database.commit()
        database.close()
        code, _, err = run(tandem, "cdr", "export", "--day", day, "--to", str(folder))
        expect(code == 1 and "are not what they were when the day was over" in err, err)
        expect(not list(folder.glob("cdr-*")), "a file was written")


def daily(folder):
    """With cdr_export_dir every day is written by itself, once, and after a crash in its middle, too"""
    out = folder / "out"
    out.mkdir()
    tandem = Tandem(folder, {"cdr_export_dir": out})
    with tandem:
        make_calls(tandem, 6)
        age(tandem, 2)
        day = day_of(tandem)
        (out / f".cdr-{day}-000001.csv.tmp").write_text("what a crash left")
        tandem.b2bua.kill()
        tandem.b2bua.start()
        wait_until(lambda: len(list(out.glob("*.control"))) == 2, 15, "two days' files")
        control = json.loads((out / f"cdr-{day}-000001.csv.control").read_text())
        data = (out / f"cdr-{day}-000001.csv").read_bytes()
        expect(control["rows"] == 6 and control["sha256"] == hashlib.sha256(data).hexdigest(), str(control))
        wait_until(lambda: tandem.sql("SELECT count(*) AS n FROM cdr_day WHERE exported_us IS NULL")[0]["n"] == 0, 5, "noted")
        expect(not list(out.glob(".*")), "something was left")
        last = tandem.sql("SELECT seq, hash FROM cdr ORDER BY seq DESC LIMIT 1")[0]
        expect(f"its last record is seq {last['seq']}, hash {last['hash']}" in tandem.b2bua.log(), "the day's hash in the log")


def kept_elsewhere(folder):
    """A day's control file, kept elsewhere, shows that its records were edited, or are gone, though the chain is whole"""
    with Tandem(folder) as tandem:
        tandem.b2bua.stop()
        past.write(tandem.data / "tandem.db", 300, 1)
        tandem.b2bua.start()
        day, out = f"{past.month_name(1)}-15", folder / "out"
        out.mkdir()
        name = tandem.ctl_json("cdr", "export", "--day", day, "--to", str(out))["file"]
        control = out / f"{name}.control"
        tandem.ctl("cdr", "verify", "--against", str(control))
        wanted = json.loads(control.read_text())
        for change, what in ((f"SET callee = '1' WHERE seq = {wanted['last_seq'] - 1}", "has another hash"),
                             (f"SET callee = '2' WHERE seq = {wanted['first_seq'] - 1}", "has another hash")):
            database = sqlite3.connect(tandem.data / "tandem.db", timeout=10)
            database.execute(f"UPDATE cdr {change}")
            past.chain(database)
            database.commit()
            database.close()
            expect(tandem.ctl_json("cdr", "verify")["broken"] == 0, "a chain made anew")
            code, _, err = run(tandem, "cdr", "verify", "--against", str(control))
            expect(code == 1 and what in err, err)


CHECKS = [whole, again, refused, daily, kept_elsewhere]

if __name__ == "__main__":
    sys.exit(run_checks("export", CHECKS, sys.argv[1:]))
