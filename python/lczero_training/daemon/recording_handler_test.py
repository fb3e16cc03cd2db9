import logging
from pathlib import Path

import pytest

from lczero_training.daemon.recording_handler import RecordingHandler
from lczero_training.schema.recorder import Recorder
from lczero_training.schema.recording import read_recording


def test_traceback_of_the_log_is_recorded_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "session.jsonl"
    recorder = Recorder(path, on_failed=pytest.fail)
    handler = RecordingHandler(recorder)
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    handler.handle(logging.LogRecord("a", logging.ERROR, "f", 1, "one\ntwo", None, None))
    assert recorder.close(30.0)
    assert [line.line for line in read_recording(path)] == ["ERROR one", "two"]
