#!/usr/bin/env python3
"""Hold the house's customs that a compiler does not: names, guards, purposes, sizes.

usage: names.py [ROOT]

Files over 600 lines and functions over 70 are listed, so that someone asks why; over 900 and 120
they fail.
"""
import pathlib
import re
import sys

FILE_ASK, FILE_FAIL = 600, 900
FUNCTION_ASK, FUNCTION_FAIL = 70, 120
NO_NOUNS = {"util", "utils", "misc", "helper", "helpers", "common", "stuff"}
TYPEDEF_STRUCT = re.compile(r"^typedef\s+(struct|union|enum)\b", re.M)
FUNCTION_NAME = re.compile(r"(\w+)\s*\(")


def sources(root):
    for wing in ("common", "b2bua", "rtprelay", "webui", "tests"):
        for path in sorted((root / wing).rglob("*.[ch]")):
            if "node_modules" not in path.parts:
                yield path.relative_to(root)


def functions(lines):
    """(name, line, length) of every function: from the brace in column 0 to its closing one."""
    start = None
    for number, line in enumerate(lines):
        if line == "{":
            start = number
        elif line == "}" and start is not None:
            head = start - 1
            while head > 0 and lines[head - 1].strip() and not lines[head - 1].startswith(("}", "#", "/*", " *")):
                head -= 1
            match = FUNCTION_NAME.search(" ".join(lines[head:start]))
            yield match.group(1) if match else "?", start + 1, number - start + 1
            start = None


def guard_faults(path, text):
    name = re.escape(path.stem.upper().replace("-", "_"))
    if not re.search(rf"^#ifndef (TANDEM_\w*{name}_H)\n#define \1$", text, re.M):
        yield f"has no guard; open with #ifndef TANDEM_{path.stem.upper()}_H"
    if TYPEDEF_STRUCT.search(text):
        yield "has a typedef of a struct, union or enum; write the word out"


def name_faults(path, text):
    if path.stem in NO_NOUNS:
        yield f"{path.stem} is no noun of the field; name the file after what it holds"
    if not re.match(r"/\*\*\n \* @file " + re.escape(path.name) + r" +\S", text):
        yield f"does not open with its purpose; begin with /** @file {path.name}  what it is for"
    if path.suffix == ".h":
        yield from guard_faults(path, text)


def sizes(path, text):
    """(what, lines, ask, fail) of the file and its functions."""
    lines = text.split("\n")
    yield str(path), len(lines) - 1, FILE_ASK, FILE_FAIL
    for name, line, length in functions(lines):
        yield f"{path}:{line}: {name}()", length, FUNCTION_ASK, FUNCTION_FAIL


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    faults, checked = [], 0
    for path in sources(root):
        text = (root / path).read_text(errors="replace")
        checked += 1
        faults += [f"{path}: {fault}" for fault in name_faults(path, text)]
        for what, lines, ask, fail in sizes(path, text):
            if lines > fail:
                faults.append(f"{what} has {lines} lines; split it (limit {fail})")
            elif lines > ask:
                print(f"note: {what} has {lines} lines; does it hold more than one thing?")
    print("\n".join(faults) if faults else f"{checked} files keep the customs")
    print(f"{int(not faults)} passed, {int(bool(faults))} failed")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
