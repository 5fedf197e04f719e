#!/usr/bin/env python3
"""Money over REST with the real daemons: accounts, their ledger, what is moved once by its key."""
import contextlib
import csv
import io
import pathlib
import sqlite3
import sys
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/lib"))
from calls import Line  # noqa: E402
from checks import expect, run_checks  # noqa: E402
from tandem import Tandem, wait_until  # noqa: E402
from web import CHANGE, WebUi  # noqa: E402

HOSTILE = "<b>O'Brien</b> & \"söhne\"/%2F; DROP TABLE ledger--"
ACCOUNTS = {"accounts": [{"name": "acme", "currency": "CNY", "balance": "10.00"},
                         {"name": "globex", "kind": "postpaid", "currency": "EUR", "credit_limit": "50"},
                         {"name": HOSTILE, "currency": "KRW", "balance": "1000"}]}


@contextlib.contextmanager
def system(folder, document=ACCOUNTS):
    """The B2BUA and the web server, logged in, with accounts."""
    with Tandem(folder) as tandem, WebUi(tandem) as web:
        tandem.apply(document)
        wait_until(lambda: web.get("/ready").status == 200, 10, "/ready")
        expect(web.login().status == 204, "no login with the first password")
        yield tandem, web


def path_of(account, *rest):
    return "/".join(["/api/v1/accounts", urllib.parse.quote(account, safe=""), *rest])


def move(web, account, what, body, key):
    headers = {**CHANGE, **({"Idempotency-Key": key} if key is not None else {})}
    return web.ask("POST", path_of(account, what), body, headers)


def got(answer, status=200):
    expect(answer.status == status, f"{answer.status} instead of {status}: {answer.body[:300]}")
    return answer.json()


def listed(folder):
    """Accounts come by name, in pages, by how they begin; each in full by its name, whatever that holds"""
    with system(folder) as (_tandem, web):
        page = got(web.get("/api/v1/accounts"))
        expect([a["name"] for a in page["accounts"]] == [HOSTILE, "acme", "globex"] and page["next"] is None, str(page))
        acme = page["accounts"][1]
        expect((acme["balance"], acme["reserved"], acme["available"]) == ("10.00", "0.00", "10.00"), str(acme))
        expect((acme["currency"], acme["kind"], acme["enabled"], acme["calls"]) == ("CNY", "prepaid", 1, 0), str(acme))
        page = got(web.get("/api/v1/accounts?limit=2"))
        expect(len(page["accounts"]) == 2 and page["next"] == "acme", str(page))
        page = got(web.get("/api/v1/accounts?limit=2&after=acme"))
        expect([a["name"] for a in page["accounts"]] == ["globex"] and page["next"] is None, str(page))
        for begins, count in (("g", 1), ("G", 0), ("%25", 0), ("_", 0), ("'%20OR%201=1--", 0), ("%3Cb%3E", 1)):
            found = got(web.get(f"/api/v1/accounts?begins={begins}"))["accounts"]
            expect(len(found) == count, f"{begins}: {found}")
        globex = got(web.get(path_of("globex")))
        expect(globex["credit_limit"] == "50.00" and globex["max_calls"] == 0 and globex["allow"] == [], str(globex))
        expect(got(web.get(path_of(HOSTILE)))["name"] == HOSTILE, "the hostile one")
        expect(web.get(path_of("nobody")).code() == "not_found", "nobody")
        for query in ("limit=0", "limit=501", "limit=x", "nothing=1", "after=%ff", "begins=" + "x" * 300):
            expect(got(web.get(f"/api/v1/accounts?{query}"), 400)["error"]["code"] == "bad_parameter", query)


