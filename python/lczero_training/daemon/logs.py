"""The log: on stderr, and in a file where one is asked for."""

import atexit
import faulthandler
import functools
import logging
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from lczero_training.daemon.log_formats import make_formatter
from lczero_training.daemon.log_sinks import LogFile, LogSink, write_to_fd

_LOG = logging.getLogger(__name__)

_STDERR_FD = 2
_AT_EXIT_SECONDS = 1.0
# Libraries that tell at level INFO what only their authors want to know.
_CHATTY = ("absl", "jax", "orbax", "flax", "httpx", "httpcore")


class LogFileError(Exception):
    """The log file cannot be opened; the message says what to do."""


@dataclass(frozen=True, kw_only=True)
class LogOptions:
    """What the command line says about the log."""

    level: str = "info"
    # One of log_formats.FORMATS.
    format: str = "text"
    # None: stderr only.
    file: Path | None = None
    # The file is set aside when it has so many bytes, and so many old ones are kept.
    file_bytes: int = 10_000_000
    old_files: int = 5


class RunningLog:
    """The root logger's handlers, until close()."""

    def __init__(self, sinks: Sequence[LogSink]) -> None:
        self._sinks = sinks

    def close(self, timeout_seconds: float) -> bool:
        """Writes what waits, for at most `timeout_seconds`; False if some of it was left.

        Then something hangs (who reads stderr, a disk), and the interpreter's own end could too.
        """
        deadline = time.monotonic() + timeout_seconds
        return all([sink.finish(max(0.0, deadline - time.monotonic())) for sink in self._sinks])


def start_logging(options: LogOptions, more: Sequence[logging.Handler] = ()) -> RunningLog:
    """Sends the root logger to stderr, the file, and `more`, which get the same format.

    Raises:
        LogFileError: the file cannot be opened.
    """
    formatter = make_formatter(options.format)
    file = _open_file(options)
    stderr = functools.partial(write_to_fd, _STDERR_FD)
    sinks = [LogSink(stderr, name="log-stderr", formatter=formatter)]
    if file is not None:
        # First, so that the time to close is the file's when stderr has a stuck reader.
        sinks.insert(0, LogSink(file.write, name="log-file", formatter=formatter))
    for handler in more:
        handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [*sinks, *more]
    root.setLevel(options.level.upper())
    if options.level != "debug":
        for name in _CHATTY:
            logging.getLogger(name).setLevel(logging.WARNING)
    _log_crashes()
    log = RunningLog(sinks)
    # An exception that ends the process is logged after all of our own code has been left.
    atexit.register(log.close, _AT_EXIT_SECONDS)
    return log


def _open_file(options: LogOptions) -> LogFile | None:
    if options.file is None:
        return None
    try:
        return LogFile(options.file, file_bytes=options.file_bytes, old_files=options.old_files)
    except OSError as error:
        raise LogFileError(
            f"log file {options.file} cannot be opened ({error}); name another with --log-file"
        ) from error


def _log_crashes() -> None:
    """Uncaught exceptions go to the log; a crash in native code tells every thread's stack."""
    sys.excepthook = _on_exception
    threading.excepthook = _on_thread_exception
    # By number: sys.stderr is None when the parent had closed it.
    faulthandler.enable(_STDERR_FD)


def _on_exception(
    cls: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    _LOG.critical("uncaught exception: %r", error, exc_info=(cls, error, trace))


def _on_thread_exception(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is None or args.exc_type is SystemExit:
        return
    name = "unknown" if args.thread is None else args.thread.name
    _LOG.critical(
        "uncaught exception in thread %s: %r",
        name,
        args.exc_value,
        exc_info=(args.exc_type, args.exc_value, args.exc_traceback),
    )
