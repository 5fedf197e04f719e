#!/usr/bin/env python3
"""tandemctl as an operator and a program use it: answers, exit codes, and questions that must not harm."""
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/lib"))
from checks import expect, run_checks  # noqa: E402
from tandem import Tandem, program, wait_until  # noqa: E402
sys.path.insert(0, str(ROOT / "tests/charge"))
import month  # noqa: E402


def run(*arguments, text=None):
    """Exit code, stdout, stderr."""
    done = subprocess.run([str(program("tandemctl")), *arguments], input=text, capture_output=True, timeout=60,
                          check=False, env={**os.environ, "LC_ALL": "C"})
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def usage(folder):
    """Wrong usage has exit code 2 and says what to do"""
    cases = [
        ([], "usage:"), (["cals"], "did you mean calls?"), (["xyzzy"], "tandemctl help lists them"),
        (["call"], "usage: tandemctl call ID"), (["status", "x"], "usage: tandemctl status"),
        (["--check", "calls"], "--check is no option of calls"),
        (["status", "--prune"], "--prune is no option of status"), (["cdr", "--last", "x"], "give a whole number"),
        (["--colour", "status"], "--help"), (["--data", "a", "--config", "b", "status"], "not both"),
        (["hangup"], "give the ID of one call, or --all"), (["hangup", "x", "--all"], "or --all"),
        (["foo"], "no command is called foo; tandemctl help lists them"), (["--last"], "--last needs a value"),
        (["cdr", "--last", "1000000000"], "from 0 to 999999999"), (["sql"], "--file FILE"),
        (["sql", "select 1", "--file", "x"], "--file FILE"),
        (["help", "xyzzy"], "tandemctl help lists them"), (["--socket", "/nowhere", "sql", "select 1"], "--data"),
    ]
    for arguments, text in cases:
        code, out, err = run(*arguments)
        expect(code == 2 and text in err, f"{arguments}: {code} {err}{out}")
    for arguments in (["--help"], ["-h"], ["help"], ["help", "sql"], ["sql", "--help"], ["version"], ["--version"],
                      ["--man"]):
        code, out, err = run(*arguments)
        expect(code == 0 and out and not err, f"{arguments}: {code} {err}")
        expect("--man" in arguments or all(len(line) < 80 for line in out.splitlines()), f"{arguments}: too wide")
    expect("--json" in run("help", "sql")[1] and "default 10000" in run("help", "sql")[1], "help sql")
    expect(json.loads(run("--json", "version")[1])["version"], "version in JSON")


def errors_in_json(folder):
    """With --json an error is an object on stderr"""
    for arguments in (["cals"], ["status"], ["--colour"], ["cdr", "--last", "x"], ["sql", "select 1"]):
        code, out, err = run("--json", "--data", str(folder), *arguments)
        expect(code in (1, 2) and not out and list(json.loads(err)) == ["error"], f"{arguments}: {code} {out} {err}")


def nobody_there(folder):
    """No daemon: exit code 1, and how to start one"""
    code, _, err = run("--data", str(folder), "status")
    expect(code == 1 and "no daemon answers at" in err and "./dev up" in err, f"{code} {err}")
    code, _, err = run("--data", str(folder), "sql", "select 1")
    expect(code == 1 and "there is no database" in err, f"{code} {err}")
    code, _, err = run("--config", str(folder / "none.conf"), "status")
    expect(code == 1 and "none.conf" in err, f"{code} {err}")


def helps(folder):
    """help COMMAND lists every option of it with what it means there, in 79 columns"""
    commands = [line.split()[0] for line in run("help")[1].splitlines() if line.startswith("  ") and line[2].islower()]
    expect(len(commands) > 20, str(commands))
    for command in commands:
        code, out, err = run("help", command)
        expect(code == 0 and all(len(line) < 80 for line in out.splitlines()), f"{command}: {err}{out}")
    out = run("help", "rerate")[1]
    for option, meaning in (("--account NAME", "only calls of this account"), ("--to TIME", "calls begun before then"),
                            ("--key KEY", "stands for this re-rating"), ("--tariff NAME", "priced by")):
        line = next((line for line in out.splitlines() if line.startswith(f"  {option}")), "")
        expect(meaning in line, f"{option}: {line!r}")
    expect("into this folder" not in out and "into this folder" in run("help", "cdr")[1], out)


def manual(folder):
    """docs/man/tandemctl.1 is what tandemctl --man prints"""
    code, out, _ = run("--man")
    expect(code == 0 and out == (ROOT / "docs/man/tandemctl.1").read_text(), "run: tandemctl --man >docs/man/tandemctl.1")


