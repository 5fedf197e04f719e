#!/usr/bin/env python3
"""Bad input around money: each refused whole, where it stands, with nothing changed; and what changes under a call."""
import datetime
import json
import pathlib
import re
import socket
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "lib")]
import model  # noqa: E402
from checks import expect, run_checks  # noqa: E402
from tandem import Tandem  # noqa: E402
from test_guards import House  # noqa: E402
from test_tariffs import ctl  # noqa: E402

GOOD = {"prefix": "86", "per_minute": "0.30"}
OVER_INT64 = "9223372036.854775808"


def of_rate(*rates):
    return {"tariffs": [{"name": "retail", "currency": "CNY", "rates": list(rates)}]}


def refused_whole(folder):
    """Tariffs and accounts with overlapping, negative, absurd or missing values: the path is told, nothing is changed"""
    at = "tariffs[0].rates"
    cases = (
        (of_rate({**GOOD, "prefix": "8x6"}), f"{at}[0].prefix"),
        (of_rate({"per_minute": "1"}), f"{at}[0].prefix"),
        (of_rate({**GOOD, "prefix": "8" * 33}), f"{at}[0].prefix"),
        (of_rate({**GOOD, "prefix": 86}), f"{at}[0].prefix"),
        (of_rate({**GOOD, "prefix": "٨٦"}), f"{at}[0].prefix"),
        (of_rate({"prefix": "86"}), f"{at}[0].per_minute"),
        (of_rate({**GOOD, "per_minute": "-0.30"}), f"{at}[0].per_minute"),
        (of_rate({**GOOD, "per_minute": "1e3"}), f"{at}[0].per_minute"),
        (of_rate({**GOOD, "per_minute": "0,30"}), f"{at}[0].per_minute"),
        (of_rate({**GOOD, "per_minute": "NaN"}), f"{at}[0].per_minute"),
        (of_rate({**GOOD, "per_minute": ""}), f"{at}[0].per_minute"),
        (of_rate({**GOOD, "per_minute": None}), f"{at}[0].per_minute"),
        (of_rate({**GOOD, "per_minute": "0.0000000001"}), f"{at}[0].per_minute"),
        (of_rate({**GOOD, "per_minute": OVER_INT64}), f"{at}[0].per_minute"),
        (of_rate({**GOOD, "connect_fee": "9" * 30}), f"{at}[0].connect_fee"),
        (of_rate({**GOOD, "first": -1}), f"{at}[0].first"),
        (of_rate({**GOOD, "next": 0}), f"{at}[0].next"),
        (of_rate({**GOOD, "next": 10**12}), f"{at}[0].next"),
        (of_rate({**GOOD, "grace": 1.5}), f"{at}[0].grace"),
        (of_rate({**GOOD, "min_charge": "2", "max_charge": "1"}), f"{at}[0]"),
        (of_rate({**GOOD, "bands": ["mon 25:00-26:00 1"]}), f"{at}[0].bands"),
        (of_rate({**GOOD, "valid_from": "2026-07-01", "valid_until": "2026-06-01"}), f"{at}[0]"),
        (of_rate({**GOOD, "valid_from": "soon"}), f"{at}[0].valid_from"),
        (of_rate(GOOD, {**GOOD, "prefix": "49"}, {**GOOD, "per_minute": "1"}), f"{at}[2]"),
        (of_rate({**GOOD, "valid_until": "2026-08-01"}, {**GOOD, "valid_from": "2026-07-31"}), f"{at}[1]"),
        ({"tariffs": [{"name": "other", "currency": "yuan"}]}, "tariffs[0].currency"),
        ({"tariffs": [{"name": "other", "currency": "CNY", "zone": "../../etc/passwd"}]}, "tariffs[0].zone"),
        ({"tariffs": [{"name": "retail", "currency": "EUR"}]}, 'accounts["acme"].tariff: "retail" has prices in EUR'),
        ({"accounts": [{"name": "b", "currency": "EUR", "tariff": "retail"}]}, "accounts[0].tariff"),
        ({"accounts": [{"name": "b", "currency": "CNY", "tariff": 5}]}, "accounts[0].tariff"),
        ({"accounts": [{"name": "b", "currency": "CNY", "balance": OVER_INT64}]}, "accounts[0].balance"),
        ({"accounts": [{"name": "b", "currency": "CNY", "credit_limit": "-1"}]}, "accounts[0].credit_limit"),
    )
    with Tandem(folder) as tandem:
        tandem.apply({**of_rate(GOOD), "accounts": [{"name": "acme", "kind": "prepaid", "currency": "CNY", "balance": "10",
                                                     "tariff": "retail"}]})
        before = tandem.ctl("export")
        for document, path in cases:
            whole = {"accounts": [{"name": "new", "currency": "CNY"}], **document}
            if "accounts" in document:
                whole["tariffs"] = [{"name": "new", "currency": "CNY"}]
            (folder / "bad.json").write_text(json.dumps(whole))
            code, _, err = ctl(tandem, "apply", str(folder / "bad.json"))
            expect(code == 1 and path in err, f"{document}: {code} {err}")
            expect(tandem.ctl("export") == before, f"{document} changed something")


