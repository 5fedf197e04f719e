#!/usr/bin/env python3
"""sipsak and SIPp as they come: pings, traces, floods and mangled requests of others; calls of SIPp's own scenarios."""
import os
import shutil
import subprocess
import sys

from house import NUMBER, House
from checks import Skip, expect, run_checks
from tandem import free_port

PCAPS = "/usr/share/sip-tester"


def sipsak(house, *words, timeout_s=60):
    """(exit code, what it said); it sends from 127.0.0.1, which the caller's trunk has, too."""
    if not shutil.which("sipsak"):
        raise Skip("sipsak is not installed; ./dev test does so")
    done = subprocess.run(["sipsak", *words, "-s", f"sip:{NUMBER}@{house.at('access')}"], capture_output=True,
                          encoding="utf-8", errors="replace", timeout=timeout_s, check=False)
    return done.returncode, done.stdout + done.stderr


def pinged(folder):
    """sipsak's OPTIONS gets 200 with what we can, by UDP and TCP"""
    with House(folder) as house:
        house.provision("127.0.0.1:9")
        for transport in ("udp", "tcp"):
            code, said = sipsak(house, "-vv", "-E", transport)
            expect(code == 0 and "SIP/2.0 200" in said and "Allow: " in said, f"{transport}: {code}: {said}")


def flooded(folder):
    """sipsak floods with OPTIONS, and mangles them byte by byte: a ping is answered at once afterwards"""
    with House(folder) as house:
        house.provision("127.0.0.1:9")
        sipsak(house, "-F", "-e", "2000")
        for trashed in ("1", "4", "20"):
            sipsak(house, "-R", "-t", trashed)  # it gives up at the first that deserves no answer
        code, said = sipsak(house, "-vv")
        expect(code == 0 and "SIP/2.0 200" in said, f"{code}: {said}")
        expect(house.tandem.b2bua.running(), "the B2BUA runs")


def sipp_own(folder):
    """Ten calls of each of SIPp's own scenarios uac, regexp and uac_pcap to its uas: all end in order, one CDR each"""
    scenarios = ("uac", "regexp", "uac_pcap") if os.geteuid() == 0 else ("uac", "regexp")  # it sends by raw sockets
    with House(folder) as house:
        host, port = house.hosts["callee"], free_port(house.hosts["callee"])
        house.provision(f"{host}:{port}")
        (folder / "pcap").symlink_to(PCAPS)
        callee = sipp(house, "uas", "callee", port)
        try:
            for count, scenario in enumerate(scenarios, 1):
                caller = sipp(house, scenario, "caller", free_port(house.hosts["caller"]), "-m", "10", "-r", "20",
                              "-d", "200", "-s", NUMBER, "-timeout", "20", house.at("access"))
                code = caller.wait(30)
                expect(code == 0, f"SIPp's {scenario} ended with {code}: {(folder / 'caller.log').read_text()[-2000:]}")
                rows = [(row["disposition"], row["released_by"]) for row in house.tandem.cdrs(10 * count)]
                expect(rows == [("answered", "caller")] * 10 * count, f"{scenario}: CDRs {rows}")
        finally:
            callee.kill()
            callee.wait()


def sipp(house, scenario, name, port, *words):
    host = house.hosts[name]
    with open(house.folder / f"{name}.log", "w") as log:
        process = subprocess.Popen(["sipp", "-sn", scenario, "-i", host, "-mi", host, "-p", str(port), "-nostdin",
                                    "-bind_local", *words], stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                   cwd=house.folder)
    return process


if __name__ == "__main__":
    sys.exit(run_checks("tools", [pinged, flooded, sipp_own], sys.argv[1:]))
