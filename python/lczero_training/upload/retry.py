"""How long to wait before something that failed is tried again."""

import random
import time
from collections.abc import Callable

from lczero_training.config.daemon import RetryConfig

# Each wait is this share of the full one at least, so that machines that failed together,
# when their server went down, do not all come back together.
LEAST_JITTER = 0.5

# 2.0 ** _MOST_DOUBLINGS is a float still; any `longest_seconds` is reached long before.
_MOST_DOUBLINGS = 1000


def delay_seconds(config: RetryConfig, failures: int, rng: random.Random) -> float:
    """The wait after the `failures`-th failure in a row (1: the first).

    Uniform in [0.5, 1.0] x min(longest_seconds, first_seconds x 2^(failures - 1)).
    """
    if failures < 1:
        raise ValueError(f"failures: expected a number >= 1, got {failures}")
    full = config.first_seconds * 2.0 ** min(failures - 1, _MOST_DOUBLINGS)
    return min(config.longest_seconds, full) * rng.uniform(LEAST_JITTER, 1.0)


class BackOff:
    """When to try again what failed, by a clock that is never set.

    Threads: one; `next_try` may be read from any.

    Attributes:
        next_try: when, by the clock; None while nothing has failed.
    """

    def __init__(
        self,
        config: RetryConfig,
        *,
        clock: Callable[[], float] = time.monotonic,
        rng: random.Random | None = None,
    ) -> None:
        self._config = config
        self._clock = clock
        self._rng = rng or random.Random()
        self._failures = 0
        self.next_try: float | None = None

    @property
    def due(self) -> bool:
        """Whether something failed and its time has come."""
        return self.next_try is not None and self.next_try <= self._clock()

    def failed(self) -> float:
        """Notes one more failure in a row; returns the wait in seconds."""
        self._failures += 1
        delay = delay_seconds(self._config, self._failures, self._rng)
        self.next_try = self._clock() + delay
        return delay

    def succeeded(self) -> None:
        """Forgets the failures."""
        self._failures = 0
        self.next_try = None