# ---- under a call

CHEAP, DEAR = {"prefix": "86", "per_minute": "6.00"}, {"prefix": "86", "per_minute": "600.00"}


def talking(h, *rates, talk_ms=4000):
    """A call that is up, of an account that pays by these rates."""
    h.tandem.apply(of_rate(*rates))
    h.account(tariff="retail")
    caller = h.line.caller(1, talk_ms=talk_ms)
    h.up(1)
    return caller


def priced_as(h, caller, rate):
    """The call ends well, at this rate; its record says by what it was priced, and the books agree."""
    expect(caller.wait(20) == 0, caller.report())
    row = h.tandem.cdrs(1)[0]
    expect(row["price_nano"] == model.price(rate, row["answer_us"], row["duration_ms"])[0], f"{row}")
    expect(row["tariff"] == "retail" and json.loads(row["rate"])["per_minute"] == rate["per_minute"], f"{row}")
    expect(row["release_tag"] == "caller" and row["price_nano"] > 0, f"{row}")
    for what in ("ledger", "cdr"):
        expect(h.ctl(what, "verify")[0] == 0, f"{what} verify: {h.ctl(what, 'verify')}")


def deleted_under_a_call(folder):
    """A call whose tariff is deleted goes on at the price it was set up with, and its record says so"""
    with House(folder) as h:
        caller = talking(h, CHEAP)
        left = json.loads(h.tandem.ctl("export"))
        left["tariffs"] = []
        for account in left["accounts"]:
            account["tariff"] = None
        (folder / "left.json").write_text(json.dumps(left))
        h.tandem.ctl("apply", str(folder / "left.json"), "--prune")
        expect(not h.tandem.sql("SELECT * FROM tariff") and not h.tandem.sql("SELECT * FROM rate"), "still there")
        priced_as(h, caller, CHEAP)


def dearer_under_a_call(folder):
    """A price list that comes into force under a call prices the next one"""
    with House(folder) as h:
        caller = talking(h, CHEAP)
        (folder / "list.csv").write_text("prefix,rate\n86,600\n")
        h.tandem.ctl("tariff", "import", "retail", str(folder / "list.csv"))
        priced_as(h, caller, CHEAP)
        h.call(talk_ms=1500)
        expect(json.loads(h.tandem.cdrs(2)[1]["rate"])["per_minute"] == DEAR["per_minute"], "the next is not dearer")


