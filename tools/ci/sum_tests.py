"""Sums the test cases of Bazel runs, C++ and Python, from the XML that each test wrote.

Prints `N passed, M failed` (and skipped, if any) as its last line and exits with 1 when
something failed. A test that wrote no XML (it did not build, or crashed before its end)
counts as one failure, and so does a check without its file.
"""

import argparse
import json
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse


@dataclass(frozen=True)
class Sum:
    """Test cases by outcome."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: "Sum") -> "Sum":
        return Sum(
            self.passed + other.passed,
            self.failed + other.failed,
            self.skipped + other.skipped,
        )


def sum_of_xml(text: str) -> Sum:
    """Counts the test cases of one JUnit file, as gtest, pytest and Bazel write it."""
    total = Sum()
    for case in ElementTree.fromstring(text).iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            total += Sum(failed=1)
        elif case.find("skipped") is not None or case.get("status") == "notrun":
            total += Sum(skipped=1)
        else:
            total += Sum(passed=1)
    return total


def sum_of_result(event: dict[str, Any]) -> Sum:
    """Counts one test.xml, of a target or a shard; if that failed, it has at least one failure."""
    passed = event["testResult"].get("status") in ("PASSED", "FLAKY")
    total = Sum()
    for output in event["testResult"].get("testActionOutput", []):
        if output["name"] == "test.xml":
            path = Path(unquote(urlparse(output["uri"]).path))
            total = sum_of_xml(path.read_text()) if path.is_file() else Sum()
    if not passed and not total.failed:
        total += Sum(failed=1)
    return total


def sum_of_events(lines: list[str]) -> Sum:
    """Counts all test cases that a build event stream tells of."""
    # By label, run and shard: a later attempt takes the place of an earlier one.
    results: dict[tuple[str, int, int], Sum] = {}
    expected: set[str] = set()
    for line in lines:
        event = json.loads(line)
        if "testResult" in event:
            ident = event["id"]["testResult"]
            key = ident["label"], ident.get("run", 0), ident.get("shard", 0)
            results[key] = sum_of_result(event)
        elif "targetConfigured" in event["id"] and event.get("configured", {}).get("testSize"):
            expected.add(event["id"]["targetConfigured"]["label"])
    missing = sorted(expected - {label for label, _, _ in results})
    for label in missing:
        print(f"{label}: did not run")
    return sum(results.values(), Sum(failed=len(missing)))


def sum_of_run(events: Path) -> Sum:
    """Counts a run by its build event file; one that wrote no event failed."""
    lines = events.read_text().splitlines() if events.is_file() else []
    if not lines:
        print(f"{events}: the run wrote no events")
        return Sum(failed=1)
    return sum_of_events(lines)


def sum_of_checks(files: Sequence[Path]) -> Sum:
    """Counts what each check beside the tests wrote; one that wrote nothing, or no case, failed."""
    total = Sum()
    for file in files:
        text = file.read_text() if file.is_file() else ""
        found = sum_of_xml(text) if text else Sum()
        if found == Sum():
            print(f"{file}: the check wrote no result")
            found = Sum(failed=1)
        total += found
    return total


def main() -> int:
    """Prints the sum; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--tests",
        type=Path,
        action="append",
        required=True,
        metavar="FILE",
        help="a run of Bazel's tests: what --build_event_json_file=FILE wrote",
    )
    parser.add_argument(
        "--checks",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="checks beside them: the JUnit file that they wrote",
    )
    options = parser.parse_args()
    runs = [sum_of_run(events) for events in options.tests]
    total = sum([*runs, sum_of_checks(options.checks)], Sum())
    skipped = f", {total.skipped} skipped" if total.skipped else ""
    print(f"{total.passed} passed, {total.failed} failed{skipped}")
    return 1 if total.failed or not total.passed else 0


if __name__ == "__main__":
    sys.exit(main())
