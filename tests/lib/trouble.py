"""A program under test whose wall clock is set and whose disk fails: tests/lib/trouble.c, preloaded."""
import struct

from checks import expect
from tandem import build_dir

FIELDS = ("step_us", "sync_errno", "spool_errno", "write_errno", "is_short", "failedc")
HOUR_US = 3600 * 10**6


class Trouble:
    """What goes wrong from now on; nothing at first."""

    def __init__(self, folder):
        self.path = folder / "trouble"
        self.path.write_bytes(bytes(8 * len(FIELDS)))

    def prefix(self):
        """For Daemon.start."""
        library = build_dir() / "tests/libtrouble.so"
        expect(library.is_file(), f"{library} is not built")
        return ("env", f"LD_PRELOAD={library}", f"TANDEM_TROUBLE={self.path}",
                "ASAN_OPTIONS=verify_asan_link_order=0")

    def set(self, **values):
        with open(self.path, "r+b") as file:
            for name, value in values.items():
                file.seek(8 * FIELDS.index(name))
                file.write(struct.pack("=q", value))
                file.flush()

    def get(self, name):
        return struct.unpack_from("=q", self.path.read_bytes(), 8 * FIELDS.index(name))[0]

    def end(self):
        """The disk is well again; the clock stays."""
        self.set(sync_errno=0, spool_errno=0, write_errno=0, is_short=0)
