"""Notices when the daemon has fallen silent: hung, stopped, or behind a dead connection."""

import time
from collections.abc import Callable

# Connecting to another machine takes seconds; statuses come once a second, unless configured.
_PATIENCE_SECONDS = 15.0
# Of the last pause between two words: a daemon may be configured to speak rarely.
_PATIENCE_PAUSES = 3


class SilenceWatch:
    """Hears each notification; log lines do not count, a dying daemon may well log.

    Threads: one.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._heard_at = clock()
        self._pause = 0.0

    def restart(self) -> None:
        """A new daemon was started."""
        self._heard_at, self._pause = self._clock(), 0.0

    def hear(self) -> None:
        """The daemon spoke."""
        now = self._clock()
        self._heard_at, self._pause = now, now - self._heard_at

    def seconds(self) -> float:
        """How long the silence is; 0 while it is not worth a word."""
        silence = self._clock() - self._heard_at
        return silence if silence > max(_PATIENCE_SECONDS, _PATIENCE_PAUSES * self._pause) else 0.0
