#!/usr/bin/env python3
"""Turn sql/*.sql into C: numbered migrations, views, and one enum value and text per named query.

usage: embed.py OUT.h OUT.c FILE.sql...   (the folder a file lies in says what it is)
"""
import hashlib
import re
import sys
from pathlib import Path

NAME = re.compile(r"^-- name: *([a-z][a-z0-9_]*) *$")


def c_string(text):
    """One C literal a line, so that the generated file can be read beside its source."""
    lines = []
    for line in text.rstrip("\n").split("\n"):
        escaped = line.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t").replace("??", "?\\?")
        lines.append(f'\t"{escaped}\\n"')
    return "\n".join(lines)


def migrations(files):
    found = sorted((int(f.name[:4]), f) for f in files if f.parent.name == "migrations")
    numbers = [number for number, _ in found]
    if numbers != list(range(1, len(numbers) + 1)):
        sys.exit(f"sql/migrations: numbers must run 0001, 0002, … without a gap; found {numbers}")
    return [(f.name, f.read_text()) for _, f in found]


def queries(files):
    found = {}
    for f in sorted(f for f in files if f.parent.name == "queries"):
        name = None
        for number, line in enumerate(f.read_text().splitlines(), 1):
            match = NAME.match(line)
            if match:
                name = match[1]
                if name in found:
                    sys.exit(f"{f}:{number}: a second query named {name}")
                found[name] = []
            elif name:
                found[name].append(line)
    return [(name, "\n".join(lines).strip()) for name, lines in sorted(found.items())]


def views(files):
    return "\n".join(f.read_text() for f in sorted(files) if f.parent.name == "views")


def temp_views(view_text):
    """The same views for a connection alone, where `cdr` means more than table cdr of tandem.db."""
    kept = [line for line in view_text.splitlines() if not line.startswith("DROP VIEW")]
    return re.sub(r"^CREATE VIEW", "CREATE TEMP VIEW", "\n".join(kept), flags=re.M)


def header(named):
    ids = "\n".join(f"\tSQL_{name.upper()}," for name, _ in named)
    return f"""/* made by sql/embed.py */
#ifndef TANDEM_SQL_EMBEDDED_H
#define TANDEM_SQL_EMBEDDED_H

#include <stddef.h>

/** The statements of sql/queries/, by their names. */
enum sql_query {{
{ids}
\tSQL_QUERYC
}};

struct sql_text {{
\tconst char *name;
\tconst char *text;
}};

extern const struct sql_text sql_queryv[SQL_QUERYC];
extern const struct sql_text sql_migrationv[]; /* number n stands at n - 1 */
extern const size_t sql_migrationc;
extern const char sql_views[];        /* drops and creates every view */
extern const char sql_views_digest[]; /* changes when sql_views does */
extern const char sql_temp_views[];   /* creates every view in the TEMP schema */

#endif
"""


def source(migs, named, view_text, header_name):
    def rows(items):
        return "\n".join(f'\t{{"{name}",\n{c_string(text)}}},' for name, text in items)

    digest = hashlib.sha256(view_text.encode()).hexdigest()
    return f"""/* made by sql/embed.py */
#include "{header_name}"

/* ISO C promises 4095 characters a literal; gcc and clang know no such limit */
#pragma GCC diagnostic ignored "-Woverlength-strings"

const struct sql_text sql_migrationv[] = {{
{rows(migs)}
}};

const size_t sql_migrationc = {len(migs)};

const struct sql_text sql_queryv[SQL_QUERYC] = {{
{rows(named)}
}};

const char sql_views[] =
{c_string(view_text)};

const char sql_views_digest[] = "{digest}";

const char sql_temp_views[] =
{c_string(temp_views(view_text))};
"""


def main(out_h, out_c, *names):
    files = [Path(name) for name in names]
    named = queries(files)
    Path(out_h).write_text(header(named))
    Path(out_c).write_text(source(migrations(files), named, views(files), Path(out_h).name))


main(*sys.argv[1:])
