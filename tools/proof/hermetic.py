"""Checks that no action of the build uses anything of the host's but its shell and its Python.

It reads every action of //... and of what that depends on, as Bazel would run it: no absolute path
in commands, parameter files and variables, the pinned toolchain in every C++ action, no tag that
lets an action out of the sandbox or into the network. Then it reads which headers the compilations
of the last build have really opened.
"""

import argparse
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from tools.proof.aquery import Action, read_actions
from tools.proof.bazel import Bazel, BazelError
from tools.proof.report import Report
from tools.proof.rules import CPP, problems_of

# But the zip files of Python programs, which nobody asks for: their lists of files are the bulk.
ACTIONS = 'mnemonic("(?!PythonZipper$).*", deps(//...))'
QUERY = ("--output=jsonproto", "--include_param_files", "--noinclude_artifacts", ACTIONS)
# Problems of one kind of action that are printed; the rest is counted.
SHOWN = 10


def prove_actions(actions: Iterable[Action], report: Report) -> None:
    """One check for each kind of action that runs a command, and one that C++ is among them."""
    counts: Counter[str] = Counter()
    found: dict[str, list[str]] = {}
    for action in actions:
        if not action.arguments:
            # Bazel itself writes a file or makes a link; nothing runs.
            continue
        counts[action.mnemonic] += 1
        told = found.setdefault(action.mnemonic, [])
        told += (f"  {action.label}: {problem}" for problem in problems_of(action))
    for mnemonic, problems in sorted(found.items()):
        report.add(f"{counts[mnemonic]} actions {mnemonic}", shortened(problems))
    missing = [mnemonic for mnemonic in CPP[:2] if not counts[mnemonic]]
    problem = f"there is no {' and no '.join(missing)} among the actions" if missing else None
    report.add("C++ is compiled and linked", problem)


def shortened(problems: list[str]) -> str | None:
    """All problems as one text, or None."""
    if len(problems) > SHOWN:
        problems = [*problems[:SHOWN], f"  and {len(problems) - SHOWN} more"]
    return "\n".join(problems) or None


def headers_outside(dependency_file: str) -> list[str]:
    """Files outside of the build that a compiler's list of what it read (.d) names."""
    words = dependency_file.replace("\\\n", " ").split()
    return [word for word in words if os.path.normpath(word).startswith(("/", ".."))]


def dependency_files(folder: Path) -> Iterator[Path]:
    """The lists that compilers wrote beside their objects."""
    for place, folders, files in os.walk(folder):
        # Thousands of links each, to files that lie elsewhere in the folder.
        folders[:] = [name for name in folders if not name.endswith(".runfiles")]
        yield from (Path(place, name) for name in files if name.endswith(".d"))


def prove_headers(folder: Path, report: Report) -> None:
    """One check over the lists of all compilations of the last build."""
    files = sorted(dependency_files(folder))
    problems = [
        f"  {file}: {header}" for file in files for header in headers_outside(file.read_text())
    ]
    problem = shortened(problems) if files else f"no list below {folder}: build something first"
    report.add(f"headers that {len(files)} compilations read", problem)


def main() -> int:
    """Returns 1 when something of the host is used."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--xml", type=Path, metavar="FILE", help="write a JUnit file")
    options = parser.parse_args()
    bazel, report = Bazel(Path.cwd()), Report("hermetic")
    try:
        prove_actions(read_actions(bazel.run("aquery", *QUERY)), report)
        prove_headers(Path(bazel.run("info", "output_path").strip()), report)
    except BazelError as error:
        report.add("Bazel tells its actions", str(error))
    return report.close(options.xml)


if __name__ == "__main__":
    sys.exit(main())
