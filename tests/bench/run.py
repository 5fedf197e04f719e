#!/usr/bin/env python3
"""Run benches by name: tests/bench/bench_NAME.py, or a program NAME_bench of the build.

usage: ./dev bench [NAME...] [--quick] [--json] [OPTION...]

What else stands from the first option on is the benches' own: ./dev bench charge --quick --only calls
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


def own_split(arguments):
    """(those for this program, those that the benches know)"""
    own = ("--quick", "--json", "--build", "--help", "-h")
    at = next((i for i, one in enumerate(arguments) if one.startswith("-") and one not in own), len(arguments))
    flags = [one for one in arguments[at:] if one in ("--quick", "--json")]
    return arguments[:at] + flags, [one for one in arguments[at:] if one not in flags]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", default="build")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("names", nargs="*", metavar="NAME")
    own, more = own_split(sys.argv[1:])
    options = parser.parse_args(own)

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
            command = command + ["--quick"] * options.quick + ["--json"] * options.json + more
        elif options.json:
            continue
        if not options.json:
            print(f"== {name}", flush=True)
        code = max(code, subprocess.run(command, check=False).returncode)
    return code


if __name__ == "__main__":
    sys.exit(main())
