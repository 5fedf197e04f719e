#!/usr/bin/env python3
"""Whole calls into capture files: one call, those of a trunk, those of a number."""
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/lib"))
sys.path.insert(0, str(ROOT / "tests/control"))
from calls import NUMBER, Line  # noqa: E402
from checks import expect, run_checks  # noqa: E402
from tandem import Tandem, program, wait_until  # noqa: E402
from test_ladder import ATTEMPT, SECRETS, secret_caller  # noqa: E402

HEADERS = 28  # of IPv4 and UDP


def messages(path):
    """The SIP messages of a capture file; a length that does not add up is an error."""
    data = path.read_bytes()
    expect(data[:4] == b"\xd4\xc3\xb2\xa1" and len(data) >= 24, f"no capture file: {data[:24]}")
    at, found = 24, []
    while at < len(data):
        size = int.from_bytes(data[at + 8:at + 12], "little")
        expect(at + 16 + size <= len(data), "cut short")
        found.append(data[at + 16 + HEADERS:at + 16 + size])
        at += 16 + size
    return found


def call_ids(path):
    return {line.split(b":", 1)[1].strip().decode() for text in messages(path) for line in text.split(b"\r\n")
            if line.lower().startswith(b"call-id:")}


def refusal(tandem, *words):
    done = subprocess.run([str(program("tandemctl")), "--config", str(tandem.conf_path), "trace", *words],
                          capture_output=True, text=True, check=False)
    expect(done.returncode != 0, f"{words} was accepted: {done.stdout}")
    return done.stderr


def start(tandem, *words):
    answer = tandem.ctl_json("trace", "start", *words)
    expect(answer["state"] == "running", str(answer))
    return answer["trace"], pathlib.Path(answer["file"])


def listed(tandem, trace):
    return next(row for row in tandem.ctl_json("trace", "list")["traces"] if row["trace"] == trace)


def calls_place(tandem, count, **options):
    line = Line(tandem)
    line.provision()
    line.callee()
    line.caller(count, **options).wait(30)
    line.end()
    return tandem.cdrs(count)


def by_trunk(folder):
    """Calls of either trunk and of a number are traced from the INVITE to the last 200, without secrets"""
    with Tandem(folder) as tandem:
        Line(tandem).provision()
        trunks = tandem.ctl_json("trunks")["trunks"]
        traces = [start(tandem, "--trunk", trunk["name"]) for trunk in trunks]
        traces.append(start(tandem, "--number", "+" + NUMBER.lstrip("+")[:4], "--minutes", "2"))
        other, other_path = start(tandem, "--number", "999999")
        cdr = calls_place(tandem, 1, scenario=secret_caller(folder))[0]
        for trace, path in traces:
            wait_until(lambda trace=trace: listed(tandem, trace)["messages"] >= len(ATTEMPT), 5, "all messages")
            tandem.ctl("trace", "stop", str(trace))
            row = listed(tandem, trace)
            expect((row["state"], row["calls"], row["lost"]) == ("stopped", 1, 0), str(row))
            wait_until(lambda path=path, row=row: path.stat().st_size == row["size_bytes"], 5, "the file")
            texts = messages(path)
            expect(texts[0].startswith(b"INVITE ") and len(texts) == row["messages"], str(texts)[:200])
            expect(len(set(texts)) >= len(ATTEMPT), f"twice or missing: {len(set(texts))} of {len(texts)}")
            expect(call_ids(path) == {cdr["a_call_id"], cdr["b_call_id"]}, str(call_ids(path)))
            for secret in SECRETS:
                expect(secret not in path.read_bytes().decode(errors="replace"), f"{secret} was written")
        expect(listed(tandem, other)["calls"] == 0 and not messages(other_path), "another number's call")
        expect((path.stat().st_mode & 0o777) & ~0o640 == 0, "others may read it")


