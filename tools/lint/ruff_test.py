import os
import subprocess
import zipfile
from pathlib import Path

import pytest

from tools.lint.source_files import source_files


@pytest.fixture
def ruff(tmp_path: Path) -> str:
    """The program, which its wheel carries as a script: Bazel puts only modules into runfiles."""
    wheel = Path("..", os.environ["RUFF_WHEEL"])
    with zipfile.ZipFile(wheel) as archive:
        (member,) = [name for name in archive.namelist() if name.endswith("scripts/ruff")]
        program = Path(archive.extract(member, tmp_path))
    program.chmod(0o755)
    return str(program)


@pytest.mark.parametrize("command", [["check", "--no-cache"], ["format", "--check", "--diff"]])
def test_python_sources(ruff: str, command: list[str]) -> None:
    done = subprocess.run(
        [ruff, *command, "--config=pyproject.toml", *source_files(".py", ".pyi")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
