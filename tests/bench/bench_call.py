#!/usr/bin/env python3
"""What a call costs: SIPp -> Tandem -> SIPp on loopback, media anchored, CDRs durable.

usage: ./dev bench call [--quick] [--json]

INVITE 180 200 ACK, 200 ms, BYE 200 over UDP. CPU is user + system time of all threads from /proc. Such
machines are noisy: the steadiest figure is the B2BUA's CPU divided by SIPp's own, both ends, in one run.
"""
import argparse
import contextlib
import csv
import pathlib
import shutil
import signal
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))
from calls import NUMBER, Line  # noqa: E402
from invite_delay import InviteDelay  # noqa: E402
from measure import Figures, cpu_ms, open_files_raise, rss_kb, table  # noqa: E402
from sipp import Sipp, render  # noqa: E402
from tandem import Tandem, TandemError, build_dir, free_port  # noqa: E402

TALK_MS = 200
RATES_CPS, STAGE_S = (200, 500, 1000, 2000, 3000), 20
QUICK_RATES_CPS, QUICK_STAGE_S = (500, 1000), 8
FILES_PER_CALL, FILES_SPARE = 4, 3000  # the relay's sockets; what else it and the last stage need
HELD, QUICK_HELD, HELD_RATE_CPS, HELD_STAGE_CPS = 20000, 2000, 400, 500
DELAY_CPS, DELAY_FIRST = 100, 100
SIPP_OPTIONS = ["-t", "u1", "-buff_size", "4194304", "-fd", "1"]
CONF = {"rtp_port_min": 20000, "rtp_port_max": 59999, "port_quarantine_s": 1, "media_timeout_s": 3600,
        "drain_timeout_s": 1, "rtp_workers": 1}
COLUMNS = ("cps", "calls", "failed", "retrans", "b2bua ms", "relay ms", "SIPp ms", "b2bua/SIPp", "cores used",
           "no CDR")


class BenchLine(Line):
    """Carrier and access media on different addresses, so that each has the whole port range."""

    def provision(self):
        super().provision()
        self.tandem.apply({"interfaces": [{"name": "carrier", "media": self.tandem.claim.host(2)}]})


class Load:
    """A callee and a caller for one stage, and what SIPp counted of it."""

    def __init__(self, line, name, calls, rate_cps, talk_ms):
        self.line = line
        self.calls = calls
        self.stat = {}
        self.callee = self.sipp(f"{name}-uas", "uas.xml", line.callee_host, line.callee_port)
        remote = (line.tandem.host, line.tandem.access_port)
        self.caller = self.sipp(f"{name}-uac", "uac.xml", line.caller_host, free_port(line.caller_host), remote,
                                ["-m", str(calls), "-s", NUMBER, "-r", str(rate_cps), "-rate_scale", "1",
                                 "-l", str(min(calls + 100, open_files_raise() - 500)), "-d", str(talk_ms), "-cid_str", f"{name}-%u-%p@%s"])

    def sipp(self, name, script, host, port, remote=None, options=()):
        self.stat[name] = self.line.folder / f"{name}.csv"
        xml = render(HERE / "call" / script, {})
        return Sipp(name, self.line.folder, xml, (host, port), remote=remote, calls=0, trace=False,
                    options=[*SIPP_OPTIONS, "-trace_stat", "-stf", str(self.stat[name]), *options])

    def start(self):
        self.callee.start().wait_listening()
        self.caller.start()
        return self

    def cpu_ms(self):
        return sum(cpu_ms(sipp.process.pid) for sipp in (self.caller, self.callee)
                   if sipp.process.poll() is None)

    def wait(self, timeout_s):
        """Until the caller is done; SIPp's CPU is read while both still live."""
        deadline = time.monotonic() + timeout_s
        used = 0
        while self.caller.process.poll() is None and time.monotonic() < deadline:
            used = max(used, self.cpu_ms())
            time.sleep(0.02)
        self.finish()
        return used

    def finish(self):
        """Let the callee write its last statistics; then nothing of this stage is left."""
        time.sleep(0.3)
        for sipp in (self.caller, self.callee):
            if sipp.process.poll() is None:
                sipp.process.send_signal(signal.SIGUSR1)
        self.callee.wait(4)
        self.caller.end()

    def counted(self, column):
        """Sum of a cumulative counter over both ends."""
        return sum(last_value(path, column) for path in self.stat.values())