def tables(folder):
    """Tables are aligned by what a terminal shows, and nothing in them steers it"""
    with Tandem(folder) as tandem:
        tandem.apply({"trunks": [{"name": "\u4e2d\u56fd", "interface": "access", "match": ["10.0.0.1"]},
                                 {"name": "Robert'); DROP TABLE trunk;--", "interface": "access", "match": ["10.0.0.2"]}]})
        out = tandem.ctl("trunks").splitlines()
        expect(len(out) == 4 and out[0].startswith("name"), "\n".join(out))
        expect(out[2].startswith("\u4e2d\u56fd" + " " * 27 + "access"), f"not aligned: {out[2]!r}")
        rows = tandem.ctl_json("trunks")["trunks"]
        expect([row["name"] for row in rows] == ["\u4e2d\u56fd", "Robert'); DROP TABLE trunk;--"], str(rows))
        out = tandem.ctl("sql", "SELECT char(27) || '[31m' || char(10) || char(0x202e) AS evil, NULL AS n, 5 AS i")
        expect("\\x1b[31m\\x0a\\xe2\\x80\\xae" in out and "\x1b" not in out, repr(out))
        rows = tandem.ctl_json("sql", "SELECT char(27) AS evil, NULL AS n, 5 AS i, 1.5 AS f, x'00ff' AS b")
        expect(rows == [{"evil": "\x1b", "n": None, "i": 5, "f": 1.5, "b": "00ff"}], str(rows))
        expect(tandem.ctl_json("sql", "SELECT 1 WHERE 0") == [], "no rows")


def questions(folder):
    """sql answers questions and does nothing else"""
    refused = [
        "DELETE FROM interface", "INSERT INTO setting VALUES ('a', '1')", "DROP TABLE cdr", "CREATE TEMP TABLE t (a)",
        "ATTACH '/tmp/x.db' AS x", "DETACH main", "PRAGMA journal_mode = DELETE", "PRAGMA query_only = 0",
        "PRAGMA wal_checkpoint(TRUNCATE)", "PRAGMA writable_schema = 1", "BEGIN IMMEDIATE", "VACUUM",
        "VACUUM INTO '/tmp/x.db'", "SELECT load_extension('x')", "SAVEPOINT a", "REINDEX", "ANALYZE", "SELEC 1",
        "SELECT * FROM nothing", "SELECT 1; DELETE FROM interface",
        "WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r) SELECT count(*) FROM r",
        "SELECT length(zeroblob(1000000000) || 'x')",
    ]
    with Tandem(folder) as tandem:
        config = ["--config", str(tandem.conf_path)]
        for statement in refused:
            code, _, err = run(*config, "--timeout", "2", "sql", statement)
            expect(code == 1 and err.startswith("tandemctl: "), f"{statement}: {code} {err}")
        expect(tandem.sql("SELECT count(*) AS n FROM interface")[0]["n"] == 1, "something was changed")
        code, out, err = run(*config, "--rows", "3", "--json", "sql",
                             "WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r LIMIT 9) SELECT i FROM r")
        expect(code == 0 and json.loads(out) == [{"i": 1}, {"i": 2}, {"i": 3}] and "only 3 rows are shown" in err, f"{out}{err}")
        expect("name" in tandem.ctl("sql", "PRAGMA table_info(trunk)"), "harmless pragma")


def examples(folder):
    """Every example runs as docs/sql.md says: in quotes, from a file, from standard input"""
    with Tandem(folder) as tandem:
        config = ["--config", str(tandem.conf_path)]
        found = sorted((ROOT / "sql/examples").glob("*.sql"))
        expect(len(found) >= 10, "no examples")
        for path in found:
            text = path.read_text()
            answers = [run(*config, "sql", text.rstrip("\n")), run("sql", text, *config),
                       run(*config, "sql", "--file", str(path)), run(*config, "sql", "-", text=text.encode())]
            expect(all(answer == answers[0] for answer in answers) and answers[0][0] == 0, f"{path.name}: {answers}")
        rows = tandem.ctl_json("sql", "--no space\nSELECT value FROM json_each('[1, 2]')")
        expect(rows == [{"value": 1}, {"value": 2}], str(rows))
        for table in ("json_tree('[1]')", "pragma_table_info('cdr')"):
            expect(tandem.ctl_json("sql", f"SELECT * FROM {table}"), table)
        code, out, err = run(*config, "sql", "--file", str(folder))
        expect(code == 1 and "this is a folder" in err, err)


def broken_off(folder):
    """A table whose question takes too long shows nothing of itself"""
    endless = "WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r) SELECT i FROM r WHERE i % 100000 = 0"
    with Tandem(folder) as tandem:
        code, out, err = run("--config", str(tandem.conf_path), "--timeout", "1", "sql", endless)
        expect(code == 1 and not out and "took too long" in err, f"{code} {out[:200]} {err}")


