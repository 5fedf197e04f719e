"""Databases of millions of records or rates, made quickly: by SQL, in one transaction, indexes last.

usage: made.py records|rates FOLDER [COUNT]     writes FOLDER/tandem.db

Records are as wide as real ones, their days are full (a tenth of a day at a time is like any other), and their hashes are
no chain: what is asked of them here does not look at hashes. A tenth of the calls have charges in the ledger.
"""
import pathlib
import re
import sqlite3
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/charge"))
import month  # noqa: E402

NODE = "bench"
ACCOUNTS, CARRIERS = 1000, 4
SLICE, SLICE_US = 100000, 8640 * 10**6  # calls made at a time: a tenth of a day
TARIFFS = 20
PREFIX_STEP = 199  # between neighbours of eight digits

# One slice of calls; what differs from slice to slice is added when it is copied. A third are not answered.
SLICE_SQL = f"""
CREATE TABLE base.call AS
WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {SLICE - 1})
SELECT i, i * {SLICE_US // SLICE} AS after_us, i % 3 > 0 AS up, 1 + i * 7919 % 400 AS s,
       'account-' || (i * 7 % {ACCOUNTS}) AS account, 'pbx-' || (i % 10) AS src_trunk, 'ims-' || (i % {CARRIERS}) AS dst_trunk,
       '8621' || printf('%07d', i % 10000) AS caller,
       '[{{"trunk":"ims-' || (i % {CARRIERS}) || '","code":' || iif(i % 3 > 0, 200, 486) || ',"ms":31,"reason":"OK"}}]' AS attempts
  FROM n
"""

COPY_SQL = f"""
INSERT INTO cdr (seq, cdr_id, node, a_call_id, b_call_id, src_trunk, dst_trunk, account, caller, callee, caller_in, callee_in,
                 start_us, ring_us, answer_us, end_us, pdd_ms, ring_ms, duration_ms, billed_s, disposition, sip_code, q850_cause,
                 reason, released_by, release_tag, attempts, tariff, rate, price_nano, currency, a_codec, b_codec,
                 a_rx_packets, a_rx_bytes, a_lost, a_jitter_us, a_mos_x100, b_rx_packets, b_rx_bytes, b_lost, b_jitter_us, b_mos_x100,
                 a_user_agent, a_src, b_dst, recovered, prev_hash, hash, cost_tariff, cost_nano, cost_currency, why)
SELECT :first + i, printf('%08x-%04x-7000-8000-%012x', (:begin_us + after_us) / 65536000, (:begin_us + after_us) / 1000 % 65536, :first + i),
       '{NODE}', printf('%08x-3f1c8a90-%d@192.0.2.10', (:first + i) * 2654435761 % 4294967296, :first + i),
       printf('%08x-b1e9-%d@198.51.100.1', (:first + i) * 2246822519 % 4294967296, :first + i),
       src_trunk, dst_trunk, account, caller, '86138' || printf('%08d', (:first + i) * 7919 % 100000000), '+' || caller, '0138',
       :begin_us + after_us, :begin_us + after_us + 900000, iif(up, :begin_us + after_us + 3900000, NULL),
       :begin_us + after_us + 3900000 + iif(up, s * 1000000, 0), 900, 3000, iif(up, s * 1000 - 7, NULL), iif(up, s, 0),
       iif(up, 'answered', 'busy'), iif(up, 200, 486), iif(up, 16, 17), iif(up, 'Normal call clearing', 'User busy'), 'caller', 'caller',
       attempts, 't0', '{{"prefix":"86138","per_minute":"0.300000000","first":1,"next":1}}', iif(up, s * 5000000, 0), 'CNY',
       'PCMA/8000', 'PCMA/8000', s * 50, s * 8600, 0, 300, 430, s * 50, s * 8600, 0, 300, 430, 'Example PBX 4.2',
       'udp:192.0.2.10:5060', 'udp:198.51.100.7:5060', 0, '{"0" * 64}', '{"1" * 64}', 'cost', iif(up, s * 3000000, 0), 'CNY',
       '{{"route":"86","price":{{"tariff":"t0","prefix":"86138"}}}}'
  FROM base.call ORDER BY i
"""