def moved(folder):
    """A top-up, a refund and an adjustment are booked once by their key, exactly, and the ledger shows each"""
    with system(folder) as (tandem, web):
        receipt = got(move(web, "acme", "topup", {"amount": "100", "note": "<i>bank</i>"}, "k-1"))
        expect((receipt["balance"], receipt["available"], receipt["repeated"]) == ("110.00", "110.00", False), str(receipt))
        again = got(move(web, "acme", "topup", {"amount": "100.00", "note": "<i>bank</i>"}, "k-1"))
        expect(again["repeated"] and again["entry"] == receipt["entry"] and again["balance"] == "110.00", str(again))
        got(move(web, "acme", "refund", {"amount": "0.5"}, "k-2"))
        got(move(web, "acme", "adjust", {"amount": "-0.000000001"}, "k-3"))
        got(move(web, HOSTILE, "topup", {"amount": "9007199254.740993001", "currency": "KRW"}, "k-4"))
        expect(got(web.get(path_of(HOSTILE)))["balance"] == "9007200254.740993001", "digits were lost")
        entries = got(web.get(path_of("acme", "ledger")))["entries"]
        rows = [(e["kind"], e["amount"], e["balance"], e["note"], e["key"]) for e in entries]
        expect(rows == [("adjust", "-0.000000001", "110.499999999", None, "operator:k-3"),
                        ("refund", "0.50", "110.50", None, "operator:k-2"),
                        ("topup", "100.00", "110.00", "<i>bank</i>", "operator:k-1"),
                        ("topup", "10.00", "10.00", rows[3][3], rows[3][4])], str(rows))
        tandem.ctl("ledger", "verify")


def paged(folder):
    """Pages of any size show each entry once, and the same balance after it"""
    with system(folder) as (_tandem, web):
        for i in range(7):
            got(move(web, "acme", "adjust", {"amount": f"{(-1) ** i * (i + 1)}.5"}, f"k-{i}"))
        whole = got(web.get(path_of("acme", "ledger")))["entries"]
        expect(len(whole) == 8, str(whole))
        for limit in (1, 2, 3, 7, 8):
            seen, before = [], ""
            while before is not None:
                page = got(web.get(path_of("acme", f"ledger?limit={limit}" + (f"&before={before}" if before else ""))))
                seen += page["entries"]
                before = page["next"]
            expect(seen == whole, f"limit {limit}: {seen}")
        for query in ("before=x", "before=1_2", "before=1_a_b", "before=_a_1", "before=1_a_1e9", "before=1_a_1;", "limit=0",
                      "before=99999999999999999999_a_1", "before=1_" + "a" * 60 + "_1", "all=1"):
            got(web.get(path_of("acme", f"ledger?{query}")), 400)
        got(web.get(path_of("nobody", "ledger")), 404)


def refused(folder):
    """What cannot be booked is refused by its status, with a reason, and changes nothing"""
    with system(folder) as (tandem, web):
        got(move(web, "acme", "topup", {"amount": "7"}, "used"))
        before = tandem.sql("SELECT count(*) AS n FROM ledger")
        good = {"amount": "5"}
        vectors = [
            ("topup", "acme", good, "used", 409, "was used for topup of 7.00 CNY"),
            ("refund", "acme", {"amount": "7"}, "used", 409, "was used"),
            ("topup", "globex", {"amount": "7"}, "used", 409, "was used"),
            ("topup", "nobody", good, "x", 404, "no account"),
            ("topup", "x' OR '1'='1", good, "x", 404, "no account"),
            ("topup", "@revenue", good, "x", 404, "no account"),
            ("topup", "acme", {"amount": "1e9"}, "x", 422, "no amount"),
            ("topup", "acme", {"amount": "-5"}, "x", 422, "above 0"),
            ("topup", "acme", {"amount": "0"}, "x", 422, "above 0"),
            ("adjust", "acme", {"amount": "-0"}, "x", 422, "above 0"),
            ("topup", "acme", {"amount": "0.0000000001"}, "x", 422, "nine decimals"),
            ("topup", "acme", {"amount": "1,5"}, "x", 422, "no amount"),
            ("topup", "acme", {"amount": " 5"}, "x", 422, "no amount"),
            ("topup", "acme", {"amount": ""}, "x", 422, "no amount"),
            ("topup", "acme", {"amount": "9" * 40}, "x", 422, "no amount"),
            ("topup", "acme", {"amount": "9223372036.854775807"}, "x", 422, "beyond all money"),
            ("topup", "acme", {"amount": "5", "currency": "EUR"}, "x", 422, "CNY"),
            ("topup", "acme", {"amount": "5", "note": "a\nb"}, "x", 422, "note"),
            ("topup", "acme", {"amount": "5", "note": "n" * 1025}, "x", 422, "note"),
            ("topup", "acme", {"amount": 5}, "x", 400, "texts"),
            ("topup", "acme", {"amount": "5", "account": "globex"}, "x", 400, "takes amount"),
            ("topup", "acme", {}, "x", 422, "missing"),
            ("topup", "acme", good, None, 400, "Idempotency-Key"),
            ("topup", "acme", good, "", 400, "Idempotency-Key"),
            ("topup", "acme", good, "k" * 129, 422, "128 bytes"),
            ("topup", "acme", good, "k" * 300, 400, "128 bytes"),
        ]
        for what, account, body, key, status, reason in vectors:
            message = got(move(web, account, what, body, key), status)["error"]["message"]
            expect(reason in message, f"{what} {account} {body} {key}: {message}")
        got(web.ask("GET", path_of("acme", "topup")), 405)
        expect(tandem.sql("SELECT count(*) AS n FROM ledger") == before, "something was booked")
        tandem.ctl("ledger", "verify")


