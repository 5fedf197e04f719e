#!/usr/bin/env python3
"""Prove that every header compiles alone, with the flags its wing is built with.

usage: headers.py [ROOT] [BUILD]
"""
import concurrent.futures
import json
import pathlib
import shlex
import subprocess
import sys

WINGS = ("common", "b2bua", "rtprelay", "webui", "tests")


def flags_by_folder(root, build):
    """{folder: (compiler, flags, where it runs)} of the first source of each folder that is compiled."""
    found = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        where = pathlib.Path(entry["directory"])
        source = (where / entry["file"]).resolve()
        if not source.is_relative_to(root):
            continue
        words = shlex.split(entry["command"])
        keep = [w for w in words[1:] if w[:2] in ("-I", "-D", "-W", "-f") or w.startswith("-std=")]
        for folder in source.relative_to(root).parents:
            found.setdefault(folder, (words[0], keep, where))
    return found


def folder_of(flags, header):
    """The nearest folder that holds a compiled source."""
    return next(folder for folder in header.parents if folder in flags)


def compile_alone(header, compiler, flags, where, root):
    command = [compiler, *flags, "-fsyntax-only", "-x", "c", str(root / header)]
    result = subprocess.run(command, cwd=where, capture_output=True, text=True)
    return header, result.returncode, result.stderr


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    build = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else root / "build").resolve()
    flags = flags_by_folder(root, build)
    headers = [path.relative_to(root) for wing in WINGS for path in sorted((root / wing).rglob("*.h"))
               if "node_modules" not in path.parts]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(compile_alone, header, *flags[folder_of(flags, header)], root)
                for header in headers]
        for job in jobs:
            header, code, said = job.result()
            if code:
                failed += 1
                print(f"{header} does not compile alone; include what it uses\n{said}")
    print(f"{len(headers) - failed} passed, {failed} failed")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
