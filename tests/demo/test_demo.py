#!/usr/bin/env python3
"""`./dev up --demo --once`: a new user's first minute ends with a call and its CDR on the screen."""
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/lib"))
from tandem import Claim, build_dir, free_port  # noqa: E402


def main():
    host = Claim().host(1)
    with tempfile.TemporaryDirectory(prefix="tandem-demo-test-") as folder:
        command = [sys.executable, str(ROOT / "packaging/dev/up.py"), "--build", str(build_dir()),
                   "--data", folder + "/data", "--sip", f"{host}:{free_port(host)}",
                   "--http", f"{host}:{free_port(host)}", "--demo", "--once"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)
    print(done.stdout, done.stderr, sep="\n")
    wanted = ["Tandem is up", "8613800138000", "disposition   answered", "dst_trunk     demo-ims"]
    missing = [one for one in wanted if one not in done.stdout]
    if missing:
        print(f"not on the screen: {missing}")
    if done.returncode:
        print(f"exit code {done.returncode}")
    ok = not missing and done.returncode == 0
    print("1 passed, 0 failed" if ok else "0 passed, 1 failed")
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