def rates(folder):
    """What a call costs is what tandemctl says, by account or tariff; what cannot be said is refused"""
    rate = {"prefix": "86", "per_minute": "0.30", "first": 60, "next": 60, "connect_fee": "0.05", "bands": ["mon-fri 20:00-08:00 0.10"],
            "valid_from": "2026-01-01"}
    later = {"prefix": "49", "per_minute": "1", "valid_from": "2126-01-01"}
    document = {"tariffs": [{"name": "retail", "currency": "CNY", "zone": "Asia/Shanghai", "decimals": 2, "rounding": "up",
                             "rates": [rate, later, {"prefix": "8619", "per_minute": "0", "blocked": True}]},
                            {"name": HOSTILE, "currency": "EUR"}],
                "accounts": [{"name": "acme", "currency": "CNY", "tariff": "retail"}, {"name": "none", "currency": "CNY"}]}
    with system(folder, document) as (tandem, web):
        for query, arguments in (("number=0086-138%200013-8000&account=acme&at=2026-07-01T11:59:30Z&duration_s=61",
                                  ["0086-138 0013-8000", "--account", "acme", "--at", "2026-07-01T11:59:30Z", "--duration", "61"]),
                                 ("number=%2B861&tariff=retail&at=2026-07-01T08:30+08:00",
                                  ["+861", "--tariff", "retail", "--at", "2026-07-01T08:30+08:00"]),
                                 ("number=8619&tariff=retail&at=2026-07-01&duration_s=0",
                                  ["8619", "--tariff", "retail", "--at", "2026-07-01", "--duration", "0"])):
            expect(got(web.get(f"/api/v1/rate?{query}")) == tandem.ctl_json("rate", *arguments), query)
        expect(got(web.get("/api/v1/rate?number=86&tariff=retail&duration_s=61&at=2026-07-01T12:00"))["price"] == "0.25", "price")
        for query, status, reason in (("number=86", 422, "either"), ("number=86&account=acme&tariff=retail", 422, "either"),
                                      ("tariff=retail", 422, "number"), ("number=33&tariff=retail", 422, "no rate"),
                                      ("number=86&tariff=none", 404, "no tariff"), ("number=86&account=none", 422, "no tariff"),
                                      ("number=86&account=x'--", 404, "no such account"),
                                      ("number=86&tariff=retail&at=now", 422, "at"), ("number=86&tariff=retail&duration_s=x", 400, "duration_s"),
                                      ("number=86&tariff=retail&duration_s=2592001", 400, "duration_s"),
                                      ("number=86&tariff=a&tariff=b", 400, "once"), ("number=%00&tariff=retail", 400, "texts")):
            message = got(web.get(f"/api/v1/rate?{query}"), status)["error"]["message"]
            expect(reason in message, f"{query}: {message}")
        page = got(web.get("/api/v1/tariffs"))
        expect([tariff["name"] for tariff in page["tariffs"]] == [HOSTILE, "retail"] and page["next"] is None, str(page))
        retail = page["tariffs"][1]
        counts = retail["rates"]
        expect((counts["count"], counts["more"], counts["in_force"]) == (3, False, 2), str(counts))
        expect(counts["since_us"] == 1767225600 * 10**6 and counts["next_us"] == 4922899200 * 10**6, str(counts))
        expect((retail["zone"], retail["rounding"], retail["decimals"]) == ("Asia/Shanghai", "up", 2), str(retail))
        expect(got(web.get("/api/v1/tariffs?limit=1"))["next"] == HOSTILE, "next")
        got(web.get("/api/v1/tariffs?limit=101"), 400)


