#!/usr/bin/env python3
"""The web server's endpoints with the real daemons: what they answer, to whom, and what they refuse."""
import base64
import contextlib
import json
import pathlib
import re
import socket
import stat
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/lib"))
from calls import NUMBER, Line  # noqa: E402
from checks import expect, run_checks  # noqa: E402
from tandem import Tandem, program, wait_until  # noqa: E402
from web import CHANGE, WebUi  # noqa: E402

METRIC = re.compile(r"^([a-z][a-z0-9_]*)(?:\{([a-z]+=\"[A-Za-z0-9_.:\[\]/-]*\")\})? (-?[0-9.e+-]+)$")
SESSION_PATHS = [("POST", "logout"), ("GET", "status"), ("GET", "calls"), ("GET", "calls/x"), ("DELETE", "calls/x"), ("GET", "calls/x/ladder"),
                 ("GET", "accounts"), ("GET", "accounts/x"), ("GET", "accounts/x/ledger"), ("POST", "accounts/x/topup"),
                 ("POST", "accounts/x/refund"), ("POST", "accounts/x/adjust"), ("GET", "tariffs"), ("GET", "rate"), ("GET", "report"), ("GET", "webhooks"), ("GET", "trunks"), ("GET", "cdrs"), ("GET", "cdrs/x"), ("POST", "cdrs/x/correct"), ("GET", "fields"), ("GET", "config"), ("PUT", "config"), ("PATCH", "config")]


@contextlib.contextmanager
def system(folder):
    """All three daemons, logged in, a caller and a callee provisioned."""
    with Tandem(folder) as tandem, WebUi(tandem) as web:
        line = Line(tandem)
        line.provision()
        wait_until(lambda: web.get("/ready").status == 200, 10, "/ready")
        expect(web.login().status == 204, "no login with the first password")
        try:
            yield tandem, web, line
        finally:
            line.end()


def status_is(answer, wanted):
    expect(answer.status == wanted, f"{answer.status} instead of {wanted}: {answer.body[:300]}")
    return answer


def metrics_of(web):
    """Parsed strictly: a sample has a HELP and a TYPE, once."""
    kinds, samples = {}, {}
    for line in status_is(web.get("/metrics"), 200).body.decode().splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            expect(name not in kinds, f"two TYPE lines for {name}")
            kinds[name] = kind
        elif not line.startswith("# HELP "):
            found = METRIC.match(line)
            expect(found, f"not a sample: {line}")
            expect(found[1] in kinds, f"no TYPE before {line}")
            expect(kinds[found[1]] == "gauge" or found[1].endswith("_total"), f"a counter not named _total: {line}")
            samples[found[1] + (found[2] or "")] = float(found[3])
    return samples


def without_b2bua(folder):
    """It lives before there is a database and a B2BUA, says so, and finds them when they come"""
    tandem = Tandem(folder)
    with WebUi(tandem) as web:
        status_is(web.get("/health"), 200)
        status_is(web.get("/"), 200)
        web.login()
        wait_until(lambda: "database" in web.get("/ready").json(), 5, "/ready")
        ready = status_is(web.get("/ready"), 503).json()
        expect(ready["ready"] is False and "no database" in ready["database"], f"not said: {ready}")
        expect(metrics_of(web)["tandem_b2bua_up"] == 0, "tandem_b2bua_up is not 0")
        for path in ("status", "calls", "trunks", "config"):
            expect(status_is(web.get(f"/api/v1/{path}"), 503).code() == "b2bua_unreachable", path)
        expect(status_is(web.get("/api/v1/cdrs"), 503).code() == "database", "cdrs")
        with tandem:
            wait_until(lambda: web.get("/ready").status == 200, 10, "/ready after the B2BUA has come")
            status_is(web.get("/api/v1/status"), 200)
        wait_until(lambda: web.get("/ready").status == 503, 10, "/ready after the B2BUA has gone")


def first_password(folder):
    """The first password is said once, is not kept readable, and can be changed"""
    tandem = Tandem(folder)
    web = WebUi(tandem)
    path = tandem.data / "web.password"
    with web:
        first = web.password()
        expect(stat.S_IMODE(path.stat().st_mode) == 0o600, "web.password is not 0600")
        expect(first not in path.read_text(), "the password itself is kept")
    with web:
        expect("first password" not in web.daemon.log(), "said again at the second start")
        status_is(web.login(first), 204)
        status_is(web.get("/api/v1/cdrs"), 503)
        set_password(tandem, "another one 2026", 0)
        expect(web.get("/api/v1/cdrs").status == 401, "a session outlived the password")
        status_is(web.login(first), 401)
        status_is(web.login("another one 2026"), 204)
        set_password(tandem, "short", 1)
        set_password(tandem, "", 1)


