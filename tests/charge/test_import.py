#!/usr/bin/env python3
"""Price lists of carriers: what is taken, what is refused, when it counts, and what a crash in the middle leaves."""
import json
import pathlib
import random
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parent / "lib"))
sys.path.insert(0, str(HERE.parent / "control"))
import model  # noqa: E402
from checks import expect, run_checks  # noqa: E402
from tandem import Tandem, program, wait_until  # noqa: E402
from test_guards import House  # noqa: E402
from test_socket import Client  # noqa: E402
from test_tariffs import ask, ctl  # noqa: E402

SEED, KILLS, MANY, CALLS = 20261121, 8, 40000, 40
CREATED = {"tariffs": [{"name": "retail", "currency": "CNY"}, {"name": "other", "currency": "CNY",
                                                                  "rates": [{"prefix": "86", "per_minute": "9"}]}]}


def import_list(tandem, folder, text, *arguments, code=0):
    """Import a text (or bytes); what it said."""
    path = folder / "list.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    got, out, err = ctl(tandem, "tariff", "import", "retail", str(path), *arguments)
    expect(got == code, f"import {arguments} of {text[:200]!r}: {got} {out} {err}")
    return out if not code else err


def rates(tandem, columns="prefix, per_minute_nano"):
    return [tuple(row.values()) for row in tandem.sql(f"SELECT {columns} FROM rate WHERE tariff = 'retail' "
                                                      "ORDER BY prefix, valid_from_us")]


def swept(tandem):
    """Nothing but lists in force is kept."""
    wait_until(lambda: tandem.sql("SELECT count(*) AS n FROM rate_list WHERE list NOT IN (SELECT list FROM tariff "
                                  "WHERE list NOT NULL)")[0]["n"] == 0, 60, "old lists swept")
    kept = tandem.sql("SELECT (SELECT count(*) FROM rate_row) - (SELECT count(*) FROM rate) AS n")[0]["n"]
    expect(kept == 0, f"{kept} rates of no list")


def lists_taken(folder):
    """Price lists as carriers write them: names, delimiters, commas, quotes, a byte-order mark, CRLF"""
    want = [("86", 300000000), ("8613", 100000000)]
    texts = ((b"prefix,per_minute\n86,0.30\n8613,0.1\n", ()),
             (b"\xef\xbb\xbfDestination;Dial Code;Rate/min\r\n\"China; all\";+86;0,30\r\nMobile;8613;0,1\r\n", ("--decimal", ",")),
             (b"Price\tCode\n0.1\t8613\n0.30\t86\n", ()),
             (b"a,b,c\n86,x,0.3\n\n8613,y,0.1", ("--map", "prefix=a,per_minute=3")),
             (b"prefix|per_minute\n\"86\"| 0.30 \n8613|\"0.1\"\n", ("--delimiter", "|")),
             ("目的地,code,price\n中国,86,0.30\n移动,8613,0.1\n".encode(), ()))
    with Tandem(folder) as tandem:
        tandem.apply(CREATED)
        for text, arguments in texts:
            import_list(tandem, folder, text, *arguments, "--replace")
            expect(rates(tandem) == want, f"{text!r}: {rates(tandem)}")
        whole = ("prefix,per_minute,connect_fee,first,next,min_charge,max_charge,grace,blocked,bands,valid_from,valid_until\n"
                 'any,1.00,0.50,60,30,0.10,900.00,5,1,mon-fri 18:00-08:00 0.10;sat 00:00-24:00 0.05,2026-01-01T00:00:00Z,'
                 "2027-01-01T00:00:00Z\n86,0.30,,1,1,,,0,0,,,\n")
        import_list(tandem, folder, whole.replace("0.10;sat", "0.10; sat"), "--replace")
        out = import_list(tandem, folder, whole.replace("0.10;sat", "0.10 ; sat"), "--replace", "--dry-run", "--json")
        expect(json.loads(out)["same"] == 2, out)
        expect(ctl(tandem, "tariff", "export", "retail")[1] == whole, ctl(tandem, "tariff", "export", "retail")[1])
        export = tandem.ctl_json("export")
        expect([t["rates"] for t in export["tariffs"] if t["name"] == "retail"] == [None], f"{export['tariffs']}")
        tandem.apply(export)
        expect(ctl(tandem, "tariff", "export", "retail")[1] == whole, "an export applied changed the list")
        tandem.apply({"tariffs": [{"name": "retail", "rates": [{"prefix": "49", "per_minute": "1"}]}]})
        expect(rates(tandem) == [("49", 10**9)], "apply after import")
        swept(tandem)


