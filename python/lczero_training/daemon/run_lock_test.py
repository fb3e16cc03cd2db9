import os
import subprocess
import sys
from pathlib import Path

import pytest

from lczero_training.daemon.run_lock import FILE_NAME, AlreadyRunning, RunLock


def test_second_holder_is_refused_until_the_first_lets_go(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "there"
    with RunLock(folder):
        with pytest.raises(AlreadyRunning, match=f"process id {os.getpid()};"):
            RunLock(folder)
        # The refused one has not broken anything.
        with pytest.raises(AlreadyRunning, match=r"checkpoint\.directory"):
            RunLock(folder)
    RunLock(folder).close()


def test_process_that_dies_lets_go(tmp_path: Path) -> None:
    script = (
        "import os, pathlib, sys\n"
        "from lczero_training.daemon.run_lock import RunLock\n"
        "lock = RunLock(pathlib.Path(sys.argv[1]))\n"
        "os.kill(os.getpid(), 9)\n"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], env=env, check=False)
    assert done.returncode == -9
    assert int((tmp_path / FILE_NAME).read_text()) != os.getpid()
    with RunLock(tmp_path):
        assert int((tmp_path / FILE_NAME).read_text()) == os.getpid()
