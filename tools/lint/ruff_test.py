import subprocess
from pathlib import Path

import pytest
import ruff

from tools.lint.source_files import source_files

# Not ruff.find_ruff_bin(): it would rather take a ruff of the machine.
PROGRAM = Path(ruff.__file__).parents[1] / "bin" / "ruff"


@pytest.mark.parametrize("command", [["check", "--no-cache"], ["format", "--check", "--diff"]])
def test_python_sources(command: list[str]) -> None:
    done = subprocess.run(
        [PROGRAM, *command, "--config=pyproject.toml", *source_files(".py", ".pyi")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
