#!/usr/bin/env python3
"""What Tandem costs when nobody calls: CPU per second and memory of each daemon.

usage: ./dev bench idle [--quick] [--json]
"""
import argparse
import pathlib
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
from measure import Figures, cpu_ms, rss_kb  # noqa: E402
from tandem import Tandem, build_dir  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    figures = Figures("idle", options.json)
    seconds = 5 if options.quick else 20
    with tempfile.TemporaryDirectory(prefix="bench-idle-", dir=build_dir()) as folder, Tandem(folder) as tandem:
        daemons = (tandem.b2bua, tandem.relay)
        time.sleep(1)
        before = [cpu_ms(daemon.pid()) for daemon in daemons]
        time.sleep(seconds)
        for daemon, was in zip(daemons, before):
            cost = (cpu_ms(daemon.pid()) - was) / seconds
            figures.add("cpu_ms_per_s", cost, "ms", process=daemon.name)
            figures.add("memory_kb", rss_kb(daemon.pid()), "KB", process=daemon.name)
            figures.note(f"{daemon.name}: {cost:.2f} ms CPU per second, {rss_kb(daemon.pid())} KB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
