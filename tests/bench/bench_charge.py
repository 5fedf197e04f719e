#!/usr/bin/env python3
"""What charging costs at scale: rates, whole calls, the writer, questions and re-rating on millions of records.

usage: ./dev bench charge [--quick] [--json] [--cdrs N] [--rates N] [--only PART...]

Parts: rates (a lookup among ten million), questions and rerate and writer (on ten million CDRs, in this order), calls (with
and without an account that pays, in turn, on a million). Databases are made for it and removed; a CDR takes 1.1 KB.
"Cold": the kernel keeps nothing of the file when it begins. Other work on the machine shows in every figure.
"""
import argparse
import json
import os
import pathlib
import resource
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "lib"), str(HERE / "charge")]
import made  # noqa: E402
from bench_call import BenchLine, Load  # noqa: E402
from measure import Figures, cpu_ms, open_files_raise, table  # noqa: E402
from tandem import Tandem, TandemError, build_dir, program  # noqa: E402

PARTS = ("rates", "questions", "rerate", "writer", "calls")
SIZE = {"rates": 10**7, "cdrs": 10**7, "calls_cdrs": 10**6}
QUICK_SIZE = {"rates": 10**6, "cdrs": 3 * 10**5, "calls_cdrs": 10**5}
CDR_BYTES, SPARE_BYTES = 1150, 5 * 10**9
HOUR_US, DAY_US = 3600 * 10**6, 86400 * 10**6
WRITER_CPS, WRITER_S, CEILING_S = 5000, 20, 15
QUICK_WRITER_S, QUICK_CEILING_S = 5, 5
CALLS_CPS, CALLS_S, CALLS_ROUNDS, TALK_MS = 400, 8, 4, 1000
QUICK_CALLS_S, QUICK_CALLS_ROUNDS = 5, 2
ANSWERED_PER_HOUR = 27777  # of the calls that made.py makes: two in three
GOALS = {  # metric: at most
    "rate_cpu_us_warm": 20, "charging_cpu_ms_per_call": 0.10, "writer_queued_s": 1.0,
    "account_day_ms": 50, "number_time_ms": 50, "revenue_daily_s": 5, "revenue_trunk_s": 5, "rerate_s_per_500k": 30,
}


class Bench:
    """Figures under way, and the folder of the databases."""

    def __init__(self, options, folder):
        self.figures = Figures("charge", options.json)
        self.quick = options.quick
        self.folder = folder
        self.size = dict(QUICK_SIZE if options.quick else SIZE)
        self.size.update({name: value for name, value in (("cdrs", options.cdrs), ("rates", options.rates)) if value})
        self.rows = []

    def add(self, metric, value, unit, **at):
        """A figure, beside its goal where it has one."""
        self.figures.add(metric, value, unit, **at)
        goal = GOALS.get(metric)
        met = "" if goal is None else "met" if value <= goal else "NOT MET"
        self.rows.append((metric, f"{value:.3f}", unit, "" if goal is None else f"<= {goal}", met,
                          " ".join(f"{key}={one}" for key, one in at.items())))

    def make(self, name, maker, count):
        """A data folder with a database; what is made first to be dropped from memory is on the disk."""
        room = int((shutil.disk_usage(self.folder).free - SPARE_BYTES) / CDR_BYTES)
        if count > room:
            self.figures.note(f"{name}: the disk has room for {room} rows only")
            count = room
        data = self.folder / name / "data"
        data.mkdir(parents=True)
        started = time.monotonic()
        maker(data / "tandem.db", count)
        took = time.monotonic() - started
        size_gb = (data / "tandem.db").stat().st_size / 1e9
        self.figures.note(f"{name}: {count:,} rows, {size_gb:.1f} GB, made in {took:.0f} s")
        return data, count

    def remove(self, data):
        shutil.rmtree(data.parent)


