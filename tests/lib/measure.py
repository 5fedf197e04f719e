"""What a process costs: CPU time and memory from /proc; and figures printed as a table or as JSON."""
import json
import os
import resource

TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")


def cpu_ms(pid):
    """User and system time of all its threads so far."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * TICK_MS


def rss_kb(pid):
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS:"))


def open_files_raise():
    """As many descriptors as this user may have, for us and everything started from here."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 1 << 20
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, max(hard, wanted)))
    except (ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


class Figures:
    """Collects figures; prints each as a JSON object at once, or all as tables at the end."""

    def __init__(self, bench, as_json):
        self.bench = bench
        self.as_json = as_json
        self.rows = []

    def add(self, metric, value, unit, **at):
        value = round(value, 4)
        self.rows.append((metric, value, unit, at))
        if self.as_json:
            print(json.dumps({"bench": self.bench, "metric": metric, "value": value, "unit": unit, "at": at}),
                  flush=True)

    def value(self, metric, **at):
        return next((value for name, value, _unit, where in self.rows if name == metric and where == at), None)

    def note(self, text):
        if not self.as_json:
            print(text, flush=True)


def table(head, rows):
    """Right-aligned columns under their heads."""
    texts = [[str(cell) for cell in row] for row in [head, *rows]]
    widths = [max(len(row[index]) for row in texts) for index in range(len(head))]
    for row in texts:
        print("  ".join(cell.rjust(width) for cell, width in zip(row, widths)), flush=True)
