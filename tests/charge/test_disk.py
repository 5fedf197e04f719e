#!/usr/bin/env python3
"""The disk fails while calls are paid for: full, read-only, with writes and syncs that fail. Nothing is lost or double."""
import ctypes
import errno
import fcntl
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests/lib"), str(ROOT / "tests/charge")]
from calls import answers  # noqa: E402
from checks import Skip, expect, run_checks  # noqa: E402
from payers import TARIFFS, Payers, account_settled, one_cdr_each, placed  # noqa: E402
from tandem import Tandem, TandemError, wait_until  # noqa: E402
from trouble import Trouble  # noqa: E402

ACCOUNTS = {"rich": ("seconds", "1000.00"), "poor": ("seconds", "6.00")}
TROUBLES = {  # what goes wrong, and whether the database can then be written
    "no room": ({"write_errno": errno.ENOSPC}, False),
    "writes that fail": ({"write_errno": errno.EIO}, False),
    "syncs that fail": ({"sync_errno": errno.EIO}, False),
    "short writes": ({"is_short": 1}, True),
    "a read-only disk": ({"write_errno": errno.EROFS, "sync_errno": errno.EROFS}, False),
}
DISK_BYTES = 140 << 20
CLONE_NEWNS = 0x00020000
EXT4_IOC_SHUTDOWN = 0x8004587d
NO_LOG_FLUSH = 2


def is_degraded(tandem):
    return tandem.ctl_json("status")["writer"]["state"] == "degraded"


def over(tandem):
    """All calls have ended, and their records are in the database."""
    wait_until(lambda: not is_degraded(tandem), 10, "a database that is written again")
    wait_until(lambda: not tandem.sql("SELECT cdr_id FROM open_call"), 20, "the end of all calls")


def load(line, calls, talk_ms=(500, 3000)):
    return [line.payer(name, calls, 15, talk_ms) for name in ACCOUNTS]


def codes_of(callers):
    """How often each final response came."""
    count = {}
    for caller in callers:
        for codes in answers(caller).values():
            last = max(codes, default=0)
            count[last] = count.get(last, 0) + 1
    return count


def all_accounted(tandem, callers):
    one_cdr_each(tandem, placed(callers))
    account_settled(tandem, TARIFFS)
    recovered = tandem.sql("SELECT count(*) AS n FROM cdr WHERE recovered = 1")[0]["n"]
    expect(recovered == 0, f"{recovered} calls ended at a crash that was none")


def troubled(folder):
    """Writes and syncs fail for seconds: calls go on and new ones are taken, all of them are charged afterwards"""
    tandem, trouble = Tandem(folder), Trouble(folder)
    line = Payers(tandem, ACCOUNTS)
    try:
        tandem.relay.start()
        tandem.b2bua.start(prefix=trouble.prefix())
        line.provision()
        line.callee()
        callers = load(line, 15 * 13)
        for name, (values, is_written) in TROUBLES.items():
            time.sleep(1)
            trouble.set(**values)
            time.sleep(1.5)
            expect(is_degraded(tandem) != is_written, f"{name}: degraded is {is_written}")
            trouble.end()
        for caller in callers:
            caller.wait(15)
        over(tandem)
        expect(503 not in codes_of(callers), f"calls were refused: {codes_of(callers)}")
        expect(trouble.get("failedc") >= 8, f"only {trouble.get('failedc')} calls of the system failed")
        all_accounted(tandem, callers)
        tandem.stop()
    finally:
        line.end()
        tandem.abandon()


def spool_too(folder):
    """Nothing can be written at all: new calls get 503, those that were up are charged when the disk is well again"""
    tandem, trouble = Tandem(folder), Trouble(folder)
    line = Payers(tandem, ACCOUNTS)
    try:
        tandem.relay.start()
        tandem.b2bua.start(prefix=trouble.prefix())
        line.provision()
        line.callee()
        callers = load(line, 12)
        time.sleep(1.5)
        trouble.set(sync_errno=errno.EIO, write_errno=errno.EIO, spool_errno=errno.EIO)
        wait_until(lambda: is_degraded(tandem), 5, "a degraded writer")
        refused = load(line, 10)
        for caller in refused:
            caller.wait(10)
        expect(set(codes_of(refused)) == {503}, f"calls that nothing could record: {codes_of(refused)}")
        trouble.end()
        over(tandem)
        callers += load(line, 5)
        time.sleep(4)
        over(tandem)
        expect(503 not in codes_of(callers), f"calls were refused: {codes_of(callers)}")
        all_accounted(tandem, callers)
        tandem.stop()
    finally:
        line.end()
        tandem.abandon()


