"""The soak of disorder: two telephones that keep to no rules say and answer anything, in any state, for money.

When it is over they hang up what they know and answer politely. Then nothing may be left of it: no call, subscription,
session of the relay, reservation or descriptor; each call has one CDR, the books are right, and a plain call passes.
A seed draws the same dice, but what they are thrown for depends on the time that everything takes.
"""
import collections
import os
import pathlib
import random
import re
import select
import shutil
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / part) for part in ("lib", "torture")]
from house import House  # noqa: E402
from measure import table  # noqa: E402
from talker import Talker  # noqa: E402
from tandem import TandemError, build_dir, wait_until  # noqa: E402

ACTS_PER_S = 100
BEGINNINGS = 0.25  # of the acts begin a call or a subscription
FROM_CALLER = 0.75
BALANCE = "300000.00"
SETTLED_S = 2      # the relay has bound its ports for the next calls
POLITE_S = 5       # what they know is over by then; the rest is hung up for them
METHODS = ["INFO", "MESSAGE", "OPTIONS", "NOTIFY", "SUBSCRIBE"]
METHODS_OUTSIDE = ["SUBSCRIBE", "MESSAGE", "PUBLISH"]


class PaidHouse(House):
    """A prepaid caller and two trunks to one callee; the seed draws what each trunk may do."""

    def __init__(self, folder, rng):
        super().__init__(folder)
        self.rng = rng

    def __enter__(self):
        super().__enter__()
        self.tandem.ctl("account", "topup", "acme", BALANCE, "--key", "soak")
        return self

    def objects(self):
        objects = super().objects()
        pbx, ims = objects["trunks"]
        pbx["transfer"] = "serve"
        ims.update(transfer="serve", auth_user="u", auth_password="p", redirect="follow", ring_timeout_s=20,
                   timeout_s=3, match=[self.callee.host])
        other = {**ims, "name": "ims-b", "match": [], "transfer": self.rng.choice(("refuse", "pass", "serve")),
                 "prack_out": self.rng.choice(("off", "supported", "required"))}
        objects["trunks"].append(other)
        for trunk in objects["trunks"]:
            trunk.update(methods=METHODS, methods_outside=METHODS_OUTSIDE,
                         precondition=self.rng.choice(("off", "relay", "serve")))
        objects["routes"] = [{"prefix": "86", "trunks": ["ims", "ims-b"], "strategy": "priority"},
                             {"prefix": "8690", "trunks": ["ims-b"], "strategy": "priority"}]
        objects["tariffs"] = [{"name": "retail", "currency": "EUR", "rates": [
            {"prefix": "86", "per_minute": "60.00", "first": 1, "next": 1}]}]
        objects["accounts"] = [{"name": "acme", "kind": "prepaid", "currency": "EUR", "tariff": "retail"}]
        return objects

    def relay_sessions(self):
        return self.tandem.ctl_json("relay")["statistics"]["currentstatistics"]["sessionsown"]

    def descriptors(self):
        """How many there are of each kind, in both daemons; not the database's, of which SQLite keeps closed ones for
        its next connections."""
        count = collections.Counter()
        for daemon in (self.tandem.b2bua, self.tandem.relay):
            for path in pathlib.Path(f"/proc/{daemon.pid()}/fd").iterdir():
                what = os.readlink(path)
                count[daemon.name, re.sub(r":.*", "", what)] += "tandem.db" not in what
        return count


class DisorderSoak:
    def __init__(self, house, rng):
        self.house, self.rng = house, rng
        self.caller = Talker(rng, house.caller, house.access)
        self.callee = Talker(rng, house.callee, house.carrier)
        self.talkers = (self.caller, self.callee)
        house.whole_call()
        house.idle()
        house.board.rest(SETTLED_S)
        self.descriptors = house.descriptors()

    def act(self):
        if self.rng.random() < BEGINNINGS:
            talker = self.caller if self.rng.random() < FROM_CALLER else self.callee
            talker.begin()
        else:
            self.rng.choice(self.talkers).go_on()

    def turn(self):
        select.select([talker.peer.socks[0] for talker in self.talkers], [], [], 1 / ACTS_PER_S)
        for talker in self.talkers:
            talker.listen()
            talker.answer()

    def load(self, seconds):
        due = look = time.monotonic()
        end = due + seconds
        while (now := time.monotonic()) < end:
            self.turn()
            if now >= due:
                self.act()
                due = now + 1 / ACTS_PER_S
            if now >= look:
                self.house.alive()
                for talker in self.talkers:
                    talker.forget()
                look = now + 1

    def part(self):
        """From here on the house's telephones answer by the book."""
        for talker in self.talkers:
            for dialog in talker.dialogs.values():
                dialog.part()
                self.house.board.rest(1 / ACTS_PER_S)
        self.house.board.rest(POLITE_S)
        self.house.tandem.ctl("hangup", "--all")
        self.house.idle()

    def show(self, rows):
        table(("begun", "said", "heard", "attempts"),
              [[*(sum(getattr(talker, what) for talker in self.talkers) for what in ("begun", "said", "heard")),
                len(rows)]])
        count = collections.Counter((row["disposition"], row["release_tag"]) for row in rows)
        table(("calls", "disposition", "released by"), [(calls, *how) for how, calls in count.most_common()])

    def nothing_left(self):
        """Raises what is."""
        tandem = self.house.tandem
        self.show(self.house.records_complete())
        wait_until(lambda: not self.house.relay_sessions(), 10, "no session of the relay")
        wait_until(lambda: float(tandem.ctl_json("account", "show", "acme")["reserved"]) == 0, 10, "no reservation")
        for books in ("ledger", "cdr"):
            tandem.ctl(books, "verify")
        if self.house.status()["calls"]["subscriptions"]:
            raise TandemError(f"subscriptions are left: {tandem.ctl('subscriptions')}")
        self.house.board.rest(SETTLED_S)
        more = self.house.descriptors() - self.descriptors
        if more:
            raise TandemError(f"descriptors that were not there before: {dict(more)}")

    def run(self, seconds):
        self.load(seconds)
        self.part()
        self.house.whole_call()
        self.house.idle()
        self.nothing_left()


def soak_random(seconds, seed):
    """True when it holds; the logs of what does not are kept."""
    print(f"seed {seed}", flush=True)
    rng = random.Random(seed)
    folder = tempfile.mkdtemp(prefix=f"soak-random-{seed}-", dir=build_dir())
    try:
        with PaidHouse(folder, rng) as house:
            DisorderSoak(house, rng).run(seconds)
    except TandemError as error:
        print(f"FAILED  random, seed {seed}: {error}\n        logs: {folder}")
        return False
    shutil.rmtree(folder)
    return True
