"""The log as a part of a recorded session."""

import logging

from lczero_training.daemon.log_sinks import format_safely
from lczero_training.schema.messages import LineSource
from lczero_training.schema.recorder import Recorder


class RecordingHandler(logging.Handler):
    """Records the log, a line for each line of a record's text."""

    def __init__(self, recorder: Recorder) -> None:
        super().__init__()
        self._recorder = recorder

    def emit(self, record: logging.LogRecord) -> None:
        """Records the record's lines."""
        for line in format_safely(self, record).split("\n"):
            self._recorder.record(LineSource.LOG, line)
