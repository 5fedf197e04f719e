#!/usr/bin/env python3
"""Run benches by name: tests/bench/bench_NAME.py, or a program NAME_bench of the build.

usage: ./dev bench [NAME...] [--quick] [--json]
"""
import argparse
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def benches(build):
    """{name: command}; the programs know neither --quick nor --json: they are small and print a table."""
    found = {path.name[:-len("_bench")]: [str(path)] for path in sorted(build.rglob("*_bench")) if path.is_file()}
    for path in sorted(HERE.glob("bench_*.py")):
        found[path.stem[len("bench_"):]] = [sys.executable, str(path), "--build", str(build)]
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", default="build")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("names", nargs="*", metavar="NAME")
    options = parser.parse_args()

    build = (ROOT / options.build).resolve()
    os.environ["TANDEM_BUILD"] = str(build)
    found = benches(build)
    unknown = [name for name in options.names if name not in found]
    if unknown:
        print(f"no bench {', '.join(unknown)}; there are: {', '.join(sorted(found))}", file=sys.stderr)
        return 2
    code = 0
    for name in options.names or sorted(found):
        command = found[name]
        if command[0] == sys.executable:
            command = command + ["--quick"] * options.quick + ["--json"] * options.json
        elif options.json:
            continue
        if not options.json:
            print(f"== {name}", flush=True)
        code = max(code, subprocess.run(command, check=False).returncode)
    return code


if __name__ == "__main__":
    sys.exit(main())