def set_password(tandem, password, code):
    done = subprocess.run([program("tandem-webui"), "--config", tandem.conf_path, "--set-password"],
                          input=password + "\n", capture_output=True, text=True, timeout=15, check=False)
    expect(done.returncode == code, f"--set-password ended with {done.returncode}: {done.stderr}")


def port_in_use(folder):
    """A port in use is said with its address, and ends it with exit code 1"""
    tandem = Tandem(folder)
    web = WebUi(tandem)
    with socket.create_server((web.host, web.port)):
        done = subprocess.run([program("tandem-webui"), "--config", tandem.conf_path], capture_output=True,
                              text=True, timeout=15, check=False)
    expect(done.returncode == 1 and f"{web.host}:{web.port}: the port is in use" in done.stderr,
           f"exit code {done.returncode}: {done.stderr}")


def everything_asked(folder):
    """Every endpoint answers: status, calls, one call, hang-up, trunks, CDRs, metrics"""
    with system(folder) as (_tandem, web, line):
        line.callee()
        line.caller(2, talk_ms=60000)
        wait_until(lambda: web.get("/api/v1/calls").json()["total"] == 2, 10, "two calls up")
        wait_until(lambda: all(call["talk_ms"] for call in web.get("/api/v1/calls").json()["calls"]), 10, "answers")
        call = web.get("/api/v1/calls").json()["calls"][0]
        expect(call["callee"] == NUMBER and call["src_trunk"] == "pbx", f"{call}")
        expect(len(web.get("/api/v1/calls?limit=1").json()["calls"]) == 1, "limit=1")
        full = status_is(web.get(f"/api/v1/calls/{call['id']}"), 200).json()
        expect(full["id"] == call["id"], f"{full}")
        ladder = status_is(web.get(f"/api/v1/calls/{call['id']}/ladder"), 200).json()
        expect(ladder["id"] == call["id"] and ladder["messages"][0]["method"] == "INVITE", f"{ladder}")
        expect("packet" not in ladder["messages"][0], "the whole text was not asked for")
        ladder = status_is(web.get(f"/api/v1/calls/{full['a']['call_id']}/ladder?packets=true"), 200).json()
        expect(base64.b64decode(ladder["messages"][0]["packet"]).startswith(b"INVITE "), f"{ladder['messages'][0]}")
        expect(status_is(web.get("/api/v1/calls/nobody/ladder"), 404).code() == "not_found", "nobody's ladder")
        expect(status_is(web.get("/api/v1/calls/x/ladder?packets=7"), 400).code() == "bad_parameter", "packets=7")
        trunks = {trunk["name"]: trunk for trunk in web.get("/api/v1/trunks").json()["trunks"]}
        expect(trunks["pbx"]["calls"] == 2, f"{trunks}")
        wait_until(lambda: metrics_of(web)["tandem_calls_active"] == 2, 5, "tandem_calls_active 2")
        expect(status_is(web.change("DELETE", f"/api/v1/calls/{call['id']}"), 200).json()["released"] == 1, "hang-up")
        wait_until(lambda: web.get("/api/v1/calls").json()["total"] == 1, 10, "one call up")
        expect(status_is(web.change("DELETE", f"/api/v1/calls/{call['id']}"), 404).code() == "not_found", "twice")
        wait_until(lambda: web.get("/api/v1/cdrs").json()["cdrs"], 10, "a CDR")
        cdr = web.get("/api/v1/cdrs").json()["cdrs"][0]
        expect(cdr["cdr_id"] == call["id"] and cdr["release_tag"] == "operator", f"{cdr}")
        expect(isinstance(cdr["attempts"], list), f"{cdr['attempts']}")
        samples = metrics_of(web)
        for name in ("tandem_call_attempts_total", "tandem_relay_up", "tandem_writer_records_total",
                     'tandem_door_turned_away_totalreason="unknown_source"', "process_resident_memory_bytes"):
            expect(name in samples, f"no {name} in {sorted(samples)}")
        for one in web.get("/api/v1/calls").json()["calls"]:
            status_is(web.change("DELETE", f"/api/v1/calls/{one['id']}"), 200)
        status_is(web.change("POST", "/api/v1/logout"), 204)
        status_is(web.get("/api/v1/calls"), 401)


