#!/usr/bin/env python3
"""What keeps a daemon from starting is said in one message of its own, with exit code 1."""
import os
import pathlib
import re
import shutil
import socket
import sqlite3
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/lib"))
from checks import Skip, expect, run_checks  # noqa: E402
from tandem import Tandem, program, wait_until  # noqa: E402

NOBODY = 65534


def refused(command, wanted):
    """Run it: exit code 1 within 15 s, and a last word that matches."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=15, check=False)
    expect(done.returncode == 1, f"exit code {done.returncode}, expected 1: {done.stderr[-1500:]}")
    errors = "\n".join(line for line in done.stderr.splitlines() if "ERROR" in line)
    expect(errors, f"no line of level ERROR: {done.stderr[-1500:]}")
    expect(re.search(wanted, errors, re.I), f"not said ({wanted}): {errors}")


def command(tandem, name="tandem-b2bua"):
    return [str(program(name)), "--config", str(tandem.conf_path)]


def second_b2bua(folder):
    """A second tandem-b2bua on the same data folder"""
    with Tandem(folder) as tandem:
        refused(command(tandem), rf"in use by process {tandem.b2bua.pid()}\b")
        expect(tandem.b2bua.running(), "the first one died of it")
        tandem.ctl("status")


def second_relay(folder):
    """A second tandem-rtprelay on the same socket"""
    with Tandem(folder) as tandem:
        refused(command(tandem, "tandem-rtprelay"), r"in use|already|another")
        expect(tandem.relay.running(), "the first one died of it")


def sip_port_in_use(folder):
    """The SIP port belongs to somebody else"""
    tandem = Tandem(folder)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind((tandem.host, tandem.access_port))
        refused(command(tandem), rf"{re.escape(tandem.host)}:{tandem.access_port}.*(in use)")


def folder_unwritable(folder):
    """The data folder may not be written to"""
    if os.getuid() != 0:
        raise Skip("needs root, to become somebody else")
    public = pathlib.Path("/tmp") / f"tandem-nobody-{os.getpid()}"  # a path nobody can walk
    public.mkdir(mode=0o755)
    try:
        tandem = Tandem(public)
        shutil.copy(program("tandem-b2bua"), public)
        tandem.data.chmod(0o555)
        refused(["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
                 str(public / "tandem-b2bua"), "--config", str(tandem.conf_path)],
                r"permission denied|not writable|cannot (write|create)")
    finally:
        shutil.rmtree(public)


def newer_database(folder):
    """The database was made by a newer version"""
    tandem = Tandem(folder)
    with tandem:
        pass
    database = sqlite3.connect(tandem.data / "tandem.db")
    version = database.execute("PRAGMA user_version").fetchone()[0]
    expect(version > 0, "the schema's number is expected in PRAGMA user_version")
    database.execute(f"PRAGMA user_version = {version + 1000}")
    database.commit()
    database.close()
    refused(command(tandem), r"newer")


def not_a_database(folder):
    """The database file is something else"""
    tandem = Tandem(folder)
    (tandem.data / "tandem.db").write_bytes(b"this is a letter, not a database\n" * 200)
    refused(command(tandem), r"not a database")


def disk_full(folder):
    """The disk is full"""
    tandem = Tandem(folder)
    script = 'mount -t tmpfs -o size=1m none "$1" && shift && exec "$@"'
    user = [] if os.getuid() == 0 else ["-r"]
    if subprocess.run(["unshare", *user, "-m", "true"], capture_output=True, check=False).returncode:
        raise Skip("may not make a mount namespace")
    refused(["unshare", *user, "-m", "sh", "-c", script, "sh", str(tandem.data), *command(tandem)],
            r"no space|disk is full|room")


def bad_configuration(folder):
    """A mistake in tandem.conf is named with file and line"""
    tandem = Tandem(folder, {"rtp_port_min": "many"})
    done = subprocess.run(command(tandem), capture_output=True, text=True, timeout=15, check=False)
    expect(done.returncode == 1, f"exit code {done.returncode}")
    expect(re.search(rf"{re.escape(str(tandem.conf_path))}:\d+: ", done.stderr), done.stderr)
    for name in ("tandem-b2bua", "tandem-rtprelay", "tandemctl"):
        done = subprocess.run([*command(tandem, name), "--check"], capture_output=True, text=True, timeout=15,
                              check=False)
        expect(done.returncode == 1, f"{name} --check: exit code {done.returncode}")
        expect(re.search(rf"{re.escape(str(tandem.conf_path))}:\d+: ", done.stderr), done.stderr)


def another_user(folder):
    """Started as root for another user, every file belongs to that user, and the relay is reached"""
    if os.getuid() != 0:
        raise Skip("needs root, to become somebody else")
    public = pathlib.Path("/tmp") / f"tandem-user-{os.getpid()}"  # a path nobody can walk
    try:
        public.mkdir(mode=0o755)
        tandem = Tandem(public, {"user": "nobody"})
        tandem.data.rmdir()
        with tandem:
            wait_until(lambda: tandem.ctl_json("status")["relay"]["state"] == "up", 5, "the relay's answer")
            owners = {path.name: path.stat().st_uid for path in (tandem.data, *tandem.data.rglob("*"))}
            expect(set(owners.values()) == {NOBODY}, f"not all the user's: {owners}")
    finally:
        shutil.rmtree(public, ignore_errors=True)


def checked(tandem, conf, *prefix):
    """(exit code, stdout, stderr) of --check with these keys."""
    tandem.conf_write(conf)
    done = subprocess.run([*prefix, *command(tandem), "--check"], capture_output=True, text=True, timeout=15,
                          check=False)
    return done.returncode, done.stdout, done.stderr


def check_says_what_start_refuses(folder):
    """--check names what the machine would refuse, changes nothing, and says so when all is fine"""
    tandem = Tandem(folder)
    fine = (0, f"{tandem.conf_path}: fine\n", "")
    (folder / "file").write_text("no folder")
    (folder / "key.pem").write_text("no key")
    for conf, wanted in (
            ({"sip_listen": "0.0.0.0:5060"}, r"sip_listen is '0\.0\.0\.0:5060'; .*no wildcard"),
            ({"sip_listen": "[::]:5060"}, r"sip_listen is .*no wildcard"),
            ({"user": "no-such-user"}, r"user no-such-user: no such user"),
            ({"data_dir": folder / "not/there"}, r"data_dir .*/not/there: No such file"),
            ({"data_dir": folder / "file"}, r"data_dir .*/file: Not a directory"),
            ({"run_dir": folder / "file/run"}, r"run_dir .*/file/run: Not a directory"),
            ({"tls_cert": folder / "none.pem", "tls_key": folder / "key.pem"}, r"tls_cert .*none\.pem: No such")):
        code, _, said = checked(tandem, conf)
        expect(code == 1 and re.search(wanted, said), f"{conf}: exit code {code}: {said}")
    expect(checked(tandem, {}) == fine, f"{checked(tandem, {})}")
    expect(checked(tandem, {"data_dir": folder / "new"}) == fine, f"{checked(tandem, {'data_dir': folder / 'new'})}")
    expect(not (folder / "new").exists(), "--check made a folder")


def check_asks_as_the_user(folder):
    """--check asks for the folder as the user the daemon will become"""
    if os.getuid() != 0:
        raise Skip("needs root, to become somebody else")
    public = pathlib.Path("/tmp") / f"tandem-check-{os.getpid()}"  # a path nobody can walk
    public.mkdir(mode=0o755)
    try:
        tandem = Tandem(public)
        code, _, said = checked(tandem, {"user": "nobody"})
        expect(code == 1 and re.search(r"data_dir .*Permission denied", said), f"exit code {code}: {said}")
        os.chown(tandem.data, NOBODY, NOBODY)
        code, _, said = checked(tandem, {"user": "nobody"})
        expect(code == 0, f"exit code {code}: {said}")
    finally:
        shutil.rmtree(public)


def usage(folder):
    """A wrong option is a matter of usage: exit code 2; --help and --version say so: 0"""
    for name in ("tandem-b2bua", "tandem-rtprelay", "tandemctl"):
        for arguments, code in ((["--no-such-option"], 2), (["--help"], 0), (["--version"], 0)):
            done = subprocess.run([str(program(name)), *arguments], capture_output=True, text=True, timeout=10,
                                  check=False)
            expect(done.returncode == code, f"{name} {arguments}: exit code {done.returncode}, expected {code}")


if __name__ == "__main__":
    sys.exit(run_checks("start", [second_b2bua, second_relay, sip_port_in_use, folder_unwritable, newer_database,
                                  not_a_database, disk_full, bad_configuration, check_says_what_start_refuses,
                                  check_asks_as_the_user, another_user, usage], sys.argv[1:]))
