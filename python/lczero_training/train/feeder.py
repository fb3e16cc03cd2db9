"""Batches on their way to the device, ahead of the steps that take them."""

import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

Fetched = TypeVar("Fetched")
Moved = TypeVar("Moved")


class Feeder(Generic[Fetched, Moved]):
    """Fetches batches and moves them to the device in a thread of its own.

    Each batch that was fetched is given out once, in order. Those that a stop leaves behind wait
    for the next take().

    Threads:   take() belongs to the thread that trains; in_flight may be read from any. Fetching
               and moving happen in the feeder's own.
    Blocking:  take() until there is a batch. The thread never fetches past `ahead` or the limit
               of the last take(), so a pause lets it fill up and rest.
    Shutdown:  close() drops what waits. Whoever owns the source stops it first: a thread that
               still waits there is left behind, and ends with that wait.
    Errors:    what fetching or moving raises is raised by take(), after the batches before it;
               the next take() tries again. With another source it is forgotten.
    """

    def __init__(self, move: Callable[[Fetched], Moved], *, ahead: int) -> None:
        """`ahead`: batches that may wait, moved or being fetched, >= 1."""
        self._move = move
        self._ahead = ahead
        self._changed = threading.Condition()
        # Guarded by _changed.
        self._waiting: deque[Moved] = deque()
        self._fetching = False
        self._fetch: Callable[[], Fetched] | None = None
        self._limit = 0
        self._error: BaseException | None = None
        self._closing = False
        self._thread: threading.Thread | None = None

    @property
    def in_flight(self) -> int:
        """Batches that were asked of the source and not taken: at most `ahead`."""
        with self._changed:
            return self._in_flight()

    def take(self, fetch: Callable[[], Fetched], *, limit: int) -> Moved:
        """The next batch; waits for it.

        Args:
            fetch: where batches that are not fetched yet come from; may block.
            limit: batches still wanted, this one included. More are not fetched.
        """
        with self._changed:
            self._ask(fetch, limit)
            self._changed.wait_for(lambda: self._waiting or self._error)
            if self._waiting:
                self._limit -= 1
                self._changed.notify_all()
                return self._waiting.popleft()
            error, self._error = self._error, None
            self._limit = 0
        assert error is not None
        raise error

    def is_ready(self, fetch: Callable[[], Fetched], *, limit: int, seconds: float) -> bool:
        """Whether take() would not wait; waits for that so long. Raises what take() would raise."""
        with self._changed:
            self._ask(fetch, limit)
            self._changed.wait_for(lambda: self._waiting or self._error, seconds)
            if self._waiting or self._error is None:
                return bool(self._waiting)
        self.take(fetch, limit=limit)
        return False

    def close(self) -> None:
        """Ends the thread and drops what waits. Nothing is taken afterwards."""
        with self._changed:
            self._closing = True
            self._waiting.clear()
            self._changed.notify_all()
            thread = None if self._fetching else self._thread
        if thread is not None:
            thread.join()

    def _ask(self, fetch: Callable[[], Fetched], limit: int) -> None:
        if fetch != self._fetch:
            # What another source said is no news of this one.
            self._error = None
        self._fetch, self._limit = fetch, limit
        self._start()
        self._changed.notify_all()

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="feeder", daemon=True)
            self._thread.start()

    def _in_flight(self) -> int:
        return len(self._waiting) + self._fetching

    def _may_fetch(self) -> bool:
        return self._error is None and self._in_flight() < min(self._ahead, self._limit)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closing or self._may_fetch())
                if self._closing:
                    return
                fetch, self._fetching = self._fetch, True
            assert fetch is not None
            self._put(fetch)

    def _put(self, fetch: Callable[[], Fetched]) -> None:
        batch, error = None, None
        try:
            batch = self._move(fetch())
        except BaseException as caught:  # Raised again by take().
            error = caught
        with self._changed:
            self._fetching = False
            if error is not None:
                self._error = error if fetch == self._fetch else None
            elif not self._closing:
                assert batch is not None
                self._waiting.append(batch)
            self._changed.notify_all()
