#!/usr/bin/env python3
"""Media through tandem-rtprelay, and in the same run through Debian's rtpengine in userspace.

usage: bench_relay.py --build DIR [--quick] [--json]

Each call is 100 packets of 172 bytes a second, both ways together. CPU is user and system time of the
relay's process divided by the packets that came through; the load's own is what sending and receiving
the same packet in batches costs the load generator, the measure of the machine's speed at that moment;
delay is what the relay adds to the same packets sent without it. Figures are medians of rounds in turn.
"""
import argparse
import json
import pathlib
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))
from measure import Figures, open_files_raise, table  # noqa: E402

PORT_MIN, PORT_MAX = 10000, 64999
START_S = 10
MOST_CALLS, FILES_PER_CALL, FILES_BESIDE = 5000, 4, 200
WINDOWS = (1, 16)
UNITS = {"cpu_us_per_packet": "us", "load_cpu_us_per_packet": "us", "loss": "%", "added_delay_p50": "us",
         "added_delay_p99": "us", "memory_per_call": "KB"}


def free_udp_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Peer:
    """A relay under test: how it is started, and where its NG socket is."""

    def __init__(self, name, command):
        self.name = name
        self.command = command

    def __enter__(self):
        self.ng = f"127.0.0.1:{free_udp_port()}"
        self.folder = tempfile.TemporaryDirectory(prefix="bench")
        self.process = subprocess.Popen(self.command(self.ng, self.folder.name), stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        wait_for_pong(self.ng)
        return self

    def __exit__(self, *exc):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.folder.cleanup()


def wait_for_pong(ng):
    host, port = ng.rsplit(":", 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect((host, int(port)))
        sock.settimeout(0.2)
        for _ in range(START_S * 5):
            try:
                sock.send(b"1 d7:command4:pinge")
                if b"pong" in sock.recv(1000):
                    return
            except OSError:
                time.sleep(0.2)
    raise SystemExit(f"no answer to a ping on {ng}")


def peers(build):
    tandem = str(build / "tandem-rtprelay")
    found = [Peer("tandem", lambda ng, folder: [
        tandem, "--set", f"data_dir={folder}", "--set", f"run_dir={folder}", "--set", f"ng_udp={ng}", "--set", "rtp_interfaces=lo=127.0.0.1",
        "--set", f"rtp_port_min={PORT_MIN}", "--set", f"rtp_port_max={PORT_MAX}", "--set", "port_quarantine_s=0"])]
    rtpengine = shutil.which("rtpengine")
    if rtpengine:
        found.append(Peer("rtpengine", lambda ng, folder: [
            rtpengine, "--table=-1", "--interface=127.0.0.1", f"--listen-ng={ng}", "--foreground",
            f"--port-min={PORT_MIN}", f"--port-max={PORT_MAX}", "--log-level=1", "--log-stderr", "--delete-delay=0",
            f"--pidfile={folder}/pid"]))
    return found


class Bench:
    def __init__(self, build, quick, figures):
        self.load = str(build / "tests/bench/relay_load")
        self.quick = quick
        self.figures = figures
        self.direct = {}
        self.rows = []
        self.failed = []

    def run(self, *arguments):
        done = subprocess.run([self.load, *map(str, arguments)], capture_output=True, text=True, timeout=300)
        if done.returncode:
            raise RuntimeError(done.stderr.strip())
        return json.loads(done.stdout)

    def seconds(self):
        return (1, 4) if self.quick else (2, 6)

    def rounds(self):
        return 1 if self.quick else 3

    def direct_delay(self, calls):
        if calls not in self.direct:
            self.direct[calls] = self.run("media", "direct", calls, *self.seconds(), 0)
        return self.direct[calls]

    def media_once(self, peer, calls):
        base = self.direct_delay(calls)
        with peer:
            got = self.run("media", peer.ng, calls, *self.seconds(), peer.process.pid)
        packets = max(got["received"], 1)
        return {"cpu_us_per_packet": got["cpu_us"] / packets,
                "load_cpu_us_per_packet": got["load_cpu_us"] / packets,
                "loss": 100 * (1 - got["received"] / got["sent"]),
                "added_delay_p50": max(0, got["p50_us"] - base["p50_us"]),
                "added_delay_p99": max(0, got["p99_us"] - base["p99_us"]),
                "memory_per_call": got["rss_growth_kb"] / calls}

    def media(self, found, calls):
        """The relays in turn, round after round, so that both meet the machine's good and bad moments."""
        got = {peer.name: [] for peer in found}
        for _ in range(self.rounds()):
            for peer in found:
                self.attempt(peer, f"{calls} calls", lambda p=peer: got[p.name].append(self.media_once(p, calls)))
        for peer in found:
            if got[peer.name]:
                self.media_add(peer.name, calls, got[peer.name])

    def attempt(self, peer, what, run):
        try:
            run()
        except RuntimeError as error:
            self.failed.append(peer.name)
            print(f"{peer.name}, {what}: {error}", file=sys.stderr)

    def media_add(self, name, calls, got):
        middle = {metric: statistics.median(one[metric] for one in got) for metric in UNITS}
        for metric, unit in UNITS.items():
            self.figures.add(metric, middle[metric], unit, calls=calls, peer=name)
        self.rows.append((name, calls, f"{middle['cpu_us_per_packet']:.2f}", f"{middle['load_cpu_us_per_packet']:.2f}",
                          f"{middle['loss']:.3f}", f"{middle['added_delay_p50']:.0f}",
                          f"{middle['added_delay_p99']:.0f}", f"{middle['memory_per_call']:.1f}"))

    def setups(self, found, window):
        got = {peer.name: [] for peer in found}
        for _ in range(self.rounds()):
            for peer in found:
                self.attempt(peer, "set-ups", lambda p=peer: got[p.name].append(self.setups_once(p, window)))
        for name, rates in got.items():
            if rates:
                self.figures.add("setups_per_second", statistics.median(rates), "1/s", peer=name, window=window)

    def setups_once(self, peer, window):
        with peer:
            return self.run("setups", peer.ng, 2, window)["setups_per_s"]

    def loads(self):
        """Calls at a time; the last is what the open files allow, and no more than 5,000."""
        if self.quick:
            return [200, 1000]
        most = min(MOST_CALLS, (resource.getrlimit(resource.RLIMIT_NOFILE)[0] - FILES_BESIDE) // FILES_PER_CALL)
        if most < MOST_CALLS:
            self.figures.note(f"{most} calls instead of {MOST_CALLS}: a call is {FILES_PER_CALL} open files")
        return sorted({calls for calls in (100, 200, 1000, 2000, 2500, most) if calls <= most})


def goals(bench, figures):
    """What was aimed at, and what came out of this run: (text, measured, limit, unit)."""
    def value(metric, **at):
        return figures.value(metric, **at)

    def ratio(metric, ours, theirs):
        mine, other = value(metric, **ours), value(metric, **theirs)
        return mine / other if mine is not None and other else None

    tandem, most = {"peer": "tandem"}, bench.loads()[-1]
    for calls in (1000, 2000):
        yield (f"CPU per packet at {calls} calls, of rtpengine's",
               ratio("cpu_us_per_packet", {"calls": calls, **tandem}, {"calls": calls, "peer": "rtpengine"}),
               "<=", 0.40, "")
    if most > 1000:
        yield (f"CPU per packet at {most} calls, of that at 1000, the load's own being the measure",
               relative(figures, most, 1000), "<=", 1.1, "")
    yield "loss at 2500 calls", value("loss", calls=2500, **tandem), "<", 0.01, " %"
    yield "added delay, p99, at 2500 calls", value("added_delay_p99", calls=2500, **tandem), "<", 1000, " us"
    yield "memory per call at 1000 calls", value("memory_per_call", calls=1000, **tandem), "<=", 8, " KB"
    for window in WINDOWS:
        yield (f"set-ups a second, {window} at a time", value("setups_per_second", window=window, **tandem),
               ">=", 12000, "")
        yield (f"set-ups a second, {window} at a time, of rtpengine's",
               ratio("setups_per_second", {"window": window, **tandem}, {"window": window, "peer": "rtpengine"}),
               ">=", 2.6, "")


def relative(figures, calls, base):
    """Growth of the relay's cost over that of the load, whose two sockets a party do not grow in number."""
    costs = [figures.value(metric, calls=at, peer="tandem") for at in (calls, base)
             for metric in ("cpu_us_per_packet", "load_cpu_us_per_packet")]
    if None in costs:
        return None
    return (costs[0] / costs[1]) / (costs[2] / costs[3])


def report(bench, figures):
    table(("relay", "calls", "CPU us/packet", "load's own", "loss %", "p50 us", "p99 us", "KB/call"), bench.rows)
    print()
    table(("relay", "set-ups/s (offer, answer, delete; one client)", "at a time"),
          [(at["peer"], f"{value:.0f}", at["window"]) for metric, value, _unit, at in figures.rows
           if metric == "setups_per_second"])
    print()
    for text, measured, sign, limit, unit in goals(bench, figures):
        if measured is not None:
            met = measured >= limit if sign == ">=" else measured < limit or (sign == "<=" and measured == limit)
            print(f"{'met   ' if met else 'missed'}  {text}: {measured:.4g}{unit} (goal {sign} {limit}{unit})")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", default="build")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()

    open_files_raise()
    build = pathlib.Path(options.build).resolve()
    figures = Figures("relay", options.json)
    bench = Bench(build, options.quick, figures)
    found = peers(build)
    if len(found) == 1:
        figures.note("rtpengine is not installed: its column is left out (apt-get install rtpengine-daemon)")

    for calls in bench.loads():
        bench.media(found, calls)
    for window in WINDOWS:
        bench.setups(found, window)
    if not options.json:
        report(bench, figures)
    return 1 if "tandem" in bench.failed else 0


if __name__ == "__main__":
    sys.exit(main())
