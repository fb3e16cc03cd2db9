"""Adds up what the tests noted of the lines that they ran, and shows it file by file.

usage: python.py TESTLOGS LCOV TARGET ...

TESTLOGS is Bazel's folder of test results; LCOV is written. Of the targets only the folders
matter: files below them are shown, and the notes of their tests are read.
"""

import contextlib
import sys
from pathlib import Path

import coverage

from lczero_training.user_paths import user_path
from tools.covered.targets import folders

# What tools/covered/notes.py writes, by its first letters.
DATA = "coverage.data"
# Tests, and what is made for them.
LEFT_OUT = ["*_test.py", "*/testing/*", "*/testing.py", "*/bench/*"]


def notes(testlogs: Path, wanted: tuple[str, ...]) -> list[str]:
    """The data files of the tests below the wanted folders."""
    return [str(file) for name in wanted for file in sorted(testlogs.glob(f"{name}**/{DATA}*"))]


def main(arguments: list[str]) -> int:
    """Prints the table and writes the report; 1 where no test noted anything."""
    testlogs, output, *targets = arguments
    wanted = folders(targets)
    files = notes(Path(testlogs), wanted)
    if not files:
        print(f"coverage: no test of {targets} left notes below {testlogs}", file=sys.stderr)
        return 1
    workspace = user_path(".")
    # Files are named from here on.
    with contextlib.chdir(workspace):
        report = coverage.Coverage(
            data_file=None,
            config_file=False,
            omit=LEFT_OUT,
            include=[f"{workspace}/{name}*" for name in wanted],
        )
        report.combine(files, keep=True)
        report.lcov_report(outfile=str(user_path(output)))
        report.report(show_missing=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
