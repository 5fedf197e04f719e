"""The demonstration call: a PBX calls a carrier through Tandem, with media, and leaves a CDR.

Two SIPp processes stand in for the PBX and for the carrier. The PBX plays a tone, the carrier's end
echoes it. What is provisioned keeps the names demo-*, so it disturbs nothing else in the data folder.
"""
import json
import pathlib
import tempfile
import time

from sipp import Sipp, render
from tandem import TandemError, free_port, wait_until
from tone import alaw_write

HERE = pathlib.Path(__file__).resolve().parent
NUMBER = "8613800138000"
OWN_NUMBER = "4930123456"
TALK_S = 4
CDR_SQL = """SELECT cdr_id, a_call_id, src_trunk, dst_trunk, account, caller, callee, disposition,
       sip_code, pdd_ms, ring_ms, duration_ms, released_by, a_codec,
       a_rx_packets, b_rx_packets, a_lost, b_lost
FROM cdr WHERE src_trunk = 'demo-pbx' ORDER BY start_us DESC LIMIT 1"""


def run(system):
    """`system` answers ctl() and interfaces(); see packaging/dev/up.py."""
    with tempfile.TemporaryDirectory(prefix="tandem-demo-") as folder:
        names = provision(system)
        call(system, pathlib.Path(folder), names)
    show_cdr(system)


def access(system):
    """Address and port of the interface the PBX calls."""
    host, port = system.interfaces()["access"][0].split(":", 1)[1].rsplit(":", 1)
    return host.strip("[]"), int(port)


def provision(system):
    host, port = access(system)
    names = {"access_host": host, "access_port": port, "uac_port": free_port(host),
             "uas_port": free_port(host), "carrier_port": free_port(host)}
    carrier = system.interfaces().get("demo-carrier")
    if carrier:
        names["carrier_port"] = carrier[0].rsplit(":", 1)[1]
    text = json.dumps(objects(names), indent=2)
    print("Provisioning a PBX trunk, a carrier trunk and a route (tandemctl apply):", flush=True)
    print(indent(system.ctl("apply", "-", text=text)), flush=True)
    return names


def objects(names):
    """What `tandemctl apply` takes."""
    host = names["access_host"]
    literal = f"[{host}]" if ":" in host else host
    return {
        "interfaces": [{"name": "demo-carrier", "listen": [f"udp:{literal}:{names['carrier_port']}"], "media": host}],
        "accounts": [{"name": "demo-customer", "kind": "postpaid", "currency": "CNY"}],
        "trunks": [
            {"name": "demo-pbx", "interface": "access", "account": "demo-customer",
             "match": [f"{literal}:{names['uac_port']}"]},
            {"name": "demo-ims", "interface": "demo-carrier", "target": f"sip:{literal}:{names['uas_port']}"},
        ],
        "routes": [{"prefix": NUMBER, "trunks": ["demo-ims"], "strategy": "priority"}],
    }


def call(system, folder, names):
    """Place the call; `tandemctl calls` is shown while it is talked."""
    tone = folder / "tone.alaw"
    alaw_write(tone, 440, 10)
    host = names["access_host"]
    names = {**names, "tone": tone, "talk_ms": TALK_S * 1000}
    callee = Sipp("carrier", folder, render(HERE / "uas.xml", names), (host, names["uas_port"]),
                  options=["-rtp_echo", "-mp", str(free_port(host, span=4))])
    caller = Sipp("pbx", folder, render(HERE / "uac.xml", names), (host, names["uac_port"]),
                  remote=(host, names["access_port"]),
                  options=["-s", NUMBER, "-cid_str", "demo-%u-%p@%s"])
    try:
        callee.start().wait_listening()
        caller.start()
        print(f"A call from 4001 to {NUMBER}, PBX -> Tandem -> carrier, media through the relay:\n", flush=True)
        wait_until(lambda: caller.process.poll() is not None or NUMBER in system.ctl("calls"), 5, "the call")
        time.sleep(TALK_S / 2)
        print("$ tandemctl calls")
        print(indent(system.ctl("calls")), flush=True)
        codes = caller.wait(TALK_S + 15), callee.wait(5)
        if codes != (0, 0):
            raise TandemError(f"the demo call failed:\n{caller.report()}\n{callee.report()}")
    finally:
        caller.end()
        callee.end()


def own_call(system):
    """How to place a call of one's own: what to provision, and two SIPp to type into other terminals."""
    host, access_port = access(system)
    literal = f"[{host}]" if ":" in host else host
    caller, callee = free_port(host), free_port(host)
    return f"""Tandem goes on running; Ctrl-C stops it. To place a call of your own, in another terminal:

{system.ctl_shown()} apply - <<'END'
{{"trunks": [{{"name": "my-pbx", "interface": "access", "match": ["{literal}:{caller}"]}},
            {{"name": "my-carrier", "interface": "access", "target": "sip:{literal}:{callee}"}}],
 "routes": [{{"prefix": "{OWN_NUMBER[:2]}", "trunks": ["my-carrier"]}}]}}
END
sipp -sn uas -i {host} -p {callee} -m 1

That is the carrier, which answers one call; the PBX places it, in a third terminal:

sipp -sn uac -i {host} -p {caller} -m 1 -d 5000 -s {OWN_NUMBER} {literal}:{access_port}

The call is in `{system.ctl_shown()} calls`, and then in `{system.ctl_shown()} cdr --last 1`.
"""


def show_cdr(system):
    count = "SELECT count(*) AS n FROM cdr WHERE src_trunk = 'demo-pbx'"
    wait_until(lambda: json.loads(system.ctl("--json", "sql", CDR_SQL)), 5, f"the CDR ({count})")
    print(f'The call is over. Its CDR:\n\n$ tandemctl sql "{CDR_SQL}"')
    row = first_row(json.loads(system.ctl("--json", "sql", CDR_SQL)))
    width = max(map(len, row))
    for column, value in row.items():
        print(f"  {column:{width}}  {'' if value is None else value}")
    print(flush=True)


def first_row(answer):
    """tandemctl's JSON: a list of objects, or {"columns": [...], "rows": [[...]]}."""
    if isinstance(answer, dict):
        return dict(zip(answer["columns"], answer["rows"][0]))
    return answer[0]


def indent(text):
    return "".join(f"  {line}\n" for line in text.rstrip("\n").splitlines())
