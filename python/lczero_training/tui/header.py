"""The bar at the top: which run, in what state, how far, how fast."""

from dataclasses import dataclass

from textual.content import Content

from lczero_training.schema.messages import DaemonState
from lczero_training.tui import figures, paint
from lczero_training.tui.state import Dashboard, Link
from lczero_training.tui.view import View

# Glyph, words and theme colours (for a light bar) of each state: no state is told by colour alone.
_STATES = {
    DaemonState.STATE_UNSPECIFIED: ("◌", "STARTING", "#00005f on #b8c0cc"),
    DaemonState.IDLE: ("■", "IDLE", "#ffffff on #5a6270"),
    DaemonState.WAITING_FOR_DATA: ("◔", "WAITING FOR DATA", "#000000 on #ffd75f"),
    DaemonState.TRAINING: ("▶", "TRAINING", "#000000 on #5fd787"),
    DaemonState.EXPORTING: ("⇪", "EXPORTING", "#000000 on #5ff1ff"),
    DaemonState.UPLOADING: ("⇧", "UPLOADING", "#000000 on #5ff1ff"),
    DaemonState.STOPPING: ("◼", "STOPPING", "#000000 on #ffaf5f"),
    DaemonState.ERROR: ("✖", "ERROR", "#ffffff on #b00020"),
}
_PAUSED = ("‖", "PAUSED", "#000000 on #ffd75f")
_GONE = ("✖", "DAEMON GONE", "#ffffff on #b00020")
_ENDED = ("■", "DAEMON ENDED", "#ffffff on #5a6270")


@dataclass(frozen=True, kw_only=True)
class Headline:
    """What the header shows."""

    name: str = ""
    badge: tuple[str, str, str] = _STATES[DaemonState.STATE_UNSPECIFIED]
    uptime_seconds: float | None = None
    network: int | None = None
    step: int | None = None
    positions_per_second: float | None = None
    device: str = ""


def headline(board: Dashboard) -> Headline:
    """The part of the dashboard that the header shows."""
    status, progress = board.status, board.training
    if status is None:
        return Headline(badge=_badge(board))
    training = status.state == DaemonState.TRAINING
    return Headline(
        name=status.name,
        badge=_badge(board),
        uptime_seconds=status.uptime_seconds,
        # The one in the making, counted from 1.
        network=status.schedule.networks_total + training,
        step=progress.step if progress else None,
        positions_per_second=progress.positions_per_second if progress and training else None,
        device=status.device,
    )


def _badge(board: Dashboard) -> tuple[str, str, str]:
    if board.death is not None:
        return _ENDED if board.death.orderly else _GONE
    if board.link is Link.STOPPING:
        return _STATES[DaemonState.STOPPING]
    if board.paused:
        return _PAUSED
    return _STATES[board.state]


class HeaderBar(View[Headline]):
    """One row; what has no room is left out from the right."""

    def __init__(self) -> None:
        super().__init__(Headline(), id="header")

    def draw(self, value: Headline, width: int, height: int) -> Content:
        """Name and state left, the figures right."""
        glyph, words, style = value.badge
        name = (
            paint.text(value.name, "bold") if value.name else Content.styled("Lc0 training", "bold")
        )
        left = paint.spaced([name, Content.styled(f" {glyph} {words} ", f"bold {style}")], " ")
        parts = _figures(value)
        while parts and left.cell_length + 2 + paint.spaced(parts, "  ").cell_length > width:
            parts.pop(0)
        return paint.row(left, paint.spaced(parts, "  "), width) if parts else left


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