def last_value(path, column):
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    return int(rows[-1][f"{column}(C)"]) if rows else 0


def cdr_count(tandem):
    return tandem.sql("SELECT count(*) AS n FROM cdr")[0]["n"]


def cdr_wait(tandem, wanted):
    """How many CDRs are missing once no more come."""
    found, last_change = cdr_count(tandem), time.monotonic()
    while found < wanted and time.monotonic() - last_change < 3:
        time.sleep(0.1)
        now = cdr_count(tandem)
        if now != found:
            found, last_change = now, time.monotonic()
    return wanted - found


def stage(figures, line, rate_cps, seconds, **at):
    """One rate: the figures of every call's cost."""
    tandem = line.tandem
    calls = rate_cps * seconds
    before_cdrs = cdr_count(tandem)
    before = [cpu_ms(daemon.pid()) for daemon in (tandem.b2bua, tandem.relay)]
    started = time.monotonic()
    load = Load(line, f"r{rate_cps}{'h' if at else ''}", calls, rate_cps, TALK_MS).start()
    sipp_ms = load.wait(seconds + 60)
    took_s = time.monotonic() - started
    missing = cdr_wait(tandem, before_cdrs + calls)
    b2bua_ms, relay_ms = (cpu_ms(daemon.pid()) - was for daemon, was in zip((tandem.b2bua, tandem.relay), before))
    good = last_value(load.stat[load.caller.name], "SuccessfulCall")
    where = {"cps": rate_cps, **at}
    figures.add("cpu_ms_per_call", b2bua_ms / calls, "ms", **where)
    figures.add("relay_cpu_ms_per_call", relay_ms / calls, "ms", **where)
    figures.add("sipp_cpu_ms_per_call", sipp_ms / calls, "ms", **where)
    figures.add("ratio_to_sipp", b2bua_ms / max(sipp_ms, 1), "", **where)
    figures.add("failed_calls", calls - good, "calls", **where)
    figures.add("retransmissions", load.counted("Retransmissions"), "messages", **where)
    figures.add("cdrs_missing", missing, "rows", **where)
    figures.add("cores_used", (b2bua_ms + relay_ms + sipp_ms) / 1000 / took_s, "cores", **where)
    return where


def invite_delay(figures, line, seconds):
    """INVITE in to INVITE out, at a rate that leaves the machine idle."""
    inside = (line.tandem.host, line.tandem.access_port)
    try:
        with InviteDelay(inside, (line.callee_host, line.callee_port)) as delay:
            Load(line, "delay", DELAY_CPS * seconds, DELAY_CPS, TALK_MS).start().wait(seconds + 30)
    except PermissionError:
        figures.note("INVITE in to INVITE out: not measured, it takes the right to capture packets (root)")
        return
    found = delay.percentiles_us(DELAY_FIRST)
    if not found:
        figures.note("INVITE in to INVITE out: not measured, INVITEs were lost or repeated")
        return
    for name, value in zip(("p50", "p99"), found):
        figures.add(f"invite_delay_{name}", value, "us", cps=DELAY_CPS)
    figures.note(f"INVITE in to INVITE out at {DELAY_CPS} calls/s: p50 {found[0]:.0f} us, p99 {found[1]:.0f} us\n")


def row(figures, where, calls):
    def value(metric):
        return figures.value(metric, **where)

    return (where["cps"], calls, int(value("failed_calls")), int(value("retransmissions")),
            f"{value('cpu_ms_per_call'):.3f}", f"{value('relay_cpu_ms_per_call'):.3f}",
            f"{value('sipp_cpu_ms_per_call'):.3f}", f"{value('ratio_to_sipp'):.2f}", f"{value('cores_used'):.2f}",
            int(value("cdrs_missing")))


def hold(line, name, calls, already):
    """Place calls that stay up; returns the load and how many are answered in all."""
    load = Load(line, name, calls, HELD_RATE_CPS, 3600 * 1000).start()
    deadline = time.monotonic() + calls / HELD_RATE_CPS + 20
    up = 0
    while up < already + calls and time.monotonic() < deadline:
        time.sleep(0.5)
        up = line.tandem.ctl_json("status")["calls"]["answered"]
    return load, up


