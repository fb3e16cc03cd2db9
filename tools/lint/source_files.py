"""Finds the project's source files in a test's runfiles."""

from pathlib import Path

# Folders of the workspace that hold sources; other folders of the runfiles are third parties'.
ROOTS = ("cc", "proto", "python", "tools")


def source_files(*suffixes: str) -> list[str]:
    """Workspace-relative paths of all source files with one of the suffixes, sorted.

    Generated files are left out: Bazel stages them from another tree.
    """
    found = [
        path
        for root in ROOTS
        for path in Path(root).rglob("*")
        if path.suffix in suffixes and "bazel-out" not in str(path.readlink())
    ]
    assert found, f"no {suffixes} in the runfiles: the test's data is incomplete"
    return sorted(map(str, found))
