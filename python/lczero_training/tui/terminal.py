"""A terminal that may go away: its window is closed, its connection lost."""

import os
import signal
from typing import IO, Any

from textual.drivers.linux_driver import LinuxDriver


class EnduringFile:
    """A terminal's output that is not missed once it is gone.

    The first write that fails raises SIGHUP, as the system does when a terminal goes away (but
    not in every case); all later ones are dropped.

    Threads: one writes.
    """

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._gone = False

    def write(self, text: str) -> None:
        """Writes, or not."""
        if self._gone:
            return
        try:
            self._file.write(text)
        except OSError:
            self._lose()

    def flush(self) -> None:
        """Flushes, or not."""
        if self._gone:
            return
        try:
            self._file.flush()
        except OSError:
            self._lose()

    def __getattr__(self, name: str) -> Any:
        """All else is the file's."""
        return getattr(self._file, name)

    def _lose(self) -> None:
        self._gone = True
        os.kill(os.getpid(), signal.SIGHUP)


class TerminalDriver(LinuxDriver):
    """Textual's, but for the end of the terminal.

    The thread that writes does not die with it: the app would wait for ever for room in that
    thread's queue, no signal would reach it, and its daemon would never hear of the end.

    SIGCONT starts the terminal's use anew only after a suspension. The system sends it with SIGHUP
    too; a second thread that reads keys would then read the end of the file for ever.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._file: Any = EnduringFile(self._file)

    def _sigcont_application(self, *args: Any) -> None:
        if self._must_signal_resume:
            super()._sigcont_application(*args)