def steps(folder):
    """One column of steps counts from the first second on: a minute of 60/60 is 60 s; changed steps are shown"""
    cases = (("increment", "60", 60, 60), ("Increment", "60/6", 60, 6), ("interval", " 30 / 1", None, None), ("next", "60", 60, 60),
             ("increment", "", 1, 1), ("increment", "0/1", 0, 1), ("increment", "0", None, None), ("increment", "60/", None, None),
             ("increment", "/60", None, None), ("increment", "60/60/60", None, None), ("increment", "60/0", None, None),
             ("first,next", "1,60", 1, 60), ("first,increment", ",60", 1, 60), ("first,increment", "1,60/6", None, None))
    with Tandem(folder) as tandem:
        tandem.apply(CREATED)
        for names, values, first, then in cases:
            err = import_list(tandem, folder, f"prefix,rate,{names}\n86,6.00,{values}\n", code=0 if then else 1)
            if then:
                expect(rates(tandem, "first_s, next_s") == [(first, then)], f"{names} {values}: {rates(tandem, 'first_s, next_s')}")
            else:
                expect("is not a number of seconds" in err, f"{names} {values}: {err}")
        import_list(tandem, folder, "prefix,rate,increment\n86,6.00,60\n", "--replace")
        for duration, price in (("1", "6.00"), ("60", "6.00"), ("61", "12.00")):
            expect(ask(tandem, "861", "--tariff", "retail", "--duration", duration)["price"] == price, f"{duration} s")
        import_list(tandem, folder, "code,rate,inc\n86,6.00,6/6\n", "--map", "next=inc")
        expect(rates(tandem, "first_s, next_s") == [(6, 6)], "mapped")
        out = import_list(tandem, folder, "prefix,rate,increment\n86,6.00,60\n", "--dry-run")
        expect("other           1   such as 86: 6.00 -> 6.00, steps 6/6 -> 60/60" in out, out)
        out = import_list(tandem, folder, "prefix,rate,increment\n86,7.00,6\n", "--dry-run")
        expect("dearer          1   such as 86: 6.00 -> 7.00\n" in out and "steps" not in out, out)


def lists_refused(folder):
    """A list with anything wrong changes nothing; each mistake is told with row and column"""
    head = "prefix,per_minute\n86,0.30\n"
    cases = ((head + "8x6,0.1\n", 'row 3, column "prefix": "8x6" is not a prefix'),
             (head + ",0.1\n", 'row 3, column "prefix": "" is empty'),
             (head + "87,\n", 'row 3, column "per_minute": "" is not an amount'),
             (head + "87,-0.1\n", 'row 3, column "per_minute": "-0.1" is not an amount'),
             (head + "87,1000000.01\n", '"1000000.01" is not an amount'),
             (head + "87,0.0000000001\n", '"0.0000000001" is not an amount'),
             (head + '87,"0,1"\n', '"0,1" is not an amount'), (head + "87,1e3\n", '"1e3" is not an amount'),
             (head + "87\n", "row 3: has fewer columns"), (head + "87,1,2\n", "row 3: has more columns"),
             (head + "86,0.1\n", 'row 3, column "prefix": "86" has its prefix and time from row 2, too'),
             (head + '87,"1\n', "row 3: has a quote that does not end"), (head + '8"7,1\n', "row 3: has a quote inside"),
             (head + '"87"x,1\n', "row 3: has text behind a quoted field"), ("", "has nothing in it"),
             ("prefix,per_minute\n", "has names of columns, but no row"), ("a,b\n1,2\n", "names no column of prefixes"),
             ("prefix,b\n1,2\n", "names no column of prices"), ("code,prefix,rate\n1,2,3\n", "is the second of its kind"),
             ("prefix,rate,valid_from\n86,1,01/07/2026\n", '"01/07/2026" is not a time'),
             ("prefix,rate,valid_from,valid_until\n86,1,2026-07-01,2026-06-01\n", "row 2: ends before it begins"),
             ("prefix,rate,min_charge,max_charge\n86,1,2,1\n", "row 2: costs at least more than at most"),
             ("prefix,rate,bands\n86,1,mon 9-10 1\n", "is not prices at times of the week"),
             ("prefix,rate,next\n86,1,0\n", '"0" is not a number of seconds'),
             ("prefix,rate,blocked\n86,1,perhaps\n", '"perhaps" is not yes or no'),
             ("prefix,per_minute,name\n86,1,中国\n".encode("gb18030"), 'row 2, column "name": is not UTF-8'),
             ("prefix,per_minute\n86,1\n".encode("utf-16"), 'row 1, column "1": is not UTF-8; convert the file first, with iconv'
              " -f UTF-16"),
             ("prefix,per_minute\n86,1\n".encode("utf-16-le"), "with iconv -f UTF-16"),
             ("prefix,per_minute,Größe\n86,1,x\n".encode("latin-1"), 'row 1, column "3": is not UTF-8'))
    with Tandem(folder) as tandem:
        tandem.apply(CREATED)
        import_list(tandem, folder, "prefix,per_minute\n1,1\n")
        for text, said in cases:
            err = import_list(tandem, folder, text, code=1)
            expect(said in err and "nothing was changed" in err, f"{text!r}: {err}")
            expect(rates(tandem) == [("1", 10**9)], f"{text!r} changed {rates(tandem)}")
        many = import_list(tandem, folder, "prefix,per_minute\n" + "x,1\n" * 100, code=1)
        expect(many.count("is not a prefix") == 20 and "and 80 more" in many, many)
        for arguments, code in ((("--map", "prefix=nope"), 1), (("--map", "price=b"), 1), (("--decimal", ";"), 2),
                                (("--delimiter", "ab"), 2), (("--from", "soon"), 2)):
            import_list(tandem, folder, head, *arguments, code=code)
        got, _, err = ctl(tandem, "tariff", "import", "no'; DROP TABLE tariff; --", str(folder / "list.csv"))
        expect(got == 1 and "there is no tariff" in err, err)
        expect(rates(tandem) == [("1", 10**9)], "changed")
        swept(tandem)