def new_callee(line, anchor):
    """What comes next goes to a callee of its own, so that held calls keep theirs."""
    line.callee_port = free_port(line.callee_host)
    line.provision()
    line.tandem.apply({"trunks": [{"name": "ims-a", "anchor": anchor}]})


def memory_of_held(figures, line, held_calls):
    """Hold so many calls; what each process grew by. A fresh Tandem, lest it reuse what a stage freed."""
    tandem = line.tandem
    daemons = (tandem.b2bua, tandem.relay)
    before = [rss_kb(daemon.pid()) for daemon in daemons]
    anchored = min(held_calls, (open_files_raise() - FILES_SPARE) // FILES_PER_CALL)
    load, up = hold(line, "held", anchored, 0)
    loads, anchored = [load], up
    relay_kb = rss_kb(tandem.relay.pid()) - before[1]
    if up < held_calls:
        figures.note(f"the relay may hold {anchored} calls only, by this machine's limit of open files; "
                     "the rest are held without media")
        new_callee(line, "off")
        load, up = hold(line, "more", held_calls - up, up)
        loads.append(load)
    b2bua_kb = rss_kb(tandem.b2bua.pid()) - before[0]
    figures.add("calls_held", up, "calls", wanted=held_calls, anchored=anchored)
    for daemon, grown_kb, calls in zip(daemons, (b2bua_kb, relay_kb), (up, anchored)):
        each = grown_kb / max(calls, 1)
        figures.add("memory_kb_per_held_call", each, "KB", process=daemon.name, held=calls)
        figures.note(f"{daemon.name}: {each:.1f} KB for each of {calls} held calls")
    return loads


def stage_beside_held(figures, line, seconds, held_calls):
    """What a call costs beside many held ones; those keep their callee, the stage has its own."""
    loads = memory_of_held(figures, line, held_calls)
    try:
        new_callee(line, "required")
        return stage(figures, line, HELD_STAGE_CPS, seconds, held=held_calls)
    finally:
        for load in loads:
            load.caller.end()
            load.callee.end()


@contextlib.contextmanager
def tandem_warm(folder):
    """A Tandem that has had its first calls."""
    tandem = Tandem(folder, CONF)
    try:
        tandem.start()
        line = BenchLine(tandem)
        line.provision()
        Load(line, "warm", 200, 200, TALK_MS).start().wait(20)
        yield line
    finally:
        tandem.abandon()


def run(figures, quick, folder):
    rates, seconds = (QUICK_RATES_CPS, QUICK_STAGE_S) if quick else (RATES_CPS, STAGE_S)
    held_calls = QUICK_HELD if quick else HELD
    rows = []
    with tandem_warm(folder / "rates") as line:
        invite_delay(figures, line, seconds)
        for rate_cps in rates:
            where = stage(figures, line, rate_cps, seconds)
            rows.append(row(figures, where, rate_cps * seconds))
        if not figures.as_json:
            table(COLUMNS, rows)
        none = stage(figures, line, HELD_STAGE_CPS, QUICK_STAGE_S, held=0)
    figures.note("")
    with tandem_warm(folder / "held") as line:
        many = stage_beside_held(figures, line, QUICK_STAGE_S, held_calls)
    if not figures.as_json:
        calls = HELD_STAGE_CPS * QUICK_STAGE_S
        table(("held", *COLUMNS), [(where["held"], *row(figures, where, calls)) for where in (none, many)])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help="two rates, 8 s each, 2,000 held calls")
    parser.add_argument("--json", action="store_true", help="one JSON object per figure")
    options = parser.parse_args()
    figures = Figures("call", options.json)
    figures.note(f"SIPp -> Tandem -> SIPp, UDP on loopback, {TALK_MS} ms talk; {open_files_raise()} open files")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bench-call-", dir=build_dir()))
    try:
        run(figures, options.quick, folder)
    except TandemError as error:
        print(f"bench call: {error}\nlogs: {folder}", file=sys.stderr)
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
