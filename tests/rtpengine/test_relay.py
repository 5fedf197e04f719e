#!/usr/bin/env python3
"""Debian's rtpengine in the place of our relay: scenarios, media time-outs, its death, and NG that gets lost."""
import pathlib
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/lib"))
from calls import Line  # noqa: E402
from checks import Skip, expect, run_checks  # noqa: E402
from ears import Ears, offered_ports  # noqa: E402
from lossy import Lossy  # noqa: E402
from rtpengine import PROGRAM, Rtpengine  # noqa: E402
from tandem import Tandem, free_port, wait_until  # noqa: E402

SCENARIOS = ("answer", "media", "early-media", "delayed-offer", "hold-by-caller", "hold-by-callee", "reinvite-refused",
             "failover-503", "failover-timeout", "cancel-ringing", "ipv4-to-ipv6", "media-timeout", "hundred-calls",
             "srtp-to-callee", "srtp-from-caller", "srtp-optional-declined", "srtp-answered-in-the-clear", "srtp-offered-beside-off")
CALLS = 20


def scenarios(folder):
    """The scenarios hold with rtpengine: plain calls, early media, hold, hunting, IPv6, media time-out"""
    if not PROGRAM.exists():
        raise Skip("rtpengine is not unpacked in .cache/peers; ./dev test does so")
    done = subprocess.run([sys.executable, str(ROOT / "tests/scenario/run.py"), "--relay", "rtpengine", *SCENARIOS],
                          capture_output=True, text=True, timeout=200, check=False)
    expect(done.returncode == 0, done.stdout[-4000:] + done.stderr)


def calls_now(tandem, key):
    return tandem.ctl_json("status")["calls"][key]


def killed(folder):
    """rtpengine dies and returns: both sides of each call are offered new ports, and RTP passes both ways"""
    tandem = Tandem(folder)
    engine = Rtpengine(folder, tandem.host, {"access": tandem.host, "carrier": tandem.host})
    tandem.relay = engine
    tandem.conf_write({"ng_target": engine.url()})
    line, ears = Line(tandem), []
    try:
        tandem.start()
        line.provision()
        ears = [Ears(host, free_port(host)) for host in (line.caller_host, line.callee_host)]
        ports = [one.socket.getsockname()[1] for one in ears]
        callee = line.callee(scenario="callee-renewed.xml", media_port=ports[1])
        caller = line.caller(CALLS, talk_ms=4000, scenario="caller-renewed.xml", media_port=ports[0])
        wait_until(lambda: calls_now(tandem, "answered") == CALLS, 10, "the calls are up")
        engine.kill()
        time.sleep(1)
        engine.start()
        wait_until(lambda: calls_now(tandem, "media_recovered") == CALLS, 10, "all calls have new ports")
        for sequence in range(3):
            for sipp, one in zip((caller, callee), ears):
                one.say(list(enumerate(address for _, address in sorted(offered_ports(sipp).items()))), sequence)
        for one in ears:
            one.listen(0.5)
            expect(len(one.heard) == CALLS, f"RTP of {len(one.heard)} calls of {CALLS} passes")
        expect(caller.wait(20) == 0, f"the calls do not end in order:\n{caller.report()[-3000:]}")
        line.end()
        rows = [(row["sip_code"], row["released_by"], row["a_rx_packets"], row["b_rx_packets"])
                for row in tandem.cdrs(CALLS)]
        expect(rows == [(200, "caller", 3, 3)] * CALLS, f"CDRs {rows}")
        tandem.b2bua.stop()
    finally:
        line.end()
        for one in ears:
            one.close()
        tandem.abandon()