def cdr_pages(folder):
    """CDRs come in pages without a gap or a double, and by account and number"""
    with system(folder) as (_tandem, web, line):
        line.callee()
        line.caller(7, talk_ms=50).wait(20)
        wait_until(lambda: len(web.get("/api/v1/cdrs").json()["cdrs"]) == 7, 10, "seven CDRs")
        seen, before = [], ""
        while before is not None:
            page = status_is(web.get(f"/api/v1/cdrs?limit=3&before={before}" if before else "/api/v1/cdrs?limit=3"),
                             200).json()
            seen += [cdr["cdr_id"] for cdr in page["cdrs"]]
            before = page["next"]
        expect(len(seen) == 7 and len(set(seen)) == 7, f"{seen}")
        for query, count in (("account=acme", 7), ("account=nobody", 0), (f"callee={NUMBER}", 7), ("callee=1", 0),
                             (f"callee={NUMBER}&account=acme", 7), ("account=%27%20OR%201=1--", 0)):
            found = len(status_is(web.get(f"/api/v1/cdrs?{query}"), 200).json()["cdrs"])
            expect(found == count, f"{query}: {found}, not {count}")
        for query in ("limit=0", "limit=501", "limit=x", "before=1", "before=x-y", "nothing=1", "account=%ff",
                      "limit=1&limit=2", "callee=" + "1" * 300):
            status_is(web.get(f"/api/v1/cdrs?{query}"), 400)


def config_changed(folder):
    """What is provisioned is read, changed in part, changed whole; a mistake changes nothing"""
    with system(folder) as (_tandem, web, _line):
        before = status_is(web.get("/api/v1/config"), 200).json()
        more = {"accounts": [{"name": "beta", "kind": "postpaid", "currency": "KRW"}]}
        status_is(web.change("PATCH", "/api/v1/config?dry_run=true", more), 200)
        expect(web.get("/api/v1/config").json() == before, "a dry run changed something")
        status_is(web.change("PATCH", "/api/v1/config", more), 200)
        names = [account["name"] for account in web.get("/api/v1/config").json()["accounts"]]
        expect(names == ["acme", "beta"], f"{names}")
        wrong = status_is(web.change("PATCH", "/api/v1/config", {"trunks": [{"name": "t", "interface": "none"}]}), 422)
        expect("trunks[0]" in wrong.json()["error"]["message"], f"no place in {wrong.body}")
        status_is(web.change("PUT", "/api/v1/config", before), 200)
        expect(web.get("/api/v1/config").json() == before, "PUT of what was there differs")
        status_is(web.change("PUT", "/api/v1/config?dry_run=maybe", before), 400)


def config_parts(folder):
    """One kind is read alone, single objects are removed, and the fields of each kind are told"""
    with system(folder) as (_tandem, web, _line):
        whole = status_is(web.get("/api/v1/config"), 200).json()
        routes = status_is(web.get("/api/v1/config?kind=routes"), 200).json()
        expect(routes == {"routes": whole["routes"]}, f"{routes}")
        expect(web.get("/api/v1/config?kind=settings").json() == {"settings": whole["settings"]}, "settings")
        status_is(web.get("/api/v1/config?kind=route"), 422)
        status_is(web.get("/api/v1/config?kind=trunks&kind=routes"), 400)
        fields = status_is(web.get("/api/v1/fields"), 200).json()
        for kind, objects in whole.items():
            known = {field["name"] for field in fields[kind] if "secret" not in field}
            for one in objects if isinstance(objects, list) else [objects]:
                expect(set(one) <= known, f"{kind}: {set(one) - known} is no field")
        secrets = [field["name"] for field in fields["trunks"] if field.get("secret")]
        expect(secrets == ["auth_password"], f"{secrets}")
        anchor = next(field for field in fields["trunks"] if field["name"] == "anchor")
        expect(anchor["default"] == "required" and "when_possible" in anchor["choices"] and anchor["help"], f"{anchor}")
        name = whole["trunks"][-1]["name"]
        needed = status_is(web.change("PATCH", "/api/v1/config", {"remove": {"trunks": [name]}}), 422).json()["error"]
        expect(name in needed["message"], f"{needed}")
        removal = {"remove": {"trunks": [name], "routes": [route["prefix"] for route in whole["routes"]]}}
        said = status_is(web.change("PATCH", "/api/v1/config?dry_run=true", removal), 200).json()
        expect(f"trunk {name}: removed" in said["changes"] and not said["applied"], f"{said}")
        expect(web.get("/api/v1/config").json() == whole, "a dry run removed something")
        status_is(web.change("PATCH", "/api/v1/config", removal), 200)
        rest = web.get("/api/v1/config").json()
        expect(rest["routes"] == [] and name not in [trunk["name"] for trunk in rest["trunks"]], f"{rest}")
        expect(rest["accounts"] == whole["accounts"], "too much went")


