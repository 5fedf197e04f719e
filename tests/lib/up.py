"""`./dev up` as a test runs it."""
import pathlib
import signal
import subprocess
import sys

from tandem import ROOT, Claim, build_dir, free_port, program, wait_until


class Up:
    """./dev up in `folder`, on an address of its own."""

    def __init__(self, folder, *options):
        self.claim = Claim()
        host = self.claim.host(1)
        self.sip, self.http = f"{host}:{free_port(host)}", f"{host}:{free_port(host)}"
        self.data = folder / "data"
        self.log_path = folder / "up.log"
        self.command = [sys.executable, str(ROOT / "packaging/dev/up.py"), "--build", str(build_dir()),
                        "--data", str(self.data), "--sip", self.sip, "--http", self.http, *options]

    def start(self):
        with open(self.log_path, "w") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_until(lambda: "Tandem is up" in self.log() or self.process.poll() is not None, 20, "./dev up")

    def log(self):
        return self.log_path.read_text(errors="replace")

    def daemons(self):
        """{pid: name} of its daemons."""
        found = subprocess.run(["pgrep", "-P", str(self.process.pid), "-a"], capture_output=True, text=True,
                               check=False).stdout
        children = {int(line.split()[0]): pathlib.Path(line.split()[1]).name for line in found.splitlines()}
        return {pid: name for pid, name in children.items() if name.startswith("tandem-")}

    def ctl(self, *arguments):
        """What tandemctl prints."""
        return subprocess.run([str(program("tandemctl")), "--data", str(self.data), *arguments], check=True,
                              capture_output=True, text=True, timeout=30).stdout

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)