CHARGES_SQL = """
INSERT INTO ledger
SELECT '0' || substr(cdr_id, 2), 'charge:' || cdr_id, node, end_us, 'charge', account, '@revenue', price_nano, currency, cdr_id, NULL
  FROM cdr WHERE seq % 10 = 1 AND price_nano > 0 ORDER BY 1
"""

RATES_SQL = f"""
WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < :rates - 1)
INSERT INTO rate_row (list, prefix, per_minute_nano, first_s, next_s)
SELECT :list, rtrim(printf('%08d', i * :step), '0'), 100000000 + i % 1000 * 1000000, 1, 1 FROM n
"""


def opened(path):
    database = sqlite3.connect(path, isolation_level=None)
    database.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;"
                           "PRAGMA cache_size = -400000; PRAGMA mmap_size = 0; PRAGMA threads = 2;")
    return database


def tariff_add(database, name, per_minute=None):
    number = database.execute("INSERT INTO rate_list (tariff) VALUES (?)", (name,)).lastrowid
    database.execute("INSERT INTO tariff (name, currency, list) VALUES (?, 'CNY', ?)", (name, number))
    if per_minute:
        database.execute("INSERT INTO rate_row (list, prefix, per_minute_nano) VALUES (?, '86', ?)", (number, per_minute))
    return number


def indexes_off(database):
    """Drop what is made faster at the end; returns how to make it."""
    rows = database.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'cdr' AND sql IS NOT NULL").fetchall()
    for name, _sql in rows:
        database.execute(f"DROP INDEX {name}")
    return [sql for _name, sql in rows]


def traffic_make(database, slices):
    """A day of ten slices is like the next: the first is summed up, and copied."""
    database.execute("DELETE FROM traffic_day")
    text = month.named_query("traffic_add").replace("seq > :seq", f"seq <= {10 * SLICE}")
    database.execute(text)
    for day in range(1, -(-slices // 10)):
        database.execute("INSERT INTO traffic_day SELECT date(day, ?), " + re.sub(r"\s+", " ", """account, src_trunk, dst_trunk, currency,
            cost_currency, attempts, answered, effective, rung, pdd_ms, duration_ms, billed_s, price_nano, cost_nano""")
                         + " FROM traffic_day WHERE day = (SELECT min(day) FROM traffic_day)", (f"+{day} days",))


def records_make(path, count):
    """Returns when the first call began, in us. The last day ends at the end of October."""
    slices = -(-count // SLICE)
    begin_us = month.BEGIN + 31 * month.DAY - slices * SLICE_US
    begin_us -= begin_us % month.DAY
    database = opened(path)
    month.schema_make(database)
    database.execute("ATTACH ':memory:' AS base")
    database.execute(SLICE_SQL)
    database.execute("BEGIN")
    tariff_add(database, "t0", 300000000)
    tariff_add(database, "other", 270000001)
    database.executemany("INSERT INTO account (name, kind, currency, tariff) VALUES (?, 'postpaid', 'CNY', 't0')",
                         [(f"account-{i}",) for i in range(ACCOUNTS)])
    statements = indexes_off(database)
    for index in range(slices):
        database.execute(COPY_SQL, {"first": 1 + index * SLICE, "begin_us": begin_us + index * SLICE_US})
    for statement in statements:
        database.execute(statement)
    database.execute(CHARGES_SQL)
    traffic_make(database, slices)
    database.execute("INSERT INTO node (node, chain_seq, chain_hash) VALUES (?, ?, ?)", (NODE, slices * SLICE, "1" * 64))
    database.execute("COMMIT")
    database.close()
    return begin_us


def rates_make(path, count):
    """As many rates, in twenty tariffs of prefixes of up to eight digits."""
    database = opened(path)
    month.schema_make(database)
    database.execute("BEGIN")
    for index in range(TARIFFS):
        number = tariff_add(database, f"t{index}")
        rates = count // TARIFFS
        database.execute(RATES_SQL, {"rates": rates, "list": number, "step": max(10**8 // rates, 1)})
    database.execute("COMMIT")
    database.close()


if __name__ == "__main__":
    COUNT = int(sys.argv[3]) if len(sys.argv) > 3 else 10**6
    {"records": records_make, "rates": rates_make}[sys.argv[1]](pathlib.Path(sys.argv[2]) / "tandem.db", COUNT)
