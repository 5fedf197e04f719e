#!/usr/bin/env python3
"""What keeps an account from calling, or from spending more than it should: each limit, and how it ends."""
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/lib"))
from calls import NUMBER, Line  # noqa: E402
from checks import expect, run_checks  # noqa: E402
from tandem import Tandem, program, wait_until  # noqa: E402


class House:
    """A caller on account `acme`, and a callee."""

    def __init__(self, folder):
        self.tandem = Tandem(folder)

    def __enter__(self):
        self.tandem.__enter__()
        self.line = Line(self.tandem)
        self.line.provision()
        self.line.callee()
        return self

    def __exit__(self, *error):
        self.line.end()
        return self.tandem.__exit__(*error)

    def account(self, **fields):
        self.tandem.apply({"accounts": [{"name": "acme", **fields}]})

    def up(self, count):
        wait_until(lambda: self.tandem.ctl_json("status")["calls"]["answered"] == count, 5, f"{count} calls up")

    def call(self, scenario="caller.xml", number=NUMBER, calls=1, **options):
        """From one end to the other, and the tags of the calls."""
        before = len(self.tandem.sql("SELECT seq FROM cdr"))
        caller = self.line.caller(calls, scenario=scenario, options=["-s", number], **options)
        expect(caller.wait(20) == 0, f"{scenario}: {caller.report()}")
        return [row["release_tag"] for row in self.tandem.cdrs(before + calls)[before:]]

    def ctl(self, *arguments):
        """Exit code, stdout, stderr."""
        done = subprocess.run([str(program("tandemctl")), "--config", str(self.tandem.conf_path), *arguments],
                              capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stdout, done.stderr


def disabled(folder):
    """An account that is disabled does not call; its calls go on until they are ended by name"""
    with House(folder) as h:
        h.line.caller(2, scenario="caller-ended.xml")
        h.up(2)
        expect("refused" in h.tandem.ctl("account", "disable", "acme"), "said")
        expect(h.call("caller-403.xml") == ["account_disabled"], "not refused")
        h.up(2)
        expect(h.tandem.ctl("account", "hangup", "acme") == "2 calls ended\n", "not ended")
        h.up(0)
        expect([row["release_tag"] for row in h.tandem.cdrs(3)] == ["operator", "operator", "account_disabled"],
               str(h.tandem.cdrs()))
        expect("taken" in h.tandem.ctl("account", "enable", "acme"), "said")
        expect(h.call() == ["caller"], "not taken again")


def disabled_at_once(folder):
    """disable --hangup ends the calls of this account, none of others, and no emergency call"""
    with House(folder) as h:
        h.tandem.apply({"settings": {"emergency": ["86110"]},
                        "accounts": [{"name": "other", "kind": "postpaid", "currency": "CNY"}]})
        emergency = h.line.caller(1, talk_ms=3000, options=["-s", "86110"])
        h.up(1)
        h.line.caller(2, scenario="caller-ended.xml")
        h.up(3)
        code, _, err = h.ctl("account", "hangup", "nobody")
        expect(code == 1 and "no such account" in err, err)
        expect(h.tandem.ctl_json("account", "hangup", "other") == {"released": 0}, "calls of another")
        expect(h.tandem.ctl_json("account", "disable", "acme", "--hangup") == {"released": 2}, "not two")
        expect(emergency.wait(20) == 0, emergency.report())
        tags = sorted(row["release_tag"] for row in h.tandem.cdrs(3))
        expect(tags == ["caller", "operator", "operator"], str(tags))


def refused(folder):
    """account enable, disable and hangup say what they miss"""
    cases = [
        (["disable"], 2, "usage: tandemctl account disable NAME [--hangup]"),
        (["enable", "acme", "--hangup"], 2, "usage: tandemctl account enable NAME"),
        (["hangup", "acme", "--key", "k"], 2, "usage: tandemctl account hangup NAME"),
        (["disable", "nobody"], 1, "is missing"),
    ]
    with House(folder) as h:
        for arguments, want, text in cases:
            code, out, err = h.ctl("account", *arguments)
            expect(code == want and text in err, f"{arguments}: {code} {out}{err}")
        expect(len(h.tandem.ctl_json("account", "list")) == 1, "an account was made")


CHECKS = [disabled, disabled_at_once, refused]

if __name__ == "__main__":
    sys.exit(run_checks("guards", CHECKS, sys.argv[1:]))
