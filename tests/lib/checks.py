"""A script of several checks: each a function that returns or raises TandemError; counted and summed up."""
import pathlib
import shutil
import tempfile
import time
import traceback

from tandem import TandemError, build_dir


class Skip(Exception):
    """The machine cannot run this check; the reason is printed."""


def expect(condition, complaint):
    if not condition:
        raise TandemError(complaint)


def run_checks(group, checks, names):
    """Run those whose name holds one of `names`; each gets a fresh folder. Returns the exit code."""
    passed = failed = skipped = 0
    for check in checks:
        if names and not any(name in check.__name__ for name in names):
            continue
        folder = pathlib.Path(tempfile.mkdtemp(prefix=f"{group}-", dir=build_dir()))
        title = check.__doc__.strip().splitlines()[0]
        started = time.monotonic()
        try:
            check(folder)
        except Skip as reason:
            print(f"skipped {title} ({reason})", flush=True)
            skipped += 1
        except (TandemError, OSError, ValueError, KeyError) as error:
            print(f"FAILED  {title}\n        {str(error)[:4000]}\n        logs: {folder}", flush=True)
            if not isinstance(error, TandemError):
                traceback.print_exc()
            failed += 1
            continue
        else:
            print(f"ok      {title} ({time.monotonic() - started:.1f} s)", flush=True)
            passed += 1
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed else 0
