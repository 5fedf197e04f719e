"""SIPp as a caller or a callee: scenario files put together from parts, run, and read back.

A scenario file is SIPp's XML with two additions, both between at-signs: names of addresses
(@access@, @uas_host@, ...) and parts, messages that are the same everywhere (@INVITE@,
@REPLY 180 Ringing@), kept in tests/scenario/parts. What follows a part's name are its arguments,
separated by |: {1}, {2}, ... in the part's text, {1:default} where one may be left out, and {lines}
for all of them as lines of their own, {more} for all but the first.
"""
import pathlib
import re
import signal
import socket
import subprocess

from tandem import ROOT, TandemError, wait_until

PARTS = ROOT / "tests/scenario/parts"
PART = re.compile(r"@([A-Z][A-Z0-9_]*)(?:[ |]([^@\n]*))?@")
NAME = re.compile(r"@([a-z][a-z0-9_]*)@")
ARGUMENT = re.compile(r"\{(\d)(?::([^}]*))?\}")


def part_expand(match, skip):
    """The text of one part with its arguments in place."""
    name, rest = match.group(1), match.group(2) or ""
    if any(name.startswith(prefix) for prefix in skip):
        return ""
    path = PARTS / f"{name}.xml"
    if not path.exists():
        raise TandemError(f"no part {name} in {PARTS}")
    arguments = rest.split("|") if rest else []

    def argument(found):
        index = int(found.group(1)) - 1
        return arguments[index] if index < len(arguments) else found.group(2) or ""

    text = path.read_text().rstrip("\n")
    lines = ["\n" + line for line in arguments]
    text = text.replace("{lines}", "".join(lines)).replace("{more}", "".join(lines[1:]))
    return ARGUMENT.sub(argument, text)


def render(path, names, skip=()):
    """A scenario file's text as SIPp takes it. Parts whose names start with one of `skip` are left out."""
    text = path.read_text()
    while PART.search(text):
        text = PART.sub(lambda match: part_expand(match, skip), text)
    text = names_fill(text, names)
    variables = sorted(set(re.findall(r'assign_to="([^"]+)"', text)))
    if variables:  # SIPp refuses a variable that is mentioned only once
        text = text.replace("</scenario>", f'<Reference variables="{",".join(variables)}"/>\n</scenario>')
    return '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE scenario SYSTEM "sipp.dtd">\n' + text


def names_fill(text, names):
    """Put addresses in the place of @name@."""
    def name(found):
        if found.group(1) not in names:
            raise TandemError(f"unknown name @{found.group(1)}@")
        return str(names[found.group(1)])

    return NAME.sub(name, text)


class Sipp:
    """One SIPp process, and its logs in `folder`."""

    def __init__(self, name, folder, xml, local, remote=None, calls=1, options=(), trace=True):
        self.name = name
        self.local = local
        self.messages_path = folder / f"{name}-messages.log"
        self.errors_path = folder / f"{name}-errors.log"
        self.screen_path = folder / f"{name}-screen.log"
        self.transport = "tcp" if "-t" in options and options[list(options).index("-t") + 1][0] == "t" \
            else "udp"
        script = folder / f"{name}.xml"
        script.write_text(xml)
        host, port = local
        self.command = ["sipp", "-sf", str(script), "-i", host, "-p", str(port), "-bind_local",
                        "-mi", host, "-nostdin", "-trace_err", "-error_file", str(self.errors_path)]
        if calls:
            self.command += ["-m", str(calls)]
        if trace:
            self.command += ["-trace_msg", "-message_file", str(self.messages_path)]
        self.command += list(options)
        if remote:
            self.command.append(address(*remote))
        self.process = None

    def start(self):
        with open(self.screen_path, "w") as screen:
            self.process = subprocess.Popen(self.command, stdout=screen, stderr=screen,
                                            stdin=subprocess.DEVNULL, cwd=self.screen_path.parent)
        return self

    def wait_listening(self):
        """A callee is called only when its port is open."""
        wait_until(lambda: self.ended_early() or port_taken(self.transport, *self.local),
                   10, f"SIPp {self.name} listening")
        if self.ended_early():
            raise TandemError(f"SIPp {self.name} ended with {self.process.returncode} before it was called: "
                              f"{self.last_words()}")
        return self

    def ended_early(self):
        """True if it has ended as it should not: nothing is to be waited for any more."""
        return self.process.poll() not in (None, 0)

    def last_words(self):
        for path in (self.errors_path, self.screen_path):
            if path.exists() and path.read_text(errors="replace").strip():
                return path.read_text(errors="replace").strip()[-500:]
        return "it said nothing"

    def wait(self, timeout_s):
        """Its exit code, or None if it had to be ended."""
        try:
            return self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.end()
            return None

    def end(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def messages(self):
        """[("received"|"sent", start line, text)] of everything that passed."""
        if not self.messages_path.exists():
            return []
        text = self.messages_path.read_text(errors="replace")
        found = []
        for block in re.split(r"^-{20,}.*\n", text, flags=re.M)[1:]:
            match = re.match(r"(?:UDP|TCP) message (received|sent)[^\n]*\n\n(.*)", block, re.S)
            if match:
                message = match.group(2)
                found.append((match.group(1), message.split("\n", 1)[0].strip(), message))
        return found

    def received(self, wanted):
        """How many messages came in whose method or status code is `wanted`, retransmissions included."""
        return sum(1 for direction, line, _ in self.messages()
                   if direction == "received" and wanted in line.split()[:2])

    def report(self):
        """Why it failed, for the log of the test."""
        lines = [f"--- SIPp {self.name}: {' '.join(self.command)}"]
        for path in (self.errors_path, self.messages_path):
            if path.exists():
                lines += [f"--- {path}", path.read_text(errors="replace")[-8000:]]
        if not self.errors_path.exists():
            lines.append(self.screen_path.read_text(errors="replace")[-1500:])
        return "\n".join(lines)


def address(host, port):
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def port_taken(transport, host, port):
    """True if somebody listens there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    kind = socket.SOCK_STREAM if transport == "tcp" else socket.SOCK_DGRAM
    with socket.socket(family, kind) as probe:
        try:
            probe.bind((host, port))
            return False
        except OSError:
            return True


def scenario_path(name):
    return pathlib.Path(ROOT / "tests/scenario" / name)