def moved(folder):
    """rtpengine dies for good: its calls are offered the ports of ours within seconds, and end in order"""
    tandem = Tandem(folder)
    engine = Rtpengine(folder, tandem.host, {"access": tandem.host, "carrier": tandem.host})
    ours = f"unix:{tandem.data}/run/rtprelay.sock"
    tandem.conf_write({"ng_target": f'"{engine.url()} weight=1000, {ours}"'})
    line = Line(tandem)
    try:
        engine.start()
        tandem.start()
        line.provision()
        callee = line.callee(scenario="callee-renewed.xml")
        caller = line.caller(CALLS, talk_ms=500, scenario="caller-renewed.xml")
        wait_until(lambda: calls_now(tandem, "answered") == CALLS, 10, "the calls are up")
        engine.kill()
        wait_until(lambda: calls_now(tandem, "media_recovered") == CALLS, 10, "all calls have new ports")
        expect(caller.wait(20) == 0, f"the calls do not end in order:\n{caller.report()[-3000:]}")
        line.end()
        for sipp in (caller, callee):
            expect(len(offered_ports(sipp)) == CALLS, f"{sipp.name} was not offered ports for each call")
        rows = [(row["sip_code"], row["relay"], row["media_recovered"]) for row in tandem.cdrs(CALLS)]
        expect(rows == [(200, ours, 1)] * CALLS, f"CDRs {rows}")
        tandem.stop()
    finally:
        line.end()
        if engine.running():
            engine.kill()
        tandem.abandon()


def beside_ours(folder):
    """One of each, by weight: both carry calls, and when one dies the other takes all"""
    tandem = Tandem(folder)
    engine = Rtpengine(folder, tandem.host, {"access": tandem.host, "carrier": tandem.host})
    ours = f"unix:{tandem.data}/run/rtprelay.sock"
    tandem.conf_write({"ng_target": f'"{ours} weight=3, {engine.url()}"'})
    line = Line(tandem)
    try:
        engine.start()
        tandem.start()
        line.provision()
        line.callee()
        one = line.caller(40, rate=40, talk_ms=2000)
        wait_until(lambda: calls_now(tandem, "answered") == 40, 10, "the calls are up")
        relays = tandem.ctl_json("status")["relay"]["relays"]
        expect([(relay["relay"], relay["calls"]) for relay in relays] == [(ours, 30), (engine.url(), 10)],
               f"relays {relays}")
        expect(one.wait(20) == 0, f"{one.report()[-3000:]}")
        engine.kill()
        two = line.caller(12, rate=40, talk_ms=100)
        expect(two.wait(20) == 0, f"{two.report()[-3000:]}")
        status = tandem.ctl_json("status")
        expect(status["relay"]["state"] == "up" and "a media relay does not answer" in status["problems"][0],
               f"status {status}")
        line.end()
        expect([row["sip_code"] for row in tandem.cdrs(52)] == [200] * 52, "all calls were answered")
        tandem.stop()
    finally:
        line.end()
        if engine.running():
            engine.kill()
        tandem.abandon()


def lossy(folder):
    """By UDP each request and each reply is lost once: they are repeated, and no call fails"""
    tandem = Tandem(folder)
    relay = (tandem.host, free_port(tandem.host))
    between = Lossy(tandem.host, relay)
    tandem.conf_write({"ng_udp": "%s:%d" % relay, "ng_target": between.url()})
    line = Line(tandem)
    try:
        tandem.start()
        line.provision()
        line.callee()
        caller = line.caller(CALLS, rate=20, talk_ms=500)
        expect(caller.wait(30) == 0, f"{caller.report()[-3000:]}")
        line.end()
        counters = tandem.ctl_json("status")["relay"]
        expect(counters["retries"] >= CALLS and counters["timeouts"] == 0, f"counters {counters}")
        expect([row["sip_code"] for row in tandem.cdrs(CALLS)] == [200] * CALLS, "all calls were answered")
        sessions = tandem.ctl_json("relay")
        expect(str(sessions).count("'sessionsown': 0") == 1, f"sessions are left: {sessions}")
        tandem.stop()
    finally:
        line.end()
        between.close()
        tandem.abandon()


if __name__ == "__main__":
    sys.exit(run_checks("rtpengine", [scenarios, killed, moved, beside_ours, lossy], sys.argv[1:]))
