"""Training's progress as a line of the log now and then, for who watches a terminal."""

import logging
import time
from collections.abc import Callable

from lczero_training.schema.bottleneck import bottleneck_text
from lczero_training.schema.messages import TrainingProgress

_LOG = logging.getLogger(__name__)

_INTERVAL_SECONDS = 10.0


class ProgressLog:
    """Logs at most one line each 10 seconds, and one at each network's end.

    Threads: one, the one that trains.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._next = 0.0

    def show(self, progress: TrainingProgress) -> None:
        """Logs `progress` if it is time."""
        now = self._clock()
        done = progress.network_step >= progress.steps_per_network
        if now < self._next and not done:
            return
        self._next = now + _INTERVAL_SECONDS
        shares = progress.time_shares
        _LOG.info(
            "step %d (%d of %d): loss %.4f, learning rate %.3g, %.0f positions/s, %.0f s left%s",
            progress.step,
            progress.network_step,
            progress.steps_per_network,
            progress.total_loss,
            progress.learning_rate,
            progress.positions_per_second,
            progress.remaining_seconds,
            f", {bottleneck_text(shares)}" if shares else "",
        )
