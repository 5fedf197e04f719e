#!/usr/bin/env python3
"""What `ninja install` puts where, in a DESTDIR: complete, true to its prefix, and careful with tandem.conf."""
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/lib"))
from checks import expect, run_checks  # noqa: E402
from tandem import build_dir  # noqa: E402

DAEMONS = ("tandem-b2bua", "tandem-rtprelay", "tandem-webui")


def install(folder):
    """Install into folder/dest; returns it and the path of the one tandem.conf in etc."""
    dest = folder / "dest"
    done = subprocess.run(["meson", "install", "-C", str(build_dir()), "--no-rebuild", "--destdir", str(dest)],
                          capture_output=True, text=True, timeout=60, check=False,
                          env={key: value for key, value in os.environ.items() if key != "DESTDIR"})
    expect(done.returncode == 0, done.stdout + done.stderr)
    confs = list(dest.glob("**/etc/tandem/tandem.conf"))
    expect(len(confs) == 1, f"tandem.conf: {confs}")
    return dest, confs[0]


def all_is_there(folder):
    """Programs, manual pages, units, documents and a first tandem.conf are installed"""
    dest, conf = install(folder)
    wanted = ["bin/tandemctl", "man/man1/tandemctl.1", "sysusers.d/tandem.conf", "doc/tandem/docs/operations.md",
              "doc/tandem/docs/decisions/README.md", "doc/tandem/README.md", "doc/tandem/packaging/etc/tandem.conf"]
    for name in DAEMONS:
        wanted += [f"bin/{name}", f"man/man8/{name}.8", f"systemd/system/{name}.service"]
    missing = [one for one in wanted if not list(dest.glob(f"**/{one}"))]
    expect(not missing, f"missing: {missing}")
    expect("\ndata_dir /var/lib/tandem\nrun_dir" not in conf.read_text(), "the comments are gone")
    keys = [line for line in conf.read_text().splitlines() if line and not line.startswith("#")]
    expect(keys == ["data_dir /var/lib/tandem", "run_dir /run/tandem"], f"keys set: {keys}")


def units_are_true(folder):
    """A unit names the program and the tandem.conf that were installed with it"""
    dest, conf = install(folder)
    for name in DAEMONS:
        unit = next(dest.glob(f"**/{name}.service")).read_text()
        start = next(line for line in unit.splitlines() if line.startswith("ExecStart="))
        program, option, path = start.removeprefix("ExecStart=").split()
        expect((dest / program.lstrip("/")).exists(), f"{name}: {start}")
        expect(option == "--config" and dest / path.lstrip("/") == conf, f"{name}: {start}")
        expect("@" not in unit.replace("@system-service", "").replace("@privileged", ""), f"{name}: unfilled: {unit}")


def links_hold(folder):
    """The installed documents lead to each other as those in the sources do"""
    dest, _ = install(folder)
    docs = next(dest.glob("**/doc/tandem"))
    done = subprocess.run([sys.executable, str(ROOT / "tests/check/links.py"), str(docs)], capture_output=True,
                          text=True, timeout=30, check=False)
    expect(done.returncode == 0, done.stdout + done.stderr)


def conf_is_kept(folder):
    """A tandem.conf that is there is not written over"""
    _, conf = install(folder)
    conf.write_text("node mine\n")
    install(folder)
    expect(conf.read_text() == "node mine\n", conf.read_text())


if __name__ == "__main__":
    sys.exit(run_checks("install", [all_is_there, units_are_true, links_hold, conf_is_kept], sys.argv[1:]))
