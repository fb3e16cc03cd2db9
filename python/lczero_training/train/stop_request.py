"""A request to stop that may come from a signal at any time."""

import os
import signal
import threading
from collections.abc import Callable
from types import FrameType

# Exit code after a second signal.
_FORCED_EXIT_CODE = 1


class StopRequest:
    """Remembers that a stop was asked for, and wakes what waits.

    Threads: request() and made may be called from any thread and from signal handlers;
             on_request() from the main thread.
    """

    def __init__(self) -> None:
        self._event = threading.Event()
        self._wake: Callable[[], None] | None = None

    @property
    def made(self) -> bool:
        """Whether a stop was asked for."""
        return self._event.is_set()

    def request(self) -> None:
        """Asks for a stop."""
        self._event.set()
        if self._wake:
            self._wake()

    def on_request(self, wake: Callable[[], None]) -> None:
        """Calls `wake` at each request, and now if one was made before."""
        self._wake = wake
        if self.made:
            wake()

    def listen_to_signals(self) -> None:
        """SIGINT and SIGTERM ask for a stop; a second one ends the process at once."""

        def handle(number: int, frame: FrameType | None) -> None:
            if self.made:
                os.write(2, b"second signal: ends at once\n")
                os._exit(_FORCED_EXIT_CODE)
            self.request()

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, handle)