def strangers(folder):
    """Nothing is told or changed without a session; a change needs its header"""
    with system(folder) as (_tandem, web, _line):
        cookie, web.cookie = web.cookie, {}
        for method, path in SESSION_PATHS:
            for wrong in ({}, {"Cookie": cookie["Cookie"][:-1] + "x"}, {"Cookie": "tandem_session=1"}):
                answer = web.ask(method, f"/api/v1/{path}", {} if method in ("PUT", "PATCH") else None, {**CHANGE, **wrong})
                expect(answer.status == 401, f"{method} {path}: {answer.status}")
        web.cookie = cookie
        for method, path in SESSION_PATHS:
            if method != "GET":
                expect(web.ask(method, f"/api/v1/{path}").status == 403, f"{method} {path} without the header")
        status_is(web.ask("POST", "/api/v1/login", {"password": web.password()}), 403)
        status_is(web.get("/api/v1/status"), 200)
        expect("HttpOnly; SameSite=Strict" in web.login().headers["Set-Cookie"], "cookie flags")


def guessing(folder):
    """Wrong passwords are answered later and later"""
    tandem = Tandem(folder)
    with WebUi(tandem) as web:
        statuses = [web.login("wrong wrong").status for _ in range(5)]
        expect(statuses == [401, 401, 401, 401, 429], f"{statuses}")
        late = web.login()
        expect(late.status == 429 and int(late.headers["Retry-After"]) >= 1, "the right one was not made to wait")
        wait_until(lambda: web.login().status == 204, 5, "login after the wait")
        expect(web.password() not in web.daemon.log().split("first password")[1].split("\n", 1)[1], "a password in the log")


def headers_sent(folder):
    """Every answer carries the security headers; the app is cached by its digest"""
    tandem = Tandem(folder)
    with WebUi(tandem) as web:
        for path in ("/", "/app.js", "/health", "/nothing", "/api/v1/status", "/metrics"):
            headers = web.get(path).headers
            expect("default-src 'self'" in headers["Content-Security-Policy"], path)
            expect("frame-ancestors 'none'" in headers["Content-Security-Policy"], path)
            expect(headers["X-Content-Type-Options"] == "nosniff" and headers["Referrer-Policy"] == "no-referrer", path)
        etag = web.get("/app.js").headers["ETag"]
        again = web.ask("GET", "/app.js", headers={"If-None-Match": etag})
        expect(again.status == 304 and not again.body, f"{again.status}")
        expect(web.ask("HEAD", "/health").body == b"", "HEAD has a body")
        listed = re.findall(r"^  (/\S+):$", web.get("/api/v1/openapi.yaml").body.decode(), re.M)
        expect("/api/v1/cdrs" in listed and len(listed) == 26, f"{listed}")


def bad_requests(folder):
    """Malformed requests get an answer or a closed connection, and harm nobody"""
    with system(folder) as (_tandem, web, _line):
        for path in ("/..", "/../../etc/passwd", "/%2e%2e/app.js", "/api/v1/calls/%zz", "/api/v1/calls/a/b", "//", "/app.js/",
                     "/" + "a" * 1500, "/%00"):
            expect(web.get(path).status in (400, 404), f"{path}: {web.get(path).status}")
        status_is(web.get("/" + "a" * 3000), 414)
        for method, path, allow in (("POST", "/health", "GET"), ("DELETE", "/api/v1/cdrs", "GET"),
                                    ("GET", "/api/v1/login", "POST")):
            answer = status_is(web.change(method, path), 405)
            expect(answer.headers["Allow"] == allow, f"Allow: {answer.headers['Allow']}")
        for body in (b"", b"{", b"[]", b"nonsense", b'{"a": 1, "a": 2}', b"{" * 5000, b'{"a": "\xff"}', b"\0" * 100):
            answer = web.ask("PATCH", "/api/v1/config", body, {**CHANGE, "Content-Type": "application/json"})
            expect(answer.status == 400 and answer.code() == "bad_json", f"{body[:20]}: {answer.status}")
        answer = web.ask("PATCH", "/api/v1/config", b"a=b", {**CHANGE, "Content-Type": "application/x-www-form-urlencoded"})
        expect(answer.status == 415, f"a form: {answer.status}")
        status_is(web.change("PATCH", "/api/v1/config", {"trunks": 7}), 422)
        raw_requests(web)
        status_is(web.get("/api/v1/status"), 200)


