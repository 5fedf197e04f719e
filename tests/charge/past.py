"""Records of months gone by, with their hash chain, as docs/sql.md says it is made: put into a database at rest."""
import datetime
import hashlib
import random
import sqlite3
import uuid

SECOND, DAY = 10**6, 86400 * 10**6


def canonical(columns, row):
    """The text whose hash is the row's."""
    lines = []
    for name in columns:
        value = row.get(name)
        if value is not None and name != "hash":
            text = str(value).encode()
            lines.append(name.encode() + b"=%d:" % len(text) + text + b"\n")
    return b"".join(lines)


def month_begin(months_ago):
    """The first moment (UTC, microseconds) of the month so many before this one."""
    today = datetime.datetime.now(datetime.timezone.utc)
    number = today.year * 12 + today.month - 1 - months_ago
    return int(datetime.datetime(number // 12, number % 12 + 1, 1, tzinfo=datetime.timezone.utc).timestamp()) * SECOND


def month_name(months_ago):
    return datetime.datetime.fromtimestamp(month_begin(months_ago) // SECOND, datetime.timezone.utc).strftime("%Y-%m")


def call(rng, number, end_us):
    answered = number % 3 > 0
    duration_ms = rng.randrange(1000, 7200000) if answered else None
    start_us = end_us - (duration_ms or 0) * 1000 - 3 * SECOND
    row = {"cdr_id": str(uuid.UUID(int=(start_us // 1000 << 80) | 7 << 76 | 2 << 62 | rng.getrandbits(61))), "node": "test",
           "a_call_id": f"past-{number}@pbx", "src_trunk": "pbx", "dst_trunk": "ims-a", "account": f"customer-{number % 5}",
           "caller": f"8621{number:07}", "callee": f"86138{number % 400:08}", "start_us": start_us, "end_us": end_us,
           "disposition": "answered" if answered else "busy", "sip_code": 200 if answered else 486,
           "released_by": "caller", "recovered": 0}
    if answered:
        row |= {"answer_us": start_us + 3 * SECOND, "duration_ms": duration_ms, "billed_s": 0, "price_nano": 0,
                "currency": "CNY"}
    return row


def write(path, count, months, seed=1):
    """`count` records in order of their ends, over so many months before this one."""
    rng = random.Random(seed)
    first, last = month_begin(months), month_begin(0)
    ends = sorted(rng.randrange(first, last) for _ in range(count))
    database = sqlite3.connect(path)
    columns = [row[1] for row in database.execute("PRAGMA table_info(cdr)")]
    seq, before = database.execute("SELECT chain_seq, chain_hash FROM node WHERE node = 'test'").fetchone()
    for number, end_us in enumerate(ends):
        seq += 1
        row = {"seq": seq, **call(rng, number, end_us), "prev_hash": before}
        row["hash"] = before = hashlib.sha256(canonical(columns, row)).hexdigest()
        database.execute(f"INSERT INTO cdr ({','.join(row)}) VALUES ({','.join('?' * len(row))})", list(row.values()))
    database.execute("UPDATE node SET chain_seq = ?, chain_hash = ? WHERE node = 'test'", (seq, before))
    database.commit()
    database.close()


def chain(database):
    """Make the whole chain anew, as somebody does who hides what he edited."""
    columns = [row[1] for row in database.execute("PRAGMA table_info(cdr)")]
    before = ""
    for values in database.execute("SELECT * FROM cdr ORDER BY seq").fetchall():
        row = {**dict(zip(columns, values)), "prev_hash": before}
        row["hash"] = before = hashlib.sha256(canonical(columns, row)).hexdigest()
        database.execute("UPDATE cdr SET prev_hash = ?, hash = ? WHERE seq = ?", (row["prev_hash"], before, row["seq"]))
