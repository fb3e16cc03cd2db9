"""Records a session: every line of stdin, stdout and the log, with its time."""

import os
import time
from collections.abc import Callable
from pathlib import Path

from lczero_training.line_queue import LineQueue
from lczero_training.schema.lines import Overlong
from lczero_training.schema.messages import LineSource, RecordedLine
from lczero_training.schema.recording import encode_recorded, rfc3339

# Text that may wait for a slow disk.
_CAPACITY_CHARS = 32 << 20


class RecordError(Exception):
    """The file cannot be opened; the message says what to do."""


class Recorder:
    """Appends RecordedLines to a file; each is in the hands of the system once it is written.

    What is recorded is what was meant to be said: a status is recorded when it is put out, also
    when it gives way later because nobody reads stdout.

    Threads:   any may record; one of its own writes.
    Blocking:  record() never waits for the disk. If that is too slow, lines are dropped, and a
               line of the log's in the recording says how many.
    Shutdown:  close() writes what waits, for a limited time.
    Errors:    RecordError from the constructor. A later one (a full disk) ends the recording
               and is told once, by `on_failed`, in the recorder's thread.
    """

    def __init__(
        self,
        path: Path,
        *,
        on_failed: Callable[[str], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._path = path
        self._on_failed = on_failed
        self._clock = clock
        # Only the writing thread uses them.
        self._fd = _open(path)
        self._failed = False
        self._queue = LineQueue(
            self._write,
            name="recorder",
            capacity_chars=_CAPACITY_CHARS,
            dropped_note=lambda number: self._encode(
                LineSource.LOG, f"{number} lines of the recording dropped: the disk is too slow"
            ),
        )

    def record(self, source: LineSource, line: str | bytes | Overlong) -> None:
        """Records a line that was said now."""
        self._queue.put(self._encode(source, _text(line)))

    def close(self, timeout_seconds: float) -> bool:
        """Writes what waits, for at most `timeout_seconds`; False if some of it was left."""
        finished = self._queue.close(timeout_seconds)
        if finished:
            os.close(self._fd)
        return finished

    def _encode(self, source: LineSource, text: str) -> str:
        return encode_recorded(RecordedLine(time=rfc3339(self._clock()), source=source, line=text))

    def _write(self, line: str) -> None:
        if self._failed:
            return
        data = memoryview(line.encode("ascii") + b"\n")
        try:
            while data:
                data = data[os.write(self._fd, data) :]
        except OSError as error:
            self._failed = True
            self._on_failed(
                f"the recording {self._path} cannot be written ({error}) and ends here; training "
                "goes on. Free space, and start anew to record again"
            )


def _open(path: Path) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fd = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
        if (size := os.fstat(fd).st_size) and os.pread(fd, 1, size - 1) != b"\n":
            # The last line was cut off by a crash; it must not swallow our first one.
            os.write(fd, b"\n")
        return fd
    except OSError as error:
        raise RecordError(
            f"recording {path} cannot be opened ({error}); name another file with --record"
        ) from error


def _text(line: str | bytes | Overlong) -> str:
    match line:
        case Overlong(limit_bytes):
            return f"(a line longer than {limit_bytes} bytes; it was not kept)"
        case bytes():
            return line.decode("utf-8", "replace")
        case str():
            # Lone surrogates (names of files in odd encodings) are no text.
            return line.encode("utf-8", "backslashreplace").decode()
