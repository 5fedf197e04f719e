#!/usr/bin/env python3
"""Media through tandem-rtprelay, and in the same run through Debian's rtpengine in userspace.

usage: bench_relay.py --build DIR [--quick] [--json]

Each call is 100 packets of 172 bytes a second, both ways together. CPU is user and system time of the
relay's process divided by the packets that came through; delay is what the relay adds to the same
packets sent without it.
"""
import argparse
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))
from measure import Figures, open_files_raise, table  # noqa: E402

PORT_MIN, PORT_MAX = 10000, 64999
START_S = 10


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
        tandem, "--set", f"data_dir={folder}", "--set", f"run_dir={folder}", "--set", f"ng_udp={ng}",
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

    def run(self, *arguments):
        done = subprocess.run([self.load, *map(str, arguments)], capture_output=True, text=True, timeout=300)
        if done.returncode:
            raise RuntimeError(done.stderr.strip())
        return json.loads(done.stdout)

    def seconds(self):
        return (1, 4) if self.quick else (3, 10)

    def direct_delay(self, calls):
        if calls not in self.direct:
            self.direct[calls] = self.run("media", "direct", calls, *self.seconds(), 0)
        return self.direct[calls]

    def media(self, peer, calls):
        base = self.direct_delay(calls)
        with peer:
            got = self.run("media", peer.ng, calls, *self.seconds(), peer.process.pid)
        at = {"calls": calls, "peer": peer.name}
        loss = 100 * (1 - got["received"] / got["sent"])
        cpu = got["cpu_us"] / max(got["received"], 1)
        added = [max(0, got[key] - base[key]) for key in ("p50_us", "p99_us")]
        memory = got["rss_growth_kb"] / calls
        self.figures.add("cpu_us_per_packet", cpu, "us", **at)
        self.figures.add("loss", loss, "%", **at)
        self.figures.add("added_delay_p50", added[0], "us", **at)
        self.figures.add("added_delay_p99", added[1], "us", **at)
        self.figures.add("memory_per_call", memory, "KB", **at)
        self.rows.append((peer.name, calls, f"{cpu:.2f}", f"{loss:.3f}", *added, f"{memory:.1f}"))

    def setups(self, peer):
        with peer:
            rate = self.run("setups", peer.ng, 2 if self.quick else 5)["setups_per_s"]
        self.figures.add("setups_per_second", rate, "1/s", peer=peer.name)
        return rate


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

    failed = False
    for calls in (200, 1000) if options.quick else (200, 1000, 2000):
        for peer in found:
            try:
                bench.media(peer, calls)
            except RuntimeError as error:
                failed = failed or peer.name == "tandem"
                print(f"{peer.name}, {calls} calls: {error}", file=sys.stderr)
    rates = []
    for peer in found:
        try:
            rates.append((peer.name, f"{bench.setups(peer):.0f}"))
        except RuntimeError as error:
            failed = failed or peer.name == "tandem"
            print(f"{peer.name}, set-ups: {error}", file=sys.stderr)

    if not options.json:
        table(("relay", "calls", "CPU us/packet", "loss %", "p50 us", "p99 us", "KB/call"), bench.rows)
        print()
        table(("relay", "set-ups/s (offer, answer, delete; one client)"), rates)
        for calls in (1000, 2000):
            ours = figures.value("cpu_us_per_packet", calls=calls, peer="tandem")
            theirs = figures.value("cpu_us_per_packet", calls=calls, peer="rtpengine")
            if ours and theirs:
                print(f"CPU per packet at {calls} calls: {ours / theirs:.2f} of rtpengine's")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
