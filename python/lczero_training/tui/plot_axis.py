"""Scales of a plot: from values to their place between 0 and 1, and the ticks beside it."""

import itertools
import math
import sys
from collections.abc import Iterable
from dataclasses import dataclass

from lczero_training.tui import figures

# Of the height, above the greatest and below the least value.
_MARGIN = 0.04
_GREATEST = sys.float_info.max

Tick = tuple[float, str]


@dataclass(frozen=True, kw_only=True)
class Scale:
    """A range of values, linear or logarithmic. `low` < `high`; both are logarithms in the latter.

    Works with halves of values, whose differences cannot overflow.
    """

    low: float
    high: float
    logarithmic: bool = False

    def place(self, value: float) -> float:
        """0 at the low end, 1 at the high one; NaN for what is not on the scale at all."""
        if not math.isfinite(value) or (self.logarithmic and value <= 0):
            return math.nan
        number = math.log10(value) if self.logarithmic else value
        return (number / 2 - self.low / 2) / (self.high / 2 - self.low / 2)

    def ticks(self, count: int) -> list[Tick]:
        """At most about `count`, at round values."""
        chosen = self._logarithmic_ticks(count) if self.logarithmic else self._linear_ticks(count)
        label = "{:g}".format if self.logarithmic else lambda value: _label(value, chosen)
        placed = [(self.place(value), label(value)) for value in chosen]
        return [(place, label) for place, label in placed if 0 <= place <= 1]

    def _linear_ticks(self, count: int) -> list[float]:
        return round_values(self.low, self.high, count)

    def _logarithmic_ticks(self, count: int) -> list[float]:
        first, last = math.ceil(self.low), math.floor(self.high)
        if last - first >= 1:
            every = max(math.ceil((last - first + 1) / max(count, 1)), 1)
            decades = [_power(exponent) for exponent in range(first, last + 1, every)]
            if len(decades) >= 3 or count < 4:
                return decades
            return [
                factor * _power(exponent)
                for exponent in range(first - 1, last + 1)
                for factor in (1, 2, 5)
            ]
        return round_values(_power(self.low), _power(self.high), count)


def _power(exponent: float) -> float:
    try:
        return float(10.0**exponent)
    except OverflowError:
        return math.inf


def scale_of(values: Iterable[float], *, logarithmic: bool = False) -> Scale | None:
    """A scale on which all values that can be shown have room; None if there are none."""
    shown = [each for each in values if math.isfinite(each) and (each > 0 or not logarithmic)]
    if not shown:
        return None
    low, high = min(shown), max(shown)
    if logarithmic:
        low, high = math.log10(low), math.log10(high)
    if high / 2 - low / 2 <= abs(high) * 1e-12:
        room = abs(high) * 0.05 or 1.0
        low, high = max(low - room, -_GREATEST), min(high + room, _GREATEST)
    margin = (high / 2 - low / 2) * 2 * _MARGIN
    wider = Scale(low=low - margin, high=high + margin, logarithmic=logarithmic)
    finite = math.isfinite(wider.low) and math.isfinite(wider.high) and math.isfinite(margin)
    return wider if finite else Scale(low=low, high=high, logarithmic=logarithmic)


def round_step(span: float, count: int) -> float:
    """The least of 1, 2, 5 times a power of ten of which `count` cover `span`."""
    least = span / max(count, 1)
    if not least > 0 or not math.isfinite(least):
        return math.nan
    power = _power(math.floor(math.log10(least)))
    return next((factor * power for factor in (1, 2, 5, 10) if factor * power >= least), math.nan)


def round_values(low: float, high: float, count: int) -> list[float]:
    """Round values from `low` to `high`; the ends themselves where there are none."""
    step = round_step((high / 2 - low / 2) * 2, count)
    if not math.isfinite(step) or step < 1e-300:
        return [low, high]
    first, last = math.ceil(low / step), math.floor(high / step)
    return [number * step for number in range(first, last + 1)] or [low, high]


def _label(value: float, beside: list[float]) -> str:
    """With as many digits as tell it from its neighbours."""
    greatest = max(abs(each) for each in beside)
    if value and (greatest >= 1e5 or greatest < 1e-3):
        return f"{value:.1e}" if math.isfinite(value) else str(value)
    gaps = [abs(later - each) for each, later in itertools.pairwise(beside)]
    least = min((gap for gap in gaps if gap > 0), default=0.0)
    if not least:
        return figures.value(value)
    return f"{value:.{min(max(-math.floor(math.log10(least) + 1e-9), 0), 9)}f}"


def step_ticks(since: int, until: int, width: int) -> list[Tick]:
    """Round steps, as many as `width` cells have room for."""
    span = max(until - since, 1)
    room = len(figures.grouped(until)) + 3
    step = round_step(span, max(width // max(room, 1) - 1, 1))
    every = max(int(step), 1) if math.isfinite(step) else span
    first = -(-since // every) * every
    steps = range(first, until + 1, every)
    return [((each - since) / span, figures.grouped(each)) for each in steps]
