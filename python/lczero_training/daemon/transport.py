"""The line protocol on stdin and stdout: bytes to events, notifications to bytes."""

import fcntl
import io
import logging
import os
import sys
import threading
from collections.abc import Callable

from lczero_training.daemon.events import CommandReceived, InputEnded, LineRefused
from lczero_training.daemon.outbox import Outbox
from lczero_training.schema import jsonl
from lczero_training.schema.lines import LineSplitter, Overlong
from lczero_training.schema.messages import LineSource
from lczero_training.schema.problem import SchemaError

_LOG = logging.getLogger(__name__)

STDIN_FD = 0
STDOUT_FD = 1
STDERR_FD = 2
_READ_BYTES = 1 << 16

InputEvent = CommandReceived | LineRefused | InputEnded
# Who said a line, and the line.
Record = Callable[[LineSource, str | bytes | Overlong], None]


def claim_protocol_fd() -> int:
    """Takes stdout for the protocol alone: returns its new descriptor.

    From here on descriptor 1 is stderr, so that whatever a library prints, in Python or not,
    lands in the log and never between two notifications.
    """
    _open_standard_fds()
    # Above the standard ones, which others may use without asking.
    protocol_fd = fcntl.fcntl(STDOUT_FD, fcntl.F_DUPFD_CLOEXEC, STDERR_FD + 1)
    os.dup2(STDERR_FD, STDOUT_FD)
    # print() would otherwise keep what it has until its buffer is full.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)
    return protocol_fd


def _open_standard_fds() -> None:
    """Opens standard descriptors that the parent closed, lest a data file becomes one of them."""
    for fd in (STDIN_FD, STDOUT_FD, STDERR_FD):
        try:
            os.fstat(fd)
        except OSError:
            # The lowest free number is this one.
            os.open(os.devnull, os.O_RDWR)


def read_line(line: bytes | Overlong) -> CommandReceived | LineRefused:
    """What one line of stdin means."""
    if isinstance(line, Overlong):
        return LineRefused(
            f"line refused: longer than {line.limit_bytes} bytes; send shorter lines"
        )
    try:
        return CommandReceived(jsonl.decode_command(line))
    except SchemaError as error:
        return LineRefused(f"line refused: {error}", error.field, error.id)


class Transport:
    """Reads commands and sends notifications; tells `record` every line of both.

    Threads:   one reads and posts events through `post`; the outbox's thread writes; send()
               may be called from any thread. `record` is called where a line is read or sent.
    Blocking:  send() never waits for the reader of stdout. If that reader does not read the
               answers, its further commands wait: stdin is not read until there is room.
    Shutdown:  close() writes what waits, for a limited time. The reading thread ends with the
               process, because nothing can interrupt its read.
    """

    def __init__(
        self,
        *,
        input_fd: int,
        output_fd: int,
        post: Callable[[InputEvent], None],
        record: Record | None = None,
    ) -> None:
        self._input_fd = input_fd
        self._post = post
        self._record = record or _record_nothing
        self._outbox = Outbox(output_fd)
        self._reader = threading.Thread(target=self._read_all, name="stdin", daemon=True)

    def start(self) -> None:
        """Begins to read."""
        self._reader.start()

    def send(
        self, message: object, *, reply_to: str | None = None, droppable: bool = False
    ) -> None:
        """Sends a notification; `droppable` ones give way when nobody reads."""
        try:
            line = jsonl.encode(message, reply_to=reply_to)
        except SchemaError:
            # A bug of ours; a status less is better than a daemon less.
            _LOG.exception("cannot encode %s", type(message).__name__)
            return
        self._record(LineSource.DAEMON, line)
        self._outbox.put(line, droppable=droppable)

    def close(self, timeout_seconds: float) -> None:
        """Writes what waits, for at most `timeout_seconds`."""
        if not self._outbox.close(timeout_seconds):
            _LOG.warning("the protocol's reader does not read; the last notifications are lost")

    def _read_all(self) -> None:
        splitter = LineSplitter(jsonl.MAX_LINE_BYTES)
        while piece := self._read_piece():
            for line in splitter.feed(piece):
                self._post_line(line)
        for line in splitter.finish():
            self._post_line(line)
        self._post(InputEnded())

    def _read_piece(self) -> bytes:
        try:
            return os.read(self._input_fd, _READ_BYTES)
        except OSError as error:
            _LOG.warning("stdin cannot be read (%s); commands are no longer heard", error)
            return b""

    def _post_line(self, line: bytes | Overlong) -> None:
        self._record(LineSource.CLIENT, line)
        self._outbox.wait_for_room()
        self._post(read_line(line))


def _record_nothing(source: LineSource, line: str | bytes | Overlong) -> None:
    return
