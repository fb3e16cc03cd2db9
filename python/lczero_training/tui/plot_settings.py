"""What the user chose to see on the plot screen: metrics, the part of the steps, the scale."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

# Of a metric's series: training, and splits held out. The last also stands for any further split.
MARKS: Final = (
    ("●", "○", "◉"),
    ("■", "□", "▣"),
    ("◆", "◇", "◈"),
    ("▲", "△", "◬"),
    ("★", "☆", "✪"),
    ("▮", "▯", "▤"),
)
COLOURS: Final = len(MARKS)
_LEAST_SPAN: Final = 10


@dataclass(frozen=True)
class Window:
    """A part of the steps: `span` of them (None: all), up to `end` (None: the newest)."""

    span: int | None = None
    end: int | None = None

    def steps(self, first: int, newest: int) -> tuple[int, int]:
        """First and last step shown, when those between `first` and `newest` are known."""
        if self.span is None:
            return first, max(newest, first + 1)
        end = newest if self.end is None else min(self.end, newest)
        since = max(end - self.span, first)
        # At the left end, a window keeps its width.
        return since, max(end, min(since + self.span, newest), since + 1)

    def zoomed(self, first: int, newest: int, *, closer: bool) -> "Window":
        """Half or twice the steps, up to the newest if that is followed, else round the middle."""
        since, until = self.steps(first, newest)
        old = until - since
        span = max(old // 2, _LEAST_SPAN) if closer else old * 2
        # Nearly all is all: halves of odd numbers must not leave a few steps out.
        if span * 1.02 >= newest - first:
            return Window()
        if self.end is None:
            return Window(span)
        return Window(span, since + old // 2 + span // 2).held(first, newest)

    def panned(self, first: int, newest: int, *, later: bool) -> "Window":
        """A quarter of its width to one side; at the newest step it follows again."""
        if self.span is None:
            return self
        _, until = self.steps(first, newest)
        way = max(self.span // 4, 1)
        moved = until + way if later else max(until - way, first + self.span)
        return Window(self.span, moved).held(first, newest)

    def held(self, first: int, newest: int) -> "Window":
        """Within what is known."""
        if self.end is None or self.span is None or self.end >= newest:
            return replace(self, end=None)
        return replace(self, end=max(self.end, min(first + self.span, newest)))


@dataclass
class PlotSettings:
    """Kept while the screen is closed."""

    window: Window = Window()
    logarithmic: bool = False
    smoothed: bool = False
    # Each metric fills the height, on a scale of its own.
    own_scales: bool = False
    held_out: bool = True
    # Place among MARKS and colours of each metric that is shown, kept while others come and go.
    slots: dict[str, int] = field(default_factory=dict)
    # Whether the user has chosen; until then the losses are shown, as they become known.
    chosen: bool = False

    def toggle(self, metric: str) -> None:
        """Shows or hides a metric."""
        self.chosen = True
        if metric in self.slots:
            del self.slots[metric]
        else:
            self._add(metric)

    def preselect(self, metrics: Sequence[str]) -> None:
        """Shows these until the user chooses: as many as have a colour of their own."""
        if not self.chosen:
            for metric in metrics[:COLOURS]:
                if metric not in self.slots and len(self.slots) < COLOURS:
                    self._add(metric)

    def _add(self, metric: str) -> None:
        taken = set(self.slots.values())
        self.slots[metric] = next(slot for slot in range(len(taken) + 1) if slot not in taken)


def colour(slot: int) -> str:
    """Name of a theme's variable."""
    return f"series-{slot % COLOURS + 1}"


def mark(slot: int, split: int) -> str:
    """The sign of a metric's series: the `split`th one held out, 0 for training.

    Beyond the sixth metric colours and signs come together in new pairs.
    """
    shape = MARKS[(slot + slot // COLOURS) % len(MARKS)]
    return shape[min(split, len(shape) - 1)]