def expires_under_a_call(folder):
    """A rate that ends while a call talks prices all of it; what comes then prices the next one"""
    with House(folder) as h:
        end = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=4)).isoformat(timespec="seconds")
        caller = talking(h, {**CHEAP, "valid_until": end}, {**DEAR, "valid_from": end}, talk_ms=5000)
        priced_as(h, caller, CHEAP)
        row = h.tandem.cdrs(1)[0]
        expect(row["answer_us"] < micros(end) < row["end_us"], f"{end} is not inside the call: {row}")
        h.call(talk_ms=1500)
        expect(json.loads(h.tandem.cdrs(2)[1]["rate"])["per_minute"] == DEAR["per_minute"], "the next is not dearer")


def micros(text):
    return int(datetime.datetime.fromisoformat(text).timestamp() * 10**6)


# ---- what means something to SQL

HOSTILE = ("'; DROP TABLE cdr; --", "' OR '1'='1", '" OR ""="', "x'); DELETE FROM ledger; --", "%s%n%x", "' UNION SELECT 1,2,3 --",
           "\\'; --", "a\x1b[2Jb", "x" * 300, "NULL", "49'||randomblob(9)||'")
URI_SAFE = re.compile(r"[^A-Za-z0-9\-_.!~*'()&=+$,;?/]")
INVITE = """INVITE sip:{user}@{to} SIP/2.0
Via: SIP/2.0/UDP {at};branch=z9hG4bK{n}
From: "{name}" <sip:{user}@{at}>;tag=f{n}
To: "{name}" <sip:{user}@{to}>
Call-ID: {call_id}
CSeq: 1 INVITE
Contact: <sip:{at}>
User-Agent: {text}
Subject: {text}
P-Asserted-Identity: "{name}" <sip:{user}@{at}>
P-Charging-Vector: icid-value="{name}"
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: {length}

"""
SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 8\r\n"
ACK = """ACK sip:{user}@{to} SIP/2.0
Via: SIP/2.0/UDP {at};branch=z9hG4bK{n}
From: "{name}" <sip:{user}@{at}>;tag=f{n}
To: {answered}
Call-ID: {call_id}
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

"""


def printable(text):
    return "".join(c for c in text if c.isprintable()).replace("\\", "").replace('"', "'")


def invite(h, sock, n, text):
    """Ask for a number there is no route to, with the text wherever one may stand; the final answer's code."""
    to = f"{h.tandem.host}:{h.tandem.access_port}"
    names = {"to": to, "at": "{}:{}".format(*sock.getsockname()), "n": n, "text": printable(text), "name": printable(text),
             "user": URI_SAFE.sub("", text)[:60] or "x", "call_id": f"c{n}-{URI_SAFE.sub('', text)[:40]}", "length": len(SDP)}
    sock.sendto((INVITE.format(**names).replace("\n", "\r\n") + SDP).encode(), (h.tandem.host, h.tandem.access_port))
    while True:
        answer = sock.recv(65536).decode()
        code = int(answer.split()[1])
        if code >= 200:
            break
    answered = re.search(r"^To: *(.*?)\r$", answer, re.M).group(1)
    sock.sendto(ACK.format(answered=answered, **names).replace("\n", "\r\n").encode(), (h.tandem.host, h.tandem.access_port))
    return code, names


def schema(tandem):
    return tandem.sql("SELECT type, name, sql FROM sqlite_master ORDER BY type, name")


