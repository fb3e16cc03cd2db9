"""The loader's log lines on their way to Python's logging."""

import atexit
import logging
import threading

from lczero_training.loader import _loader

_LOG = logging.getLogger("lczero_training.loader")

# How long the end waits for a handler of the log to take the last lines.
_LAST_LINES_SECONDS = 2.0


class LogRelay(threading.Thread):
    """Passes a loader's lines to the log until the loader has stopped.

    The loader's own threads neither log nor wait for this one: they leave lines in a bounded
    queue in C++, from which this thread takes them.

    Threads:  end() may be called from any thread, handlers of the log and of signals included.
    Blocking: end() waits until the last line was handled, but for two seconds at most: its caller
              may be the one that keeps a handler from going on. The rest is logged after that.
    Shutdown: end() stops the loader. At the interpreter's end all that still run are ended.
    """

    def __init__(self, loader: _loader.Loader) -> None:
        # A daemon: a program that forgets Stop() still ends.
        super().__init__(name="loader-log", daemon=True)
        self._loader = loader

    def run(self) -> None:
        """Logs each line at its level."""
        levels = logging.getLevelNamesMapping()
        while (line := self._loader.next_log_line()) is not None:
            level, text = line
            _LOG.log(levels[level], "%s", text)

    def end(self) -> None:
        """Stops the loader and waits for its last lines."""
        self._loader.stop()
        if threading.current_thread() is not self:
            self.join(_LAST_LINES_SECONDS)


@atexit.register
def _end_all() -> None:
    for thread in threading.enumerate():
        if isinstance(thread, LogRelay):
            thread.end()
    _loader.begin_exit()