def killed(folder):
    """Killed while the disk fails, and it still fails at the start: that is said, and nothing is lost"""
    tandem, trouble = Tandem(folder), Trouble(folder)
    line = Payers(tandem, ACCOUNTS)
    try:
        tandem.relay.start()
        tandem.b2bua.start(prefix=trouble.prefix())
        line.provision()
        line.callee()
        callers = load(line, 60)
        time.sleep(1)
        trouble.set(sync_errno=errno.EIO)
        time.sleep(2)
        tandem.b2bua.kill()
        line.end()
        try:
            tandem.b2bua.start(prefix=trouble.prefix())
            raise ValueError("it starts on a disk that fails")
        except TandemError as error:
            expect("make room on the disk or check it" in str(error), f"no remedy is told: {error}")
        trouble.end()
        tandem.b2bua.start(prefix=trouble.prefix())
        one_cdr_each(tandem, placed(callers))
        account_settled(tandem, TARIFFS)
        tandem.stop()
    finally:
        line.end()
        tandem.abandon()


# ---------------------------------------------------------------- a file system of one's own

def mount(*arguments):
    done = subprocess.run(["mount", *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Skip(f"mounting is not allowed here: {done.stderr.strip()}")


class Disk:
    """A small ext4 under the data folder, seen by this process and its children alone."""

    def __init__(self, tandem):
        if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS):
            raise Skip(f"no mounts of one's own: {os.strerror(ctypes.get_errno())}")
        mount("--make-rprivate", "/")
        self.folder = tandem.data
        self.image = tandem.folder / "disk"
        with open(self.image, "wb") as image:
            image.truncate(DISK_BYTES)
        subprocess.run(["mkfs.ext4", "-q", "-F", str(self.image)], check=True)
        self.mount()

    def mount(self):
        mount("-o", "loop", self.image, self.folder)

    def unmount(self):
        subprocess.run(["umount", str(self.folder)], check=True)

    def shut_down(self):
        """As when its device is gone: nothing of it can be read or written any more."""
        descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.ioctl(descriptor, EXT4_IOC_SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        finally:
            os.close(descriptor)

    def repair(self):
        """Another one with what it had takes its place, under a process that still has the old one open."""
        subprocess.run(["umount", "-l", str(self.folder)], check=True)
        self.image = shutil.copyfile(self.image, self.image.with_suffix(".repaired"))
        self.mount()

    def fill(self):
        with open(self.folder / "filler", "wb") as file:
            for size in (1 << 20, 4096):
                try:
                    while True:
                        os.write(file.fileno(), bytes(size))
                except OSError as error:
                    expect(error.errno == errno.ENOSPC, str(error))

    def empty(self):
        (self.folder / "filler").unlink()


def full(folder):
    """A disk that is full: calls go on and new ones are taken, all of them are charged when there is room"""
    tandem = Tandem(folder)
    disk = Disk(tandem)
    line = Payers(tandem, ACCOUNTS)
    try:
        tandem.start()
        line.provision()
        line.callee()
        callers = load(line, 15 * 10)
        time.sleep(1)
        disk.fill()
        wait_until(lambda: is_degraded(tandem), 10, "a degraded writer")
        time.sleep(3)
        disk.empty()
        over(tandem)
        for caller in callers:
            caller.wait(15)
        over(tandem)
        expect(503 not in codes_of(callers), f"calls were refused: {codes_of(callers)}")
        all_accounted(tandem, callers)
        tandem.stop()
    finally:
        line.end()
        tandem.abandon()
        disk.unmount()


def spool_gone(folder):
    """The spool's file is cut while calls talk: they go on, new ones are taken, all are charged; status and log tell"""
    tandem = Tandem(folder)
    line = Payers(tandem, ACCOUNTS)
    try:
        tandem.start()
        line.provision()
        line.callee()
        callers = load(line, 15, (3000, 5000))
        wait_until(lambda: tandem.ctl_json("calls")["total"] >= 10, 10, "calls that talk")
        wait_until(lambda: tandem.ctl_json("status")["writer"]["spool_used"] == 0, 10, "an idle spool")
        os.truncate(tandem.data / "spool/records", 0)
        callers += load(line, 10, (500, 1000))
        for caller in callers:
            caller.wait(15)
        over(tandem)
        expect(503 not in codes_of(callers), f"calls were refused: {codes_of(callers)}")
        expect(any("spool's file" in problem for problem in tandem.ctl_json("status")["problems"]), "status says nothing of it")
        expect("the spool's file cannot be reached any more" in tandem.b2bua.log(), "the log says nothing of it")
        one_cdr_each(tandem, placed(callers))
        tandem.stop()
    finally:
        line.end()
        tandem.abandon()


def shut_down(folder):
    """A file system that is gone altogether: calls go on, new ones get 503; mounted anew, all are charged to their end"""
    tandem = Tandem(folder)
    disk = Disk(tandem)
    line = Payers(tandem, ACCOUNTS)
    try:
        tandem.start()
        line.provision()
        line.callee()
        callers = load(line, 15, (4000, 9000))
        time.sleep(2.5)
        disk.shut_down()
        wait_until(lambda: is_degraded(tandem), 15, "a degraded writer")
        refused = load(line, 5)
        for caller in refused:
            caller.wait(10)
        expect(set(codes_of(refused)) == {503}, f"calls that nothing could record: {codes_of(refused)}")
        for caller in callers:
            caller.wait(15)
        disk.repair()
        tandem.stop()
        expect("wait in the spool for the next start" in tandem.b2bua.log(), "the records are not said to wait")
        tandem.start()
        one_cdr_each(tandem, placed(callers))
        recovered = tandem.sql("SELECT count(*) AS n FROM cdr WHERE recovered = 1")[0]["n"]
        expect(recovered == 0, f"{recovered} calls are closed as they stood")
        account_settled(tandem, TARIFFS)
        tandem.stop()
    finally:
        line.end()
        tandem.abandon()
        disk.unmount()


def read_only(folder):
    """A disk that the kernel has made read-only: new calls get 503; mounted anew, what was open is closed as it stood"""
    made_read_only(folder, is_saved=False)


def read_only_saved(folder):
    """The same, and the spool is copied elsewhere before and put back: all calls are charged to their end"""
    made_read_only(folder, is_saved=True)


def made_read_only(folder, is_saved):
    tandem = Tandem(folder)
    disk = Disk(tandem)
    line = Payers(tandem, ACCOUNTS)
    try:
        tandem.start()
        line.provision()
        line.callee()
        callers = load(line, 15, (4000, 9000))
        time.sleep(2.5)
        mount("-o", "remount,abort", disk.folder)
        wait_until(lambda: is_degraded(tandem), 15, "a degraded writer")
        refused = load(line, 5)
        for caller in refused:
            caller.wait(10)
        expect(set(codes_of(refused)) == {503}, f"calls that nothing could record: {codes_of(refused)}")
        for caller in callers:
            caller.wait(15)
        tandem.stop()
        expect("copy" in tandem.b2bua.log(), "what is to be saved is not said")
        spool, saved = tandem.data / "spool/records", tandem.folder / "saved"
        shutil.copyfile(spool, saved)
        disk.unmount()
        disk.mount()
        if is_saved:
            shutil.copyfile(saved, spool)
        tandem.start()
        one_cdr_each(tandem, placed(callers))
        recovered = tandem.sql("SELECT count(*) AS n FROM cdr WHERE recovered = 1")[0]["n"]
        expect((recovered == 0) == is_saved, f"{recovered} calls are closed as they stood")
        account_settled(tandem, TARIFFS)
        tandem.stop()
    finally:
        line.end()
        tandem.abandon()
        disk.unmount()


if __name__ == "__main__":
    sys.exit(run_checks("charge-disk", [troubled, spool_too, killed, full, read_only, read_only_saved, spool_gone, shut_down], sys.argv[1:]))