def hostile_calls(folder):
    """Numbers, names and headers that mean something to SQL are texts in the records, and change nothing"""
    with House(folder) as h:
        h.tandem.apply(of_rate(CHEAP))
        h.account(tariff="retail")
        before = schema(h.tandem)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind((h.line.caller_host, 0))
            sock.settimeout(10)
            asked = [invite(h, sock, n, text) for n, text in enumerate(HOSTILE)]
        expect(all(code in (403, 404) for code, _ in asked), f"{[code for code, _ in asked]}")
        rows = {row["a_call_id"]: row for row in h.tandem.cdrs(len(HOSTILE))}
        for _, names in asked:
            row = rows.get(names["call_id"])
            expect(row and names["user"] in row["callee_in"] and names["user"] in row["caller_in"], f"{names}: {row}")
            expect(row["a_user_agent"] == names["text"], f"{row['a_user_agent']!r} instead of {names['text']!r}")
        expect(h.call() == ["caller"], "a call afterwards")
        expect(schema(h.tandem) == before, "the schema is another")
        for arguments in (("cdr", "verify"), ("ledger", "verify"), ("cdr", "--last", "50"), ("cdr", "--last", "50", "--json"),
                          ("sql", "SELECT * FROM v_cdr"), ("sql", "SELECT * FROM v_fail_cause")):
            code, out, err = h.ctl(*arguments)
            expect(code == 0 and "\x1b" not in out, f"{arguments}: {code} {out} {err}")


def hostile_words(folder):
    """Names, keys, notes and cells that mean something to SQL are refused, or texts and nothing more"""
    with House(folder) as h:
        h.tandem.apply(of_rate(CHEAP))
        h.account(tariff="retail")
        tables, held = schema(h.tandem), h.tandem.sql("SELECT name FROM account UNION ALL SELECT name FROM tariff")
        cells = "".join(f'8{n},1,"{text.replace(chr(34), chr(34) * 2)}"\n' for n, text in enumerate(HOSTILE))
        (folder / "cells.csv").write_text('prefix,rate,"\'); DROP TABLE rate_row; --"\n' + cells, encoding="utf-8")
        expect(h.ctl("tariff", "import", "retail", str(folder / "cells.csv"))[0] == 0, "columns that are passed over")
        expect(len(h.tandem.sql("SELECT * FROM rate")) == len(HOSTILE), "not each a rate")
        for n, text in enumerate(HOSTILE):
            for arguments in (("account", "show", text), ("account", "topup", text, "1", "--key", f"n{n}"),
                              ("account", "topup", "acme", text, "--key", f"a{n}"), ("rate", "86", "--at", text),
                              ("cdr", "correct", text, "--price", "1", "--key", f"c{n}"), ("call", text),
                              ("tariff", "import", text, str(folder / "cells.csv")), ("tariff", "export", text),
                              ("tariff", "import", "retail", str(folder / "cells.csv"), "--map", f"prefix={text}"),
                              ("tariff", "import", "retail", str(folder / "cells.csv"), "--from", text),
                              ("rerate", "--from", text, "--tariff", "retail"), ("rerate", "--from", "2026-01-01", "--tariff", text)):
                code, out, err = h.ctl(*arguments)
                expect(code in (1, 2) and err and "\x1b" not in out + err, f"{arguments}: {code} {out} {err}")
            taken = text.isprintable() and len(text) < 128
            code = h.ctl("account", "topup", "acme", "0.01", "--key", f"k{text}", "--note", text)[0]
            expect((code == 0) == taken, f"key and note {text!r}: {code}")
            for kind in ("accounts", "tariffs"):
                (folder / "name.json").write_text(json.dumps({kind: [{"name": text, "currency": "CNY"}]}))
                h.ctl("apply", str(folder / "name.json"), "--dry-run")
        notes = [row["note"] for row in h.tandem.sql("SELECT note FROM ledger WHERE kind = 'topup' ORDER BY at_us")]
        expect(notes == [text for text in HOSTILE if text.isprintable() and len(text) < 128], f"{notes}")
        expect(schema(h.tandem) == tables, "the schema is another")
        expect(h.tandem.sql("SELECT name FROM account UNION ALL SELECT name FROM tariff") == held, "other objects")
        expect(h.ctl("ledger", "verify")[0] == 0, "ledger verify")


CHECKS = [refused_whole, deleted_under_a_call, dearer_under_a_call, expires_under_a_call, hostile_calls, hostile_words]

if __name__ == "__main__":
    sys.exit(run_checks("refused", CHECKS, sys.argv[1:]))