def raw_requests(web):
    get = b"GET /health HTTP/1.1\r\nHost: x\r\n"
    vectors = [  # what is sent, what the first line of the answer holds; None: the connection is closed
        (get + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b" 411 "),
        (get + b"Content-Length: 4\r\nContent-Length: 0\r\n\r\nabcd", b" 411 "),
        (get + b"Content-Length: 4294967296\r\n\r\n", b" 411 "),
        (get + b"Content-Length: -1\r\n\r\n", b" 411 "),
        (get + b"".join(b"X-%d: 1\r\n" % i for i in range(200)) + b"\r\n", b" 431 "),
        (b"GET /health HTTP/1.0\r\n\r\n", b" 200 "),
        (get + b"Connection: close\r\n\r\n", b" 200 "),
        (b"nonsense\r\n\r\n", None),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 200 + b"\r\n\r\n", None),
        (b"GET /" + b"a" * 20000, None),
        (b"A: " * 300000, None),
    ]
    for data, wanted in vectors:
        first = web.raw(data).split(b"\r\n")[0]
        expect(wanted in first if wanted else not first, f"{data[:60]}: {first}")
    status_is(web.get("/health"), 200)


def huge_bodies(folder):
    """A body beyond the limit ends the connection; many of them do not fill the memory"""
    with system(folder) as (_tandem, web, _line):
        head = (b"PATCH /api/v1/config HTTP/1.1\r\nX-Tandem-Request: 1\r\nContent-Type: application/json\r\n"
                b"Cookie: " + web.cookie["Cookie"].encode() + b"\r\nContent-Length: %d\r\n\r\n")
        for _ in range(20):
            expect(web.raw(head % 5000000 + b" " * 5000000) == b"", "5 MB were taken")
        large = json.dumps({"accounts": [{"name": f"a{i}", "kind": "postpaid", "currency": "CNY"} for i in range(5000)]})
        status_is(web.change("PATCH", "/api/v1/config", json.loads(large)), 200)
        expect(len(web.get("/api/v1/config").json()["accounts"]) == 5001, "accounts")
        resident = metrics_of(web)["process_resident_memory_bytes"]
        expect(resident < 200e6, f"{resident / 1e6:.0f} MB resident")


def flooded(folder):
    """Silent and slow connections are closed; the B2BUA is asked once a second, however often we are"""
    with system(folder) as (tandem, web, _line):
        with contextlib.ExitStack() as stack:
            for _ in range(400):
                with contextlib.suppress(OSError):
                    connection = stack.enter_context(socket.create_connection((web.host, web.port), timeout=5))
                    connection.sendall(b"GET /health HTTP/1.1\r\nX: ")
            wait_until(lambda: served(web), 20, "served again")
        for _ in range(300):
            status_is(web.get("/metrics"), 200)
        expect(web.daemon.running() and tandem.b2bua.running(), "a daemon died")
        tandem.ctl("status")


def served(web):
    try:
        return web.get("/health").status == 200
    except OSError:
        return False


def pipelined(folder):
    """Requests that do not wait for their answers end the connection"""
    with system(folder) as (_tandem, web, _line):
        one = b"GET /api/v1/trunks HTTP/1.1\r\nHost: x\r\nCookie: " + web.cookie["Cookie"].encode() + b"\r\n\r\n"
        started = time.monotonic()
        expect(web.raw(one * 50).count(b"HTTP/1.1") <= 1, "answered several at once")
        expect(time.monotonic() - started < 4, "the connection was not closed")
        status_is(web.get("/api/v1/trunks"), 200)


CHECKS = [without_b2bua, first_password, port_in_use, everything_asked, cdr_pages, config_changed, config_parts, strangers, guessing,
          headers_sent, bad_requests, huge_bodies, flooded, pipelined]

if __name__ == "__main__":
    sys.exit(run_checks("web", CHECKS, sys.argv[1:]))
