"""The loader's figures of the last second, calmed down so that eyes can follow them.

What is smoothed: loads, rates, and the fullness from which queues are judged. Totals and sizes
stay as they were told.
"""

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace

from lczero_training.schema.loader_stats import Counter, LoaderStats, QueueStats, StageStats
from lczero_training.schema.messages import TrainingStatus
from lczero_training.tui.paint import ratio
from lczero_training.tui.pipeline_health import Health, health

# A change is shown to 63 % after so long.
TIME_CONSTANT_SECONDS = 5.0
# After a longer silence of the daemon the past says nothing about the present.
GAP_SECONDS = 15.0
# What was zero for so long is shown as zero: by then a quarter of a percent would be left of it.
QUIET_SECONDS = 30.0


@dataclass(frozen=True, kw_only=True)
class Flow:
    """The loader's statistics as they are shown; `health` is that of `stats.queues`."""

    stats: LoaderStats
    health: tuple[Health, ...]


@dataclass(frozen=True)
class _Level:
    value: float
    quiet_seconds: float = 0.0

    def toward(self, value: float, seconds: float) -> "_Level":
        """`seconds` later, when `value` is told."""
        if not math.isfinite(self.value) or not math.isfinite(value):
            return _Level(value)
        quiet = 0.0 if value else self.quiet_seconds + seconds
        if quiet >= QUIET_SECONDS:
            return _Level(0.0, quiet)
        weight = -math.expm1(-seconds / TIME_CONSTANT_SECONDS)
        return _Level(self.value + weight * (value - self.value), quiet)


class Smoother:
    """Exponential moving averages over the daemon's own time, so a replay gives the same figures.

    A loader that was started anew, another set of stages or queues, and a gap start over: what
    is told then is shown as it is.
    """

    def __init__(self) -> None:
        self._levels: dict[Hashable, _Level] = {}
        self._health: tuple[Health | None, ...] = ()
        self._uptime_seconds = 0.0
        self._seconds = 0.0
        self._stats: LoaderStats | None = None

    def take(self, status: TrainingStatus) -> Flow | None:
        """The next status, in the order of time. None while no loader runs."""
        stats = status.loader
        self._seconds = status.uptime_seconds - self._uptime_seconds
        self._uptime_seconds = status.uptime_seconds
        if stats is None or not self._goes_on(stats):
            self._levels = {}
            self._health = ()
        self._stats = stats
        return self._flow(stats) if stats is not None else None

    def _goes_on(self, stats: LoaderStats) -> bool:
        before = self._stats
        return (
            before is not None
            and 0.0 <= self._seconds <= GAP_SECONDS
            and stats.uptime_seconds >= before.uptime_seconds
            and _shape(stats) == _shape(before)
        )

    def _flow(self, stats: LoaderStats) -> Flow:
        queues = tuple(self._queue(index, queue) for index, queue in enumerate(stats.queues))
        before = self._health or (None,) * len(queues)
        self._health = judged = tuple(
            health(queue, self._smooth((index, "fullness"), _fullness(queue)), old)
            for index, (queue, old) in enumerate(zip(queues, before, strict=True))
        )
        stages = tuple(self._stage(index, stage) for index, stage in enumerate(stats.stages))
        return Flow(stats=replace(stats, stages=stages, queues=queues), health=judged)

    def _stage(self, index: int, stage: StageStats) -> StageStats:
        return replace(
            stage,
            load=self._smooth((index, "load"), stage.load),
            items=self._counter((index, "items"), stage.items),
            positions=self._counter((index, "positions"), stage.positions),
            counters=self._counters(index, stage.counters),
        )

    def _counters(self, index: int, counters: Mapping[str, Counter]) -> dict[str, Counter]:
        return {
            key: self._counter((index, "counters", key), counter)
            for key, counter in counters.items()
        }

    def _queue(self, index: int, queue: QueueStats) -> QueueStats:
        return replace(
            queue,
            put=self._counter((index, "put"), queue.put),
            get=self._counter((index, "get"), queue.get),
            dropped=self._counter((index, "dropped"), queue.dropped),
        )

    def _counter(self, key: Hashable, counter: Counter) -> Counter:
        return replace(counter, rate=self._smooth(key, counter.rate))

    def _smooth(self, key: Hashable, value: float) -> float:
        before = self._levels.get(key)
        level = before.toward(value, self._seconds) if before is not None else _Level(value)
        self._levels[key] = level
        return level.value


def _shape(stats: LoaderStats) -> object:
    stages = [stage.name for stage in stats.stages]
    return stages, [(queue.from_stage, queue.to_stage) for queue in stats.queues]


def _fullness(queue: QueueStats) -> float:
    return ratio(queue.size, queue.capacity)
