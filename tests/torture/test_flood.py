#!/usr/bin/env python3
"""What a flood may cost: log lines a second, memory for each message, dialog and connection."""
import collections
import itertools
import os
import random
import socket
import sys
import time

from house import House, is_sanitizer_build
from checks import Skip, expect, run_checks
from measure import open_files_raise
from mutate import mutate
from steps import hung_up, nothing, unacknowledged, up
from tandem import wait_until

FLOOD_N = 20000
LINES_PER_S = 10          # of each place in the sources (common/log.h); a flood reaches some of them
PLACES = 12
BIG = 60000               # bytes of headers, nearly what a datagram can hold
BIG_N = 200
BIG_KB = 192              # its text, and what libre allocates for each header
HEADERS = 950             # of the 1,000 that a message may have (door/packet.c)
DIALOGS = int(os.environ.get("TORTURE_DIALOGS", "1000"))
GIVEN_UP_S = 60
DIALOG_KB = 40            # two legs, the call, its CDR, the transactions, the 2xx that is repeated
CONNECTIONS = int(os.environ.get("TORTURE_CONNECTIONS", "10000"))
OTHERS = 8  # descriptors that come in the meantime: the database is read on connections of their own
CONNECTION_BYTES = 4096
OVERLOAD_S = 3


def log_lines(folder):
    """bad packets by the ten thousand: the log stays short, a valid call passes"""
    rng = random.Random(3)
    with House(folder) as house:
        house.whole_call()
        call = house.board.run(house.board.call(unacknowledged))
        texts = [call.a.text(method, cseq=3).encode() for method in ("INVITE", "INFO", "BYE", "REGISTER")]
        before, began = house.tandem.b2bua.log().count("\n"), time.monotonic()
        for i in range(FLOOD_N):
            house.caller.send(house.access, mutate(rng, texts[i % len(texts)]))
            if i % 200 == 0:
                house.board.turn(0.005)
                house.caller.drain()
        house.board.rest(1)  # what the kernel still holds: our caller does not repeat an INVITE that it dropped
        house.whole_call()
        seconds = time.monotonic() - began
        lines = house.tandem.b2bua.log().count("\n") - before
        expect(lines <= LINES_PER_S * PLACES * (seconds + 1), f"{lines} lines of log in {seconds:.1f} s")
        call.abandon()
        house.idle()


def heard(kind):
    """A script: what is so big is not dropped unseen."""
    def big_invite(call):
        call.a.send("INVITE", more=big(kind), body=call.a.sdp())
        yield call.a.wants_such(lambda message: message.code, "any response")

    return big_invite


