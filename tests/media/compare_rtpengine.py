#!/usr/bin/env python3
"""The same NG requests to our relay and to Debian's rtpengine: what differs in the replies.

usage: compare_rtpengine.py [--all] [NAME...]     --all: print also what does not differ

Ports, keys and what else must differ is masked. Lines of an SDP that only stand in another order are said
to do so. What is meant to differ stands in compare_cases.py with its reason; anything else is a failure.
rtpengine comes from .cache/peers, where ./dev test unpacks it.
"""
import argparse
import difflib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "lib")]
from compare_cases import CASES, DIFFERENT, MEANT  # noqa: E402
from relay_lib import Client, wait_until  # noqa: E402
from tandem import ROOT, free_port, program  # noqa: E402

HOST = "127.0.0.1"
PORTS = {"tandem": (31000, 31999), "rtpengine": (32000, 32999)}
JOBS_S = 0.3  # later than this our workers have done what an answer asked of them, also on a busy machine
NUMBER = re.compile(r"(?<![\w.])\d+(?![\w.])")


def commands(folder):
    """{name: (command line, NG address)} of what can be started here."""
    ports = {name: (HOST, free_port(HOST)) for name in PORTS}
    ng = {name: "%s:%d" % address for name, address in ports.items()}
    found = {"tandem": [str(program("tandem-rtprelay")), "--set", f"data_dir={folder}", "--set", f"run_dir={folder}",
                        "--set", f"ng_udp={ng['tandem']}", "--set", "rtp_workers=1",
                        "--set", "rtp_port_min=%d" % PORTS["tandem"][0], "--set", "rtp_port_max=%d" % PORTS["tandem"][1]]}
    path = shutil.which("rtpengine", path=f"{ROOT}/.cache/peers/usr/bin:{os.environ['PATH']}")
    if path:
        found["rtpengine"] = [path, "--table=-1", f"--interface={HOST}", f"--listen-ng={ng['rtpengine']}",
                              "--foreground", "--log-stderr", "--log-level=5", "--delete-delay=0",
                              f"--pidfile={folder}/pid", "--num-threads=2",
                              "--port-min=%d" % PORTS["rtpengine"][0], "--port-max=%d" % PORTS["rtpengine"][1]]
    return {name: (command, ports[name]) for name, command in found.items()}


class Subject:
    """One of the two, running."""

    def __init__(self, name, command, address, folder):
        self.name = name
        with open(pathlib.Path(folder) / f"{name}.log", "w") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        self.client = Client(None, udp=address)
        wait_until(self.pings, f"{name} answers")

    def pings(self):
        try:
            return self.client.request("ping")["result"] == "pong"
        except OSError:
            return False

    def end(self):
        self.client.close()
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def run(self, number, steps):
        """The replies to a case, masked."""
        mask = Mask(*PORTS[self.name])
        replies = []
        for command, body, keys in steps:
            request = {"call-id": f"call-{number}", "from-tag": "a", **({"sdp": body} if body else {})}
            if command == "answer":
                request["to-tag"] = "b"
            if self.name == "tandem" and command == "offer":
                request["tandem-local"] = [HOST, HOST]
            request = {key: value for key, value in {**request, **keys}.items() if value is not None}
            if command in ("query", "delete"):
                time.sleep(JOBS_S)
            replies.append((command, mask.reply(self.client.request(command, **request))))
        self.client.request("delete", call_id=f"call-{number}", from_tag="a")
        return replies


class Mask:
    """Takes out what differs by nature. The n-th pair of ports a case gets is called P<n>."""

    def __init__(self, first, last):
        self.first, self.last = first, last
        self.names = {}

    def port(self, found):
        port = int(found.group(0))
        if not self.first <= port <= self.last:
            return found.group(0)
        if port in self.names:
            return self.names[port]
        return self.names[port - 1] + "+1" if port - 1 in self.names else "P?"

    def sdp(self, text):
        for port in map(int, re.findall(r"^m=\S+ (\d+)", text, re.M)):
            if self.first <= port <= self.last:
                self.names.setdefault(port, f"P{len(self.names) + 1}")
        text = NUMBER.sub(self.port, text)
        text = re.sub(r"inline:\S+", lambda found: f"inline:<{len(found.group(0).replace('=', '')) - 7}>", text)
        text = re.sub(r"(a=ice-(?:ufrag|pwd):)\S+", r"\1<>", text)
        text = re.sub(r"(a=candidate:)\S+", r"\1<>", text)
        return re.sub(r"(a=(?:fingerprint|tls-id):).*", r"\1<>", text)

    def reply(self, reply):
        """[lines]: the SDP line by line, all else as key: value."""
        lines = []
        for key, value in sorted(reply.items()):
            if key == "sdp":
                lines += [repr(line)[1:-1] for line in self.sdp(value).split("\n") if line]
            elif key in ("result", "error-reason", "warning"):
                lines.append(f"{key}: {value}")
            else:
                lines += sorted(set(shape(key, value)))
        return lines


def shape(path, value):
    """Key paths and types of a reply: figures differ, their names must not."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from shape(f"{path} / {'#' if key.isdigit() or path.endswith('SSRC') else key}", inner)
        if not value:
            yield f"{path}: {{}}"
    elif isinstance(value, list):
        for inner in value:
            yield from shape(f"{path} []", inner)
        if not value:
            yield f"{path} []"
    else:
        words = path.endswith(("flags []", "type", "protocol", "tag", "family", "in dialogue with"))
        yield f"{path}: {value if words else type(value).__name__}"


def differences(theirs, ours):
    """Lines with + (only ours) and - (only theirs); what only moved is marked ~."""
    if theirs == ours:
        return []
    if sorted(theirs) == sorted(ours):
        return ["~ the same lines in another order:", *[f"~   {line}" for line in ours]]
    lines = [line for line in difflib.ndiff(theirs, ours) if line[0] in "+-"]
    return [line for line in lines if not any(re.match(pattern, line) for pattern, _ in MEANT)]


def compare(subjects, names, everything):
    """Prints what differs; returns (cases that hold, cases that differ and are not meant to)."""
    held = failed = 0
    for number, (name, steps) in enumerate(CASES):
        if names and not any(one in name for one in names):
            continue
        theirs, ours = (subjects[who].run(number, steps) for who in ("rtpengine", "tandem"))
        found = [(command, differences(one, other)) for (command, one), (_, other) in zip(theirs, ours)]
        differs = any(lines for _, lines in found)
        wrong = differs != (name in DIFFERENT)
        failed, held = failed + wrong, held + (not wrong)
        if not (wrong or everything or names and differs):
            continue
        print(f"== {name}" + (f" (meant: {DIFFERENT[name]})" if name in DIFFERENT else ""))
        for index, (command, lines) in enumerate(found):
            if lines or everything:
                print(f"   {command}")
                print("\n".join(f"      {line}" for line in (lines or ["="] + ours[index][1])))
        if not differs and wrong:
            print("   they do not differ any more")
    return held, failed


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--all", action="store_true")
    parser.add_argument("names", nargs="*", metavar="NAME")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory(prefix="compare") as folder:
        found = commands(folder)
        if "rtpengine" not in found:
            print("rtpengine is not unpacked in .cache/peers; ./dev test does so\n0 passed, 0 failed, 1 skipped")
            return 0
        subjects = {}
        try:
            for name, (command, address) in found.items():
                subjects[name] = Subject(name, command, address, folder)
            held, failed = compare(subjects, options.names, options.all)
        finally:
            for subject in subjects.values():
                subject.end()
    if failed:
        print("- rtpengine alone, + ours alone, ~ order")
    print(f"{held} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
