#!/usr/bin/env python3
"""What is kept of a call's messages: the ladder in the terminal, without secrets."""
import base64
import contextlib
import json
import os
import pathlib
import re
import shutil
import socket
import struct
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/lib"))
from calls import SCRIPTS, Line  # noqa: E402
from checks import Skip, expect, run_checks  # noqa: E402
from tandem import Tandem, program, wait_until  # noqa: E402

SECRETS = ["5ecret0f", "n0nce0fs", "cn0nce0f", "passw0rd"]
CREDENTIALS = ('Proxy-Authorization: Digest username="alice", realm="tandem", nonce="n0nce0fs", uri="sip:b@h", '
               'response="5ecret0f", cnonce="cn0nce0f", qop=auth, nc=00000001')
ATTEMPT = [("a", "INVITE"), ("a", 100), ("b1", "INVITE"), ("b1", 180), ("a", 180), ("b1", 200), ("b1", "ACK"),
           ("a", 200), ("a", "ACK"), ("a", "BYE"), ("a", 200), ("b1", "BYE"), ("b1", 200)]


def secret_caller(folder):
    """A caller whose INVITE tells its password in each way there is."""
    text = (SCRIPTS / "caller.xml").read_text()
    part = (ROOT / "tests/scenario/parts/INVITE.xml").read_text()
    part = part.replace("{lines}", "").replace("CSeq:", CREDENTIALS + "\nCall-Info: <sip:alice:passw0rd@h>\nCSeq:", 1)
    path = folder / "secret-caller.xml"
    path.write_text(re.sub(r"@INVITE@", lambda _: part, text))
    return str(path)


def call_placed(tandem, scenario="caller.xml"):
    """One call from its INVITE to its last 200; returns its CDR."""
    line = Line(tandem)
    line.provision()
    line.callee()
    line.caller(1, scenario=scenario).wait(20)
    cdr = tandem.cdrs(1)[0]
    line.end()
    return cdr


def said(message):
    return message["leg"], message.get("method") or message.get("code")


def whole_call(folder):
    """A call's messages are shown by its CDR id and by both Call-IDs, also when it is over"""
    with Tandem(folder) as tandem:
        cdr = call_placed(tandem)
        wait_until(lambda: len(tandem.ctl_json("ladder", cdr["cdr_id"])["messages"]) >= len(ATTEMPT), 5, "all messages")
        for name in (cdr["cdr_id"], cdr["a_call_id"], cdr["b_call_id"]):
            answer = tandem.ctl_json("ladder", name)
            messages = answer["messages"]
            expect(answer["id"] == cdr["cdr_id"], str(answer)[:200])
            expect(sorted(map(str, map(said, messages))) == sorted(map(str, ATTEMPT)), str(list(map(said, messages))))
            expect([said(m) for m in messages][:2] == ATTEMPT[:2], "order")
            times = [m["time_us"] for m in messages]
            expect(times == sorted(times), "times do not rise")
        invite = messages[0]
        expect(invite["codec"] == "PCMA" and not invite["held"] and not invite["sent"], str(invite))
        expect(invite["transport"] == "UDP" and invite["to"] == f"{tandem.host}:{tandem.access_port}", str(invite))
        expect("packet" not in invite, "the whole text was not asked for")


def drawn(folder):
    """The ladder is drawn in UTF-8 or in ASCII, as the locale says"""
    with Tandem(folder) as tandem:
        cdr = call_placed(tandem)
        command = [str(program("tandemctl")), "--config", str(tandem.conf_path), "ladder", cdr["cdr_id"]]

        def draw(locale, *options):
            done = subprocess.run([*command, *options], capture_output=True, env={**os.environ, "LC_ALL": locale}, check=True)
            return done.stdout

        utf8 = draw("C.UTF-8").decode()
        expect("INVITE (PCMA) ─" in utf8 and "►│" in utf8 and "│◄" in utf8, utf8)
        rungs = [line for line in utf8.splitlines() if "│" in line]
        expect(len(rungs) >= len(ATTEMPT), utf8)
        expect(len({tuple(i for i, c in enumerate(rung) if c == "│") for rung in rungs}) == 1, "poles not upright:\n" + utf8)
        for plain in (draw("C"), draw("C.UTF-8", "--ascii")):
            plain.decode("ascii")
            expect(b"INVITE (PCMA) -" in plain and b">|" in plain and b"|<" in plain, plain.decode())


def masked(folder):
    """Digest credentials and passwords are nowhere in what is shown"""
    with Tandem(folder) as tandem:
        cdr = call_placed(tandem, secret_caller(folder))
        text = b"".join(packets(tandem, cdr["cdr_id"])).decode()
        expect('username="alice", realm="tandem", nonce="xxxxxxxx"' in text, text[:2000])
        for secret in SECRETS:
            expect(secret not in text, f"{secret} is shown: {text[:2000]}")


def packets(tandem, call):
    """Whole messages, as only programs ask for them."""
    with socket.socket(socket.AF_UNIX) as control:
        control.connect(str(tandem.data / "run/b2bua.sock"))
        control.settimeout(10)
        request = {"jsonrpc": "2.0", "id": 1, "method": "ladder", "params": {"id": call, "packets": True}}
        control.sendall(json.dumps(request).encode() + b"\n")
        answer = json.loads(control.makefile().readline())
    return [base64.b64decode(message["packet"]) for message in answer["result"]["messages"]]


