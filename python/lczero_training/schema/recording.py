"""Recorded sessions: files of RecordedLine, one JSON object a line.

    {"time":"2026-01-02T03:04:05.678901Z","source":"DAEMON","line":"{\\"type\\":\\"hello\\",..."}

A file may hold several sessions, one after the other; each begins at its hello.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from lczero_training.schema import codec, jsonl
from lczero_training.schema.lines import LineSplitter, Overlong
from lczero_training.schema.messages import RecordedLine
from lczero_training.schema.problem import SchemaError
from lczero_training.schema.text import load_text

_LOG = logging.getLogger(__name__)

# A byte of a recorded line takes at most as many in the file (\u0000).
_LONGEST_BYTES = 8 * jsonl.MAX_LINE_BYTES
_READ_BYTES = 1 << 16
# In which the last line is looked for.
_TAIL_BYTES = 1 << 20


def rfc3339(seconds: float) -> str:
    """A time since the epoch, e.g. "2026-01-02T03:04:05.678901Z"."""
    text = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds")
    return text.removesuffix("+00:00") + "Z"


def encode_recorded(recorded: RecordedLine) -> str:
    """The line, without newline. What is no valid text in `line` must have been replaced."""
    return json.dumps(codec.to_json(recorded), separators=(",", ":"))


def read_recording(
    path: Path, *, on_bad: Callable[[str], None] | None = None
) -> Iterator[RecordedLine]:
    """Yields the lines of a recording, in order.

    A line that is none (cut off when the daemon or the machine died, edited by hand) is skipped;
    `on_bad` is told which and why; without it the log is.

    Raises:
        OSError: the file cannot be read.
    """
    tell = _warn if on_bad is None else on_bad
    for number, line in enumerate(_split(path), start=1):
        try:
            if isinstance(line, Overlong):
                raise SchemaError("", f"longer than {line.limit_bytes} bytes")
            yield codec.from_json(RecordedLine, load_text(line))
        except SchemaError as error:
            tell(f"{path}:{number}: no recorded line, skipped: {error}")


def last_recorded(path: Path) -> RecordedLine | None:
    """The last line of a recording, found without reading all of it; None if there is none near.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(size - _TAIL_BYTES, 0))
        tail = file.read(_TAIL_BYTES)
    for line in reversed(tail.split(b"\n")):
        try:
            return codec.from_json(RecordedLine, load_text(line))
        except SchemaError:
            continue
    return None


def _split(path: Path) -> Iterator[bytes | Overlong]:
    splitter = LineSplitter(_LONGEST_BYTES)
    with path.open("rb") as file:
        while piece := file.read(_READ_BYTES):
            yield from splitter.feed(piece)
    yield from splitter.finish()


def _warn(message: str) -> None:
    _LOG.warning("%s", message)
