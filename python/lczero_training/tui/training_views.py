"""The parts of the training pane: progress, loss, metrics, networks."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath

from textual.content import Content
from textual.geometry import Size

from lczero_training.schema.messages import (
    DaemonState,
    NetworkInfo,
    ScheduleStatus,
    TrainingProgress,
)
from lczero_training.tui import figures, paint
from lczero_training.tui.history import NONFINITE_STEPS, TOTAL_LOSS
from lczero_training.tui.state import Dashboard, Link
from lczero_training.tui.view import View

_COMPILING = "Compiling the training step …"


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far this network is, and what the next one waits for."""

    state: DaemonState = DaemonState.STATE_UNSPECIFIED
    link: Link = Link.STARTING
    paused: bool = False
    training: TrainingProgress | None = None
    schedule: ScheduleStatus | None = None


def progress(board: Dashboard) -> Progress:
    """The part of the dashboard that the progress rows show."""
    return Progress(
        state=board.state,
        link=board.link,
        paused=board.paused,
        training=board.training,
        schedule=board.status.schedule if board.status else None,
    )


class ProgressView(View[Progress]):
    """Three rows: the step with its bar, speeds and times, the schedule."""

    def draw(self, value: Progress, width: int, height: int) -> Content:
        """The first two rows wait for the first step, and say so."""
        if value.training is None:
            rows = [Content.styled(_before_first_step(value), "$warning"), Content("")]
        else:
            rows = [_step(value.training, width), _second_row(value, value.training, width)]
        return paint.lines([*rows, _schedule(value, width)][: max(height, 1)])


def _before_first_step(value: Progress) -> str:
    if value.link is Link.GONE:
        return "The daemon is not running."
    match value.state:
        case DaemonState.STATE_UNSPECIFIED:
            return "Starting the daemon …"
        case DaemonState.IDLE:
            return "Not training. Press s to start."
        case DaemonState.WAITING_FOR_DATA:
            schedule = value.schedule
            if schedule and schedule.chunks_since_anchor >= schedule.chunks_per_network:
                return "Enough games: preparing to train …"
            return "Waiting for games to train on."
        case DaemonState.TRAINING:
            return _COMPILING
        case DaemonState.ERROR:
            return "The daemon reports an error: see the log."
        case _:
            return "No step was trained yet."


def _step(training: TrainingProgress, width: int) -> Content:
    done, whole = training.network_step, training.steps_per_network
    head = Content.assemble(
        ("Step ", "$muted"),
        (figures.grouped(done), "bold"),
        (f" / {figures.grouped(whole)} ", "$muted"),
    )
    share = Content.assemble(
        (f" {figures.percent(done, whole)}", "bold"),
        ("  lr ", "$muted"),
        (figures.value(training.learning_rate, 4), "bold"),
    )
    room = max(width - head.cell_length - share.cell_length, 0)
    style = "$success" if done >= whole else "$primary"
    return head + paint.bar(paint.ratio(done, whole), room, style) + share


def _second_row(value: Progress, training: TrainingProgress, width: int) -> Content:
    if value.state == DaemonState.TRAINING and not training.metrics:
        return Content.styled(_COMPILING, "$warning")
    return _speed(training, width)


def _speed(training: TrainingProgress, width: int) -> Content:
    """Speeds at the left, times at the right while both have room."""
    speeds = paint.spaced(
        [
            _pair("steps", figures.rate(training.steps_per_second)),
            _pair("pos", figures.rate(training.positions_per_second)),
        ]
    )
    times = paint.spaced(
        [
            _pair("spent", figures.duration(training.elapsed_seconds)),
            _pair("left", figures.duration(training.remaining_seconds)),
        ]
    )
    return paint.row(speeds, times, width)


def _schedule(value: Progress, width: int) -> Content:
    schedule = value.schedule
    if schedule is None:
        return Content("")
    waiting = value.state == DaemonState.WAITING_FOR_DATA
    new, needed = schedule.chunks_since_anchor, schedule.chunks_per_network
    head = Content.styled("Waiting for chunks " if waiting else "Next network ", "$muted")
    number = Content.assemble(
        " ", (figures.grouped(new), "bold"), (f" / {figures.grouped(needed)} chunks", "$muted")
    )
    room = max(width - head.cell_length - number.cell_length, 0)
    style = "$success" if new >= needed else "$warning"
    return head + paint.bar(paint.ratio(new, needed), room, style) + number


def _pair(label: str, value: str) -> Content:
    return Content.assemble((f"{label} ", "$muted"), (value, "bold"))


@dataclass(frozen=True, kw_only=True)
class Series:
    """A metric's newest value and how it came there, oldest first."""

    name: str
    value: float
    history: tuple[float, ...] = ()


def loss_series(board: Dashboard) -> Series | None:
    """Of the total loss; None before this process has measured a step."""
    if board.training is None or not board.training.metrics:
        return None
    return _series(board, TOTAL_LOSS, board.training.total_loss)


