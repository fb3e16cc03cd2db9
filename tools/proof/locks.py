"""Fetches everything that is pinned by sha256, from an empty cache, and looks for what is missing.

One check for each lock: every package is there, with the bytes that the lock says, as a wheel for
this Python; and one: nothing that a package requires is missing from the lock. One check for each
archive of tools/native/extension.bzl. --cuda does the lock of --config=cuda, too: some gigabytes.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tools.native.fetch import fetch
from tools.proof.pins import LOCKS, NATIVE, native_pins
from tools.proof.report import Report

_PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")


def download_command(lock: str, folder: Path) -> list[str]:
    """Fetches every package of a lock as a wheel; pip refuses other bytes."""
    command = [*_PIP, "download", "--require-hashes", "--no-deps", "--only-binary", ":all:"]
    return [*command, "--dest", str(folder), "-r", lock]


def resolve_command(locks: Sequence[str], folder: Path) -> list[str]:
    """Would install the locks with all that their packages require, from the folder only."""
    command = [*_PIP, "install", "--dry-run", "--ignore-installed", "--no-index"]
    command += ["--find-links", str(folder), "--require-hashes"]
    return [*command, *(word for lock in locks for word in ("-r", lock))]


def problem_of(command: Sequence[str]) -> str | None:
    """Runs pip; its messages, if it failed."""
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    return None if done.returncode == 0 else f"`{' '.join(command)}`:\n{done.stdout}"


def prove_locks(locks: Sequence[str], folder: Path, report: Report) -> None:
    """Two checks for each lock; a later lock may require packages of the ones before it."""
    for count, lock in enumerate(locks, start=1):
        report.add(f"{lock}: every package is there", problem_of(download_command(lock, folder)))
        problem = problem_of(resolve_command(locks[:count], folder))
        report.add(f"{lock}: no package is missing", problem)


def prove_native(extension: str, folder: Path, report: Report) -> None:
    """One check for each archive."""
    for pin in native_pins(extension):
        requirement = f"{pin.package}=={pin.version}"
        code = fetch(requirement, pin.sha256, folder / pin.package, pin.build_backend)
        problem = f"pip ended with {code}; its messages stand above" if code else None
        report.add(f"{NATIVE}: {requirement} is there", problem)


def main() -> int:
    """Returns 1 when something cannot be fetched or is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cuda", action="store_true", help="also the lock of --config=cuda")
    parser.add_argument("--xml", type=Path, metavar="FILE", help="write a JUnit file")
    options = parser.parse_args()
    report = Report("locks")
    # What was fetched before proves nothing.
    os.environ["PIP_NO_CACHE_DIR"] = "1"
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        prove_locks(LOCKS if options.cuda else LOCKS[:1], folder / "wheels", report)
        prove_native(Path(NATIVE).read_text(), folder / "native", report)
    return report.close(options.xml)


if __name__ == "__main__":
    sys.exit(main())
