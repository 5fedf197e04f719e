#!/usr/bin/env python3
"""Run Tandem in the foreground: relay, B2BUA and web UI on one data folder, until Ctrl-C.

usage: ./dev up [--data DIR] [--sip ADDR:PORT] [--http ADDR:PORT] [--demo [--once]]

Each daemon lives and dies on its own: one that dies later is started again, one that is told to stop
stays down, one that cannot start ends everything with its own message.
"""
import argparse
import fcntl
import json
import pathlib
import signal
import subprocess
import sys
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests/lib"), str(ROOT / "tests/demo")]
from supervise import Daemon, Failed, say  # noqa: E402
from tandem import TandemError, program  # noqa: E402

STOP_TIMEOUT_S = 10  # beside what the calls are given to end
WEB_TIMEOUT_S = 3    # for the web UI's first looks at the others
CONF_NEW = """# written by ./dev up when the folder was new; yours to change
data_dir "{data}"
sip_listen 127.0.0.1:5060
http_listen 127.0.0.1:8888
"""


class System:
    """Tandem on one data folder, as its operator sees it."""

    def __init__(self, data, options):
        self.data = data
        self.conf = data / "tandem.conf"
        self.options = options

    def ctl(self, *arguments, text=None):
        command = [str(program("tandemctl")), "--data", str(self.data), *arguments]
        done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=30, check=False)
        if done.returncode != 0:
            raise TandemError(done.stderr.strip() or f"tandemctl {arguments[0]} failed")
        return done.stdout

    def ctl_shown(self):
        """tandemctl as one would type it."""
        return f"{shown(program('tandemctl'))} --data {shown(self.data)}"

    def interfaces(self):
        """{name: [listen]}"""
        exported = json.loads(self.ctl("export"))
        return {one["name"]: one["listen"] for one in exported.get("interfaces", [])}

    def conf_value(self, key):
        """As the file says it; None: it does not."""
        lines = [line.split() for line in self.conf.read_text().splitlines()]
        return next((words[1].strip('"') for words in lines if len(words) > 1 and words[0] == key), None)

    def web(self):
        return self.options.http or self.conf_value("http_listen") or "127.0.0.1:8888"

    def stop_timeout_s(self):
        drain = self.conf_value("drain_timeout_s") or "10"
        return STOP_TIMEOUT_S + (int(drain) if drain.isdigit() else 0)


def shown(path):
    """A path as short as it can be typed here."""
    here = pathlib.Path.cwd()
    return f"./{path.relative_to(here)}" if path.is_relative_to(here) else str(path)


def folder_take(data):
    """The data folder must be nobody's yet: what is in it belongs to the Tandem that runs on it."""
    data.mkdir(parents=True, exist_ok=True)
    try:
        with open(data / "lock") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        pass
    except BlockingIOError:
        pid = (data / "lock").read_text().strip()
        raise Failed(f"Tandem already runs on {shown(data)} (pid {pid}); stop that one, or name another "
                     "folder with --data") from None


def conf_write(system):
    """The first time only; afterwards the file is the operator's."""
    if not system.conf.exists():
        system.conf.write_text(CONF_NEW.format(data=system.data))


def daemons_found(system):
    """In the order they are started; the web UI may not have been built."""
    options = ["--config", str(system.conf), "--set", f"data_dir={system.data}"]
    for key, value in (("sip_listen", system.options.sip), ("http_listen", system.options.http)):
        options += ["--set", f"{key}={value}"] if value else []
    names = ["tandem-rtprelay", "tandem-b2bua", "tandem-webui"]
    for name in names[:2]:
        if not program(name).exists():
            raise Failed(f"{name} is not built")
    return [Daemon(program(name), options) for name in names if program(name).exists()]


def web_wait(web):
    """Until the web UI has seen the others, so that its first lines are not in the midst of ours."""
    deadline = time.monotonic() + WEB_TIMEOUT_S
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"http://{web}/ready", timeout=1).close()
            break
        except OSError:
            time.sleep(0.1)
    time.sleep(0.2)  # let its lines be read