def wellness(folder):
    """status begins with what is wrong, and --check tells a monitor"""
    with Tandem(folder) as tandem:
        config = ["--config", str(tandem.conf_path)]
        wait_until(lambda: run(*config, "status", "--check")[0] == 0, 5, "all well")
        out = tandem.ctl("status")
        expect(out.startswith("all well\n") and "last commit took" in out, out)
        expect(tandem.ctl_json("status")["problems"] == [], "problems")
        out = tandem.ctl("relay")
        expect("sessions now" in out and "\nworker" in out and "sessionsown" not in out, out)
        tandem.relay.stop()
        wait_until(lambda: run(*config, "status", "--check")[0] == 1, 5, "the relay is missed")
        code, out, _ = run(*config, "status")
        expect(code == 0 and out.startswith("not well: the media relay does not answer"), out)
        expect(len(tandem.ctl_json("status")["problems"]) == 1, "problems")
        tandem.relay.start()


def provisioning(folder):
    """apply tells line and column, path and remedy; export is what apply takes"""
    with Tandem(folder) as tandem:
        config = ["--config", str(tandem.conf_path)]
        cases = [
            ('{"trunks": [\n  {"name": "a"\n   "interface": "access"}]}', "-:3:4: a comma or } is missing"),
            ("", "-:1:1: the text is empty"),
            ('{"trunks": [{"name": "a", "interface": "acces"}]}',
             'trunks[0].interface: there is no interface "acces"; did you mean "access"?'),
        ]
        for text, complaint in cases:
            code, _, err = run(*config, "apply", "-", text=text.encode())
            expect(code == 1 and complaint in err, f"{text}: {code} {err}")
        code, _, err = run(*config, "apply", str(folder / "none.json"))
        expect(code == 1 and "none.json" in err, err)
        code, _, err = run(*config, "apply", str(folder))
        expect(code == 1 and "this is a folder" in err, err)
        code, out, err = run(*config, "apply", "-", "--dry-run", text=b'{"accounts": [{"name": "a", "currency": "EUR"}]}')
        expect(code == 0 and 'note: accounts: "a" is prepaid without a tariff, so calls are refused' in out, out + err)

        text = b'{"trunks": [\n\t{"name": "a",\r\n "interface": "access", "match": ["10.0.0.1"]}]}\n'
        code, out, _ = run(*config, "apply", "-", "--dry-run", text=text)
        expect(code == 0 and out == "trunk a: created\ndry run: 1 change, nothing was changed\n", out)
        expect(tandem.sql("SELECT count(*) AS n FROM trunk")[0]["n"] == 0, "the dry run was wet")
        code, out, _ = run(*config, "apply", "-", text=text)
        expect(code == 0 and out == "trunk a: created\napplied: 1 change\n", out)
        exported = tandem.ctl("export")
        code, out, _ = run(*config, "apply", "-", "--prune", text=exported.encode())
        expect(code == 0 and out == "nothing to change\n", out)
        expect(json.loads(exported) == json.loads(tandem.ctl("--json", "export")), "the two forms differ")
        code, out, _ = run(*config, "apply", "-", "--prune", text=b'{"interfaces": [{"name": "access"}]}')
        expect(code == 0 and out == "trunk a: removed\napplied: 1 change\n", out)


def header_rules(folder):
    """apply names the place of a wrong header rule; trunk headers shows a message before and after"""
    with Tandem(folder) as tandem:
        config = ["--config", str(tandem.conf_path)]
        rules = [{"pass": "X-A"}, {"set": "X-B", "value": "${src_trunk} ${header:X-A}"}]
        trunk = {"name": "a", "interface": "access", "match": ["10.0.0.1"], "headers_in": rules}

        def apply(**changes):
            return run(*config, "apply", "-", text=json.dumps({"trunks": [{**trunk, **changes}]}).encode())

        code, _, err = apply(headers_out=[{"pass": "X"}, {"replace": "X-A", "match": "(", "with": ""}])
        expect(code == 1 and "trunks[0].headers_out[0].pass: belongs to" in err, err)
        code, _, err = apply(headers_out=[{"pass": "X-A"}, {"replace": "X-A", "match": "(", "with": ""}])
        expect(code == 1 and "trunks[0].headers_out[1].match: is no regular expression" in err, err)
        code, _, err = apply(headers_out=[{"pass": f"X-{i}"} for i in range(65)])
        expect(code == 1 and "trunks[0].headers_out: has 65 entries; give at most 64" in err, err)
        code, _, err = apply()
        expect(code == 0, err)
        expect(json.loads(tandem.ctl("export"))["trunks"][0]["headers_in"] == rules, "the rules are exported otherwise")

        code, out, err = run(*config, "trunk", "headers", "a")
        after = out.partition("coming from it")[2].partition("going to it")
        expect(code == 0 and "X-Account: 7" in out and "X-B: a \n" in after[0] and "X-B" not in after[2], out + err)
        message = (b"INVITE sip:1@h SIP/2.0\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\nFrom: <sip:2@h>;tag=1\nTo: <sip:1@h>\n"
                   b"Call-ID: 1\nCSeq: 1 INVITE\nX-A: \x1b[31mred\n")
        code, out, err = run(*config, "trunk", "headers", "a", "-", text=message)
        expect(code == 0 and "X-B: a  [31mred" in out and "\x1b" not in out, out + err)
        code, _, err = run(*config, "trunk", "headers", "a", "-", text=b"rain")
        expect(code == 1 and "is no SIP request" in err, err)
        code, _, err = run(*config, "trunk", "headers", "b")
        expect(code == 1 and "there is no such trunk" in err, err)
        code, _, err = run(*config, "trunk", "calls", "a")
        expect(code == 2 and "tandemctl trunk headers NAME" in err, err)


