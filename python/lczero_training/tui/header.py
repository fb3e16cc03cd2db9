"""The bar at the top: which run, in what state, how far, how fast."""

from dataclasses import dataclass

from textual.content import Content

from lczero_training.schema.messages import DaemonState
from lczero_training.tui import figures, paint
from lczero_training.tui.state import Dashboard, Link
from lczero_training.tui.view import View


@dataclass(frozen=True)
class Badge:
    """A state on a coloured ground. No state is told by colour alone, hence the glyph."""

    glyph: str
    words: str
    # Theme colour of the ground; "-text" after it is what is written with.
    ground: str

    def draw(self) -> Content:
        """With a blank on either side."""
        return Content.styled(
            f" {self.glyph} {self.words} ", f"bold ${self.ground}-text on ${self.ground}"
        )


STATES = {
    DaemonState.STATE_UNSPECIFIED: Badge("◌", "STARTING", "resting"),
    DaemonState.IDLE: Badge("■", "IDLE", "resting"),
    DaemonState.WAITING_FOR_DATA: Badge("◔", "WAITING FOR DATA", "waiting"),
    DaemonState.TRAINING: Badge("▶", "TRAINING", "working"),
    DaemonState.EXPORTING: Badge("⇪", "EXPORTING", "busy"),
    DaemonState.UPLOADING: Badge("⇧", "UPLOADING", "busy"),
    DaemonState.STOPPING: Badge("◼", "STOPPING", "waiting"),
    DaemonState.ERROR: Badge("✖", "ERROR", "failing"),
}
PAUSED = Badge("‖", "PAUSED", "waiting")
GONE = Badge("✖", "DAEMON GONE", "failing")
ENDED = Badge("■", "DAEMON ENDED", "resting")
# Of a longer name, cells that are shown before figures give way.
MAX_NAME = 24
# Warnings and errors that the daemon has counted.
PROBLEM_GLYPH = "!"


@dataclass(frozen=True, kw_only=True)
class Headline:
    """What the header shows."""

    name: str = ""
    source: str = ""
    badge: Badge = STATES[DaemonState.STATE_UNSPECIFIED]
    problems: int = 0
    uptime_seconds: float | None = None
    network: int | None = None
    step: int | None = None
    positions_per_second: float | None = None
    device: str = ""


def headline(board: Dashboard) -> Headline:
    """The part of the dashboard that the header shows."""
    status, progress = board.status, board.training
    if status is None:
        return Headline(badge=_badge(board), source=board.source)
    training = status.state == DaemonState.TRAINING
    moving = training and board.death is None and not board.paused
    return Headline(
        name=status.name,
        source=board.source,
        badge=_badge(board),
        problems=sum(status.problems.values()),
        uptime_seconds=status.uptime_seconds,
        # The one in the making, counted from 1.
        network=status.schedule.networks_total + training,
        step=progress.step if progress else None,
        positions_per_second=progress.positions_per_second if progress and moving else None,
        device=status.device,
    )


def _badge(board: Dashboard) -> Badge:
    if board.death is not None:
        return ENDED if board.death.orderly else GONE
    if board.link is Link.STOPPING:
        return STATES[DaemonState.STOPPING]
    if board.paused:
        return PAUSED
    return STATES[board.state]


class HeaderBar(View[Headline]):
    """One row; what has no room is left out from the right, or cut, but never the state."""

    def __init__(self) -> None:
        super().__init__(Headline(), id="header")

    def draw(self, value: Headline, width: int, height: int) -> Content:
        """Name, state, source and problems left, the figures right."""
        badges = [value.badge.draw(), *_marks(value)]
        parts = _figures(value)
        left = paint.spaced([_name(value, MAX_NAME), *badges], " ")
        while parts and left.cell_length + 2 + paint.spaced(parts).cell_length > width:
            parts.pop(0)
        if parts:
            return paint.row(left, paint.spaced(parts), width)
        return _without_figures(value, badges, width)


def _without_figures(value: Headline, badges: list[Content], width: int) -> Content:
    """The name gives way first, then all but the state."""
    room = width - paint.spaced(badges, " ").cell_length - 1
    if room >= 4:
        return paint.spaced([_name(value, room), *badges], " ")
    return paint.fit(paint.spaced(badges, " "), width)


def _name(value: Headline, room: int) -> Content:
    name = paint.text(value.name or "Lc0 training", "bold")
    return name.truncate(room, ellipsis=True) if room < name.cell_length else name


def _marks(value: Headline) -> list[Content]:
    marks = []
    if value.problems:
        count = f" {PROBLEM_GLYPH} {figures.grouped(value.problems)} "
        marks.append(Content.styled(count, "bold $waiting-text on $waiting"))
    if value.source:
        source = f" {paint.safe(value.source)} "
        marks.append(Content.styled(source, "bold $busy-text on $busy"))
    return marks


def _figures(value: Headline) -> list[Content]:
    """Least important first."""
    parts = []
    if value.device:
        parts.append(_labelled("on", value.device))
    if value.uptime_seconds is not None:
        parts.append(_labelled("up", figures.duration(value.uptime_seconds)))
    if value.network is not None:
        parts.append(_labelled("network", figures.grouped(value.network)))
    if value.step is not None:
        parts.append(_labelled("step", figures.grouped(value.step)))
    if value.positions_per_second is not None:
        parts.append(_labelled("pos", figures.rate(value.positions_per_second)))
    return parts


def _labelled(label: str, value: str) -> Content:
    return Content.assemble((f"{label} ", ""), (paint.safe(value), "bold"))