def metric_series(board: Dashboard) -> tuple[Series, ...]:
    """Every metric: losses (LOSS/HEAD), what else is known of a head, the rest."""
    if board.training is None:
        return ()
    metrics = dict(board.training.metrics)
    # A count of mishaps: worth a place only when there was one.
    if not metrics.get(NONFINITE_STEPS):
        metrics.pop(NONFINITE_STEPS, None)
    names = sorted(metrics, key=lambda name: (abs(name.count("/") - 1), -name.count("/"), name))
    return tuple(_series(board, name, metrics[name]) for name in names)


def _shown(name: str) -> str:
    # The head's name may be cut where room is short, what is measured must not.
    head, _, measure = name.rpartition("/accuracy")
    return paint.safe(f"acc {head}" if head and not measure else name.replace("_", " "))


def _series(board: Dashboard, name: str, value: float) -> Series:
    return Series(
        name=name, value=value, history=tuple(value for _, value in board.history.points(name))
    )


class LossView(View[Series | None]):
    """The total loss as a chart over the full height."""

    def draw(self, value: Series | None, width: int, height: int) -> Content:
        """Least and greatest value stand at the right edge."""
        if value is None or width < 12:
            return Content("")
        finite = [each for each in value.history if figures.is_finite(each)]
        labels = [""] * height
        if finite and height >= 2:
            labels[0], labels[-1] = figures.value(max(finite)), figures.value(min(finite))
        drawn = paint.chart(value.history, width - 8, height)
        return paint.lines(
            Content.assemble((line, "$plot"), (f" {label}", "$muted"))
            for line, label in zip(drawn, labels, strict=True)
        )


class MetricsView(View[tuple[Series, ...]]):
    """Name, value and sparkline of each metric, in two columns where they fit."""

    def size_key(self, value: tuple[Series, ...]) -> object:
        """As View.size_key."""
        return len(value)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many rows as there are metrics; called by Textual where the height is auto."""
        return max(math.ceil(len(self.value) / _columns(width)), 1)

    def draw(self, value: tuple[Series, ...], width: int, height: int) -> Content:
        """Filled column by column; metrics beyond the last cell are counted there."""
        if not value:
            return Content.styled("Losses appear with the first step.", "$muted")
        columns = _columns(width)
        cell = (width - 2 * (columns - 1)) // columns
        name_width = min(max(len(_shown(each.name)) for each in value), max(cell - 10, 4))
        room = columns * height
        if len(value) > room > 0:
            shown = [_metric(each, name_width, cell) for each in value[: room - 1]]
            cells = [*shown, Content.styled(f"… {len(value) - room + 1} more", "$muted")]
        else:
            cells = [_metric(each, name_width, cell) for each in value]
        rows = math.ceil(len(cells) / columns)
        return paint.lines(paint.spaced(cells[row::rows]) for row in range(rows))


def _columns(width: int) -> int:
    return 2 if width >= 44 else 1


def _metric(series: Series, name_width: int, width: int) -> Content:
    name = paint.fit(Content.styled(_shown(series.name), "$muted"), name_width)
    bad = not figures.is_finite(series.value) or series.name == NONFINITE_STEPS
    style = "bold $error" if bad else "bold"
    number = f" {figures.value(series.value):>7} " if width >= 30 else _short(series.value)
    room = width - name_width - len(number)
    line = paint.chart(series.history, max(room, 0), 1)[0]
    return paint.fit(Content.assemble(name, (number, style), (line, "$plot")), width)


def _short(value: float) -> str:
    return f" {figures.value(value, 4):>5} "


class NetworksView(View[tuple[NetworkInfo, ...]]):
    """The last networks, newest first: step, file, size, where it went."""

    def draw(self, value: tuple[NetworkInfo, ...], width: int, height: int) -> Content:
        """One row each."""
        if not value:
            return Content.styled("No network was exported yet.", "$muted")
        return paint.lines(_network_rows(value[: max(height, 1)], width))


def _tail(path: str, width: int) -> str:
    """The end of a path, which tells more than its start; empty where hardly any would show."""
    shown = paint.safe(path)
    if len(shown) <= width:
        return shown
    return f"…{shown[len(shown) - width + 1 :]}" if width >= 10 else ""


def _network_rows(networks: tuple[NetworkInfo, ...], width: int) -> Iterator[Content]:
    for index, network in enumerate(networks):
        path = PurePath(network.path)
        went = Content.styled("⇧ uploaded" if network.uploaded else "⇩ saved   ", "$success")
        name = paint.text(path.name, "bold" if index == 0 else "")
        size = Content.styled(figures.size(network.size_bytes), "$muted")
        figures_part = paint.spaced([size, went]) if width >= 60 else went
        step = Content.styled(f"⇪ {figures.grouped(network.step)}  ", "$accent")
        room = width - step.cell_length - figures_part.cell_length - 2
        where = _tail(str(path.parent), room - name.cell_length - 2)
        both = name + Content("  ") + Content.styled(where, "$muted") if where else name
        yield paint.row(step + paint.fit(both, max(room, 0)), figures_part, width)
