"""SIGINT, SIGTERM and SIGHUP: the first asks for an orderly end, the second ends at once."""

import os
import signal
import time
from collections.abc import Callable
from types import FrameType

# Exit code after a second signal.
FORCED_EXIT_CODE = 1

# Signals this close together are one request: timeout(1), for one, signals its child and then
# the whole process group. Nobody's second thought is faster.
_SAME_REQUEST_SECONDS = 0.1


def install(
    on_stop: Callable[[str], None],
    *,
    on_second: Callable[[], None] | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Calls on_stop("SIGTERM") once, in the main thread between two of its steps.

    `on_stop` must be safe there: it may only put into a queue.SimpleQueue. `on_second` ends the
    process.
    """
    end_at_once = on_second or _end_at_once
    first: float | None = None

    def handle(number: int, frame: FrameType | None) -> None:
        nonlocal first
        if first is None:
            first = clock()
            on_stop(signal.Signals(number).name)
        elif clock() - first > _SAME_REQUEST_SECONDS:
            end_at_once()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, handle)
    # The terminal or the ssh connection is gone; nohup asks not to mind.
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, handle)
    # A background job that reads the terminal gets an error instead of being suspended.
    signal.signal(signal.SIGTTIN, signal.SIG_IGN)


def _end_at_once() -> None:
    os.write(2, b"second signal: ends at once\n")
    os._exit(FORCED_EXIT_CODE)
