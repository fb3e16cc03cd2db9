"""Lines on their way to a slow place: a bounded buffer and the thread that empties it."""

import threading
from collections import deque
from collections.abc import Callable


class LineQueue:
    """Hands lines to `write` in a thread of its own; full, it drops and counts.

    Once a line was dropped all are, until half of the room is free again; then `dropped_note`
    makes the line that stands in the gap. So a flood leaves one note, not one for each line.

    Threads:   put() may be called from any thread; `write` and `dropped_note` are called in
               the queue's own.
    Blocking:  put() never waits for `write`.
    Shutdown:  close() writes what waits, for a limited time; later lines are dropped. A `write`
               that hangs is left behind: the thread is a daemon.
    Errors:    `write` must not raise: what to do about a failure is its owner's decision.
    """

    def __init__(
        self,
        write: Callable[[str], None],
        *,
        name: str,
        capacity_chars: int,
        dropped_note: Callable[[int], str],
    ) -> None:
        self._write = write
        self._capacity_chars = capacity_chars
        self._dropped_note = dropped_note
        self._changed = threading.Condition()
        # Guarded by _changed.
        self._lines: deque[str] = deque()
        self._chars = 0
        self._dropped = 0
        self._closing = False
        self._thread = threading.Thread(target=self._write_all, name=name, daemon=True)
        self._thread.start()

    def put(self, line: str) -> None:
        """Queues `line`, or drops it when there is no room."""
        with self._changed:
            if self._closing:
                return
            # An empty queue takes a line of any length.
            full = self._lines and self._chars + len(line) > self._capacity_chars
            if self._dropped or full:
                self._dropped += 1
                return
            self._lines.append(line)
            self._chars += len(line)
            self._changed.notify_all()

    def close(self, timeout_seconds: float) -> bool:
        """Writes what waits; False if some of it was left when the time was over."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join(timeout_seconds)
        return not self._thread.is_alive()

    def _take(self) -> tuple[str | None, int]:
        """The next line (None at the end), and how many are missing after all that wait."""
        with self._changed:
            self._changed.wait_for(lambda: self._lines or self._closing)
            if not self._lines:
                return None, 0
            line = self._lines.popleft()
            self._chars -= len(line)
            return line, self._dropped

    def _tell_dropped(self) -> None:
        with self._changed:
            if self._chars > self._capacity_chars // 2:
                return
            dropped, self._dropped = self._dropped, 0
            note = self._dropped_note(dropped)
            self._lines.append(note)
            self._chars += len(note)

    def _write_all(self) -> None:
        while True:
            line, dropped = self._take()
            if line is None:
                return
            self._write(line)
            if dropped:
                self._tell_dropped()
