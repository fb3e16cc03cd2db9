"""One row on how the daemon is heard: a replay's place, a silence, a daemon without a config."""

from textual.content import Content

from lczero_training.client.replay import ReplayProgress, speed_in_words
from lczero_training.schema.messages import DaemonState
from lczero_training.tui import figures, paint
from lczero_training.tui.state import Dashboard, Link
from lczero_training.tui.view import View

_NOTHING = Content("")


def notice(board: Dashboard) -> Content:
    """What the row says; empty when there is nothing to say, and no row."""
    if board.replay is not None:
        return _replay(board.replay)
    if board.link is Link.GONE:
        return _NOTHING
    if board.silent_seconds:
        return _silence(board)
    if board.state == DaemonState.IDLE and not board.config_filepath:
        return Content.assemble(
            ("■ ", "$warning"),
            "The daemon has no config. Quit, and give one: ",
            ("--config FILE", "bold"),
            ", a path on the daemon's machine.",
        )
    return _NOTHING


def _silence(board: Dashboard) -> Content:
    seconds = figures.duration(board.silent_seconds)
    if board.status is None:
        words = f"◌ The daemon has said nothing yet, for {seconds}. Is it one? "
    else:
        words = f"◌ The daemon has fallen silent, for {seconds}. What is below is old. "
    return Content.assemble((words, "bold $warning"), ("q", "bold $accent"), " quits")


def _replay(progress: ReplayProgress) -> Content:
    parts = [_verdict(progress), _place(progress)]
    if progress.sessions > 1:
        parts.append(Content(f"session {progress.sessions}"))
    if progress.bad_lines:
        plural = "s" if progress.bad_lines > 1 else ""
        parts.append(Content.styled(f"! {progress.bad_lines} bad line{plural}", "$warning"))
    if not progress.ended:
        parts.append(_keys(progress))
    return paint.spaced(parts, "   ")


def _verdict(progress: ReplayProgress) -> Content:
    if progress.ended:
        return Content.styled("■ End of the recording", "bold $success")
    if progress.paused:
        return Content.styled("‖ Replay paused", "bold $warning")
    return Content.styled(f"▶ Replay {speed_in_words(progress.speed)}", "bold $primary")


def _place(progress: ReplayProgress) -> Content:
    # "2026-01-02T03:04:05.678901Z"
    day, _, time = paint.safe(progress.time).partition("T")
    when = f"{day} {time[:8]} UTC" if time else day
    place = figures.duration(progress.position_seconds)
    if progress.length_seconds:
        place += f" of {figures.duration(progress.length_seconds)}"
    return Content.assemble((when, "bold"), f"  {place}" if when else "")


def _keys(progress: ReplayProgress) -> Content:
    return Content.assemble(
        (".", "bold $accent"),
        " goes on  " if progress.paused else " pauses  ",
        ("+ -", "bold $accent"),
        " speed",
    )


class NoticeBar(View[Content]):
    """Hidden while there is nothing to say."""

    def __init__(self) -> None:
        super().__init__(_NOTHING, id="notice")
        self.display = False

    def show(self, value: Content) -> None:
        """Appears and goes with the words."""
        self.display = bool(value)
        super().show(value)

    def draw(self, value: Content, width: int, height: int) -> Content:
        """The words, cut where room is short."""
        return paint.fit(value, width)
