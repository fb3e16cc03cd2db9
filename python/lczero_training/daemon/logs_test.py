import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lczero_training.daemon.logs import LogFileError, LogOptions, start_logging
from lczero_training.daemon.testing.harness import PATIENCE_SECONDS, environment

_START = """
import logging, os, sys, threading
from pathlib import Path
from lczero_training.daemon.logs import LogOptions, start_logging
log = start_logging(LogOptions(format="json", file=Path(sys.argv[1])))
"""


def run(script: str, file: Path) -> tuple[int, list[str]]:
    """Exit code and lines of stderr; the log file must hold its JSON lines too."""
    done = subprocess.run(
        [sys.executable, "-c", _START + script, str(file)],
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    lines = done.stderr.splitlines()
    assert file.read_text().splitlines() == [line for line in lines if line.startswith("{")]
    return done.returncode, lines


def test_stderr_and_file_get_the_same_lines(tmp_path: Path) -> None:
    code, lines = run("logging.info('one'); logging.debug('two'); log.close(9)", tmp_path / "log")
    assert code == 0
    assert [json.loads(line)["message"] for line in lines] == ["one"]


def test_libraries_are_quieter_than_we_are(tmp_path: Path) -> None:
    script = """
for name in ("jax._src.x", "httpx", "lczero_training.daemon"):
    logging.getLogger(name).info(name)
"""
    _, lines = run(script, tmp_path / "log")
    assert [json.loads(line)["logger"] for line in lines] == ["lczero_training.daemon"]


def test_uncaught_exception_of_a_thread_is_logged(tmp_path: Path) -> None:
    script = """
thread = threading.Thread(target=lambda: [][7], name="worker")
thread.start()
thread.join()
"""
    code, lines = run(script, tmp_path / "log")
    (entry,) = [json.loads(line) for line in lines]
    assert code == 0 and entry["level"] == "CRITICAL" and "worker" in entry["message"]
    assert "IndexError" in entry["exception"]


def test_thread_that_leaves_by_exit_has_not_failed(tmp_path: Path) -> None:
    script = "thread = threading.Thread(target=sys.exit); thread.start(); thread.join()"
    assert run(script, tmp_path / "log") == (0, [])


def test_uncaught_exception_of_the_main_thread_is_logged(tmp_path: Path) -> None:
    code, lines = run("raise ValueError('no')", tmp_path / "log")
    (entry,) = [json.loads(line) for line in lines]
    assert code == 1 and entry["level"] == "CRITICAL" and "ValueError: no" in entry["exception"]


def test_crash_of_native_code_tells_where(tmp_path: Path) -> None:
    code, lines = run("import faulthandler; faulthandler._sigsegv()", tmp_path / "log")
    assert code == -signal.SIGSEGV
    assert "Fatal Python error: Segmentation fault" in lines


def test_closed_stderr_is_no_problem(tmp_path: Path) -> None:
    file = tmp_path / "log"
    script = _START + "os.close(2); logging.info('x'); assert log.close(9)"
    subprocess.run(
        [sys.executable, "-c", script, str(file)],
        env=environment(),
        timeout=PATIENCE_SECONDS,
        check=True,
    )
    assert json.loads(file.read_text())["message"] == "x"


def test_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    with pytest.raises(LogFileError, match=f"{tmp_path}.*Is a directory.*--log-file"):
        start_logging(LogOptions(file=tmp_path))
