#!/usr/bin/env python3
"""`./dev up --demo`: a new user's first minutes: a call, its CDR, and then a call of one's own as it is shown."""
import pathlib
import re
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/lib"))
from checks import expect, run_checks  # noqa: E402
from tandem import wait_until  # noqa: E402
from up import Up  # noqa: E402


def ends_with_a_cdr(folder):
    """./dev up --demo --once ends with a call and its CDR on the screen"""
    up = Up(folder)
    done = subprocess.run([*up.command, "--demo", "--once"], capture_output=True, text=True, timeout=90, check=False)
    wanted = ["Tandem is up", "8613800138000", "disposition   answered", "dst_trunk     demo-ims"]
    missing = [one for one in wanted if one not in done.stdout]
    expect(not missing, f"not on the screen: {missing}\n{done.stdout}\n{done.stderr}")
    expect(done.returncode == 0, f"exit code {done.returncode}: {done.stderr}")


def own_call_as_shown(folder):
    """What ./dev up --demo shows for a call of one's own works as it stands"""
    up = Up(folder, "--demo")
    up.start()
    sipps = []
    try:
        wait_until(lambda: "sipp -sn uac" in up.log() or up.process.poll() is not None, 40, "the end of the demo")
        shown = up.log().split("To place a call of your own")[1]
        apply = re.search(r"^\S*tandemctl .*?^END$", shown, re.M | re.S).group(0)
        done = subprocess.run(["bash", "-c", apply], cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)
        expect(done.returncode == 0 and "applied: 3 changes" in done.stdout, done.stdout + done.stderr)
        for line in re.findall(r"^sipp .*$", shown, re.M):
            sipps.append(subprocess.Popen([*shlex.split(line), "-nostdin"], cwd=folder, stdin=subprocess.DEVNULL,
                                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        codes = [sipp.wait(25) for sipp in reversed(sipps)]
        expect(codes == [0, 0], f"exit codes of the SIPps: {codes}")
        cdr = up.ctl("--json", "sql", "SELECT src_trunk, dst_trunk, disposition FROM cdr ORDER BY start_us")
        expect(all(word in cdr for word in ("my-pbx", "my-carrier")) and cdr.count("answered") == 2, cdr)
    finally:
        for sipp in sipps:
            sipp.kill()
            sipp.wait()
        up.stop()


if __name__ == "__main__":
    sys.exit(run_checks("demo", [ends_with_a_cdr, own_call_as_shown], sys.argv[1:]))
