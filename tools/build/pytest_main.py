"""Runs pytest over the files given as arguments, as one Bazel test."""

import importlib.util
import os
import sys

# Before pytest is imported: outside the sandbox it would write the bytecode of its plugins, with
# the assertions rewritten, into the folders of packages, which are inputs of every other test.
sys.dont_write_bytecode = True

import pytest  # noqa: E402


def main() -> int:
    """Returns pytest's exit code; an empty selection is a failure."""
    arguments = ["-c", "pyproject.toml", "--rootdir=.", "-p", "no:cacheprovider"]
    if importlib.util.find_spec("hypothesis"):
        arguments.append("--hypothesis-seed=0")
    if xml := os.environ.get("XML_OUTPUT_FILE"):
        arguments.append(f"--junitxml={xml}")
    if selection := os.environ.get("TESTBRIDGE_TEST_ONLY"):
        arguments.append(f"-k={selection}")
    return pytest.main(arguments + sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
