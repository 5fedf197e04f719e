#!/usr/bin/env python3
"""Every relative link of the documents leads to a file, and every decision is in the index.

usage: links.py SOURCE-ROOT
"""
import pathlib
import re
import sys

LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def documents(root):
    return [path for path in sorted(root.rglob("*.md"))
            if not any(part.startswith(("build", ".", "node_modules")) for part in path.relative_to(root).parts)]


def dead_links(root):
    for path in documents(root):
        for line_number, line in enumerate(path.read_text().splitlines(), 1):
            for target in LINK.findall(line):
                if "://" not in target and not target.startswith("mailto:") and not (path.parent / target).exists():
                    yield f"{path.relative_to(root)}:{line_number}: no file {target}"


def unlisted_decisions(root):
    folder = root / "docs/decisions"
    index = (folder / "README.md").read_text()
    for path in sorted(folder.glob("[0-9]*.md")):
        if f"({path.name})" not in index:
            yield f"docs/decisions/README.md: {path.name} is not listed; add a row for it"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    faults = [*dead_links(root), *unlisted_decisions(root)]
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
