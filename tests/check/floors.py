#!/usr/bin/env python3
"""Prove from the includes that every room of the house uses only rooms below it.

usage: floors.py [ROOT]

A room is a folder (or, for main and engine, a file of b2bua). An include may stay in its
room or go down a floor; what goes up or across is a stair, named here with its reason. BLIND holds
also for what is reached through other headers.
"""
import pathlib
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)

FLOORS = [
    ["tests"],
    ["b2bua/main", "rtprelay", "webui", "b2bua/ctl"],
    ["b2bua/engine"],
    ["b2bua/control"],
    ["b2bua/call", "b2bua/subscriber", "b2bua/books"],
    ["b2bua/route", "b2bua/leg", "b2bua/charge", "b2bua/door"],
    ["b2bua/store", "b2bua/dns"],
    ["common"],
]
FLOOR = {room: i for i, floor in enumerate(FLOORS) for room in floor}

# (from room, to file, why)
STAIRS = [
    ("b2bua/control", "b2bua/engine.h", "the one context is handed down"),
    ("b2bua/call", "b2bua/engine.h", "the one context is handed down"),
    ("b2bua/subscriber", "b2bua/engine.h", "the one context is handed down"),
    ("b2bua/door", "b2bua/engine.h", "the one context is handed down"),
    ("b2bua/door", "b2bua/call/call.h", "a screened INVITE becomes a call"),
    ("b2bua/door", "b2bua/leg/*", "the door holds the SIP stack that legs send from"),
    ("b2bua/store", "b2bua/charge/cdr_price.h", "a call that a crash cut off is priced at the next start"),
    ("b2bua/store", "b2bua/charge/rate.h", "a tariff is checked by what prices calls"),
    ("b2bua/store", "b2bua/charge/rate_band.h", "a tariff is checked by what prices calls"),
    ("b2bua/store", "b2bua/charge/price_row.h", "a price list's rows are checked where they are kept"),
]

# What a room may not reach, through any number of headers.
BLIND = {
    "b2bua/leg": ["b2bua/call", "b2bua/charge", "b2bua/route", "b2bua/store", "b2bua/door", "b2bua/engine",
                  "b2bua/control", "b2bua/subscriber"],
    "b2bua/charge": ["b2bua/leg", "b2bua/call", "b2bua/door", "b2bua/engine", "b2bua/control"],
    "b2bua/store": ["b2bua/leg", "b2bua/call", "b2bua/door", "b2bua/engine", "b2bua/control"],
    "b2bua/books": ["b2bua/leg", "b2bua/call", "b2bua/door", "b2bua/engine", "b2bua/control"],
    "b2bua/dns": ["b2bua/store", "b2bua/leg", "b2bua/call", "b2bua/door", "b2bua/engine", "b2bua/control"],
    "b2bua/ctl": ["b2bua/engine", "b2bua/control", "b2bua/call", "b2bua/door", "b2bua/leg", "b2bua/store"],
    "rtprelay": ["b2bua", "webui"],
    "webui": ["b2bua", "rtprelay"],
    "common": ["b2bua", "rtprelay", "webui"],
}


def room_of(path):
    parts = pathlib.PurePath(path).parts
    if parts[0] != "b2bua":
        return parts[0]
    # control.h is the face of the room control
    return "b2bua/" + (parts[1] if len(parts) > 2 else pathlib.PurePath(path).stem)


def sources(root):
    for wing in ("common", "b2bua", "rtprelay", "webui"):
        for path in sorted((root / wing).rglob("*.[ch]")):
            if "node_modules" not in path.parts:
                yield path.relative_to(root).as_posix()


def resolve(root, source, name):
    """The file in the repository that an include means, or None (generated, or a library's)."""
    for base in (pathlib.PurePath(source).parent, "common", "b2bua", "rtprelay", "webui/server"):
        path = (root / base / name).resolve()
        if path.is_file() and path.is_relative_to(root):
            return path.relative_to(root).as_posix()
    return None


def includes(root):
    graph = {}
    for source in sources(root):
        names = INCLUDE.findall((root / source).read_text(errors="replace"))
        graph[source] = [to for to in (resolve(root, source, name) for name in names) if to]
    return graph


def stair(room, to):
    return any(room == r and (to == t or (t.endswith("/*") and to.startswith(t[:-1]))) for r, t, _ in STAIRS)


def fault_of(source, to):
    room, other = room_of(source), room_of(to)
    for name in (room, other):
        if name not in FLOOR:
            return f"room {name} has no floor; give it one in tests/check/floors.py"
    if room == other or FLOOR[other] > FLOOR[room] or stair(room, to):
        return None
    return f"includes {to}, which is not below it; turn the call around (a handler) or move the code"


def reached(graph, source):
    """Every file reached from a source, with the way to it."""
    ways, todo = {source: [source]}, [source]
    while todo:
        here = todo.pop()
        for to in graph.get(here, []):
            if to not in ways:
                ways[to] = ways[here] + [to]
                todo.append(to)
    return ways


def blind_faults(graph, source):
    hidden = BLIND.get(room_of(source), [])
    for to, way in reached(graph, source).items():
        if any(room_of(to) == room or room_of(to).startswith(room + "/") for room in hidden):
            yield f"must know nothing of {room_of(to)}, but reaches it: {' > '.join(way[1:])}"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    graph = includes(root)
    edges, faults = 0, []
    for source, targets in graph.items():
        edges += len(targets)
        faults += [f"{source}: {fault}" for fault in filter(None, (fault_of(source, to) for to in targets))]
        faults += [f"{source}: {fault}" for fault in blind_faults(graph, source)]
    print("\n".join(faults) if faults else f"{len(graph)} files, {edges} includes: every one goes down")
    print(f"{int(not faults)} passed, {int(bool(faults))} failed")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