def captured(folder):
    """The capture file holds both legs, and Wireshark finds nothing wrong with it"""
    if not shutil.which("tshark"):
        raise Skip("no tshark")
    with Tandem(folder) as tandem:
        cdr = call_placed(tandem)
        path = folder / "call.pcap"
        tandem.ctl("ladder", cdr["cdr_id"], "--pcap", str(path))
        expect(path.stat().st_mode & 0o777 == 0o600, "others may read it")
        fields = ["frame.protocols", "ip.src", "udp.srcport", "ip.dst", "sip.Call-ID", "_ws.expert.message", "udp.checksum.status",
                  "ip.checksum.status", "sip.CSeq"]
        done = subprocess.run(["tshark", "-r", str(path), "-o", "udp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE",
                               "-T", "fields", "-E", "separator=|", *(word for field in fields for word in ("-e", field))],
                              capture_output=True, text=True, check=True)
        rows = [dict(zip(fields, line.split("|"))) for line in done.stdout.splitlines()]
        expect(len(rows) >= len(ATTEMPT), done.stdout + done.stderr)
        expect(all(":udp:sip" in row["frame.protocols"] for row in rows), "not SIP: " + done.stdout)
        expect({row["sip.Call-ID"] for row in rows} == {cdr["a_call_id"], cdr["b_call_id"]}, "legs: " + done.stdout)
        expect({row["udp.checksum.status"] for row in rows} == {"1"} == {row["ip.checksum.status"] for row in rows},
               "checksums: " + done.stdout)
        expect(not any("alform" in row["_ws.expert.message"] for row in rows), "malformed: " + done.stdout)
        expect(rows[0]["ip.dst"] == tandem.host, done.stdout)


def hep_decode(packet):
    """{chunk type: bytes} of a HEP3 packet; anything that does not add up is an error."""
    magic, length = struct.unpack("!4sH", packet[:6])
    expect(magic == b"HEP3" and length == len(packet), f"{magic} {length} {len(packet)}")
    chunks, at = {}, 6
    while at < len(packet):
        vendor, kind, size = struct.unpack("!HHH", packet[at:at + 6])
        expect(vendor == 0 and size >= 6 and at + size <= length and kind not in chunks, f"chunk {kind} of {size}")
        chunks[kind] = packet[at + 6:at + size]
        at += size
    return chunks


def homer(folder):
    """Homer gets every message, with its addresses, the call it belongs to, and without secrets"""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(0.5)
        target = f"127.0.0.1:{server.getsockname()[1]}"
        with Tandem(folder, {"hep_target": target, "hep_id": 4711}) as tandem:
            cdr = call_placed(tandem, secret_caller(folder))
            got = []
            with contextlib.suppress(socket.timeout):
                while len(got) < 100:
                    got.append(hep_decode(server.recv(65535)))
            host = socket.inet_aton(tandem.host)
            port = tandem.access_port
    lines = [chunks[15].split(b"\r\n")[0] for chunks in got]
    expect(len(got) >= len(ATTEMPT), str(lines))
    for chunks in got:
        expect((chunks[1], chunks[2], chunks[11]) == (b"\2", b"\x11", b"\1"), f"family, protocol, type: {chunks}")
        expect(chunks[12] == struct.pack("!I", 4711) and chunks[19] == b"test", f"who captured: {chunks}")
        expect(host in (chunks[3], chunks[4]), f"addresses: {chunks}")
        expect(abs(struct.unpack("!I", chunks[9])[0] - cdr["start_us"] // 1000000) < 30, f"time: {chunks}")
        expect(struct.unpack("!I", chunks[10])[0] < 1000000, f"microseconds: {chunks}")
        for secret in SECRETS:
            expect(secret.encode() not in chunks[15], f"{secret} was sent: {chunks}")
    expect(got[0][15].startswith(b"INVITE ") and struct.unpack("!H", got[0][8])[0] == port, str(got[0]))
    calls = [chunks.get(17) for chunks in got if not chunks[15].startswith(b"INVITE ")]
    expect(set(calls) == {cdr["cdr_id"].encode()}, f"correlation: {calls}")


def refused(folder):
    """A call that nobody knows, and a Tandem that keeps nothing, are told so"""
    with Tandem(folder, {"trace_ring_mb": 0}) as tandem:
        cdr = call_placed(tandem)
        done = subprocess.run([str(program("tandemctl")), "--config", str(tandem.conf_path), "ladder", cdr["cdr_id"]],
                              capture_output=True, text=True, check=False)
        expect(done.returncode == 1 and "set trace_ring_mb" in done.stderr, done.stderr)
    with Tandem(folder) as tandem:
        done = subprocess.run([str(program("tandemctl")), "--config", str(tandem.conf_path), "ladder", "nobody"],
                              capture_output=True, text=True, check=False)
        expect(done.returncode == 1 and "no messages of this call" in done.stderr, done.stderr)


CHECKS = [whole_call, drawn, masked, captured, homer, refused]

if __name__ == "__main__":
    sys.exit(run_checks("ladder", CHECKS, sys.argv[1:]))