def sip_ignored(system, interfaces):
    """What --sip did not do, or None."""
    listen = interfaces.get("access", [])
    if not system.options.sip or f"udp:{system.options.sip}" in listen:
        return None
    provisioned = f"is provisioned as {' '.join(listen)}" if listen else "was removed from this data folder"
    return f"--sip ignored: interface access {provisioned}; change it with tandemctl apply"


def welcome(system, daemons):
    """Where everything is, in one piece."""
    webui = next((daemon for daemon in daemons if daemon.name == "tandem-webui"), None)
    if webui:
        web_wait(system.web())
    interfaces = system.interfaces()
    ignored = sip_ignored(system, interfaces)
    rows = [("SIP", f"{name} {' '.join(listen)}") for name, listen in interfaces.items()]
    rows += [("web", f"http://{system.web()}/"),
             ("password", webui.password or "as it was set when the data folder was new")] if webui else \
        [("web", "the web UI is not part of this build")]
    rows += [("calls", f"{system.ctl_shown()} calls"), ("CDRs", f"{system.ctl_shown()} cdr --last 10"),
             ("stop", "Ctrl-C")]
    lines = ["", "Tandem is up.", *(f"  {name:<9} {value}" for name, value in rows)]
    say("\n".join(lines + ([f"  {ignored}"] if ignored else []) + [""]), sys.stdout)


def options_read():
    parser = argparse.ArgumentParser(prog="./dev up", description=__doc__.split("\n")[0])
    parser.add_argument("--build", default="build", help=argparse.SUPPRESS)
    parser.add_argument("--data", default="data", metavar="DIR", help="data folder (default: ./data)")
    parser.add_argument("--sip", metavar="ADDR:PORT",
                        help="interface `access` of an empty data folder (default: 127.0.0.1:5060)")
    parser.add_argument("--http", metavar="ADDR:PORT",
                        help="the web UI, this time (default: as tandem.conf says: 127.0.0.1:8888)")
    parser.add_argument("--demo", action="store_true", help="provision two trunks, place a call, show its CDR")
    parser.add_argument("--once", action="store_true", help="with --demo: stop after the CDR")
    return parser.parse_args()


def run(system, daemons):
    """Until Ctrl-C, or until each was told to stop."""
    for daemon in daemons:
        daemon.start()
        daemon.wait_ready()
    welcome(system, daemons)
    if system.options.demo:
        import demo
        demo.run(system)
        if system.options.once:
            return
        say(demo.own_call(system), sys.stdout)
    while not all(daemon.stopped for daemon in daemons):
        time.sleep(0.1)
        for daemon in daemons:
            daemon.watch()


def stop(system, daemons):
    """The B2BUA ends its calls while the relay is still there; the web UI can be watched until the end."""
    rank = {"tandem-b2bua": 0, "tandem-rtprelay": 1}
    for daemon in sorted(daemons, key=lambda one: rank.get(one.name, 2)):
        daemon.stop(system.stop_timeout_s())


def interrupted(_signal, _frame):
    raise KeyboardInterrupt


def main():
    options = options_read()
    system = System(pathlib.Path(options.data).resolve(), options)
    daemons, code = [], 0
    signal.signal(signal.SIGTERM, interrupted)
    try:
        folder_take(system.data)
        conf_write(system)
        daemons = daemons_found(system)
        run(system, daemons)
    except KeyboardInterrupt:
        say("dev: stopping")
    except (Failed, TandemError, OSError) as error:
        say(f"dev: {error}")
        code = 1
    for again in (signal.SIGINT, signal.SIGTERM):  # a second one must not leave half of it running
        signal.signal(again, signal.SIG_IGN)
    stop(system, daemons)
    return code


if __name__ == "__main__":
    sys.exit(main())
