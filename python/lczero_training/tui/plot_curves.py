"""From the history and the settings to what a plot shows."""

from dataclasses import dataclass

from lczero_training.tui import paint
from lczero_training.tui.history import TOTAL_LOSS, History, Point, held_out, split_of
from lczero_training.tui.plot_settings import PlotSettings, colour, mark
from lczero_training.tui.training_metrics import rank, split_label

_LOSS_KINDS = ("policy/", "value/", "movesleft/")


@dataclass(frozen=True, kw_only=True)
class Curve:
    """One series within the steps shown."""

    metric: str
    # Empty for training.
    split: str
    mark: str
    colour: str
    points: tuple[Point, ...]


@dataclass(frozen=True, kw_only=True)
class Plot:
    """Everything in the picture; without curves, `message` says why."""

    curves: tuple[Curve, ...] = ()
    since: int = 0
    until: int = 1
    logarithmic: bool = False
    smoothed: bool = False
    own_scales: bool = False
    message: str = ""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A metric in the list beside the plot, which is the legend too."""

    metric: str
    shown: bool
    mark: str = ""
    colour: str = ""
    value: float | None = None
    # Of each split held out: its sign, its short name, the newest value.
    held_out: tuple[tuple[str, str, float], ...] = ()


def metrics_of(history: History) -> list[str]:
    """Every metric that has a series, the total loss first, then as the training pane has them."""
    found = {split_of(name)[1] for name in history.names()}
    return sorted(found, key=lambda name: (name != TOTAL_LOSS, rank(name)))


def losses_of(metrics: list[str]) -> list[str]:
    """The total loss and each head's."""
    return [
        name
        for name in metrics
        if name == TOTAL_LOSS or (name.startswith(_LOSS_KINDS) and name.count("/") == 1)
    ]


def splits_of(history: History, metric: str) -> list[str]:
    """Splits held out on which a metric was measured; validation before test."""
    found = [split_of(name) for name in history.names()]
    splits = {split for split, of in found if split and of == metric}
    return sorted(splits, key=lambda split: (split != "validation", split))


def extent(history: History) -> tuple[int, int]:
    """First and newest step of all that is known."""
    return history.first_step(), max(history.newest_step(), 1)


def plot(history: History, settings: PlotSettings) -> Plot:
    """What is to be drawn now."""
    known = metrics_of(history)
    if not known:
        return Plot(message="Nothing was measured yet: curves begin with the first steps.")
    if not settings.slots.keys() & set(known):
        return Plot(message="No metric is shown. Choose one from the list with space.")
    since, until = settings.window.steps(*extent(history))
    curves = tuple(
        curve
        for metric in known
        if metric in settings.slots
        for curve in _curves(history, settings, metric, since, until)
        if curve.points
    )
    if not curves:
        return Plot(message="Nothing of this was measured in these steps. 0 shows all.")
    return Plot(
        curves=curves,
        since=since,
        until=until,
        logarithmic=settings.logarithmic,
        smoothed=settings.smoothed,
        own_scales=settings.own_scales and len(settings.slots) > 1,
    )


def _curves(
    history: History, settings: PlotSettings, metric: str, since: int, until: int
) -> list[Curve]:
    slot = settings.slots[metric]
    splits = ["", *(splits_of(history, metric) if settings.held_out else [])]
    return [
        Curve(
            metric=metric,
            split=split,
            mark=mark(slot, number),
            colour=colour(slot),
            points=_within(
                history.points(held_out(split, metric) if split else metric, since), until
            ),
        )
        for number, split in enumerate(splits)
    ]


def _within(points: list[Point], until: int) -> tuple[Point, ...]:
    return tuple(point for point in points if point[0] <= until)


def entries(history: History, settings: PlotSettings) -> tuple[Entry, ...]:
    """The list of all metrics."""
    return tuple(_entry(history, settings, metric) for metric in metrics_of(history))


def _entry(history: History, settings: PlotSettings, metric: str) -> Entry:
    slot = settings.slots.get(metric)
    last = history.last(metric)
    if slot is None:
        return Entry(metric=metric, shown=False, value=last)
    told = []
    for number, split in enumerate(splits_of(history, metric), start=1):
        value = history.last(held_out(split, metric))
        if value is not None:
            told.append((mark(slot, number), split_label(split), value))
    return Entry(
        metric=metric,
        shown=True,
        mark=mark(slot, 0),
        colour=colour(slot),
        value=last,
        held_out=tuple(told) if settings.held_out else (),
    )


def title(shown: Plot) -> str:
    """In words, what the picture is of."""
    if not shown.curves:
        return ""
    words = [f"steps {shown.since:,} to {shown.until:,}"]
    words += ["log scale"] if shown.logarithmic else []
    words += ["smoothed"] if shown.smoothed else []
    words += ["each on its own scale"] if shown.own_scales else []
    return paint.safe(" · ".join(words))
