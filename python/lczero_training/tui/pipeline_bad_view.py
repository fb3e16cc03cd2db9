"""The chunks that were refused."""

from dataclasses import dataclass

from textual.content import Content

from lczero_training.schema.loader_stats import LoaderStats
from lczero_training.tui import figures, paint
from lczero_training.tui.pipeline_bad import bad_chunks, chunks_seen
from lczero_training.tui.view import View

_GAP = "   "


@dataclass(frozen=True, kw_only=True)
class BadChunks:
    """Chunks refused by reason, of how many looked at."""

    reasons: tuple[tuple[str, int], ...] = ()
    seen: int = 0


def bad_chunk_figures(stats: LoaderStats) -> BadChunks:
    """Of the stages that are shown."""
    return BadChunks(reasons=tuple(bad_chunks(stats).items()), seen=chunks_seen(stats))


class BadChunksView(View[BadChunks]):
    """A framed block or a line; green while there is nothing bad."""

    def draw(self, value: BadChunks, width: int, height: int) -> Content:
        """The sum and its share, then reason by reason, as many as there is room for."""
        if height < 3:
            return _line(value, width)
        rows = [_bad_sum(value, width - 4), *_reasons(value, width - 4, height - 3)]
        return paint.frame("bad chunks", rows, width, height)


def _line(value: BadChunks, width: int) -> Content:
    head = Content.styled("bad chunks  ", "$muted") + _bad_sum(value, width) + Content("   ")
    reasons = _reasons(value, width - head.cell_length, 1) if value.reasons else []
    return paint.fit(head + paint.spaced(reasons), width)


def _bad_sum(value: BadChunks, width: int) -> Content:
    exact = _bad_sum_of(value, f"of {figures.grouped(value.seen)}")
    if exact.cell_length <= width:
        return exact
    return _bad_sum_of(value, f"of {figures.count(value.seen)}")


def _bad_sum_of(value: BadChunks, seen: str) -> Content:
    total = sum(number for _, number in value.reasons)
    if not value.seen and not total:
        return Content.styled("none: no chunk was read yet", "$muted")
    if not total:
        return Content.styled(f"✔ none {seen}", "$success")
    return Content.assemble(
        (f"✖ {figures.grouped(total)}", "bold $error"),
        (f" = {figures.percent(total, value.seen)} {seen}", ""),
    )


def _reasons(value: BadChunks, width: int, rows: int) -> list[Content]:
    """Reasons side by side, wrapped into `rows` rows; what is left over is counted."""
    left = [_reason(*pair) for pair in value.reasons]
    drawn = []
    for row in range(max(rows, 0)):
        placed = _fitting(left, width)
        more = ""
        if row == rows - 1 and placed < len(left):
            placed = _fitting(left, width - len(f" +{len(left)} more"))
            more = f"+{len(left) - placed} more"
        parts = paint.spaced(left[:placed], _GAP)
        drawn.append(paint.row(parts, Content.styled(more, "$muted"), width))
        left = left[placed:]
    return drawn


def _fitting(parts: list[Content], width: int) -> int:
    """How many of them fit side by side, at least one: cut rather than not shown."""
    used = -len(_GAP)
    for number, part in enumerate(parts):
        used += len(_GAP) + part.cell_length
        if used > width and number:
            return number
    return len(parts)


def _reason(reason: str, number: int) -> Content:
    return Content.assemble(
        (paint.safe(reason.replace("_", " ")) + " ", "$muted"), (figures.count(number), "bold")
    )
