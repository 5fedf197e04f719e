"""The soak of money: tandem-b2bua is killed again and again while calls are paid for (tests/charge/test_crash.py)."""
import os
import subprocess
import sys

from tandem import ROOT

KILL_S = 3  # with the calls before it and the proof after it


def soak_charge(seconds):
    """True if each call has one CDR and all money adds up after every kill."""
    env = {**os.environ, "KILLS": str(max(int(seconds / KILL_S), 1))}
    return subprocess.run([sys.executable, "tests/charge/test_crash.py", "killed_at"], cwd=ROOT, env=env, check=False).returncode == 0