def forget(path):
    """Nothing of the file stays in the kernel's memory."""
    with open(path, "rb+") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def load(name, *arguments):
    """Run a program of tests/bench/charge; its figures."""
    done = subprocess.run([str(program(f"tests/bench/{name}")), *map(str, arguments)], capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        raise TandemError(f"{name}: exit code {done.returncode}: {done.stderr}")
    return {row["metric"]: row["value"] for row in map(json.loads, done.stdout.splitlines())}


# ---------------------------------------------------------------- rates

def rates(bench):
    data, count = bench.make("rates", made.rates_make, bench.size["rates"])
    forget(data / "tandem.db")
    cold = load("rate_load", data, made.TARIFFS, 2000)
    warm = load("rate_load", data, made.TARIFFS, 30000 if bench.quick else 300000)
    asked = load("rate_load", data, made.TARIFFS, 2000 if bench.quick else 5000, "asked")
    bench.add("rate_cpu_us_cold", cold["cpu_us"], "us", rates=count)
    bench.add("rate_wall_us_cold", cold["wall_us"], "us", rates=count)
    bench.add("rate_cpu_us_warm", warm["cpu_us"], "us", rates=count)
    bench.add("rate_cpu_us_asked", asked["cpu_us"], "us", rates=count, asked_per_s=1000)
    bench.remove(data)


# ---------------------------------------------------------------- records

def question_ms(path, text, many):
    """Milliseconds of each of several alike, on a connection of its own."""
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    database.execute("PRAGMA cache_size = -16384")
    database.execute("PRAGMA mmap_size = 268435456")
    found = []
    for parameters in many:
        started = time.monotonic()
        rows = database.execute(text, parameters).fetchall()
        found.append((time.monotonic() - started) * 1000)
        if not rows:
            raise TandemError(f"no rows: {text} {parameters}")
    database.close()
    return found


def questions(bench, data, count):
    path = data / "tandem.db"
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    first_us, last_us = database.execute("SELECT min(start_us), max(start_us) FROM cdr").fetchone()
    calls = [database.execute("SELECT callee, start_us FROM cdr WHERE seq = ?", (1 + (i * 2654435761) % count,)).fetchone()
             for i in range(40)]
    database.close()
    days = max(int((last_us - first_us) / DAY_US), 1)
    accounts = [{"account": f"account-{i * 37 % made.ACCOUNTS}", "from": first_us + i % days * DAY_US,
                 "until": first_us + (i % days + 1) * DAY_US} for i in range(40)]
    numbers = [{"callee": callee, "from": at - HOUR_US, "until": at + HOUR_US} for callee, at in calls]
    asked = {"account_day": ("SELECT * FROM cdr WHERE account = :account AND start_us >= :from AND start_us < :until ORDER BY start_us",
                             accounts),
             "number_time": ("SELECT * FROM cdr WHERE callee = :callee AND start_us BETWEEN :from AND :until", numbers)}
    for name, (text, many) in asked.items():
        forget(path)
        bench.add(f"{name}_cold_ms", statistics.median(question_ms(path, text, many[:20])), "ms", cdrs=count)
        bench.add(f"{name}_ms", statistics.median(question_ms(path, text, many[:20])), "ms", cdrs=count)
    for view in ("revenue_daily", "revenue_trunk"):
        forget(path)
        text = f"SELECT * FROM v_{view} WHERE day BETWEEN '2026-09-01' AND '2026-11-01'"
        bench.add(f"{view}_s", max(question_ms(path, text, [{}, {}])) / 1000, "s", cdrs=count, days=days)


def rerate(bench, data, count):
    """The hours that have half a million answered calls, or all there are."""
    database = sqlite3.connect(f"file:{data}/tandem.db?mode=ro", uri=True)
    first_us, = database.execute("SELECT min(start_us) FROM cdr").fetchone()
    hours = min(500000 / ANSWERED_PER_HOUR, count / 100000 * 2.4)
    until_us = first_us + int(hours * HOUR_US)
    answered, = database.execute("SELECT count(*) FROM cdr WHERE start_us < ? AND disposition = 'answered'", (until_us,)).fetchone()
    database.close()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    stamp = [time.strftime("%Y-%m-%dT%H:%M", time.gmtime(-(-us // 10**6))) for us in (first_us, until_us + 59 * 10**6)]
    done = subprocess.run([str(program("tandemctl")), "--data", str(data), "--json", "rerate", "--from", stamp[0], "--to", stamp[1],
                           "--tariff", "other"], capture_output=True, text=True, timeout=300, check=False)
    took_s = time.monotonic() - started
    if done.returncode:
        raise TandemError(f"rerate: {done.stderr}")
    calls = sum(row["calls"] for row in json.loads(done.stdout)["totals"])
    if abs(calls - answered) > 0.01 * answered:
        raise TandemError(f"rerate told of {calls} calls, there are {answered}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    bench.add("rerate_s_per_500k", took_s / calls * 500000, "s", rerated=calls, cdrs=count)
    bench.add("rerate_cpu_us_per_call", cpu_s / calls * 1e6, "us", rerated=calls)


def writer(bench, data, count):
    seconds, ceiling_s = (QUICK_WRITER_S, QUICK_CEILING_S) if bench.quick else (WRITER_S, CEILING_S)
    load("write_load", data, 1000, 2)  # the first after so much was made moves it all to the disk
    steady = load("write_load", data, WRITER_CPS, seconds)
    where = {"cdrs": count, "cps": WRITER_CPS}
    bench.add("writer_queued_s", steady["queued_s"], "s", **where)
    bench.add("writer_cpu_us_per_call", steady["cpu_us"] - steady["loop_cpu_us"], "us", **where)
    bench.add("writer_loop_cpu_us_per_call", steady["loop_cpu_us"], "us", **where)
    bench.add("writer_written_kb_per_call", steady["written_kb"], "KB", **where)
    bench.add("writer_calls_per_commit", steady["calls_per_commit"], "calls", **where)
    bench.add("writer_ceiling_cps", load("write_load", data, 0, ceiling_s)["cps"], "calls/s", cdrs=count)


def records(bench, parts):
    data, count = bench.make("records", made.records_make, bench.size["cdrs"])
    for part in (questions, rerate, writer):
        if part.__name__ in parts:
            part(bench, data, count)
    bench.remove(data)


# ---------------------------------------------------------------- calls

def seq_wait(tandem, wanted):
    """Until the newest row is this one."""
    deadline = time.monotonic() + 30
    while tandem.sql("SELECT max(seq) AS seq FROM cdr")[0]["seq"] < wanted:
        if time.monotonic() > deadline:
            raise TandemError("not all CDRs were written within 30 s")
        time.sleep(0.1)


def stage_ms(line, name, seconds):
    """The B2BUA's CPU per call."""
    calls = CALLS_CPS * seconds
    tandem = line.tandem
    seq = tandem.sql("SELECT max(seq) AS seq FROM cdr")[0]["seq"]
    before_ms = cpu_ms(tandem.b2bua.pid())
    Load(line, name, calls, CALLS_CPS, TALK_MS).start().wait(seconds + 60)
    seq_wait(tandem, seq + calls)
    return (cpu_ms(tandem.b2bua.pid()) - before_ms) / calls


def calls_provision(line):
    line.provision()
    line.tandem.apply({"accounts": [{"name": "plain", "kind": "postpaid", "currency": "CNY"},
                                    {"name": "payer", "kind": "prepaid", "currency": "CNY", "tariff": "t0"}]})
    line.tandem.ctl("account", "topup", "payer", "1000000", "--key", "bench")


def calls_run(bench, line, count):
    seconds, rounds = (QUICK_CALLS_S, QUICK_CALLS_ROUNDS) if bench.quick else (CALLS_S, CALLS_ROUNDS)
    found = {"plain": [], "payer": []}
    Load(line, "warm", 400, 200, TALK_MS).start().wait(30)
    for index in range(rounds):
        for account in found:
            line.tandem.apply({"trunks": [{"name": "pbx", "account": account}]})
            found[account].append(stage_ms(line, f"{account}{index}", seconds))
    paid = line.tandem.sql("SELECT count(*) AS n FROM ledger WHERE kind = 'charge' AND debit = 'payer'")[0]["n"]
    if paid != CALLS_CPS * seconds * rounds:
        raise TandemError(f"{paid} charges of {CALLS_CPS * seconds * rounds} calls")
    plain, payer = (statistics.median(values) for values in found.values())
    more = statistics.median(b - a for a, b in zip(*found.values()))
    where = {"cdrs": count, "cps": CALLS_CPS}
    bench.add("call_cpu_ms_not_charged", plain, "ms", **where)
    bench.add("call_cpu_ms_charged", payer, "ms", **where)
    bench.add("charging_cpu_ms_per_call", more, "ms", **where)


def calls(bench):
    data, count = bench.make("calls", made.records_make, bench.size["calls_cdrs"])
    tandem = Tandem(data.parent, {"node": made.NODE, "rtp_port_min": 20000, "rtp_port_max": 59999, "port_quarantine_s": 1,
                                  "drain_timeout_s": 1})
    try:
        tandem.start()
        line = BenchLine(tandem)
        calls_provision(line)
        calls_run(bench, line, count)
    finally:
        tandem.abandon()
    bench.remove(data)


def run(bench, parts):
    try:
        if "rates" in parts:
            rates(bench)
        if {"questions", "rerate", "writer"} & set(parts):
            records(bench, parts)
        if "calls" in parts:
            calls(bench)
    finally:  # also what was measured before a part failed
        if not bench.figures.as_json:
            table(("figure", "value", "unit", "goal", "", "at"), bench.rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help="a million rates, 300,000 CDRs")
    parser.add_argument("--json", action="store_true", help="one JSON object per figure")
    parser.add_argument("--cdrs", type=int, metavar="N", help="records to ask and write on")
    parser.add_argument("--rates", type=int, metavar="N")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, metavar="PART", help=f"of {', '.join(PARTS)}")
    options = parser.parse_args()
    open_files_raise()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bench-charge-", dir=build_dir()))
    try:
        run(Bench(options, folder), options.only)
    except TandemError as error:
        print(f"bench charge: {error}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