def wording(folder):
    """What is one is singular, what nothing matches says so, and no two lines of a record have one name"""
    with Tandem(folder) as tandem:
        config = ["--config", str(tandem.conf_path)]
        expect(tandem.ctl("cdr") == "there is no record yet; tandemctl calls shows calls under way\n", tandem.ctl("cdr"))
        expect("there is no account yet" in tandem.ctl("account", "list"), "account list")
        tandem.apply({"accounts": [{"name": "acme", "currency": "EUR", "balance": "5"},
                                   {"name": "globex", "kind": "postpaid", "currency": "EUR"}],
                      "tariffs": [{"name": "retail", "currency": "EUR"}]})
        for arguments in (["calls", "--account", "acmee"], ["ledger", "acmee"], ["rerate", "--tariff", "retail", "--from",
                                                                                  "2026-01-01", "--account", "acmee"]):
            code, out, err = run(*config, *arguments)
            expect(code == 1 and "there is no such account" in err and not out, f"{arguments}: {code} {out}{err}")
        expect(tandem.ctl("calls", "--account", "acme").endswith("0 calls\n"), "no calls of acme")
        expect(tandem.ctl("ledger", "globex") == "nothing was booked for it in this time\n", tandem.ctl("ledger", "globex"))
        expect(tandem.ctl("rerate", "--tariff", "retail", "--from", "2026-01-01") ==
               "no answered call with an account began in this period\n", "rerate")
        expect("1 entry, 1 balance, 0 calls with" in tandem.ctl("ledger", "verify").replace("2 balances", "1 balance"),
               tandem.ctl("ledger", "verify"))
        rows = {row["account"]: row["available"] for row in tandem.ctl_json("account", "list")}
        expect(rows == {"acme": "5.00", "globex": None}, str(rows))
        code, _, err = run(*config, "--rows", "1", "sql", "SELECT name FROM account")
        expect("only 1 row is shown" in err, err)
        (folder / "one.csv").write_text("prefix,rate\n1,1\n")
        expect("tariff retail has 1 rate\n" in tandem.ctl("tariff", "import", "retail", str(folder / "one.csv")), "import")
        for prefix, rate, remedy in (("1", '"1.234,50"', "write nothing between them"), ("+33 6", "1", "336 for +33 6")):
            (folder / "two.csv").write_text(f"prefix,rate\n{prefix},{rate}\n")
            code, _, err = run(*config, "tariff", "import", "retail", str(folder / "two.csv"))
            expect(code == 1 and remedy in err, f"{prefix},{rate}: {err}")


def records(folder):
    """A record in full, and a question about records that names a column which is none"""
    calls, _entries = month.month_make(folder / "tandem.db", 20)
    out = run("--data", str(folder), "cdr", calls[0]["cdr_id"])[1]
    labels = [line[:18].strip() for line in out.splitlines()]
    expect(len(labels) > 50 and len(set(labels)) == len(labels), f"not told apart: {labels}")
    expect("ring_us" in labels and "ring_ms" in labels and "duration" in labels, str(labels))
    for question, hints in (
            ("SELECT durations FROM cdr", ["no such column: durations; cdr has seq, ", "duration_ms"]),
            ("SELECT v.x FROM v_balance v JOIN account a ON a.name = v.account", ["account has ", "v_balance has account, kind"]),
            ("SELECT * FROM cdrs", ["no such table: cdrs; there are", " cdr, ", "v_revenue_daily"])):
        code, _, err = run("--data", str(folder), "sql", question)
        expect(code == 1 and all(hint in err for hint in hints) and len(err.splitlines()) == 1, f"{question}: {code} {err}")
    expect(run("--data", str(folder), "cdr", "--last", "1", calls[0]["cdr_id"])[2].count("takes no other options"), "ID and --last")


CHECKS = [helps, wording, records, header_rules, usage, errors_in_json, nobody_there, manual, tables, questions, examples, broken_off, wellness, provisioning]

if __name__ == "__main__":
    sys.exit(run_checks("tandemctl", CHECKS, sys.argv[1:]))
