"""The total loss with its chart, and every metric with its held-out values and sparkline."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from textual.content import Content

from lczero_training.tui import figures, paint
from lczero_training.tui.history import NONFINITE_STEPS, TOTAL_LOSS, evaluated, series_split
from lczero_training.tui.sampling import resample
from lczero_training.tui.state import Dashboard
from lczero_training.tui.view import View

# More than any sparkline has cells.
_TREND_COLUMNS = 96
# Of heads, in the order in which they matter.
_KINDS = ("policy", "value", "movesleft")
_SHORT = {"validation": "val"}
_LEAST_SPARK = 4
# Cells of a name: as many as are looked for first, and what it never falls below.
_NAME = 14
_LEAST_NAME = 8
_GAP = "  "


@dataclass(frozen=True, kw_only=True)
class Metric:
    """Newest value on the training games and on those held out, and how it came there."""

    name: str
    value: float
    # By split, in the order in which the daemon tells them.
    held_out: tuple[tuple[str, float], ...] = ()
    # Over the last network's worth of steps, oldest first.
    trend: tuple[float, ...] = ()


def total_loss(board: Dashboard) -> Metric | None:
    """None before this process has measured a step."""
    if board.training is None or not board.training.metrics:
        return None
    return _metric(board, TOTAL_LOSS, board.training.total_loss, _held_out(board))


def metrics(board: Dashboard) -> tuple[Metric, ...]:
    """Every metric but the total, by rank()."""
    if board.training is None:
        return ()
    held_out = _held_out(board)
    values = dict(board.training.metrics)
    # Told among the troubles.
    values.pop(NONFINITE_STEPS, None)
    names = sorted(values, key=rank)
    return tuple(_metric(board, name, values[name], held_out) for name in names)


def rank(name: str) -> tuple[int, int, int, str]:
    """Sorts metrics: losses by the kind of their head, what else is known of heads, the rest."""
    slashes = name.count("/")
    kind = name.partition("/")[0]
    return (abs(slashes - 1), -slashes, _KINDS.index(kind) if kind in _KINDS else 9, name)


def _held_out(board: Dashboard) -> list[tuple[str, Mapping[str, float]]]:
    evaluations = board.training.evaluations if board.training else ()
    return [(series_split(each), evaluated(each.metrics)) for each in evaluations]


def _metric(
    board: Dashboard, name: str, value: float, held_out: list[tuple[str, Mapping[str, float]]]
) -> Metric:
    return Metric(
        name=name,
        value=value,
        held_out=tuple((split, found[name]) for split, found in held_out if name in found),
        trend=trend(board, name),
    )


def trend(board: Dashboard, name: str) -> tuple[float, ...]:
    """A series over as many steps as a network gets, so that it never looks empty or flat."""
    training = board.training
    if training is None:
        return ()
    since = max(training.step - training.steps_per_network, 0) if training.steps_per_network else 0
    points = board.history.points(name, since)
    if not points:
        return ()
    return resample(points, points[0][0], training.step, min(_TREND_COLUMNS, len(points)))


def split_label(split: str) -> str:
    """`val`, `test`, `val swa`."""
    split, space, weights = split.partition(" ")
    return _SHORT.get(split, paint.safe(split)[:8]) + space + paint.safe(weights)[:4]


class LossView(View[Metric | None]):
    """Beside the large digits: what they are, the held-out values, a chart."""

    def draw(self, value: Metric | None, width: int, height: int) -> Content:
        """Least and greatest value stand at the right edge."""
        if value is None or width < 12:
            return Content("")
        captions = [Content.styled("total loss", "$muted")]
        captions += [_caption(split, number) for split, number in value.held_out]
        left = max(each.cell_length for each in captions) + 1
        chart = _chart(value.trend, width - left, height)
        rows = captions[:height] + [Content("")] * (height - len(captions))
        return paint.lines(
            paint.fit(caption, left) + line for caption, line in zip(rows, chart, strict=True)
        )


def _caption(split: str, number: float) -> Content:
    return Content.assemble((f"{split_label(split)} ", "$muted"), (figures.value(number), "bold"))


def _chart(values: tuple[float, ...], width: int, height: int) -> list[Content]:
    finite = [each for each in values if figures.is_finite(each)]
    labels = [""] * height
    if finite and height >= 2:
        labels[0], labels[-1] = figures.value(max(finite)), figures.value(min(finite))
    drawn = paint.chart(values, max(width - 8, 0), height)
    return [
        Content.assemble((line, "$plot"), (f" {label}", "$muted"))
        for line, label in zip(drawn, labels, strict=True)
    ]


class MetricsView(View[tuple[Metric, ...]]):
    """Name, value, held-out values and sparkline of each, in two columns where they fit."""

    def draw(self, value: tuple[Metric, ...], width: int, height: int) -> Content:
        """Filled column by column; metrics beyond the last cell are counted there."""
        if not value:
            return paint.fit(Content.styled("Losses appear with the first step.", "$muted"), width)
        columns = metric_columns(value, width, height)
        layout = _layout(value, _cell_width(width, columns))
        room = columns * height
        shown = value[: room - 1] if len(value) > room > 0 else value
        cells = [_cell(each, layout) for each in shown]
        if len(shown) < len(value):
            more = f"… {len(value) - len(shown)} more"
            cells.append(paint.fit(Content.styled(more, "$muted"), layout.width))
        rows = math.ceil(len(cells) / columns)
        return paint.lines(paint.spaced(cells[row::rows], _GAP) for row in range(rows))


def metric_rows(value: tuple[Metric, ...], width: int, pane_height: int) -> int:
    """Rows that all metrics take."""
    return max(math.ceil(len(value) / metric_columns(value, width, pane_height // 3)), 1)


def metric_columns(value: tuple[Metric, ...], width: int, rows: int) -> int:
    """One where two have no room, or where `rows` do for one and only one tells all."""
    if width < 44:
        return 1
    if len(value) > rows or not any(each.held_out for each in value):
        return 2
    return 2 if _layout(value, _cell_width(width, 2)).held == 0 else 1


def _cell_width(width: int, columns: int) -> int:
    return (width - len(_GAP) * (columns - 1)) // columns


@dataclass(frozen=True)
class _Layout:
    """Cells of each field of a metric; `held` tells the way in which held-out values are put."""

    width: int
    name: int
    digits: int
    held: int
    held_width: int


def _layout(value: tuple[Metric, ...], width: int) -> _Layout:
    """The wordiest way in which names stay readable and a sparkline remains."""
    longest = max(len(_shown(each.name)) for each in value)
    digits = 5 if width >= 30 else 4
    for held in range(len(_HELD_OUT)):
        held_width = max(len(_HELD_OUT[held](each)) for each in value)
        rest = width - digits - 4 - held_width
        if rest - _LEAST_SPARK >= min(longest, _NAME) or held == len(_HELD_OUT) - 1:
            rest = max(rest - _LEAST_SPARK, _LEAST_NAME)
            break
        if held == _TERSE and held_width and rest >= _LEAST_NAME:
            break
    return _Layout(width, min(longest, rest), digits, held, held_width)


def _in_full(metric: Metric) -> str:
    told = [f"{split_label(split)} {figures.value(number)}" for split, number in metric.held_out]
    return f" ({' '.join(told)})" if told else ""


def _first_only(metric: Metric) -> str:
    told = metric.held_out[:1]
    return "".join(f" ({split_label(split)} {figures.value(number)})" for split, number in told)


def _tersely(metric: Metric) -> str:
    told = metric.held_out[:1]
    return "".join(f" {split_label(split)[:1]}{figures.value(number, 4)}" for split, number in told)


_HELD_OUT = (_in_full, _first_only, _tersely, lambda metric: "")
_TERSE = _HELD_OUT.index(_tersely)


def _cell(metric: Metric, layout: _Layout) -> Content:
    name = paint.fit(Content.styled(_shown(metric.name, layout.name), "$muted"), layout.name)
    style = "bold" if figures.is_finite(metric.value) else "bold $error"
    number = f" {figures.value(metric.value, layout.digits):>{layout.digits + 2}}"
    held = _HELD_OUT[layout.held](metric).ljust(layout.held_width)
    told = Content.assemble(name, (number, style), (held, ""), " ")
    room = layout.width - told.cell_length
    line = paint.chart(metric.trend, room, 1)[0] if room >= _LEAST_SPARK else ""
    return paint.fit(told + Content.styled(line, "$plot"), layout.width)


def _shown(name: str, width: int = paint.MAX_TEXT) -> str:
    """A metric as it is named here; where room is short, of the kind of head an initial does."""
    head, _, measure = name.rpartition("/accuracy")
    if head and not measure:
        return f"acc {_shown(head, width - 4)}"
    shown = paint.safe(name.replace("_", " ")) or "without a name"
    kind, slash, which = shown.partition("/")
    return f"{kind[:1]}/{which}" if slash and len(shown) > width else shown