def effective(folder):
    """A list takes effect when it says; until then the old prices count; what is not in it ends with --replace"""
    with Tandem(folder) as tandem:
        tandem.apply(CREATED)
        import_list(tandem, folder, "prefix,rate\n86,1\n8613,1\n49,1\n1,1\n")
        new = "prefix,rate,connect_fee\n86,2,\n8613,0.5,\n49,1,\n1,1,0.1\n81,3,\n"
        out = import_list(tandem, folder, new, "--from", "2096-01-01", "--dry-run", "--json")
        expect(json.loads(out) == {"new": 1, "dearer": 1, "cheaper": 1, "other": 1, "same": 1, "gone": 0, "rates": 9,
                                   "applied": False}, out)
        expect(len(rates(tandem)) == 4, "a dry run changed something")
        out = import_list(tandem, folder, new, "--from", "2096-01-01")
        expect("dearer          1   such as 86: 1.00 -> 2.00" in out and "has 9 rates" in out, out)
        for at, price in (("2095-12-31T23:59:59Z", "1.00"), ("2096-01-01", "2.00")):
            expect(ask(tandem, "8612", "--tariff", "retail", "--at", at)["price"] == price, f"at {at}")
        out = import_list(tandem, folder, "prefix,rate\n86,3\n", "--from", "2095-06-01", "--replace", "--json")
        expect(json.loads(out)["gone"] == 3 and json.loads(out)["dearer"] == 1, out)
        expect(ask(tandem, "491", "--tariff", "retail", "--at", "2095-05-31")["price"] == "1.00", "before it ended")
        expect(ctl(tandem, "rate", "491", "--tariff", "retail", "--at", "2095-06-01")[0] == 1, "it ended")
        expect(rates(tandem, "prefix, valid_from_us > 0, valid_until_us NOT NULL") ==
               [("1", 0, 1), ("49", 0, 1), ("86", 0, 1), ("86", 1, 0), ("8613", 0, 1)], f"{rates(tandem)}")