def too_many_headers(folder):
    """many thousands of headers, in lines or in one list, are dropped unseen: each would cost memory of its own"""
    with House(folder) as house:
        before = house.status()["door"]["undecodable"]
        call = house.board.call(nothing)
        for more in ("X: y\r\n" * (BIG // 6), "Supported: " + "a," * (BIG // 2) + "a\r\n"):
            call.a.peer.send(call.a.to, call.a.text("INVITE", more=more, body=call.a.sdp(), cseq=1))
        wait_until(lambda: house.status()["door"]["undecodable"] == before + 2, 5, "both are counted")
        house.whole_call()
        house.records_complete()


def big_headers(folder):
    """64 KiB of headers, again and again, by UDP and TCP: they are answered, and leave nothing"""
    for by in ("udp", "tcp"):
        with House(folder / by, by) as house:
            house.whole_call()
            for kind in range(3):
                call = house.board.run(house.board.call(heard(kind)))
                call.abandon()
                house.board.forget(call)
            before = house.memory_kb()
            for i in range(BIG_N):
                more = big(i % 3)
                call = house.board.call(nothing)
                call.a.peer.send(call.a.to, call.a.text("INVITE", more=more, body=call.a.sdp(), cseq=1))
                house.board.rest(0.005)
                call.a.peer.renew()
                call.a.sent["INVITE"] = call.a.text("INVITE", cseq=1)
                call.abandon()
                house.board.forget(call)
            house.whole_call()
            grown = house.memory_kb() - before
            expect(is_sanitizer_build() or grown < BIG_N * BIG_KB + 8192,
                   f"{by}: {grown} KB for {BIG_N} messages of {BIG} bytes")
            house.idle()
            house.records_complete()


def big(kind):
    """One long header, many, or one name many times: as many as are taken."""
    if kind == 0:
        return "Subject: " + "x" * BIG + "\r\n"
    if kind == 1:
        return "".join(f"X-{i}: {'y' * 50}\r\n" for i in range(HEADERS))
    return f"Record-Route: <sip:127.0.0.1;lr>;x={'y' * 20}\r\n" * HEADERS


def never_acknowledged(call):
    """Tandem gives up after 32 s, and says so to both."""
    yield from unacknowledged(call)
    for end in (call.b, call.a):
        end.reply((yield end.wants("BYE", timeout_s=GIVEN_UP_S)), "200 OK")


def half_open(folder):
    """calls answered and never acknowledged: each costs no more than its bound, and all of them end"""
    with House(folder, anchor="off") as house:  # a relay has fewer descriptors than a b2bua has dialogs
        house.whole_call()
        before = house.memory_kb()
        calls = []
        for _ in range(DIALOGS):
            calls.append(house.board.call(never_acknowledged))
            while house.board.turn(0.001):
                pass
        held = (house.memory_kb() - before) / DIALOGS
        expect(is_sanitizer_build() or held < DIALOG_KB, f"{held:.1f} KB each")
        house.whole_call()
        while not all(call.over for call in calls):
            house.board.turn(0.1)
        mistakes = [call.error for call in calls if call.error]
        expect(not mistakes, f"{len(mistakes)} of {DIALOGS}: {mistakes[:1]}")
        house.idle()
        rows = house.records_complete([call.a.call_id for call in calls])
        lost = [row for row in rows if row["release_tag"] == "dialog_lost"]
        expect(len(lost) == DIALOGS, f"{len(lost)} of {DIALOGS} end as dialog_lost")


def silent_connections(folder):
    """10,000 TCP connections that say nothing: a valid call passes, memory is bounded, and all descriptors come back"""
    if open_files_raise() < CONNECTIONS + 1000:
        raise Skip(f"needs {CONNECTIONS + 1000} descriptors")
    with House(folder) as house:
        house.whole_call()
        before, descriptors = house.memory_kb(), house.descriptors()
        hosts = itertools.cycle(house.tandem.claim.host(last) for last in range(100, 110))
        silent = []
        try:
            for _ in range(CONNECTIONS):
                silent.append(socket.create_connection(house.access, source_address=(next(hosts), 0)))
        except OSError as error:
            expect(len(silent) > 100, f"after {len(silent)} connections: {error}")
        house.whole_call()
        grown = house.memory_kb() - before
        expect(is_sanitizer_build() or grown * 1024 < CONNECTIONS * CONNECTION_BYTES,
               f"{grown} KB for {len(silent)} connections")
        for sock in silent:
            sock.close()
        wait_until(lambda: house.descriptors() <= descriptors + OTHERS, 20, "descriptors of dead connections come back")
        house.whole_call()


def overload(folder):
    """for seconds more calls than can be served: some get 503, each has its CDR, calls under way and later ones go on"""
    with House(folder) as house:
        call = house.board.run(house.board.call(up))
        late = house.board.call(nothing).a
        text = late.text("INVITE", cseq=1).replace("<sip:86", "<sip:99").replace("INVITE sip:86", "INVITE sip:99")
        until = time.monotonic() + OVERLOAD_S
        for i in itertools.count():  # no route leads to 99…
            one = text.replace(late.call_id, f"late-{i}").replace("z9hG4bK", f"z9hG4bKo{i}")
            house.caller.send(house.access, one.encode())
            if time.monotonic() > until:
                break
        house.board.rest(2)
        house.caller.drain()
        call.go_on(hung_up)
        house.board.run(call)
        house.whole_call()
        house.idle()
        found = collections.Counter(row["release_tag"] for row in house.records_complete())
        expect(found["overload"] > 10 and found["no_route"] > 10, f"of {i} sent: {found}")


if __name__ == "__main__":
    sys.exit(run_checks("flood", (log_lines, big_headers, too_many_headers, half_open, silent_connections, overload), sys.argv[1:]))
