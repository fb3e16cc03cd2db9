"""Where lines of the log go; each place has its own queue, so that none waits for another."""

import logging
import logging.handlers
import os
import sys
from collections.abc import Callable
from pathlib import Path

from lczero_training.line_queue import LineQueue

_LOG = logging.getLogger(__name__)

# Text that may wait for one slow place.
_CAPACITY_CHARS = 4 << 20


class LogSink(logging.Handler):
    """Formats each record where it is logged and queues the line for `write`.

    Threads:  any may log. `write` is called in the sink's own thread and must not raise.
    Blocking: logging never waits.
    """

    def __init__(
        self, write: Callable[[str], None], *, name: str, formatter: logging.Formatter
    ) -> None:
        super().__init__()
        self.setFormatter(formatter)
        self._queue = LineQueue(
            write,
            name=name,
            capacity_chars=_CAPACITY_CHARS,
            dropped_note=lambda number: self._note(f"{number} log lines dropped"),
        )

    def emit(self, record: logging.LogRecord) -> None:
        """Queues the record's line."""
        self._queue.put(format_safely(self, record))

    def finish(self, timeout_seconds: float) -> bool:
        """Writes what waits, for at most `timeout_seconds`; False if some of it was left."""
        return self._queue.close(timeout_seconds)

    def _note(self, message: str) -> str:
        return self.format(_warning(message))


def format_safely(handler: logging.Handler, record: logging.LogRecord) -> str:
    """The record's text; a record that cannot be formatted (a wrong call) is named instead."""
    try:
        return handler.format(record)
    except Exception as error:
        message = f"a record of {record.name} cannot be formatted ({error!r}): {record.msg!r}"
        return handler.format(_warning(message))


def _warning(message: str) -> logging.LogRecord:
    return logging.LogRecord(__name__, logging.WARNING, __file__, 0, message, None, None)


def write_to_fd(fd: int, line: str) -> None:
    """Writes the line; one that nobody can or wants to read is lost."""
    data = memoryview(line.encode("utf-8", "backslashreplace") + b"\n")
    try:
        while data:
            data = data[os.write(fd, data) :]
    except OSError:
        return


class LogFile:
    """A log file that is renamed to FILE.1, FILE.2, ... when it has grown to its size.

    Threads: one writes.
    Errors:  OSError from the constructor if the file cannot be opened. Later ones (a full disk)
             are told once in the log; writing is tried again with each line, and the first
             that succeeds follows a note of how many were lost.
    """

    def __init__(self, path: Path, *, file_bytes: int, old_files: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._handler = _RaisingFileHandler(
            path,
            maxBytes=file_bytes,
            backupCount=old_files,
            encoding="utf-8",
            errors="backslashreplace",
        )
        self._lost = 0

    def write(self, line: str) -> None:
        """Appends the line, or counts it as lost."""
        try:
            self._handler.handle(logging.makeLogRecord({"msg": line}))
        except (OSError, ValueError) as error:
            self._lost += 1
            if self._lost == 1:
                _LOG.warning(
                    "log file %s cannot be written (%s); tried again with each line",
                    self._path,
                    error,
                )
            return
        if self._lost:
            lost, self._lost = self._lost, 0
            _LOG.warning("log file %s is written again; %d lines are missing", self._path, lost)


class _RaisingFileHandler(logging.handlers.RotatingFileHandler):
    def handleError(self, record: logging.LogRecord) -> None:
        """Raises what emit() caught: the default prints a traceback for each record."""
        error = sys.exception()
        if error is not None:
            raise error
