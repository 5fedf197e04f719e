#!/usr/bin/env python3
"""Past months move into archives while the system runs and is killed: who asks sees every record, once."""
import pathlib
import random
import sqlite3
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/lib"))
sys.path.insert(0, str(ROOT / "tests/charge"))
from checks import expect, run_checks  # noqa: E402
from tandem import Tandem, program, wait_until  # noqa: E402
import past  # noqa: E402

RECORDS, MONTHS, KILLS = 6000, 4, 12


def put_records(tandem, count=RECORDS):
    """A system with a past."""
    with tandem:
        pass
    past.write(tandem.data / "tandem.db", count, MONTHS)


def live(tandem):
    """Records in tandem.db itself."""
    return tandem.sql("SELECT count(*) AS n FROM cdr")[0]["n"]


def answers(tandem):
    """What operators' ways to ask tell."""
    ask = lambda question: tandem.ctl_json("sql", "--rows", "0", question)  # noqa: E731
    some = [ask("SELECT count(*), sum(duration_ms), min(start_us), max(start_us) FROM cdr"),
            ask("SELECT seq, hash FROM cdr ORDER BY start_us DESC, seq DESC LIMIT 4500"),
            ask("SELECT * FROM cdr WHERE callee = '8613800000017' ORDER BY start_us"),
            ask("SELECT day, sum(attempts) FROM v_top_destination GROUP BY day ORDER BY day"),
            ask("SELECT account, count(*) FROM cdr, json_each('[1,2]') GROUP BY account ORDER BY account"),
            tandem.ctl_json("cdr", "--last", "4000")]
    expect(tandem.ctl_json("cdr", "verify")["broken"] == 0, "chain")
    expect(tandem.ctl_json("ledger", "verify")["wrong"] == 0, "books")
    return some


def exported(tandem, day, folder):
    folder.mkdir()
    tandem.ctl("cdr", "export", "--day", day, "--to", str(folder))
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def days_closed(tandem):
    """True once the days of the past are closed."""
    return tandem.sql("SELECT count(*) AS n FROM cdr_day")[0]["n"] > 28 * MONTHS


def moved(folder):
    """Whole months go, answers, files of days and the chain stay; what does not come back is tandem.db's"""
    tandem = Tandem(folder)
    put_records(tandem)
    with tandem:
        wait_until(lambda: days_closed(tandem), 20, "closed days")
        before = answers(tandem)
        day = f"{past.month_name(3)}-17"
        file = exported(tandem, day, folder / "before")
    tandem.conf_write({"cdr_keep_months": 1})
    with tandem:
        kept = tandem.sql("SELECT count(*) AS n FROM cdr_day WHERE day >= ?", past.month_name(1))[0]["n"]
        expect(kept >= 28, "closed days of the last month")
        stay = tandem.sql("SELECT sum(last_seq - first_seq + 1) AS n FROM cdr_day WHERE day >= ?",
                          past.month_name(1))[0]["n"]
        wait_until(lambda: live(tandem) == stay, 40, "archives")
        names = sorted(path.name for path in (tandem.data / "archive").iterdir())
        expect(names == [f"cdr-{past.month_name(ago)}.db" for ago in (4, 3, 2)], str(names))
        expect(answers(tandem) == before, "answers")
        expect(exported(tandem, day, folder / "after") == file, "a day's files")
        tandem.apply({"accounts": [{"name": f"customer-{i}", "currency": "CNY"} for i in range(5)]})
        call = tandem.ctl_json("sql", "SELECT cdr_id FROM cdr WHERE seq < 100 AND currency IS NOT NULL LIMIT 1")[0]["cdr_id"]
        expect(tandem.ctl_json("cdr", call)["cdr_id"] == call, "one archived record")
        tandem.ctl("cdr", "correct", call, "--price", "1.50", "--key", "of an archived call")
        now = tandem.ctl_json("sql", f"SELECT corrected_nano, price_nano FROM v_cdr WHERE cdr_id = '{call}'")
        expect(now == [{"corrected_nano": 1500000000, "price_nano": 0}], str(now))
        expect(tandem.ctl_json("ledger", "verify")["wrong"] == 0, "books after a correction")
        inside = sqlite3.connect(tandem.data / "archive" / names[1])
        months = inside.execute("SELECT DISTINCT strftime('%Y-%m', end_us / 1000000, 'unixepoch') FROM cdr").fetchall()
        inside.close()
        expect(months == [(past.month_name(3),)], str(months))


