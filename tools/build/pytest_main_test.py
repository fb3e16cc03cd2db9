import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

NAMES = [f"test_{number}" for number in range(5)]


def without_bazel() -> dict[str, str]:
    """This process's environment without what Bazel tells this very test."""
    told = ("SHARD", "XML_OUTPUT_FILE", "TESTBRIDGE_TEST_ONLY")
    return {k: v for k, v in os.environ.items() if not any(part in k for part in told)}


def run(folder: Path, **env: str) -> tuple[int, list[str]]:
    """Runs the five tests of `folder`; returns the exit code and the tests that were run."""
    source = folder / "five_test.py"
    source.write_text("\n".join(f"def {name}(): pass" for name in NAMES))
    report = folder / "report.xml"
    code = subprocess.run(
        [sys.executable, "tools/build/pytest_main.py", str(source)],
        env=without_bazel() | env | {"XML_OUTPUT_FILE": str(report)},
        check=False,
    ).returncode
    cases = ElementTree.parse(report).iter("testcase")
    return code, [case.attrib["name"] for case in cases]


def test_all_are_run_without_shards(tmp_path: Path) -> None:
    assert run(tmp_path) == (0, NAMES)


def test_each_test_is_in_one_shard(tmp_path: Path) -> None:
    seen = []
    for index in range(2):
        status = tmp_path / f"status-{index}"
        code, names = run(
            tmp_path,
            TEST_TOTAL_SHARDS="2",
            TEST_SHARD_INDEX=str(index),
            TEST_SHARD_STATUS_FILE=str(status),
        )
        assert code == 0
        # Without this file Bazel takes the shards for full runs of a test that knows of none.
        assert status.exists()
        seen += names
    assert sorted(seen) == NAMES


def test_an_empty_shard_is_a_failure(tmp_path: Path) -> None:
    code, names = run(tmp_path, TEST_TOTAL_SHARDS="6", TEST_SHARD_INDEX="5")
    assert (code, names) == (pytest.ExitCode.NO_TESTS_COLLECTED, [])


def test_a_failing_test_is_a_failure(tmp_path: Path) -> None:
    broken = tmp_path / "broken_test.py"
    broken.write_text("def test_it(): assert False")
    code = subprocess.run(
        [sys.executable, "tools/build/pytest_main.py", str(broken)],
        env=without_bazel(),
        check=False,
    ).returncode
    assert code == pytest.ExitCode.TESTS_FAILED
