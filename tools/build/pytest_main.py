"""Runs pytest over the files given as arguments, as one Bazel test or one shard of it."""

import contextlib
import importlib.util
import os
import sys
from pathlib import Path

# Before pytest is imported: outside the sandbox it would write the bytecode of its plugins, with
# the assertions rewritten, into the folders of packages, which are inputs of every other test.
sys.dont_write_bytecode = True

import pytest  # noqa: E402


class Shard:
    """Leaves every so many-th test: those of this shard (Bazel's `shard_count`)."""

    def __init__(self, index: int, total: int) -> None:
        self._index = index
        self._total = total

    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        """Called by pytest with all tests, in the same order in each shard."""
        mine = items[self._index :: self._total]
        config.hook.pytest_deselected(items=[item for item in items if item not in mine])
        items[:] = mine


def shards() -> list[Shard]:
    """The plugin that takes this shard's tests, if Bazel asks for shards; and says so to Bazel."""
    total = int(os.environ.get("TEST_TOTAL_SHARDS", "1"))
    if total == 1:
        return []
    if status := os.environ.get("TEST_SHARD_STATUS_FILE"):
        Path(status).touch()
    return [Shard(int(os.environ["TEST_SHARD_INDEX"]), total)]


def main() -> int:
    """Returns pytest's exit code; an empty selection is a failure."""
    arguments = ["-c", "pyproject.toml", "--rootdir=.", "-p", "no:cacheprovider"]
    if importlib.util.find_spec("hypothesis"):
        arguments.append("--hypothesis-seed=0")
    if xml := os.environ.get("XML_OUTPUT_FILE"):
        arguments.append(f"--junitxml={xml}")
    if selection := os.environ.get("TESTBRIDGE_TEST_ONLY"):
        arguments.append(f"-k={selection}")
    with lines_noted():
        return pytest.main(arguments + sys.argv[1:], plugins=shards())


def lines_noted() -> contextlib.AbstractContextManager[None]:
    """Under tools/coverage, notes which lines run; else does nothing."""
    if "LCZERO_COVERAGE" not in os.environ:
        return contextlib.nullcontext()
    from tools.covered.notes import lines_noted

    return lines_noted(
        Path(os.environ["TEST_UNDECLARED_OUTPUTS_DIR"]), Path(os.environ["TEST_TMPDIR"])
    )


if __name__ == "__main__":
    sys.exit(main())
