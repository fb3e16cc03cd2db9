"""The first rows of the training pane: how far, how fast, what is awaited."""

from dataclasses import dataclass

from textual.content import Content

from lczero_training.schema.messages import DaemonState, ScheduleStatus, TrainingProgress
from lczero_training.tui import figures, paint
from lczero_training.tui.state import Dashboard, Link
from lczero_training.tui.view import View

_COMPILING = "Compiling the training step …"
# What takes the place of the speeds while no step is made.
_BUSY = {
    DaemonState.EXPORTING: "⇪ Writing the network …",
    DaemonState.UPLOADING: "⇧ Uploading the network …",
    DaemonState.STOPPING: "◼ Saving a checkpoint …",
}


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


def progress_rows(value: Progress) -> int:
    """Rows that are worth showing."""
    return (1 if value.training is None else 2) + (value.schedule is not None)


class ProgressView(View[Progress]):
    """The step with its bar, speeds and times, the schedule: what matters now comes first."""

    def draw(self, value: Progress, width: int, height: int) -> Content:
        """Without a step, words say what is awaited."""
        schedule = _schedule(value, width)
        if value.training is None:
            rows = [paint.fit(Content.styled(_awaited(value), "$warning"), width), schedule]
        elif value.state == DaemonState.WAITING_FOR_DATA:
            rows = [schedule, _step(value, value.training, width), _times(value.training, width)]
        else:
            rows = [_step(value, value.training, width), _second(value, width), schedule]
        return paint.lines([row for row in rows if row][: max(height, 1)])


def _awaited(value: Progress) -> str:
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


def _step(value: Progress, training: TrainingProgress, width: int) -> Content:
    done, whole = training.network_step, training.steps_per_network
    head = Content.assemble(
        ("Step ", "$muted"),
        (figures.grouped(done), "bold"),
        (f" / {figures.grouped(whole)} ", "$muted"),
    )
    share = Content.styled(f" {figures.percent(done, whole)}", "bold")
    room = max(width - head.cell_length - share.cell_length, 0)
    style = "$success" if done >= whole else "$warning" if value.paused else "$primary"
    return paint.fit(head + paint.bar(paint.ratio(done, whole), room, style) + share, width)


def _second(value: Progress, width: int) -> Content:
    training = value.training
    if training is None:
        return Content("")
    if value.link is Link.GONE:
        words = "The daemon is not running."
    elif value.paused:
        words = "‖ Paused. Press p to go on."
    elif value.state == DaemonState.TRAINING and not training.metrics:
        words = _COMPILING
    elif value.state in _BUSY:
        words = _BUSY[value.state]
    elif value.state == DaemonState.IDLE:
        words = "Not training. Press s to start."
    else:
        return _speed(training, width)
    return paint.row(Content.styled(words, "$warning"), _spent(training), width)


def _speed(training: TrainingProgress, width: int) -> Content:
    """Speeds at the left, times at the right while both have room."""
    left = _pair("left", figures.duration(training.remaining_seconds))
    times = paint.spaced([_spent(training), left])
    return paint.row(_speeds(training), times, width)


def _times(training: TrainingProgress, width: int) -> Content:
    return paint.row(_speeds(training), _spent(training), width)


def _speeds(training: TrainingProgress) -> Content:
    return paint.spaced(
        [
            _pair("steps", figures.rate(training.steps_per_second)),
            _pair("pos", figures.rate(training.positions_per_second)),
        ]
    )


def _spent(training: TrainingProgress) -> Content:
    return _pair("spent", figures.duration(training.elapsed_seconds))


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
    return paint.fit(head + paint.bar(paint.ratio(new, needed), room, style) + number, width)


def _pair(label: str, value: str) -> Content:
    return Content.assemble((f"{label} ", "$muted"), (value, "bold"))
