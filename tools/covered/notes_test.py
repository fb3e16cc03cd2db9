import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools.covered import python
from tools.covered.notes import lines_noted

# Ends as a daemon does.
CHILD = "import os\nimport sys\n\nif len(sys.argv) > 1:\n    os._exit(0)\nunseen = 1\n"


def test_programs_that_a_test_starts_are_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BUILD_WORKING_DIRECTORY", str(tmp_path))
    monkeypatch.setenv("COVERAGE_PROCESS_START", "")
    monkeypatch.setattr(sys, "path", list(sys.path))
    package = tmp_path / "python/lczero_training/daemon"
    package.mkdir(parents=True)
    child = package / "child.py"
    child.write_text(CHILD)
    logs = tmp_path / "logs"
    notes = logs / "python/lczero_training/daemon/x_test/test.outputs"
    notes.mkdir(parents=True)
    with lines_noted(notes, tmp_path):
        env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        subprocess.run([sys.executable, str(child), "end"], env=env, check=True)
    assert python.main([str(logs), "x.lcov", "//python/lczero_training/daemon/..."]) == 0
    row = next(line for line in capsys.readouterr().out.splitlines() if "child.py" in line)
    assert row.split()[1:] == ["5", "1", "80%", "6"]
