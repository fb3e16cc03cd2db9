"""Who limits the flow through a queue, judged so that it does not change its mind each second."""

from enum import Enum

from lczero_training.schema.loader_stats import QueueStats

_FULL = 0.75
_EMPTY = 0.25
# A judgement holds until the fullness is so far on the other side of its limit.
_HOLD = 0.08


class Health(Enum):
    """Glyph, theme colour, meaning."""

    FULL = ("▲", "$success", "full: consumer limits")
    BETWEEN = ("◆", "$warning", "between")
    EMPTY = ("▼", "$error", "empty: producer limits")
    IDLE = ("·", "$idle", "idle")

    @property
    def glyph(self) -> str:
        """Tells what the colour tells."""
        return self.value[0]

    @property
    def style(self) -> str:
        """Theme colour."""
        return self.value[1]

    @property
    def meaning(self) -> str:
        """In words."""
        return self.value[2]

    @property
    def word(self) -> str:
        """In one word."""
        return self.meaning.partition(":")[0]


def health(queue: QueueStats, fullness: float, before: Health | None = None) -> Health:
    """From a queue's fullness and rates, smoothed both, and what was judged `before`.

    A queue that is empty and moves nothing is idle, not starved.
    """
    if not queue.size and not queue.put.rate and not queue.get.rate:
        return Health.IDLE
    if fullness >= _FULL - (_HOLD if before is Health.FULL else 0):
        return Health.FULL
    if fullness <= _EMPTY + (_HOLD if before is Health.EMPTY else 0):
        return Health.EMPTY
    return Health.BETWEEN
