"""Where the daemon's program and the quickstart's config are: under Bazel, or in a checkout."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from runfiles import Runfiles

_DAEMON = "_main/python/daemon"
_QUICKSTART = "configs/quickstart.yaml"


@dataclass(frozen=True)
class Program:
    """A command line without arguments, and the environment it needs."""

    argv: tuple[str, ...]
    env: Mapping[str, str]


def daemon_program() -> Program | None:
    """The daemon built with this TUI, else the script of the checkout; None without either."""
    runfiles = Runfiles.Create()
    if runfiles is not None:
        path = runfiles.Rlocation(_DAEMON)
        if path and os.access(path, os.X_OK):
            return Program((path,), {**os.environ, **runfiles.EnvVars()})
    script = _checkout() / "python" / "daemon.py"
    if script.is_file():
        return Program((sys.executable, str(script)), os.environ)
    return None


def quickstart_config() -> Path | None:
    """The workspace's config under `bazel run`, so that runs land there; else the nearest one."""
    workspace = os.environ.get("BUILD_WORKSPACE_DIRECTORY")
    roots = [Path(workspace)] if workspace else []
    for root in (*roots, Path.cwd(), _checkout()):
        if (config := root / _QUICKSTART).is_file():
            return config
    return None


def _checkout() -> Path:
    # .../python/lczero_training/tui/locate.py
    return Path(__file__).parents[3]
