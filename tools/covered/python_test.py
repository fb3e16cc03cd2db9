import runpy
from pathlib import Path

import coverage
import pytest

from tools.covered import python

SOURCE = "def f(x):\n    if x:\n        return 1\n    return 2\n\n\nf({})\n"


def run_noted(workspace: Path, test: str, argument: int) -> None:
    """Runs a module of the workspace as a test of tools/coverage would, with notes of its lines."""
    module = workspace / "python/lczero_training/daemon/states.py"
    module.parent.mkdir(parents=True, exist_ok=True)
    module.write_text(SOURCE.format(argument))
    folder = workspace / f"testlogs/python/lczero_training/daemon/{test}/test.outputs"
    folder.mkdir(parents=True)
    notes = coverage.Coverage(data_file=str(folder / "coverage.data"), config_file=False)
    with notes.collect():
        runpy.run_path(str(module))
    notes.save()


def shown(workspace: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """The row of the module, and whether the report was written for editors too."""
    target = "//python/lczero_training/daemon/..."
    assert python.main([str(workspace / "testlogs"), "out.lcov", target]) == 0
    file = "python/lczero_training/daemon/states.py"
    assert (workspace / "out.lcov").read_text().startswith(f"SF:{file}\n")
    return next(line for line in capsys.readouterr().out.splitlines() if line.startswith(file))


def test_lines_of_all_tests_add_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BUILD_WORKING_DIRECTORY", str(tmp_path))
    run_noted(tmp_path, "a_test", 0)
    assert shown(tmp_path, capsys).split()[1:] == ["5", "1", "80%", "3"]
    run_noted(tmp_path, "b_test", 1)
    assert shown(tmp_path, capsys).split()[1:] == ["5", "0", "100%"]


def test_no_notes_are_a_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert python.main([str(tmp_path), "x.lcov", "//python/lczero_training/daemon/..."]) == 1
    assert "left notes" in capsys.readouterr().err
