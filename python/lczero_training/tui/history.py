"""What every metric was at every step, in bounded memory, for sparklines and plots."""

import itertools
from array import array
from bisect import bisect_left
from collections.abc import Mapping
from typing import Final

from lczero_training.schema.messages import Evaluation, TrainingProgress

TOTAL_LOSS: Final = "total loss"
LEARNING_RATE: Final = "learning rate"
STEPS_PER_SECOND: Final = "steps per second"
POSITIONS_PER_SECOND: Final = "positions per second"
# The trainer's names: for the total, where it stands among other metrics, and for the count of
# skipped steps.
TRAINER_TOTAL_LOSS: Final = "total_loss"
NONFINITE_STEPS: Final = "nonfinite_steps"

# Each tier keeps this many points, one of `stride` that arrive; the last one thins itself.
TIER_POINTS: Final = 512
TIER_STRIDES: Final = (1, 8, 64, 512)
# Of one series.
MAX_POINTS: Final = TIER_POINTS * (len(TIER_STRIDES) + 2)
# A series that was not added to for longest makes room for a further one.
MAX_SERIES: Final = 256

Point = tuple[int, float]


def held_out(split: str, metric: str) -> str:
    """Name of a metric's series on games that are not trained on."""
    return f"{split}: {metric}"


def split_of(name: str) -> tuple[str, str]:
    """("validation", "policy/vanilla") of "validation: policy/vanilla"; ("", name) of training."""
    split, colon, metric = name.partition(": ")
    return (split, metric) if colon else ("", name)


def series_split(evaluation: Evaluation) -> str:
    """The split of an evaluation's series: "validation"; of averages "validation swa"."""
    averaged = evaluation.weights not in ("", "current")
    return f"{evaluation.split} {evaluation.weights}" if averaged else evaluation.split


def evaluated(metrics: Mapping[str, float]) -> dict[str, float]:
    """An evaluation's metrics by the names that training has for them here."""
    return {
        TOTAL_LOSS if name == TRAINER_TOTAL_LOSS else name: value for name, value in metrics.items()
    }


class _Tier:
    """Points in the order of their steps, one of `stride` that arrive.

    When full it forgets the oldest; one that `spans` all instead drops every second point, and
    from then on takes half as many.
    """

    def __init__(self, stride: int, limit: int, *, spans: bool) -> None:
        self._stride = stride
        self._limit = limit
        self._spans = spans
        self.steps = array("Q")
        self.values = array("d")

    def add(self, arrival: int, step: int, value: float) -> None:
        """`arrival` counts all points of the series, from 0."""
        if arrival % self._stride:
            return
        self.steps.append(step)
        self.values.append(value)
        if len(self.steps) > self._limit:
            if self._spans:
                self._stride *= 2
                # Its first point stays: it is where the series begins.
                self.steps, self.values = self.steps[::2], self.values[::2]
            else:
                del self.steps[0], self.values[0]

    def replace_last(self, step: int, value: float) -> None:
        if self.steps and self.steps[-1] == step:
            self.values[-1] = value

    def cut(self, step: int) -> None:
        """Forgets all from `step` on."""
        start = bisect_left(self.steps, step)
        del self.steps[start:], self.values[start:]


