"""Accounts that pay for calls, the load they make, and whether their money adds up."""
import json
import pathlib
import re
import subprocess
import threading

import model
from calls import Line, answers
from checks import expect
from tandem import free_port, program

NANO = model.NANO
TARIFFS = {"seconds": {"per_minute": "6.00", "connect_fee": "0.01", "first": 1, "next": 1},
           "minutes": {"per_minute": "0.77", "first": 60, "next": 60, "decimals": 4, "rounding": "up"}}
OF_TARIFF = ("decimals", "rounding", "zone")  # all else is its rate's
MOST_LATE_MS = 100  # a cut behind the last paid millisecond, beyond what the kernel made the engine wait
WAITS_EVERY_S = 0.25


class Waits(threading.Thread):
    """How long at most, within two such spans, the kernel had no CPU for the engine that wanted one."""

    def __init__(self, daemon):
        super().__init__(daemon=True)
        self.daemon_looked_at = daemon
        self.spans_ms = [0]
        self.start()

    def run(self):
        before = None
        while not threading.Event().wait(WAITS_EVERY_S):
            try:
                pid = self.daemon_looked_at.pid()
                waited_ns = int(pathlib.Path(f"/proc/{pid}/schedstat").read_text().split()[1])
            except (AttributeError, OSError):  # it is not up
                before = None
                continue
            if before and before[0] == pid:
                self.spans_ms.append((waited_ns - before[1]) / 1e6)
            before = pid, waited_ns

    def most_ms(self):
        return max(map(sum, zip(self.spans_ms, self.spans_ms[1:] + [0])))


def tariff(name, rate):
    terms = {key: rate[key] for key in OF_TARIFF if key in rate}
    return {"name": name, "currency": "CNY", **terms,
            "rates": [{"prefix": "86", **{key: rate[key] for key in rate if key not in OF_TARIFF}}]}


class Payers(Line):
    """A caller's trunk and a prepaid account for each of `accounts`: {name: (tariff, balance)}."""

    def __init__(self, tandem, accounts, tariffs=None):
        super().__init__(tandem)
        tandem.waits = Waits(tandem.b2bua)
        self.accounts = accounts
        self.tariffs = tariffs or TARIFFS
        self.hosts = {name: tandem.claim.host(10 + index) for index, name in enumerate(accounts)}
        self.callee_host = tandem.claim.host(40)
        self.callee_port = free_port(self.callee_host)

    def provision(self):
        host = self.tandem.host
        self.tandem.apply({
            "interfaces": [{"name": "access", "media": host},
                           {"name": "carrier", "listen": [f"udp:{host}:{self.tandem.carrier_port}"], "media": host}],
            "tariffs": [tariff(name, rate) for name, rate in self.tariffs.items()],
            "accounts": [{"name": name, "kind": "prepaid", "currency": "CNY", "balance": balance, "tariff": tariff}
                         for name, (tariff, balance) in self.accounts.items()],
            "trunks": [*({"name": f"pbx-{name}", "interface": "access", "account": name, "match": [host]}
                         for name, host in self.hosts.items()),
                       {"name": "carrier", "interface": "carrier", "target": f"sip:{self.callee_host}:{self.callee_port}"}],
            "routes": [{"prefix": "86", "trunks": ["carrier"]}],
        })

    def payer(self, name, calls, rate, talk_ms):
        """Calls of one account, each of a random length within `talk_ms`: (least, most)."""
        self.caller_host = self.hosts[name]
        remote = (self.tandem.host, self.tandem.access_port)
        return self.start("caller-leaving.xml", self.caller_host, free_port(self.caller_host), remote, calls,
                          {"least_ms": talk_ms[0], "most_ms": talk_ms[1]},
                          ["-s", "8613800138000", "-r", str(rate), "-l", str(calls + 10),
                           "-cid_str", f"{name}{self.count}-%u-%p@%s"])

    def end(self):
        super().end()
        self.running = []


def placed(callers):
    """Call-IDs of the INVITEs that were answered in any way."""
    return {call_id for caller in callers for call_id, codes in answers(caller).items() if codes}


def one_cdr_each(tandem, call_ids):
    """No call without a record, none with two."""
    count = dict(tuple(row.values()) for row in tandem.sql("SELECT a_call_id, count(*) FROM cdr GROUP BY a_call_id"))
    double = [call_id for call_id, n in count.items() if n > 1]
    missing = [call_id for call_id in call_ids if call_id not in count]
    expect(not double, f"{len(double)} calls have several CDRs, as {double[:3]}")
    expect(not missing, f"{len(missing)} of {len(call_ids)} calls have no CDR, as {missing[:3]}")


