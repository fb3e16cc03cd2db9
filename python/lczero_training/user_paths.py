"""Paths as the user meant them on a command line."""

import os
from pathlib import Path


def user_path(path: str | Path) -> Path:
    """`path` as an absolute one, relative to where the user is.

    `bazel run` starts programs elsewhere and tells the user's folder in
    BUILD_WORKING_DIRECTORY.
    """
    return Path(os.environ.get("BUILD_WORKING_DIRECTORY", ""), path).absolute()
