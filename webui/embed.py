#!/usr/bin/env python3
"""Turn the web app's files into a C table.

usage: embed.py OUT.c FILE...   (index.html is also "/")
"""
import hashlib
import pathlib
import sys

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".yaml": "application/yaml",
}


def c_bytes(data):
    lines = [", ".join(str(byte) for byte in data[i:i + 24]) for i in range(0, len(data), 24)]
    return ",\n\t".join(lines) or "0"


def main(out, *names):
    arrays, rows = [], []
    for number, path in enumerate(map(pathlib.Path, names)):
        data = path.read_bytes()
        etag = hashlib.sha256(data).hexdigest()[:32]
        arrays.append(f"static const unsigned char data{number}[] = {{\n\t{c_bytes(data)}}};\n")
        for url in ["/" + path.name] + ["/"] * (path.name == "index.html"):
            rows.append(f'\t{{"{url}", "{TYPES[path.suffix]}", "\\"{etag}\\"", data{number}, {len(data)}}},')
    table = "\n".join(rows)
    pathlib.Path(out).write_text(
        "/* made by webui/embed.py */\n#include \"asset.h\"\n\n" + "\n".join(arrays)
        + f"\nconst struct asset assetv[] = {{\n{table}\n}};\n\nconst size_t assetc = {len(rows)};\n")


main(*sys.argv[1:])
