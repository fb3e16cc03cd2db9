"""Adds up what gcov counted in the objects of a build, file by file.

usage: cc.py OBJECTS LCOV TARGET ...

OBJECTS is the folder that holds the objects with their .gcno and .gcda files; LCOV is written.
Of the targets only the folders matter: files below them are shown.
"""

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tools.covered.targets import folders

Counts = dict[str, dict[int, int]]
Report = dict[str, Any]
GCOV = ["gcov", "--json-format", "--stdout"]


def is_counted(file: str, wanted: tuple[str, ...]) -> bool:
    """Whether a file is shown: of ours, below a wanted folder, no test and not made for tests."""
    return file.startswith(wanted) and not file.partition(".")[0].endswith("_test")


def reports(objects: Path) -> Iterator[Report]:
    """What gcov says of each object of ours, those that no test ran included."""
    for notes in sorted(objects.glob("cc/**/*.gcno")):
        done = subprocess.run(
            [*GCOV, str(notes)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True
        )
        yield json.loads(done.stdout)


def add_up(found: Iterable[Report], wanted: tuple[str, ...]) -> Counts:
    """How often each line ran, over all objects that it was compiled into.

    Lines of templates and inline functions are there once for each object and instance.
    """
    counts: Counts = defaultdict(lambda: defaultdict(int))
    for report in found:
        for file in report["files"]:
            if is_counted(file["file"], wanted):
                for line in file["lines"]:
                    counts[file["file"]][line["line_number"]] += line["count"]
    return counts


def ranges(lines: Iterable[int]) -> str:
    """`3, 7-9` for 3, 7, 8 and 9."""
    spans: list[list[int]] = []
    for line in sorted(lines):
        if spans and line == spans[-1][1] + 1:
            spans[-1][1] = line
        else:
            spans.append([line, line])
    return ", ".join(f"{a}-{b}" if b > a else str(a) for a, b in spans)


def table(counts: Counts) -> str:
    """A row for each file, and one for all."""
    width = max(map(len, counts))
    rows = [f"{'file':{width}}  lines  missed  covered  which are missed"]
    total = missed_in_total = 0
    for file, lines in sorted(counts.items()):
        missed = [line for line, count in lines.items() if not count]
        total, missed_in_total = total + len(lines), missed_in_total + len(missed)
        rows.append(row(file.ljust(width), len(lines), len(missed), ranges(missed)))
    rows.append(row("all".ljust(width), total, missed_in_total, ""))
    return "\n".join(rows)


def row(name: str, lines: int, missed: int, which: str) -> str:
    """One row of the table."""
    share = 100 * (lines - missed) / lines
    return f"{name}  {lines:5}  {missed:6}  {share:6.1f}%  {which}".rstrip()


def lcov(counts: Counts) -> str:
    """The same in the format that editors and genhtml read."""
    records = []
    for file, lines in sorted(counts.items()):
        records += [f"SF:{file}", *(f"DA:{line},{count}" for line, count in sorted(lines.items()))]
        records.append("end_of_record")
    return "\n".join(records) + "\n"


def main(arguments: list[str]) -> int:
    """Prints the table and writes the report; 1 where nothing was counted."""
    objects, output, *targets = arguments
    counts = add_up(reports(Path(objects)), folders(targets))
    if not counts:
        print(f"coverage: no object below {objects} has lines of {targets}", file=sys.stderr)
        return 1
    Path(output).write_text(lcov(counts))
    print(table(counts))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
