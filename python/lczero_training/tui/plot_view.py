"""Draws curves with plotext. Imported with the plot screen only: plotext takes a while to load."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from rich.text import Text
from textual.color import Color
from textual.content import Content
from textual_plotext import Plot as Canvas

from lczero_training.tui import paint, sampling
from lczero_training.tui.history import Point
from lczero_training.tui.plot_axis import Scale, Tick, round_step, scale_of, step_ticks
from lczero_training.tui.plot_curves import Curve, Plot
from lczero_training.tui.view import View

# The least part of the width by which the picture moves on.
_JUMPS = 100
# Of the steps shown: how far smoothing reaches.
_SMOOTHING = 1 / 40
# Cells from one mark of a curve to the next: on a line, and where marks are all there is.
_MARK_EVERY, _HELD_OUT_EVERY = 24, 2
_LEAST_WIDTH, _LEAST_HEIGHT = 20, 5
# Braille.
_ACROSS, _UP = 2, 4

Dot = tuple[int, int]


@dataclass(frozen=True)
class _Stroke:
    """A line, or marks where `mark` is not empty; from the lower left corner."""

    dots: tuple[Dot, ...]
    colour: str
    mark: str


@dataclass(frozen=True)
class _Drawing:
    """All that a picture depends on: while it is the same, nothing is drawn again."""

    width: int
    height: int
    # In dots, of the area within the axes.
    columns: int
    rows: int
    strokes: tuple[_Stroke, ...]
    steps: tuple[Tick, ...]
    values: tuple[Tick, ...]
    colours: tuple[tuple[str, str], ...]


class PlotView(View[Plot]):
    """A line of dots for training, marks for what is held out."""

    def __init__(self, value: Plot, *, id: str | None = None) -> None:
        super().__init__(value, id=id)
        self._drawn: tuple[_Drawing, Content] | None = None

    def draw(self, value: Plot, width: int, height: int) -> Content:
        """Words where there is nothing to draw or no room."""
        if not value.curves:
            return _middle(value.message, width, height)
        if width < _LEAST_WIDTH or height < _LEAST_HEIGHT:
            return _middle("No room for a plot.", width, height)
        drawing = _drawing(value, width, height, self._colours())
        if drawing is None:
            return _middle("No value above 0, so none on a log scale. Press y.", width, height)
        if self._drawn is None or self._drawn[0] != drawing:
            self._drawn = (drawing, _paint(drawing))
        return self._drawn[1]

    def _colours(self) -> tuple[tuple[str, str], ...]:
        variables = self.app.theme_variables
        names = {curve.colour for curve in self.value.curves} | {"surface", "muted"}
        return tuple(sorted((name, variables[name]) for name in names))


def _middle(words: str, width: int, height: int) -> Content:
    rows = Content.styled(words, "$muted").wrap(max(width, 1))
    blank = [Content("")] * max((height - len(rows)) // 2, 0)
    centred = [
        Content(" " * max((width - row.cell_length) // 2, 0)) + row
        for row in rows[: max(height, 1)]
    ]
    return paint.lines([*blank, *centred])


def _drawing(
    value: Plot, width: int, height: int, colours: tuple[tuple[str, str], ...]
) -> _Drawing | None:
    curves = [(curve, _prepared(curve, value, width)) for curve in value.curves]
    since, until = _frame(value)
    scales = _scales(value, curves)
    if not scales:
        return None
    values = [(0.0, "least"), (1.0, "most")]
    if not value.own_scales:
        values = next(iter(scales.values())).ticks(height // 3)
    # Axes and labels take the rest.
    columns = _ACROSS * (width - 1 - max(len(label) for _, label in values))
    rows = _UP * (height - 2)
    strokes = [
        stroke
        for number, (curve, points) in enumerate(curves)
        if curve.metric in scales
        for stroke in _strokes(
            curve, _dots(points, value, scales[curve.metric], columns, rows), number
        )
    ]
    # Marks last, so that no line hides them.
    strokes.sort(key=lambda stroke: bool(stroke.mark))
    steps = step_ticks(since, until, columns // _ACROSS)
    return _Drawing(
        width, height, columns, rows, tuple(strokes), tuple(steps), tuple(values), colours
    )


def _frame(value: Plot) -> tuple[int, int]:
    """First and last step of the picture: the steps shown, to the next round ones.

    So that the curves stand still while new steps come, but for a jump now and then.
    """
    part = round_step(value.until - value.since, _JUMPS)
    every = max(int(part), 1) if math.isfinite(part) else 1
    return value.since // every * every, -(-value.until // every) * every


def _prepared(curve: Curve, value: Plot, width: int) -> list[Point]:
    """As many points as can be told apart, smoothed if wished.

    They are averaged over parts that begin at round steps, so that the picture stays as it is
    while new steps come.
    """
    part = round_step(value.until - value.since, _ACROSS * width)
    every = max(math.ceil(part), 1) if math.isfinite(part) else 1
    since = value.since // every * every
    columns = -(-(value.until + 1 - since) // every)
    points = sampling.thin(curve.points, since, since + columns * every, columns)
    # What is held out is measured rarely, and shown as it was.
    if value.smoothed and not curve.split:
        return sampling.smooth(points, (value.until - value.since) * _SMOOTHING)
    return points


def _scales(value: Plot, curves: list[tuple[Curve, list[Point]]]) -> dict[str, Scale]:
    """Of each metric, or the same of all."""
    scales: dict[str, Scale] = {}
    for metric in dict.fromkeys(curve.metric for curve, _ in curves):
        shown = [
            number
            for curve, points in curves
            if curve.metric == metric or not value.own_scales
            for _, number in points
        ]
        if (scale := scale_of(shown, logarithmic=value.logarithmic)) is not None:
            scales[metric] = scale
    return scales


def _dots(
    points: list[Point], value: Plot, scale: Scale, columns: int, rows: int
) -> list[list[Dot]]:
    """Where the points are, in runs that are cut at gaps."""
    since, until = _frame(value)
    span = max(until - since, 1)
    runs: list[list[Dot]] = [[]]
    for step, number in points:
        up = scale.place(number)
        if math.isfinite(up):
            right = min(max((step - since) / span, 0.0), 1.0)
            runs[-1].append((round(right * (columns - 1)), round(up * (rows - 1))))
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _strokes(curve: Curve, runs: list[list[Dot]], number: int) -> Iterator[_Stroke]:
    dots = [dot for run in runs for dot in run]
    if curve.split:
        marked = _spaced(dots, _ACROSS * _HELD_OUT_EVERY, 0)
    else:
        for run in runs:
            yield _Stroke(tuple(run), curve.colour, "")
        every = _ACROSS * _MARK_EVERY
        # Not all curves at the same steps: there they might hide each other.
        marked = _spaced(dots, every, every * (number % 5) // 5)
    if marked:
        yield _Stroke(tuple(marked), curve.colour, curve.mark)


def _spaced(dots: list[Dot], every: int, start: int) -> list[Dot]:
    """Dots at least `every` apart; the newest where there would be none."""
    chosen: list[Dot] = []
    following = start
    for dot in dots:
        if dot[0] >= following:
            chosen.append(dot)
            following = dot[0] + every
    return chosen or dots[-1:]


def _paint(drawing: _Drawing) -> Content:
    colours = {name: Color.parse(colour).rgb for name, colour in drawing.colours}
    canvas = Canvas()
    canvas.plotsize(drawing.width, drawing.height)
    # As textual_plotext's own widget does: plotsize() alone minds the size of the terminal.
    canvas._set_size(drawing.width, drawing.height)
    canvas.canvas_color(colours["surface"])
    canvas.axes_color(colours["surface"])
    canvas.ticks_color(colours["muted"])
    canvas.xaxes(True, False)
    canvas.yaxes(True, False)
    last_column, last_row = drawing.columns - 1, drawing.rows - 1
    for stroke in drawing.strokes:
        dots = stroke.dots
        if stroke.mark:
            across = [_cell(dot, _ACROSS, last_column) for dot, _ in dots]
            up = [_cell(dot, _UP, last_row) for _, dot in dots]
            canvas.scatter(across, up, marker=stroke.mark, color=colours[stroke.colour])
        else:
            draw = canvas.plot if len(dots) > 1 else canvas.scatter
            draw(
                *map(list, zip(*dots, strict=True)), marker="braille", color=colours[stroke.colour]
            )
    canvas.xlim(0, last_column)
    canvas.ylim(0, last_row)
    canvas.xticks(*_ticks(drawing.steps, _ACROSS, last_column))
    canvas.yticks(*_ticks(drawing.values, _UP, last_row))
    return Content.from_rich_text(Text.from_ansi(canvas.build()))


def _cell(dot: int, per_cell: int, last: int) -> float:
    """Where a whole cell is to be put to stand where the dot does."""
    return dot // per_cell * last / max((last + 1) // per_cell - 1, 1)


def _ticks(ticks: tuple[Tick, ...], per_cell: int, last: int) -> tuple[list[float], list[str]]:
    places = [_cell(round(place * last), per_cell, last) for place, _ in ticks]
    return places, [label for _, label in ticks]
