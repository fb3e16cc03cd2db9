"""What is wrong with training or on the networks' way out, in words; nothing when all is well."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from textual.content import Content

from lczero_training.schema.messages import UploadStatus
from lczero_training.tui import figures, paint
from lczero_training.tui.history import NONFINITE_STEPS
from lczero_training.tui.state import Dashboard
from lczero_training.tui.view import View

# Of each Problem: what happened so often.
PROBLEMS = {
    "LINE_REFUSED": "lines refused",
    "COMMAND_REFUSED": "commands refused",
    "CONFIG_REFUSED": "configs refused",
    "SESSION_FAILED": "sessions failed",
    "SESSION_ABANDONED": "sessions abandoned",
    "CHECKPOINT_FAILED": "checkpoints failed",
    "EXPORT_FAILED": "exports failed",
    "EXPORT_LOST": "networks given up",
    "UPLOAD_FAILED": "uploads failed",
    "UPLOAD_PARKED": "uploads refused",
    "DEMO_FEED_FAILED": "demo copies failed",
    "METRICS_PORT_FAILED": "metrics ports failed",
    "RECORD_FAILED": "recordings failed",
    "DAEMON_FAILED": "daemon failures",
    "TRAINING_ROLLED_BACK": "roll-backs",
}


@dataclass(frozen=True)
class Trouble:
    """One row. The glyph tells the severity to who sees no colours: ✖, ! or ·."""

    glyph: str
    words: str


_STYLES = {"✖": "$error", "!": "$warning", "·": "$muted"}


def troubles(board: Dashboard) -> tuple[Trouble, ...]:
    """Worst first."""
    status, training = board.status, board.training
    if status is None:
        return ()
    found: list[Trouble] = []
    if training is not None and training.metrics and not figures.is_finite(training.total_loss):
        found.append(Trouble("✖", "The loss is not a finite number."))
    if (waiting := status.exports_waiting) > 0:
        found.append(Trouble("✖", f"{_networks(waiting)} not written yet: retried"))
    if status.upload is not None:
        found += _upload(status.upload)
    skipped = training.metrics.get(NONFINITE_STEPS, 0.0) if training is not None else 0.0
    if skipped:
        found.append(Trouble("!", f"{skipped:,.0f} steps skipped: loss was not finite"))
    if counts := _counts(status.problems):
        found.append(Trouble("!", counts))
    return tuple(found)


def _upload(upload: UploadStatus) -> Iterator[Trouble]:
    if upload.parked:
        yield Trouble("✖", f"{_networks(upload.parked)} parked: the server refused")
    if upload.last_error and upload.waiting:
        seconds = upload.next_attempt_seconds
        again = f"next try in {figures.duration(seconds)}" if seconds > 0 else "trying now"
        yield Trouble("!", f"Upload fails: {_networks(upload.waiting)} waiting, {again}")
    elif upload.waiting:
        yield Trouble("·", f"{_networks(upload.waiting)} to upload")
    if upload.last_error and (upload.waiting or upload.parked):
        yield Trouble("·", f"The server's answer: {paint.safe(upload.last_error)}")


def _networks(number: int) -> str:
    return "1 network" if number == 1 else f"{figures.grouped(number)} networks"


def _counts(problems: Mapping[str, int]) -> str:
    """Most frequent first; a problem that only a newer daemon knows goes by its own name."""
    counted = sorted(problems.items(), key=lambda item: (-item[1], item[0]))
    return " · ".join(
        f"{PROBLEMS.get(name) or paint.safe(name.lower().replace('_', ' '))} {figures.count(count)}"
        for name, count in counted
        if count
    )


class TroublesView(View[tuple[Trouble, ...]]):
    """One row each; what has no room is counted in the last."""

    def draw(self, value: tuple[Trouble, ...], width: int, height: int) -> Content:
        """Cut at the right, where the least important words are."""
        shown = value[: max(height, 1)]
        rows = [_row(each) for each in shown]
        if len(value) > len(shown) and rows:
            more = Content.styled(f"+{len(value) - len(shown)} more", "$warning")
            rows[-1] = paint.row(rows[-1], more, width)
        return paint.lines(paint.fit(row, width) for row in rows)


def _row(trouble: Trouble) -> Content:
    style = _STYLES[trouble.glyph]
    return Content.assemble((f"{trouble.glyph} ", f"bold {style}"), (trouble.words, style))
