"""Whether a figure stays flat: compares the first with the last third after the warm-up."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tools.soak.samples import Sample

# Left out at the beginning: programs are compiled, allocators and caches fill up.
WARM_UP_SHARE = 0.25
# Less after the warm-up says nothing: compiling alone takes longer.
SHORTEST_SECONDS = 120.0
FEWEST_SAMPLES = 30


@dataclass(frozen=True, kw_only=True)
class Tolerance:
    """How much a figure may grow from the first to the last third."""

    figure: str
    value: Callable[[Sample], float]
    # The larger of the two counts.
    absolute: float
    share: float
    # One value for a third.
    of_third: Callable[[Sequence[float]], float] = statistics.median
    unit: str = ""
    # What the value is divided by when it is shown.
    scale: float = 1.0


_MIB = float(1 << 20)
TOLERANCES = (
    # Allocators give memory back late and in pieces.
    Tolerance(
        figure="memory",
        value=lambda sample: sample.memory_bytes,
        absolute=16 * _MIB,
        share=0.03,
        unit=" MiB",
        scale=_MIB,
    ),
    # Counted between the checkpoints, exports and uploads, which open files in threads of their
    # own while they last. What leaks is there between them too.
    Tolerance(
        figure="descriptors",
        value=lambda sample: sample.descriptors,
        absolute=3.0,
        share=0.0,
        of_third=min,
    ),
    Tolerance(
        figure="threads",
        value=lambda sample: sample.threads,
        absolute=2.0,
        share=0.0,
        of_third=min,
    ),
)


@dataclass(frozen=True, kw_only=True)
class Flatness:
    """A figure over a run, in its unit."""

    figure: str
    unit: str
    first: float
    middle: float
    last: float
    per_hour: float
    tolerance: float
    flat: bool

    def __str__(self) -> str:
        word = "flat" if self.flat else f"NOT FLAT, {self.shape()}"
        return (
            f"{self.figure}: {self.first:.1f} -> {self.middle:.1f} -> {self.last:.1f}{self.unit} "
            f"(thirds after warm-up; {self.per_hour:+.1f}{self.unit} an hour; may grow by "
            f"{self.tolerance:.1f}): {word}"
        )

    def shape(self) -> str:
        """Whether it grows all the time, or grew once."""
        growth = self.last - self.first
        once = (
            abs(self.middle - self.first) < growth / 4 or abs(self.last - self.middle) < growth / 4
        )
        return "it grew once" if once else "it keeps growing"


def judge(samples: Sequence[Sample], tolerance: Tolerance) -> Flatness | None:
    """How flat a figure is; None if the run was too short to tell."""
    after = samples[int(len(samples) * WARM_UP_SHARE) :]
    if len(after) < FEWEST_SAMPLES or after[-1].seconds - after[0].seconds < SHORTEST_SECONDS:
        return None
    values = [tolerance.value(sample) / tolerance.scale for sample in after]
    third = len(values) // 3
    first, middle, last = (
        tolerance.of_third(part) for part in (values[:third], values[third:-third], values[-third:])
    )
    allowed = max(tolerance.absolute / tolerance.scale, tolerance.share * first)
    hours = [sample.seconds / 3600 for sample in after]
    return Flatness(
        figure=tolerance.figure,
        unit=tolerance.unit,
        first=first,
        middle=middle,
        last=last,
        per_hour=statistics.linear_regression(hours, values).slope,
        tolerance=allowed,
        flat=last - first <= allowed,
    )
