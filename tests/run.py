#!/usr/bin/env python3
"""Run Tandem's tests and count them: unit programs, checks, media, scenarios, Kamailio, audio, crashes.

usage: tests/run.py [--build DIR] [NAME...]

Every test is one command with one log. A CUnit program counts its tests singly, a script that ends
with "N passed, N failed" counts as it says, any other counts as one. The last line is the sum.

What failed is run once more in the end, with the machine to itself, unless much did. If it passes then, it counts as
passed and is listed as unsteady, with the log of its failure: a bug of the test or of Tandem, which wants mending.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
CUNIT_ROW = re.compile(r"^\s*tests\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s+\d+\s*$", re.M)
CUNIT_FAILED = re.compile(r"^Suite (.+), Test (.+) had failures:", re.M)
LOG_LINES = 15  # of a failure that are shown
AGAIN_MAX = 8   # where more fail, it is not for want of luck
SCRIPT_SUM = re.compile(r"^(\d+) passed, (\d+) failed(?:, \d+ skipped)?$", re.M)


class Job:
    """One command to run; `alone` keeps the machine to itself."""

    def __init__(self, name, command, env=None, timeout_s=300, alone=False, cunit=False):
        self.name = name
        self.command = command
        self.env = env or {}
        self.timeout_s = timeout_s
        self.alone = alone
        self.cunit = cunit
        self.nothing = False

    def run(self, log_dir, again=False):
        self.passed = self.failed = 0
        self.failures = []
        self.log = log_dir / (re.sub(r"[^\w.-]", "_", self.name) + (".again" if again else "") + ".log")
        started = time.monotonic()
        with open(self.log, "w") as log:
            code = run_bounded(self.command, {**os.environ, **self.env}, log, self.timeout_s)
        self.seconds = time.monotonic() - started
        self.count(self.log.read_text(errors="replace"), code)
        return self

    def count(self, text, code):
        rows = CUNIT_ROW.findall(text)
        sums = SCRIPT_SUM.findall(text)
        if self.cunit and "no test matches" in text:
            self.nothing = True
            return
        if rows:
            self.passed = sum(int(row[2]) for row in rows)
            self.failed = sum(int(row[3]) for row in rows)
            self.failures = [f"{suite}: {test}" for suite, test in CUNIT_FAILED.findall(text)]
        elif sums:
            self.passed, self.failed = map(int, sums[-1])
        else:
            self.passed = int(code == 0)
        if code != 0 and self.failed == 0:
            self.failed = 1  # it died before or after it counted
            self.failures.append(f"exit code {code}")


def run_bounded(command, env, log, timeout_s):
    """Exit code of the command; its whole process group is ended at the time-out."""
    process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=subprocess.STDOUT,
                               stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        return process.wait(timeout_s)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        process.wait()
        log.write(f"\nended after {timeout_s} s\n")
        return "time-out"


def meson_jobs(build, patterns):
    """What meson.build registers: CUnit programs (named unit-*) take a pattern, scripts do not."""
    listing = subprocess.run(["meson", "introspect", "--tests", str(build)], check=True,
                             capture_output=True, text=True).stdout
    for test in json.loads(listing):
        cunit = test["name"].startswith("unit-")
        command = [str(build / word) if (build / word).is_file() else word for word in test["cmd"]]
        if cunit and patterns and not wanted(test["name"], patterns):
            command = command + [patterns[0]]
        elif not wanted(test["name"], patterns):
            continue
        yield Job(test["name"], command, test["env"], max(test["timeout"], 60),
                  alone=not test["is_parallel"], cunit=cunit)


CHARGED = ("busy", "bye-crossing", "cancel-answer-crossing", "cancel-at-once", "cancel-ringing", "failover-late-answer",
           "failover-timeout", "fork-first-answers", "max-duration", "never-acknowledged", "redirect-followed",
           "transfer-abandoned", "transfer-blind", "transfer-left-failed")


# What wants no machine to itself: nothing in it is a matter of milliseconds.
BESIDE = ("charge-account", "charge-archive", "charge-correct", "charge-export", "charge-import", "charge-month", "charge-rates",
          "charge-reader", "charge-refused", "charge-rerate", "charge-tariffs", "charge-verify", "control-connections")


def script_jobs(patterns):
    """Scenario folders, and every tests/{audio,charge,control,crash,demo,kamailio,peers,torture,web}/test_*.py."""
    for folder in sorted((ROOT / "tests/scenario").glob("*/")):
        name = "scenario-" + folder.name
        if (folder / "expect.json").exists() and wanted(name, patterns):
            yield Job(name, [sys.executable, "tests/scenario/run.py", folder.name], timeout_s=120)
    for scenario in CHARGED:
        name = f"scenario-{scenario}-charged"
        if wanted(name, patterns):
            yield Job(name, [sys.executable, "tests/scenario/run.py", "--charged", scenario], timeout_s=120)
    for group in ("audio", "charge", "control", "crash", "demo", "kamailio", "peers", "rtpengine", "torture", "web"):
        for script in sorted((ROOT / "tests" / group).glob("test_*.py")):
            name = f"{group}-{script.stem[5:]}"
            if wanted(name, patterns):
                yield Job(name, [sys.executable, str(script)], timeout_s=300, alone=name not in BESIDE)


def wanted(name, patterns):
    return not patterns or any(pattern in name for pattern in patterns)


def run_all(jobs, log_dir):
    """Those that may run side by side first, then the ones that want the machine to themselves."""
    with concurrent.futures.ThreadPoolExecutor(max_workers=max(2, os.cpu_count() or 2)) as pool:
        started = [pool.submit(job.run, log_dir) for job in jobs if not job.alone]
        for done in concurrent.futures.as_completed(started):
            report(done.result())
    for job in jobs:
        if job.alone:
            report(job.run(log_dir))


def run_again(jobs, log_dir):
    """Names of those that failed, and pass when run once more."""
    unsteady = []
    failed = [job for job in jobs if job.failed]
    for job in failed if len(failed) <= AGAIN_MAX else []:
        print(f"again   {job.name}", flush=True)
        report(job.run(log_dir, again=True))
        if not job.failed:
            unsteady.append(job.name)

    return unsteady


def report(job):
    if job.nothing:
        return
    verdict = "FAILED" if job.failed else "ok"
    print(f"{verdict:6}  {job.name}  ({job.passed} passed, {job.failed} failed, {job.seconds:.1f} s)",
          flush=True)
    for failure in job.failures:
        print(f"        {failure}")
    if job.failed:
        print(f"        log: {job.log}; it begins and ends")
        lines = job.log.read_text(errors="replace").splitlines()
        for line in lines if len(lines) <= 2 * LOG_LINES else [*lines[:LOG_LINES], "[...]", *lines[-LOG_LINES:]]:
            print(f"        | {line[:200]}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", default=os.environ.get("TANDEM_BUILD", "build"))
    parser.add_argument("names", nargs="*", metavar="NAME")
    options = parser.parse_args()

    build = (ROOT / options.build).resolve()
    os.environ["TANDEM_BUILD"] = str(build)
    log_dir = build / "test-logs"
    log_dir.mkdir(parents=True, exist_ok=True)
    jobs = [*meson_jobs(build, options.names), *script_jobs(options.names)]
    run_all(jobs, log_dir)
    unsteady = run_again(jobs, log_dir)

    ran = [job for job in jobs if not job.nothing]
    failed = sum(job.failed for job in ran)
    if not ran:
        print("no test has such a name")
    for name in unsteady:
        print(f"unsteady: {name} failed, and passed when run again")
    for job in ran:
        if job.failed:
            print(f"failed: {job.name}")
    print(f"{sum(job.passed for job in ran)} passed, {failed} failed")
    return 1 if failed or not ran else 0


if __name__ == "__main__":
    sys.exit(main())
