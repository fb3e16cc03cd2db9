"""SIGINT and SIGTERM: the first asks for an orderly end, the second ends at once."""

import os
import signal
from collections.abc import Callable
from types import FrameType

# Exit code after a second signal.
FORCED_EXIT_CODE = 1


def install(on_stop: Callable[[str], None]) -> None:
    """Calls on_stop("SIGTERM") once, in the main thread between two of its steps.

    `on_stop` must be safe there: it may only put into a queue.SimpleQueue.
    """
    seen = False

    def handle(number: int, frame: FrameType | None) -> None:
        nonlocal seen
        if seen:
            os.write(2, b"second signal: ends at once\n")
            os._exit(FORCED_EXIT_CODE)
        seen = True
        on_stop(signal.Signals(number).name)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, handle)
    # A background job that reads the terminal gets an error instead of being suspended.
    signal.signal(signal.SIGTTIN, signal.SIG_IGN)
