"""The engine's soak: calls of all kinds, hung up in all ways, at random, with one datagram in a hundred damaged.

What is not damaged must go by the book. When it is over nothing of it may be left: no call, no leg, as many timers and
descriptors as after the first half, no more memory than GROWTH_KB beside the database's pages, and one CDR for each
attempt.
"""
import pathlib
import random
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / part) for part in ("lib", "torture")]
from flow import pause  # noqa: E402
from house import House, is_sanitizer_build  # noqa: E402
from measure import table  # noqa: E402
from mutate import mutate  # noqa: E402
from peer import TcpPeer  # noqa: E402
from steps import acknowledged, answered, hung_up, prack, reinvite_answered, ringing, ringing_reliably, up  # noqa: E402
from tandem import TandemError, build_dir  # noqa: E402

ROUND_S = 30
STARTS_PER_S = 40
DAMAGE = 0.01
GROWTH_KB = 4096
PAGES_COST = 1.15     # the writer keeps the database's pages in memory, up to 64 MiB (common/db.c)
TRANSACTION_S = 40    # the longest that anything of a call is remembered: 32 s, and what follows
MISTAKES_SHOWN = 5
HEAD = ("round", "calls", "damaged", "failed", "attempts", "CDRs", "legs", "timers", "memory KB", "database KB",
        "descriptors")


# ------------------------------------------------------------------ kinds of calls

def talk(call):
    yield pause(call.board.rng.uniform(0, 2))


def hang_up(call):
    yield from hung_up(call, call.board.rng.choice("ab"))


def plain(call):
    yield from up(call)
    yield from talk(call)
    yield from hang_up(call)


def busy(call):
    call.dial()
    yield call.rings()
    call.b.reply(call.invite, call.board.rng.choice(("486 Busy Here", "603 Decline", "404 Not Found")))
    yield call.a.wants_final()


def cancelled(call):
    yield from ringing(call)
    yield from talk(call)
    call.a.cancel()
    call.b.reply((yield call.b.wants("CANCEL")), "200 OK")
    call.b.reply(call.invite, "487 Request Terminated")
    yield call.a.wants(487, "INVITE")


def early_media(call):
    call.dial()
    yield call.rings()
    call.b.reply(call.invite, "183 Session Progress", body=call.b.sdp())
    call.a.learn((yield call.a.wants(183, "INVITE")))
    yield from talk(call)
    yield from answered(call)
    yield from acknowledged(call)
    yield from hang_up(call)


def reliable(call):
    yield from ringing_reliably(call)
    yield from prack(call)
    yield from talk(call)
    yield from answered(call, sdp=False)
    yield from acknowledged(call)
    yield from hang_up(call)


def hold(call):
    """Held by either side, and taken back."""
    yield from up(call)
    asking, asked = call.board.rng.sample((call.a, call.b), 2)
    for direction in ("sendonly", "sendrecv"):
        yield from talk(call)
        asking.send("INVITE", body=asking.sdp(direction))
        call.reinvite = yield asked.wants("INVITE")
        yield from reinvite_answered(call, asked, asking)
    yield from hang_up(call)


def refused(call):
    """A re-INVITE that the other side does not want; the call goes on."""
    yield from up(call)
    call.a.send("INVITE", body=call.a.sdp("inactive"))
    call.b.reply((yield call.b.wants("INVITE")), "488 Not Acceptable Here")
    yield call.a.wants(488, "INVITE")
    yield from talk(call)
    yield from hang_up(call)


def updated(call):
    yield from up(call)
    call.b.send("UPDATE", body=call.b.sdp("sendonly"))
    request = yield call.a.wants_any("UPDATE", "INVITE")
    call.a.reply(request, "200 OK", body=call.a.sdp("recvonly"))
    yield call.b.wants(200, "UPDATE")
    yield from hang_up(call)


def messages(call):
    yield from up(call)
    for asking, asked in ((call.a, call.b), (call.b, call.a)):
        asking.send("INFO")
        asked.reply((yield asked.wants("INFO")), "200 OK")
        yield asking.wants(200, "INFO")
    yield from hang_up(call)


def crossing(call):
    """Both hang up at once."""
    yield from up(call)
    call.a.send("BYE")
    call.b.send("BYE")
    yield call.a.wants(200, "BYE")
    yield call.b.wants(200, "BYE")


def unacknowledged(call):
    """The caller never acknowledges, and hangs up."""
    yield from ringing(call)
    yield from answered(call)
    yield from talk(call)
    yield from hung_up(call)


