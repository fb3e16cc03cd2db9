"""Lines on their way to a reader who may be slow or may have stopped reading."""

import logging
import os
import threading
from collections import OrderedDict, deque

_LOG = logging.getLogger(__name__)


class Outbox:
    """A bounded buffer of lines and the thread that writes them to a descriptor.

    Droppable lines (statuses) make room for newer ones: at most `status_capacity` wait, the
    oldest goes first. Other lines (events, answers) are kept, in order, up to
    `event_capacity`; that many means that nobody has read for months, and then the oldest
    goes, with a line in the log.

    Threads:   every method may be called from any thread; one thread of its own writes.
    Blocking:  put() never waits for the reader; wait_for_room() does.
    Shutdown:  close() lets the writer finish what waits, for a limited time.
    Errors:    once the descriptor refuses to be written (the reader is gone), what waits and
               what comes later is dropped; `broken` tells.
    """

    def __init__(self, fd: int, *, status_capacity: int = 8, event_capacity: int = 10_000) -> None:
        self._fd = fd
        self._status_capacity = status_capacity
        self._event_capacity = event_capacity
        self._changed = threading.Condition()
        # Guarded by _changed: lines by serial number, and the numbers of droppable ones.
        self._lines: OrderedDict[int, bytes] = OrderedDict()
        self._droppable: deque[int] = deque()
        self._next_number = 0
        self._dropped_events = 0
        self._closing = False
        self._broken = False
        self._thread = threading.Thread(target=self._write_all, name="outbox", daemon=True)
        self._thread.start()

    @property
    def broken(self) -> bool:
        """True once the reader is gone."""
        with self._changed:
            return self._broken

    def put(self, line: str, *, droppable: bool = False) -> None:
        """Queues `line` (without its newline)."""
        with self._changed:
            if self._closing or self._broken:
                return
            number = self._next_number
            self._next_number += 1
            self._lines[number] = line.encode("utf-8") + b"\n"
            if droppable:
                self._droppable.append(number)
            self._make_room()
            self._changed.notify_all()

    def wait_for_room(self) -> None:
        """Waits until less than half of the room for events is taken (or nobody reads)."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._broken or self._closing or self._events() < self._event_capacity // 2
            )

    def close(self, timeout_seconds: float) -> bool:
        """Writes what waits, for at most `timeout_seconds`; False if some of it was left."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join(timeout_seconds)
        return not self._thread.is_alive()

    def _events(self) -> int:
        return len(self._lines) - len(self._droppable)

    def _make_room(self) -> None:
        if len(self._droppable) > self._status_capacity:
            del self._lines[self._droppable.popleft()]
        if self._events() > self._event_capacity:
            droppable = set(self._droppable)
            del self._lines[next(number for number in self._lines if number not in droppable)]
            if not self._dropped_events:
                _LOG.warning(
                    "nobody reads the protocol: %d notifications wait, the oldest are dropped",
                    self._event_capacity,
                )
            self._dropped_events += 1

    def _take(self) -> bytes | None:
        with self._changed:
            self._changed.wait_for(lambda: self._lines or self._closing)
            if not self._lines:
                return None
            number, line = self._lines.popitem(last=False)
            if self._droppable and self._droppable[0] == number:
                self._droppable.popleft()
            self._changed.notify_all()
            return line

    def _write_all(self) -> None:
        while (line := self._take()) is not None:
            try:
                _write_fully(self._fd, line)
            except OSError as error:
                self._give_up(error)
                return

    def _give_up(self, error: OSError) -> None:
        _LOG.warning("the protocol's reader is gone (%s); notifications are dropped", error)
        with self._changed:
            self._broken = True
            self._lines.clear()
            self._droppable.clear()
            self._changed.notify_all()


def _write_fully(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