def touched(folder):
    """A record that is edited in an archive is named by cdr verify"""
    tandem = Tandem(folder, {"cdr_keep_months": 1})
    put_records(tandem, 1000)
    with tandem:
        wait_until(lambda: days_closed(tandem), 20, "closed days")
    with tandem:
        wait_until(lambda: len(list((tandem.data / "archive").glob("cdr-*"))) == 3, 40, "archives")
        digest = tandem.ctl("--json", "cdr", "verify", "--digest")
        (folder / "digest").write_text(digest)
        tandem.ctl("cdr", "verify", "--against", str(folder / "digest"))
        inside = sqlite3.connect(tandem.data / "archive" / f"cdr-{past.month_name(3)}.db")
        seq = inside.execute("SELECT min(seq) + 5 FROM cdr").fetchone()[0]
        inside.execute("UPDATE cdr SET callee = '8613900000001' WHERE seq = ?", (seq,))
        inside.commit()
        inside.close()
        done = subprocess.run([str(program("tandemctl")), "--config", str(tandem.conf_path), "cdr", "verify"],
                              capture_output=True, text=True, timeout=60, check=False)
        expect(done.returncode == 1 and f"the first is seq {seq}: its content was changed" in done.stderr, done.stderr)


def killed(folder):
    """Killed again and again: nothing is lost, nothing double, and the move goes on"""
    tandem = Tandem(folder)
    put_records(tandem)
    with tandem:
        wait_until(lambda: days_closed(tandem), 20, "closed days")
        before = answers(tandem)
    tandem.conf_write({"cdr_keep_months": 1})
    rng = random.Random(5)
    with tandem:
        for _ in range(KILLS):
            time.sleep(1.5 + rng.random())
            tandem.b2bua.kill()
            expect(answers(tandem)[0] == before[0], "after a kill")
            tandem.b2bua.start()
        wait_until(lambda: len(list((tandem.data / "archive").glob("cdr-*"))) == 3, 40, "archives")
        wait_until(lambda: tandem.sql("SELECT max(last_seq) + 1 AS n FROM cdr_archive")
                   == tandem.sql("SELECT min(seq) AS n FROM cdr"), 40, "deleted")
        expect(answers(tandem) == before, "answers")


def retention(folder):
    """With cdr_archive_keep_months the oldest archives go, and what is left proves right"""
    tandem = Tandem(folder, {"cdr_keep_months": 1, "cdr_archive_keep_months": 2})
    put_records(tandem, 1000)
    with tandem:
        wait_until(lambda: days_closed(tandem), 20, "closed days")
        digest = tandem.ctl("--json", "cdr", "verify", "--digest")
        (folder / "digest").write_text(digest)
        days = tandem.sql("SELECT sum(attempts) AS n FROM traffic_day")
    with tandem:
        wait_until(lambda: tandem.sql("SELECT count(*) AS n FROM cdr_archive WHERE removed_us IS NOT NULL")[0]["n"] == 2, 40,
                   "archives that went")
        wait_until(lambda: len(list((tandem.data / "archive").glob("cdr-*"))) == 1, 10, "files that went")
        answer = tandem.ctl_json("cdr", "verify")
        expect(answer["broken"] == 0 and answer["first_seq"] > 1 and answer["last_seq"] == 1000, str(answer))
        tandem.ctl("cdr", "verify", "--against", str(folder / "digest"))
        expect(tandem.ctl_json("ledger", "verify")["wrong"] == 0, "books")
        expect(tandem.sql("SELECT sum(attempts) AS n FROM traffic_day") == days, "days' sums")


CHECKS = [moved, touched, killed, retention]

if __name__ == "__main__":
    sys.exit(run_checks("archive", CHECKS, sys.argv[1:]))
