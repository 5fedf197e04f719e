#!/usr/bin/env python3
"""tandemctl sql beside the writer: a long question holds up no record, and lets go of the log when its time is over."""
import pathlib
import sqlite3
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests/lib"), str(ROOT / "tests/bench/charge")]
import made  # noqa: E402
from checks import expect, run_checks  # noqa: E402
from tandem import program, wait_until  # noqa: E402

CPS, SECONDS, TIMEOUT_S = 200, 16, 5
CALLS = CPS * SECONDS
# Reads the records first, and so keeps the state of that moment for as long as it runs.
ENDLESS = """SELECT (SELECT count(*) FROM cdr),
             (WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r) SELECT count(*) FROM r)"""


class Load:
    """The engine's writer with charged calls, in a process of its own."""

    def __init__(self, folder):
        self.path = folder / "tandem.db"
        made.records_make(self.path, 100000)
        self.before = self.newest()
        self.process = subprocess.Popen([str(program("tests/bench/write_load")), str(folder), str(CPS), str(SECONDS)], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)

    def newest(self):
        database = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=10)
        try:
            return database.execute("SELECT max(seq) FROM cdr").fetchone()[0]
        finally:
            database.close()

    def log_bytes(self):
        return self.path.with_name("tandem.db-wal").stat().st_size

    def wait(self):
        _out, err = self.process.communicate(timeout=120)
        expect(self.process.returncode == 0, err)
        return self.newest() - self.before


def question(folder, text):
    return subprocess.Popen([str(program("tandemctl")), "--data", str(folder), "--timeout", str(TIMEOUT_S), "sql", text],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def held(folder):
    """A question that is cut by its time limit holds up no record, and from then on the log is used anew"""
    load = Load(folder)
    try:
        wait_until(lambda: load.newest() > load.before, 30, "the first record")
        asked = question(folder, ENDLESS)
        seen = []
        while asked.poll() is None:
            seen.append(load.newest())
            time.sleep(0.5)
        expect(len(set(seen)) > 3 and seen[-1] > seen[0] + CPS, f"records while it ran: {seen}")
        err = asked.communicate()[1]
        expect(asked.returncode == 1 and "took too long" in err, err)
        grown = load.log_bytes()
        wait_until(lambda: load.newest() >= min(seen[-1] + CPS, load.before + CALLS), 60, "more records")
        most = load.log_bytes()
        expect(load.wait() == CALLS, "records are missing")
        expect(grown > 2 * 2000 * 4096, f"the question did not hold the log: {grown} bytes")
        expect(most <= grown + 2000 * 4096, f"the log goes on growing: {grown}, {most} bytes")
    finally:
        load.process.kill()


def beside_many(folder):
    """Questions one after another, as a dashboard asks them, do not keep the log from being used anew"""
    load = Load(folder)
    try:
        sizes = []
        while load.process.poll() is None:
            asked = question(folder, "SELECT account, count(*), sum(price_nano) FROM cdr GROUP BY account")
            out, err = asked.communicate()
            expect(asked.returncode == 0 and "account-1" in out, err)
            sizes.append(load.log_bytes() if load.path.with_name("tandem.db-wal").exists() else 0)
        expect(load.wait() == CALLS, "records are missing")
        expect(len(sizes) > 5 and max(sizes) < 128 * 2**20, f"{sizes}")
    finally:
        load.process.kill()


CHECKS = [held, beside_many]

if __name__ == "__main__":
    sys.exit(run_checks("reader", CHECKS, sys.argv[1:]))
