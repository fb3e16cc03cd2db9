import subprocess

import pytest

from tools.lint.source_files import packaged_program, source_files


@pytest.mark.parametrize("command", [["check", "--no-cache"], ["format", "--check", "--diff"]])
def test_python_sources(command: list[str]) -> None:
    ruff = packaged_program("ruff")
    done = subprocess.run(
        [ruff, *command, "--config=pyproject.toml", *source_files(".py", ".pyi")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
