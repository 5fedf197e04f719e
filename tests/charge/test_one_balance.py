#!/usr/bin/env python3
"""A hundred calls on one balance: it is never overspent, and in the end it is what the model says."""
import pathlib
import random
import re
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests/lib"), str(ROOT / "tests/charge")]
from checks import expect, run_checks  # noqa: E402
from payers import MOST_LATE_MS, TARIFFS, Payers, account_settled, most_late_ms, one_cdr_each, placed  # noqa: E402
from tandem import Tandem, wait_until  # noqa: E402

CALLS, CPS, TALK_MS = 400, 25, (500, 7500)  # a hundred at a time
SAMPLE_S = 0.2
SEED = 20261121
DAY_S = 86400
MINUTE_S, BEFORE_S = 60, 8  # the price changes with the minute, in the midst of the load

SAMPLE = """
    SELECT (SELECT sum(amount_nano) FROM ledger WHERE kind = 'topup' AND credit = 'pool') AS put_in,
           (SELECT coalesce(sum(amount_nano), 0) FROM ledger WHERE kind = 'charge' AND debit = 'pool') AS spent,
           (SELECT coalesce(sum(nano), 0) FROM hold WHERE account = 'pool') AS reserved,
           (SELECT count(*) FROM hold WHERE account = 'pool') AS calls"""


class Sampler(threading.Thread):
    """Looks at the money until it is stopped."""

    def __init__(self, tandem):
        super().__init__(daemon=True)
        self.tandem = tandem
        self.rows = []
        self.over = threading.Event()
        self.start()

    def run(self):
        while not self.over.wait(SAMPLE_S):
            self.rows += self.tandem.sql(SAMPLE)

    def end(self):
        self.over.set()
        self.join()
        overspent = [row for row in self.rows if row["reserved"] + row["spent"] > row["put_in"]]
        expect(not overspent, f"overspent in {len(overspent)} of {len(self.rows)} samples: {overspent[:2]}")


def topped_up(tandem, caller, rng):
    """Small top-ups until the load is over; each key is used twice."""
    count = 0
    while caller.process.poll() is None:
        count += 1
        amount = f"{rng.randrange(1, 400) / 100:.2f}"
        for _ in range(2):
            tandem.ctl("account", "topup", "pool", amount, "--key", f"top-{count}")
        time.sleep(rng.uniform(0.1, 0.6))
    return count


def shared(folder, tariffs):
    """Load on account `pool`, top-ups, samples, and the reckoning."""
    rng = random.Random(SEED)
    tandem = Tandem(folder)
    line = Payers(tandem, {"pool": ("pool", "40.00")}, {"pool": tariffs})
    try:
        tandem.start()
        line.provision()
        callee = line.callee(ring_ms=100)
        sampler = Sampler(tandem)
        caller = line.payer("pool", CALLS, CPS, TALK_MS)
        topups = topped_up(tandem, caller, rng)
        wait_until(lambda: not tandem.sql("SELECT cdr_id FROM open_call"), 20, "the end of all calls")
        sampler.end()
        one_cdr_each(tandem, placed([caller]))
        account_settled(tandem, {"pool": tariffs})
        report(tandem, sampler, topups)
        cut_on_the_wire(tandem, caller, callee)
        tandem.stop()
    finally:
        line.end()
        tandem.abandon()


def moments(sipp, wanted):
    """{Call-ID: (second of the day, text) of the first such message that came in}."""
    found = {}
    for block in re.split(r"^-{20,} \S+ ", sipp.messages_path.read_text(errors="replace"), flags=re.M)[1:]:
        match = re.match(r"(\d+):(\d+):(\S+)\nUDP message received[^\n]*\n\n(.*)", block, re.S)
        if match and re.match(wanted, match.group(4)):
            hour, minute, second = map(float, match.groups()[:3])
            call_id = re.search(r"^Call-ID: *(\S+)", match.group(4), re.M | re.I).group(1)
            found.setdefault(call_id, (hour * 3600 + minute * 60 + second, match.group(4)))
    return found


def cut_on_the_wire(tandem, caller, callee):
    """Both parties of a call whose money is gone get a BYE that says why, with the last millisecond that is paid for."""
    answers, late_ms = moments(caller, r"SIP/2.0 200 [^\n]*\n(.*\n)*CSeq: *\d+ INVITE"), []
    byes = {"caller": moments(caller, "BYE "), "callee": moments(callee, "BYE ")}
    for row in tandem.sql("SELECT * FROM cdr WHERE release_tag = 'prepaid_exhausted'"):
        answered_s = answers[row["a_call_id"]][0]
        for party, call_id in (("caller", row["a_call_id"]), ("callee", row["b_call_id"])):
            expect(call_id in byes[party], f"the {party} is not hung up on: {row}")
            ended_s, text = byes[party][call_id]
            expect(re.search(r"^Reason: *Q\.850;cause=16\b", text, re.M | re.I), f"no Reason: {text}")
            late_ms.append(((ended_s - answered_s) % DAY_S - row["billed_s"]) * 1000)
    late_ms.sort()
    print(f"        cut from {late_ms[0]:.0f} to {late_ms[-1]:.0f} ms behind the last that is paid for")
    within = sum(-MOST_LATE_MS <= ms <= most_late_ms(tandem) for ms in late_ms)
    expect(within >= 0.95 * len(late_ms), f"only {within} of {len(late_ms)} BYEs in time: {late_ms}")


def report(tandem, sampler, topups):
    """That it was what it should have been: crowded, short of money, and topped up."""
    count = {row["tag"]: row["n"] for row in tandem.sql(
        "SELECT coalesce(release_tag, disposition) AS tag, count(*) AS n FROM cdr GROUP BY tag")}
    most = max(row["calls"] for row in sampler.rows)
    print(f"        {most} calls at once, {topups} top-ups, {len(sampler.rows)} samples: {count}")
    expect(most >= 60, f"{most} calls at once")
    expect(count.get("prepaid_exhausted", 0) >= 5, "hardly any call ran out of money")


def by_seconds(folder):
    """By seconds: never more reserved and spent than put in, the model's balance in the end"""
    shared(folder, TARIFFS["seconds"])


def by_minutes(folder):
    """By steps of six seconds, with a connection fee and money for a part of the calls: the same"""
    shared(folder, {"per_minute": "3.00", "connect_fee": "0.05", "first": 6, "next": 6, "decimals": 3, "rounding": "up"})


def price_changes(folder):
    """The price changes while they talk: the same"""
    left_s = MINUTE_S - time.time() % MINUTE_S
    time.sleep((left_s - BEFORE_S) % MINUTE_S)
    now = time.gmtime(time.time() + MINUTE_S)
    later = time.gmtime(time.time() + 2 * MINUTE_S)
    band = f"mon,tue,wed,thu,fri,sat,sun {now.tm_hour:02d}:{now.tm_min:02d}-{later.tm_hour:02d}:{later.tm_min:02d} 15.00"
    shared(folder, {**TARIFFS["seconds"], "bands": [band]})


if __name__ == "__main__":
    sys.exit(run_checks("charge-one", [by_seconds, by_minutes, price_changes], sys.argv[1:]))