def corrected(folder):
    """A record comes with its events; its price is corrected once by a key, and what cannot be is refused"""
    document = {"tariffs": [{"name": "retail", "currency": "CNY", "rates": [{"prefix": "86", "per_minute": "0.30", "first": 60, "next": 60}]}],
                "accounts": [{"name": "acme", "tariff": "retail"}]}
    with system(folder, {}) as (tandem, web):
        line = Line(tandem)
        line.provision()
        tandem.apply(document)
        line.callee()
        line.caller(2, talk_ms=50).wait(20)
        wait_until(lambda: len(got(web.get("/api/v1/cdrs"))["cdrs"]) == 2, 10, "two CDRs")
        line.end()
        cdr = got(web.get("/api/v1/cdrs"))["cdrs"][0]
        expect(cdr["price"] == "0.30" and cdr["cost_currency"] is None and cdr["corrected"] is None, str(cdr))
        expect(cdr["why"]["price"] == {"tariff": "retail", "prefix": "86"} and cdr["rate"]["per_minute"] == "0.30", str(cdr))
        path = f"/api/v1/cdrs/{cdr['cdr_id']}"
        whole = got(web.get(path))
        expect(whole["cdr"] == cdr and whole["corrections"] == [], str(whole))
        expect([event["kind"] for event in whole["events"]] == ["CALL_START", "CALL_ANSWER", "CALL_END"], str(whole["events"]))
        key = {**CHANGE, "Idempotency-Key": "c-1"}
        receipt = got(web.ask("POST", f"{path}/correct", {"price": "0.1", "note": "half"}, key))
        expect((receipt["was"], receipt["price"], receipt["balance"], receipt["repeated"]) == ("0.30", "0.10", "-0.40", False), str(receipt))
        expect(got(web.ask("POST", f"{path}/correct", {"price": "0.1", "note": "half"}, key))["repeated"], "booked twice")
        whole = got(web.get(path))
        expect(whole["cdr"]["corrected"] == "0.10" and whole["cdr"]["price"] == "0.30", str(whole["cdr"]))
        expect([(row["was"], row["price"], row["note"]) for row in whole["corrections"]] == [("0.30", "0.10", "half")], str(whole))
        other = {**CHANGE, "Idempotency-Key": "c-2"}
        for where, body, headers, status in ((path, {"price": "0.2"}, key, 409), (path, {"price": "1e9"}, other, 422),
                                             (path, {"price": "-1"}, other, 422), (path, {"price": "0.1"}, other, 422),
                                             (path, {"price": "0.0000000001"}, other, 422), (path, {}, other, 422),
                                             (path, {"price": 1}, other, 400), (path, {"amount": "1"}, other, 400),
                                             (path, {"price": "1"}, CHANGE, 400), ("/api/v1/cdrs/nobody", {"price": "1"}, other, 404)):
            got(web.ask("POST", f"{where}/correct", body, headers), status)
        got(web.get("/api/v1/cdrs/x'%20OR%20'1'='1"), 404)
        tandem.ctl("ledger", "verify")


REPORT = ["name", "attempts", "answered", "asr_percent", "ner_percent", "acd_s", "minutes", "billed_minutes", "price", "currency",
          "cost", "cost_currency", "margin"]
TRAFFIC = [  # day, account, src, dst, currency, cost_currency, attempts, answered, effective, ms, billed_s, price, cost
    ("2026-07-01", "acme", "pbx", "ims-a", "CNY", "CNY", 10, 6, 8, 600000, 660, 3300000001, 1000000000),
    ("2026-07-01", "acme", "pbx", "ims-b", "CNY", "EUR", 4, 1, 2, 30000, 60, 300000000, 5),
    ("2026-07-01", "", "pbx2", "ims-a", "", "CNY", 2, 2, 2, 60000, 0, 0, 200000000),
    ("2026-07-02", "=cmd|'x'!A,\"1\"", "pbx", "", "KRW", "", 1, 0, 0, 0, 0, 0, 0),
    ("2026-07-03", "acme", "pbx", "ims-a", "CNY", "CNY", 5, 5, 5, 300000, 300, 1000000000, 2000000000),
]


def report_of(web, by, query="from=2026-07-01&to=2026-07-02"):
    rows = got(web.get(f"/api/v1/report?by={by}&{query}"))["rows"]
    expect(all(list(row) == REPORT for row in rows), str(rows))
    return [tuple(row.values()) for row in rows]