def in_the_middle(folder):
    """A daemon killed in the middle of an import keeps the old list, and sweeps what was begun"""
    with Tandem(folder) as tandem:
        tandem.apply(CREATED)
        import_list(tandem, folder, "prefix,rate\n86,1\n")
        client = Client(tandem)
        begun = client.call("tariff_begin", {"tariff": "retail"})["result"]
        for at in range(10000, 30000, 5000):
            lines = "".join(f"{n},1.00,,1,1,,,0,0,,,\n" for n in range(at, at + 5000))
            got = client.call("tariff_rows", {"list": begun["list"], "rows": lines})
            expect(got["result"]["rows"] == at - 5000, f"{got}")
        expect("too long" in client.call("tariff_rows", {"list": begun["list"], "rows": lines * 3})["error"]["message"],
               "more than 256 KiB at once")
        for rows, said in (("15,1.00,,1,1,,,0,0,,,\n", "out of order"), ("3,1.00\n", "has not the columns"),
                           ("3,x,,1,1,,,0,0,,,\n", "is not an amount"), ("29999,1,,1,1,,,0,0,,2026-01-01,\n", "overlaps")):
            error = client.call("tariff_rows", {"list": begun["list"], "rows": "29999999,1,,1,1,,,0,0,,,\n" + rows
                                                if rows[0] == "3" else rows})["error"]["message"]
            expect(said in error, f"{rows}: {error}")
        error = client.call("tariff_commit", {"list": begun["list"], "count": 20001})["error"]["message"]
        expect("not so many rows" in error, error)
        expect(rates(tandem) == [("86", 10**9)], f"{rates(tandem)}")
        client.close()
        tandem.b2bua.kill()
        tandem.b2bua.start()
        expect(rates(tandem) == [("86", 10**9)], f"{rates(tandem)}")
        swept(tandem)


def meanwhile(folder):
    """Rates that somebody changed meanwhile are not written over"""
    with Tandem(folder) as tandem:
        tandem.apply(CREATED)
        client = Client(tandem)
        begun = client.call("tariff_begin", {"tariff": "retail"})["result"]["list"]
        client.call("tariff_rows", {"list": begun, "rows": "86,1.00,,1,1,,,0,0,,,\n"})
        import_list(tandem, folder, "prefix,rate\n49,1\n")
        error = client.call("tariff_commit", {"list": begun, "count": 1})["error"]["message"]
        expect("changed meanwhile" in error, error)
        expect(rates(tandem) == [("49", 10**9)], f"{rates(tandem)}")
        for method, params in (("tariff_rows", {"list": begun, "rows": ""}), ("tariff_commit", {"list": 10**9, "count": 1}),
                               ("tariff_cancel", {"list": begun}), ("tariff_begin", {}), ("tariff_rows", {"list": "1"})):
            expect("error" in client.call(method, params), method)
        begun = client.call("tariff_begin", {"tariff": "retail"})["result"]["list"]
        left = {"tariffs": [tariff for tariff in tandem.ctl_json("export")["tariffs"] if tariff["name"] != "retail"]}
        (folder / "left.json").write_text(json.dumps({**tandem.ctl_json("export"), **left}))
        tandem.ctl("apply", str(folder / "left.json"), "--prune")
        error = client.call("tariff_commit", {"list": begun, "count": 0}).get("error", {}).get("message", "none")
        expect(not tandem.sql("SELECT * FROM tariff WHERE name = 'retail'"), f"an import made a tariff: {error}")
        expect("\"retail\" did not take the list" in error, error)
        tandem.apply(CREATED)
        begun = [client.call("tariff_begin", {"tariff": "retail"}) for _ in range(9)]
        expect(["error" in one for one in begun] == [False] * 8 + [True], "more than eight lists at once")
        for one in begun[:8]:
            expect("result" in client.call("tariff_cancel", {"list": one["result"]["list"]}), "cancel")
        client.close()
        swept(tandem)


def many(folder):
    """A list of 100,000 rates comes into force at once and whole, while numbers are asked for"""
    rows = "".join(f"{n},0.{n % 9 + 1}\n" for n in range(100000, 200000))
    with Tandem(folder) as tandem:
        tandem.apply(CREATED)
        import_list(tandem, folder, "prefix,rate\n1,5\n")
        (folder / "many.csv").write_text("prefix,rate\n" + rows)
        process = subprocess.Popen([str(program("tandemctl")), "--data", str(tandem.data), "tariff", "import", "retail",
                                    str(folder / "many.csv"), "--replace"], stdout=subprocess.DEVNULL)
        while process.poll() is None:
            price = ask(tandem, "1000001", "--tariff", "retail")["price"]
            expect(price in ("5.00", "0.20"), price)
        expect(process.returncode == 0 and len(rates(tandem)) == 100000, f"{process.returncode}")
        import_list(tandem, folder, "prefix,rate\n1,5\n", "--replace")
        swept(tandem)