class Series:
    """One metric by step, dense where it is recent, thinner the older it is.

    Holds MAX_POINTS at most, however many arrive: the last TIER_POINTS all, then one of 8 of the
    last 8 * TIER_POINTS and so on, and evenly spaced ones since the beginning.
    """

    def __init__(self) -> None:
        self._arrivals = 0
        self._tiers = [_Tier(1, 2 * TIER_POINTS, spans=True)]
        self._tiers += [_Tier(each, TIER_POINTS, spans=False) for each in reversed(TIER_STRIDES)]

    @property
    def last(self) -> Point | None:
        """The newest point."""
        newest = self._tiers[-1]
        return (newest.steps[-1], newest.values[-1]) if newest.steps else None

    @property
    def first_step(self) -> int | None:
        """Of the oldest point."""
        spanning = self._tiers[0]
        return spanning.steps[0] if spanning.steps else None

    def add(self, step: int, value: float) -> None:
        """Adds a point; what stood at this step or later is replaced."""
        last = self.last
        if last is not None and last[0] == step:
            for tier in self._tiers:
                tier.replace_last(step, value)
            return
        if last is not None and last[0] > step:
            self.cut(step)
        for tier in self._tiers:
            tier.add(self._arrivals, step, value)
        self._arrivals += 1

    def cut(self, step: int) -> None:
        """Forgets all from `step` on."""
        for tier in self._tiers:
            tier.cut(step)
        self._refill()

    def points(self, since: int = 0) -> list[Point]:
        """All points kept from step `since` on, oldest first; each step once."""
        steps, values = array("Q"), array("d")
        for tier in self._tiers:
            if tier.steps:
                # Where a finer tier begins, it alone counts.
                known = bisect_left(steps, tier.steps[0])
                del steps[known:], values[known:]
                steps.extend(tier.steps)
                values.extend(tier.values)
        start = bisect_left(steps, since)
        return list(zip(steps[start:], values[start:], strict=True))

    def size(self) -> int:
        """Points held, those twice that two tiers hold."""
        return sum(len(tier.steps) for tier in self._tiers)

    def _refill(self) -> None:
        """After a cut the finest tier may be empty, and its last point is the series' newest."""
        finer = self._tiers[-1]
        for tier in reversed(self._tiers[:-1]):
            if not finer.steps and tier.steps:
                finer.steps.append(tier.steps[-1])
                finer.values.append(tier.values[-1])


class History:
    """The series of every metric, of what training says of itself, and of the evaluations.

    Names: those of the metrics, the constants above, and held_out() ones. Survives a restart of
    the daemon: steps that are trained again replace what stood there.

    Threads: one.
    """

    def __init__(self) -> None:
        # In the order of their last addition.
        self._series: dict[str, Series] = {}
        self._newest_step = 0

    def take(self, progress: TrainingProgress) -> None:
        """Adds what one status tells."""
        if progress.step < self._newest_step:
            self.rewind(progress.step)
        self._newest_step = progress.step
        # Without metrics no step was measured yet, and the loss is 0 for want of a value.
        if progress.metrics:
            self.add(
                progress.step,
                {
                    **progress.metrics,
                    TOTAL_LOSS: progress.total_loss,
                    LEARNING_RATE: progress.learning_rate,
                    STEPS_PER_SECOND: progress.steps_per_second,
                    POSITIONS_PER_SECOND: progress.positions_per_second,
                },
            )
        for each in progress.evaluations:
            metrics = evaluated(each.metrics)
            split = series_split(each)
            named = {held_out(split, name): value for name, value in metrics.items()}
            self.add(each.step, named)

    def add(self, step: int, values: Mapping[str, float]) -> None:
        """Adds a point to each series. A step seen before replaces what stood from there on."""
        for name, value in values.items():
            series = self._series.pop(name, None) or Series()
            self._series[name] = series
            series.add(step, value)
        for name in list(itertools.islice(self._series, max(len(self._series) - MAX_SERIES, 0))):
            del self._series[name]

    def rewind(self, step: int) -> None:
        """Training begins again after `step`: forgets what was later."""
        for series in self._series.values():
            series.cut(step + 1)

    def names(self) -> list[str]:
        """Every series that has a point, sorted."""
        return sorted(name for name, series in self._series.items() if series.last is not None)

    def points(self, name: str, since: int = 0) -> list[Point]:
        """(step, value) from step `since` on, oldest first; empty when it was never seen."""
        series = self._series.get(name)
        return series.points(since) if series else []

    def last(self, name: str) -> float | None:
        """The newest value."""
        series = self._series.get(name)
        return series.last[1] if series and series.last else None

    def first_step(self) -> int:
        """The oldest of any series; 0 of none."""
        firsts = [series.first_step for series in self._series.values()]
        return min((first for first in firsts if first is not None), default=0)

    def newest_step(self) -> int:
        """Of training; 0 before the first."""
        return self._newest_step

    def size(self) -> int:
        """Points held in all."""
        return sum(series.size() for series in self._series.values())
