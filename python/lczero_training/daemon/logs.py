"""The log on stderr: one readable line a record, never a wait for who reads it."""

import logging
import logging.handlers
import queue
import sys
from typing import Any

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
LEVELS = ("debug", "info", "warning", "error")

# Records that may wait; a reader that stopped reading stderr must not stop training.
_CAPACITY = 10_000
# Libraries that tell at level INFO what only their authors want to know.
_CHATTY = ("absl", "jax", "orbax", "flax")


class _DroppingHandler(logging.handlers.QueueHandler):
    def enqueue(self, record: logging.LogRecord) -> None:
        try:
            self.queue.put_nowait(record)
        except queue.Full:
            return


def start_logging(level: str) -> logging.handlers.QueueListener:
    """Sends the root logger to stderr through a thread; the caller stops the listener."""
    stderr = logging.StreamHandler(sys.stderr)
    stderr.setFormatter(logging.Formatter(FORMAT))
    records: queue.Queue[Any] = queue.Queue(_CAPACITY)
    root = logging.getLogger()
    root.handlers = [_DroppingHandler(records)]
    root.setLevel(level.upper())
    if level != "debug":
        for name in _CHATTY:
            logging.getLogger(name).setLevel(logging.WARNING)
    listener = logging.handlers.QueueListener(records, stderr)
    listener.start()
    return listener