def reported(folder):
    """Reports add up by day, account and trunk; what counts calls is said once a name; CSV says the same"""
    with system(folder, {}) as (tandem, web):
        with contextlib.closing(sqlite3.connect(tandem.data / "tandem.db")) as database, database:
            for row in TRAFFIC:
                database.execute("INSERT INTO traffic_day (day, account, src_trunk, dst_trunk, currency, cost_currency, attempts,"
                                 " answered, effective, duration_ms, billed_s, price_nano, cost_nano, rung, pdd_ms)"
                                 " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0)", row)
        by_day = report_of(web, "day")
        expect(by_day == [("2026-07-01", 16, 9, 56.3, 75.0, 76.7, 11.5, 0.0, None, None, "0.20", "CNY", None),
                          ("2026-07-01", None, None, None, None, None, None, 11.0, "3.300000001", "CNY", "1.00", "CNY", "2.300000001"),
                          ("2026-07-01", None, None, None, None, None, None, 1.0, "0.30", "CNY", "0.000000005", "EUR", None),
                          ("2026-07-02", 1, 0, 0.0, 0.0, None, 0.0, 0.0, "0.00", "KRW", None, None, None)], str(by_day))
        expect([row[:3] for row in report_of(web, "account")] == [("", 2, 2), (TRAFFIC[3][1], 1, 0), ("acme", 14, 7), ("acme", None, None)],
               str(report_of(web, "account")))
        expect([row[:2] for row in report_of(web, "source")][0] == ("pbx", 15), str(report_of(web, "source")))
        expect(report_of(web, "trunk", "from=2026-07-03&to=2026-07-03")[0][8:] == ("1.00", "CNY", "2.00", "CNY", "-1.00"), "a loss")
        expect(report_of(web, "day", "from=2026-08-01&to=2026-08-01") == [], "a day without calls")
        answer = web.get("/api/v1/report?by=account&from=2026-07-01&to=2026-07-02&format=csv")
        expect("attachment" in answer.headers["Content-Disposition"] and "text/csv" in answer.headers["Content-Type"], str(answer.headers))
        lines = list(csv.reader(io.StringIO(answer.body.decode(), newline="")))
        expect(lines[0] == REPORT and lines[2][0] == TRAFFIC[3][1] and answer.body.endswith(b"\r\n"), str(lines))
        expect([line[8] for line in lines[1:]] == [row[8] or "" for row in report_of(web, "account")], str(lines))
        for query in ("by=x&from=2026-07-01&to=2026-07-02", "from=2026-07-01", "to=2026-07-01", "from=2026-07-02&to=2026-07-01",
                      "from=2026-02-30&to=2026-07-01", "from=2026-7-1&to=2026-07-01", "from=2026-07-01T1&to=2026-07-02",
                      "from='--&to=2026-07-02", "from=2026-07-01&to=2026-07-02&format=xls", "from=2026-07-01&to=2026-07-02&by=day'"):
            got(web.get(f"/api/v1/report?{query}"), 400)


def webhooks(folder):
    """Webhooks are listed with how delivery goes, and without their secrets"""
    hooks = [{"name": "bill", "url": "http://127.0.0.1:1/<b>", "events": ["CALL_*"], "secret": "0123456789abcdef-secret"},
             {"name": "off", "url": "http://127.0.0.1:1/x", "events": ["BALANCE_*"], "secret": "0123456789abcdef-secret", "enabled": False}]
    with system(folder, {"webhooks": hooks}) as (_tandem, web):
        wait_until(lambda: got(web.get("/api/v1/webhooks"))["webhooks"][0]["delivery"], 10, "delivery")
        answer = web.get("/api/v1/webhooks")
        bill, off = got(answer)["webhooks"]
        expect(bill["url"] == hooks[0]["url"] and bill["events"] == ["CALL_*"] and bill["delivery"]["state"] == "ok", str(bill))
        expect(off["enabled"] == 0 and off["delivery"] is None, str(off))
        expect(b"secret" not in answer.body, "a secret")


CHECKS = [listed, moved, paged, refused, rates, corrected, reported, webhooks]

if __name__ == "__main__":
    sys.exit(run_checks("money", CHECKS, sys.argv[1:]))