def by_call(folder):
    """A call that is up is traced from its INVITE on, and no other call is"""
    with Tandem(folder) as tandem:
        line = Line(tandem)
        line.provision()
        line.callee()
        callers = line.caller(2, talk_ms=1500)
        wait_until(lambda: [c["state"] for c in tandem.ctl_json("calls")["calls"]] == ["up", "up"], 10, "two calls")
        call = tandem.ctl_json("call", tandem.ctl_json("calls")["calls"][0]["id"])
        trace, path = start(tandem, "--call", call["a"]["call_id"])
        callers.wait(20)
        wait_until(lambda: listed(tandem, trace)["messages"] >= len(ATTEMPT), 5, "all messages")
        tandem.ctl("trace", "stop", str(trace))
        wait_until(lambda: path.stat().st_size == listed(tandem, trace)["size_bytes"], 5, "the file")
        expect(messages(path)[0].startswith(b"INVITE "), "its beginning is missing")
        expect(call_ids(path) == {call["a"]["call_id"], call["b"]["call_id"]}, str(call_ids(path)))
        line.end()


def survives_ring(folder):
    """What the ring has long forgotten is in the file; a file that is full ends its trace"""
    with Tandem(folder, {"trace_ring_mb": 1, "trace_file_mb": 1}) as tandem:
        Line(tandem).provision()
        trace, path = start(tandem, "--number", NUMBER.lstrip("+")[:3])
        first = calls_place(tandem, 1)[0]
        calls_place(tandem, 300, rate=100, talk_ms=10)
        wait_until(lambda: listed(tandem, trace)["state"] == "full", 20, "a full file")
        row = listed(tandem, trace)
        wait_until(lambda: path.stat().st_size == row["size_bytes"], 5, "the file")
        expect(0.9 * 2**20 < row["size_bytes"] <= 2**20 and len(messages(path)) == row["messages"], str(row))
        expect(first["a_call_id"] in call_ids(path), "the first call is missing")


def at_exit(folder):
    """The daemon's end loses nothing of what was traced"""
    with Tandem(folder) as tandem:
        Line(tandem).provision()
        _, path = start(tandem, "--number", NUMBER.lstrip("+")[:3])
        calls = 20
        calls_place(tandem, calls, rate=50)
        tandem.ctl("stop")
        wait_until(lambda: tandem.b2bua.process.poll() is not None, 20, "its end")
        texts = messages(path)
        expect(len([t for t in texts if t.startswith(b"BYE ")]) == 2 * calls, f"{len(texts)} messages")


def refused(folder):
    """What cannot be traced is told, with the remedy"""
    with Tandem(folder, {"trace_files": 9, "trace_dir": str(folder / "kept")}) as tandem:
        for words, told in ((("start",), "one of"), (("start", "--trunk", "nobody"), "no trunk"),
                            (("start", "--trunk", "a", "--number", "1"), "one of"),
                            (("start", "--call", "nobody"), "no call has this id"), (("start", "--number", "alice"), "digits"),
                            (("start", "--number", "1", "--minutes", "0"), "from 1 to 1440"), (("stop", "7"), "no such trace"),
                            (("stop",), "usage"), (("look",), "start, list or stop"), (("list", "--number", "1"), "trace start")):
            expect(told in refusal(tandem, *words), f"{words}: {refusal(tandem, *words)}")
        traces = [start(tandem, "--number", str(n))[0] for n in range(8)]
        expect("stop one of them" in refusal(tandem, "start", "--number", "9"), "a ninth runs")
        tandem.ctl("trace", "stop", str(traces[0]))
        traces.append(start(tandem, "--number", "9")[0])
        tandem.ctl("trace", "stop", str(traces[1]))
        expect("remove those" in refusal(tandem, "start", "--number", "9"), "a tenth file")
        expect(len(list((folder / "kept").glob("*.pcap"))) == 9, "files")
    with Tandem(folder, {"trace_ring_mb": 0}) as tandem:
        expect("set it in tandem.conf" in refusal(tandem, "list"), "without a ring")
    with Tandem(folder, {"trace_dir": "/dev/null/traces"}) as tandem:
        expect("trace_dir of tandem.conf" in refusal(tandem, "start", "--number", "1"), "no folder")
        expect(tandem.ctl_json("trace", "list")["traces"] == [], "it is listed")


CHECKS = [by_trunk, by_call, survives_ring, at_exit, refused]

if __name__ == "__main__":
    sys.exit(run_checks("trace", CHECKS, sys.argv[1:]))