# What must not be found once no call is under way.
FAULTS = {
    "balances that are not the sum of their entries": """
        WITH entry AS (SELECT credit AS account, currency, amount_nano AS nano FROM ledger
                       UNION ALL SELECT debit, currency, -amount_nano FROM ledger),
             total AS (SELECT account, currency, sum(nano) AS nano FROM entry GROUP BY account, currency)
        SELECT * FROM total LEFT JOIN balance USING (account, currency)
         WHERE substr(account, 1, 1) <> '@' AND total.nano IS NOT balance.nano""",
    "money still set aside": """
        SELECT cdr_id, nano FROM hold WHERE cdr_id NOT IN (SELECT cdr_id FROM open_call)
        UNION ALL
        SELECT '@reserve', sum(iif(credit = '@reserve', amount_nano, -amount_nano)) AS nano FROM ledger
         WHERE '@reserve' IN (credit, debit) AND NOT EXISTS (SELECT * FROM open_call) HAVING nano <> 0""",
    "prices that were not charged, or not once": """
        SELECT cdr.cdr_id, price_nano, sum(ledger.amount_nano) FROM cdr LEFT JOIN ledger
            ON ledger.idem_key = 'charge:' || cdr.cdr_id AND ledger.kind = 'charge' AND ledger.debit = cdr.account
         WHERE price_nano > 0 GROUP BY cdr.cdr_id
        HAVING count(ledger.entry_id) <> 1 OR sum(ledger.amount_nano) <> price_nano""",
    "charges without a CDR": """
        SELECT * FROM ledger WHERE kind = 'charge'
           AND NOT EXISTS (SELECT 1 FROM cdr WHERE cdr_id = ledger.cdr_id AND price_nano = ledger.amount_nano)""",
    "answered calls without a price": """
        SELECT cdr_id FROM cdr WHERE disposition = 'answered' AND duration_ms > 0 AND coalesce(price_nano, 0) = 0
           AND release_tag <> 'prepaid_exhausted'""",
    "prepaid accounts in debt": "SELECT * FROM balance WHERE nano < 0",
}


def books_balance(tandem):
    for fault, query in FAULTS.items():
        rows = tandem.sql(query)
        expect(not rows, f"{fault}: {len(rows)}, as {rows[:2]}")


def proven(tandem):
    """By Tandem's own means, too."""
    for what in ("ledger", "cdr"):
        done = subprocess.run([str(program("tandemctl")), "--config", str(tandem.conf_path), what, "verify"],
                              capture_output=True, text=True, timeout=60, check=False)
        expect(done.returncode == 0, f"tandemctl {what} verify: {done.stdout}{done.stderr}")


def most_late_ms(tandem):
    """Behind the last millisecond that is paid for; a machine that has no time for the engine is not its fault."""
    held_up = re.findall(r"event loop: .* took (\d+) ms", tandem.b2bua.log_path.read_text(errors="replace"))
    return MOST_LATE_MS + max(map(int, held_up), default=0) + tandem.waits.most_ms()


def late_ms(row):
    """How long behind its last paid millisecond a call was cut."""
    return row["duration_ms"] - row["billed_s"] * 1000


def modelled(row, rate):
    """What a call costs by the model; what it went on beyond its paid time is not charged."""
    if row["disposition"] != "answered":
        return 0
    cut = row["release_tag"] == "prepaid_exhausted"
    return model.price(rate, row["answer_us"], row["billed_s"] * 1000 if cut else row["duration_ms"])[0]


def priced_right(tandem, tariffs):
    """Each price is the model's; the sum of them by account."""
    spent, most_ms = {}, most_late_ms(tandem)
    for row in tandem.sql("SELECT * FROM cdr WHERE tariff IS NOT NULL"):
        want = modelled(row, tariffs[row["tariff"]])
        expect((row["price_nano"] or 0) == want, f"the model says {want}, {json.dumps(row)}")
        spent[row["account"]] = spent.get(row["account"], 0) + want
        if row["release_tag"] == "prepaid_exhausted":
            expect(0 <= late_ms(row) <= most_ms, f"cut {late_ms(row)} ms late, at most {most_ms:.0f}: {json.dumps(row)}")
    return spent


def balances(tandem):
    return {row["account"]: row["nano"] for row in tandem.sql("SELECT account, nano FROM balance")}


def put_in(tandem):
    return {row["credit"]: row["nano"] for row in tandem.sql(
        "SELECT credit, sum(amount_nano) AS nano FROM ledger WHERE kind = 'topup' GROUP BY credit")}


def account_settled(tandem, tariffs):
    """All the above, and every balance is what was put in less what the model says was spent."""
    books_balance(tandem)
    proven(tandem)
    spent, paid, left = priced_right(tandem, tariffs), put_in(tandem), balances(tandem)
    for account, nano in paid.items():
        expect(left[account] == nano - spent.get(account, 0),
               f"{account} has {left[account]}, the model says {nano - spent.get(account, 0)}")