def vanished(call):
    """The caller is heard no more after the answer, and the callee hangs up; Tandem keeps its BYE for an ACK that
    never comes."""
    yield from ringing(call)
    yield from answered(call)
    yield from talk(call)
    call.b.send("BYE")
    yield call.b.wants(200, "BYE")


def delayed_offer(call):
    yield from ringing(call, sdp=False)
    call.b.reply(call.invite, "200 OK", body=call.b.sdp())
    call.ok = yield call.a.wants(200, "INVITE")
    call.a.learn(call.ok)
    call.a.ack(call.ok, body=call.a.sdp())
    yield call.b.wants("ACK")
    yield from talk(call)
    yield from hang_up(call)


KINDS = (plain, plain, plain, busy, cancelled, early_media, reliable, hold, refused, updated, messages, crossing,
         unacknowledged, vanished, delayed_offer)


# ------------------------------------------------------------------ the soak

class CallSoak:
    def __init__(self, house):
        self.house, self.board = house, house.board
        self.rng = random.Random(7)
        self.by_tcp = TcpPeer(house.caller.host, 5060)
        self.active = []
        self.calls = self.damaged = self.failed = self.number = 0
        self.mistakes = []
        self.rows = []

    def start(self):
        caller = self.by_tcp if self.rng.random() < 0.2 else self.house.caller
        self.active.append(self.board.call(self.rng.choice(KINDS), caller))
        self.calls += 1

    def reap(self):
        for call in [one for one in self.active if one.over]:
            self.active.remove(call)
            self.damaged += call.damaged
            if call.damaged:
                call.abandon()
            elif call.error:
                self.failed += 1
                self.mistakes.append(call.error)
            self.board.forget(call)

    def load(self, seconds):
        end = time.monotonic() + seconds
        due = time.monotonic()
        while time.monotonic() < end:
            while due < time.monotonic():
                self.start()
                due += self.rng.expovariate(STARTS_PER_S)
            self.board.turn(0.005)
            self.reap()
        while self.active:
            self.board.turn(0.05)
            self.reap()

    def note(self, status):
        self.rows.append((self.number, self.calls, self.damaged, self.failed, status["calls"]["attempts"],
                          self.house.tandem.sql("SELECT count(*) n FROM cdr")[0]["n"], status["door"]["legs"],
                          status["process"]["timers"], self.house.memory_kb(), self.house.database_kb(),
                          self.house.descriptors()))
        table(HEAD, self.rows[-1:])

    def round(self, seconds):
        self.number += 1
        self.board.damage, self.board.damage_share = mutate, DAMAGE
        self.load(seconds)
        self.house.alive()
        self.note(self.house.status())

    def calm(self):
        """When every transaction is forgotten."""
        self.board.damage = None
        self.house.whole_call()
        self.house.idle()
        self.by_tcp.renew()
        self.board.rest(TRANSACTION_S)
        self.note(self.house.idle())

    def half(self, seconds):
        """What is left of so much load: by then the heap is as big as the load needs it."""
        end = time.monotonic() + seconds
        while True:
            self.round(max(5, min(ROUND_S, seconds)))
            if time.monotonic() >= end:
                break
        self.calm()
        return self.rows[-1]

    def complaints(self, first, last):
        found = self.mistakes[:MISTAKES_SHOWN]
        if self.failed:
            found.append(f"{self.failed} calls failed that nothing was damaged of")
        if last[4] != last[5]:
            found.append(f"{last[5]} CDRs of {last[4]} attempts")
        for column, what in ((6, "legs"), (7, "timers"), (10, "descriptors")):
            if last[column] > first[column]:
                found.append(f"{first[column]} {what} before, {last[column]} after")
        grown = last[8] - first[8] - PAGES_COST * (last[9] - first[9])
        if grown > GROWTH_KB and not is_sanitizer_build():
            found.append(f"{grown:.0f} KB more than after the first half, beside the database's pages")
        return found


def soak_call(seconds):
    """True when it holds."""
    complaints = []
    with tempfile.TemporaryDirectory(prefix="soak-", dir=build_dir()) as folder:
        try:
            with House(folder, conf={"trace_ring_mb": 1}) as house:  # full from the first round on
                soak = CallSoak(house)
                halves = [soak.half(seconds / 2 - TRANSACTION_S) for _ in range(2)]
                complaints = soak.complaints(*halves)
                soak.by_tcp.close()
        except TandemError as error:
            complaints.append(str(error))
    for complaint in complaints:
        print(f"FAILED  call: {complaint}")
    return not complaints
