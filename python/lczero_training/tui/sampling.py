"""Series brought to the width of a screen. Pure functions; NaN and infinity are gaps."""

import itertools
import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from lczero_training.tui import paint
from lczero_training.tui.history import Point


def resample(points: Sequence[Point], since: int, until: int, columns: int) -> tuple[float, ...]:
    """`columns` means over equal parts of the steps from `since` to `until`.

    A part without a point repeats the one before it; NaN stands where no value was finite, and
    before the first.
    """
    parts = _parts(points, since, until, columns)
    means: list[float] = []
    for part in parts:
        if part:
            means.append(paint.mean([value for _, value in part]))
        else:
            means.append(means[-1] if means else math.nan)
    return tuple(means)


def thin(points: Sequence[Point], since: int, until: int, columns: int) -> list[Point]:
    """The points themselves where they have room, else one mean for each part of the steps."""
    if len(points) <= columns:
        return list(points)
    return [
        (part[-1][0], paint.mean([value for _, value in part]))
        for part in _parts(points, since, until, columns)
        if part
    ]


def _parts(
    points: Sequence[Point], since: int, until: int, columns: int
) -> Iterator[Sequence[Point]]:
    width = max(until - since, 1)
    steps = [step for step, _ in points]
    edges = [bisect_left(steps, since + width * column / columns) for column in range(columns)]
    edges.append(bisect_right(steps, until))
    for start, stop in itertools.pairwise(edges):
        yield points[start:stop]


def smooth(points: Sequence[Point], reach: float) -> list[Point]:
    """Each value averaged with its neighbours, by a weight that falls with their distance.

    `reach` is the distance in steps at which it has fallen to 1/e. Symmetric, so that a slope
    is not delayed; what is not finite stays as it is and weighs nothing.
    """
    forward = _trailing(points, reach)
    backward = _trailing([(-step, value) for step, value in reversed(points)], reach)[::-1]
    smoothed = []
    for (step, value), (total, weight), (later, later_weight) in zip(
        points, forward, backward, strict=True
    ):
        if math.isfinite(value):
            # Both sums contain the point itself.
            value = (total + later - value) / (weight + later_weight - 1)
        smoothed.append((step, value))
    return smoothed


def _trailing(points: Sequence[Point], reach: float) -> list[tuple[float, float]]:
    """Weighted sum of the values so far, and the sum of their weights, at each point."""
    total = weight = 0.0
    before = points[0][0] if points else 0
    sums = []
    for step, value in points:
        fade = math.exp((before - step) / reach) if reach > 0 else 0.0
        finite = math.isfinite(value)
        total, weight, before = total * fade, weight * fade, step
        if finite:
            total, weight = total + value, weight + 1
        sums.append((total, weight))
    return sums


def runs(points: Sequence[Point]) -> list[list[Point]]:
    """The points cut at what is not finite: each run is drawn as a line of its own."""
    result: list[list[Point]] = [[]]
    for point in points:
        if math.isfinite(point[1]):
            result[-1].append(point)
        elif result[-1]:
            result.append([])
    return [run for run in result if run]