def importing(tandem, path):
    """An import under way."""
    return subprocess.Popen([str(program("tandemctl")), "--data", str(tandem.data), "tariff", "import", "retail", str(path),
                             "--replace"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def killed(folder):
    """Killed at any moment of an import, the daemon has the old list or the new one, whole, and sweeps the rest"""
    rng = random.Random(SEED)
    switched = 0
    with Tandem(folder) as tandem:
        tandem.apply(CREATED)
        began = time.monotonic()
        import_list(tandem, folder, "prefix,rate\n" + "".join(f"{n},0.01\n" for n in range(1000, 1000 + MANY)))
        took_s = time.monotonic() - began
        old = 1
        for new in range(2, 2 + KILLS):
            path = folder / f"list-{new}.csv"
            path.write_text("prefix,rate\n" + "".join(f"{n},{new / 100}\n" for n in range(1000, 1000 + MANY)))
            process = importing(tandem, path)
            time.sleep(rng.uniform(0, 0.8 * took_s))
            tandem.b2bua.kill()
            tandem.b2bua.start()
            told = process.wait(60) == 0
            found = tandem.sql("SELECT per_minute_nano / 10000000 AS price, count(*) AS n FROM rate WHERE tariff = 'retail' "
                               "GROUP BY 1")
            expect(found in ([{"price": old, "n": MANY}], [{"price": new, "n": MANY}]), f"{found}, before {old}, then {new}")
            expect(not told or found[0]["price"] == new, "the import said it was done")
            switched += found[0]["price"] != old
            old = found[0]["price"]
        import_list(tandem, folder, "prefix,rate\n1,5\n", "--replace")
        swept(tandem)
    expect(switched < KILLS, "each import was done before it could be killed")


def calls_go_on(folder):
    """Calls are set up and priced while lists come into force, each by one of them"""
    with House(folder) as h:
        tandem = h.tandem
        tandem.apply(CREATED)
        import_list(tandem, folder, "prefix,rate\n86,6\n")
        h.account(tariff="retail")
        caller = h.line.caller(CALLS, rate=10, talk_ms=1000)
        for price in (60, 600):
            path = folder / f"list-{price}.csv"
            path.write_text(f"prefix,rate\n86,{price}\n" + "".join(f"{n},1\n" for n in range(100000, 100000 + MANY)))
            expect(importing(tandem, path).wait(60) == 0, "import")
        expect(caller.wait(60) == 0, caller.report())
        rows = tandem.cdrs(CALLS)
        expect({row["disposition"] for row in rows} == {"answered"} and len(rows) == CALLS, f"{len(rows)} answered")
        for row in rows:
            rate = json.loads(row["rate"])
            expect(rate["per_minute"] in ("6.00", "60.00", "600.00"), f"{rate}")
            expect(row["price_nano"] == model.price(rate, row["answer_us"], row["duration_ms"])[0], f"{row}")
        expect(h.ctl("ledger", "verify")[0] == 0, "ledger verify")


def shown(folder):
    """list shows the tariffs, show the rates of a tariff, or those whose prefixes begin so"""
    with Tandem(folder) as tandem:
        tandem.apply(CREATED)
        import_list(tandem, folder, "prefix,rate,valid_from\nany,2,\n86,0.30,\n861*,0.5,2026-07-01\n87,1,\n")
        out = ctl(tandem, "tariff", "list")[1].splitlines()
        expect(out[0].split() == ["name", "currency", "zone", "rounding", "decimals", "by", "rates", "accounts", "trunks"], out[0])
        expect(out[3].split() == ["retail", "CNY", "UTC", "nearest", "9", "list", "4", "0", "0"], out[3])
        for prefix, want in (((), ["", "86", "861*", "87"]), (("86",), ["86", "861*"]), (("861",), ["861*"]), (("5",), []),
                             (("' OR 1=1 --",), [])):
            code, out, err = ctl(tandem, "tariff", "show", "retail", *prefix, "--json")
            expect(code == 0 and [row["prefix"] for row in json.loads(out)] == want, f"{prefix}: {code} {out} {err}")
        out = ctl(tandem, "tariff", "show", "retail", "861")[1]
        expect("861*" in out and "0.50" in out and "2026-07-01" in out, out)
        for arguments, code, said in ((("show", "none"), 1, "there is no tariff"), (("show",), 2, "usage: tandemctl tariff show NAME"),
                                      (("list", "x"), 2, "usage: tandemctl tariff list"), (("drop", "x"), 2, "takes list, show"),
                                      (("show", "retail", "--replace"), 2, "does not take these options")):
            got, _, err = ctl(tandem, "tariff", *arguments)
            expect(got == code and said in err, f"{arguments}: {got} {err}")


CHECKS = [shown, lists_taken, steps, lists_refused, effective, in_the_middle, killed, calls_go_on, meanwhile, many]

if __name__ == "__main__":
    sys.exit(run_checks("import", CHECKS, sys.argv[1:]))
