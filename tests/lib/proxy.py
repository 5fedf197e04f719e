"""Kamailio as a test runs it: Debian's, unpacked beside the build, on an address of its own."""
import os
import re
import signal
import subprocess

from checks import Skip
from tandem import ROOT, TandemError, wait_until

PEERS = ROOT / ".cache/peers"
START_S = 10
STOP_S = 5


class Kamailio:
    """One Kamailio with this configuration, which names @rpc@ for kamcmd; `options` are more words of its command."""

    def __init__(self, folder, config, name="kamailio", options=()):
        self.library = next(iter(sorted(PEERS.glob("usr/lib/*/kamailio"))), None)
        if not self.library:
            raise Skip("kamailio is not unpacked in .cache/peers; ./dev test does so")
        self.folder = folder
        self.log_path = folder / f"{name}.log"
        self.rpc_path = folder / f"{name}.ctl"
        self.config = folder / f"{name}.cfg"
        self.config.write_text(config.replace("@rpc@", str(self.rpc_path)))
        self.options = options
        self.env = {**os.environ, "LD_LIBRARY_PATH": str(self.library)}
        self.process = None

    def __enter__(self):
        command = [str(PEERS / "usr/sbin/kamailio"), "-DD", "-E", "-m", "32", "-M", "8", "-f", str(self.config),
                   "-L", str(self.library / "modules"), "-Y", str(self.folder), "-w", str(self.folder),
                   *self.options]
        with open(self.log_path, "w") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=self.env,
                                            start_new_session=True)
        try:
            wait_until(self.is_ready, START_S, f"Kamailio ready (log: {self.log_path})")
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(self, *_):
        self.end()

    def is_ready(self):
        if self.process.poll() is not None:
            raise TandemError(f"Kamailio ended with {self.process.returncode}: {self.log()[-2000:]}")
        return self.rpc_path.exists() and self.rpc("core.uptime", check=False)

    def end(self):
        """In good order; what is left of its processes is killed."""
        self.process.terminate()
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            pass
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()

    def rpc(self, *words, check=True):
        """What kamcmd prints."""
        done = subprocess.run([str(PEERS / "usr/sbin/kamcmd"), "-s", f"unix:{self.rpc_path}", *words], env=self.env,
                              capture_output=True, text=True, timeout=10, check=False)
        if check and done.returncode:
            raise TandemError(f"kamcmd {' '.join(words)}: {done.stdout}{done.stderr}")
        return "" if done.returncode else done.stdout

    def log(self):
        return self.log_path.read_text(errors="replace")

    def noted(self, what, call_id):
        """What the configuration's xlog() said of a call, or None: the text behind its word and the Call-ID."""
        found = re.findall(rf"{what} {re.escape(call_id)} (.*)", self.log())
        return found[-1] if found else None
