"""The shuffling chunk pool over the full width, and the chunks that were refused."""

from dataclasses import dataclass

from textual.content import Content

from lczero_training.schema.loader_stats import PoolStats, StageStats
from lczero_training.tui import figures, paint
from lczero_training.tui.stage_view import load_style
from lczero_training.tui.state import Dashboard, bad_chunks, chunks_seen
from lczero_training.tui.view import View


@dataclass(frozen=True, kw_only=True)
class PoolFigures:
    """A pool's stage, and how far the way to the next network is."""

    stage: StageStats
    chunks_since_anchor: int = 0
    chunks_per_network: int = 0
    anchor: str = ""
    newest_key: str = ""


def pool_figures(stage: StageStats, board: Dashboard) -> PoolFigures:
    """The part of the dashboard that a pool's block shows."""
    stats, status = board.loader, board.status
    return PoolFigures(
        stage=stage,
        chunks_since_anchor=stats.chunks_since_anchor if stats else 0,
        chunks_per_network=status.schedule.chunks_per_network if status else 0,
        anchor=stats.anchor if stats else "",
        newest_key=stats.newest_key if stats else "",
    )


class PoolView(View[PoolFigures]):
    """A framed block titled with the stage's name."""

    def draw(self, value: PoolFigures, width: int, height: int) -> Content:
        """Two bars, then the figures; with more rows the bars stand below each other."""
        rows = _pool_rows(value, width - 4, height - 2)
        return paint.frame(value.stage.name, rows, width, height, heavy=True)


def _pool_rows(value: PoolFigures, width: int, height: int) -> list[Content]:
    pool = value.stage.pool or PoolStats()
    if height < 4:
        half = (width - 3) // 2
        left, right = _window(pool, half), _since_anchor(value, width - 3 - half)
        return [paint.spaced([left, right], "   "), _figures(value, pool)]
    return [
        _window(pool, width),
        _since_anchor(value, width),
        _figures(value, pool),
        _keys(value),
    ]


def _window(pool: PoolStats, width: int) -> Content:
    style = "$success" if pool.chunks >= pool.capacity else "$primary"
    return _bar("window", pool.chunks, pool.capacity, style, width)


def _since_anchor(value: PoolFigures, width: int) -> Content:
    reached = value.chunks_since_anchor >= value.chunks_per_network
    style = "$success" if reached else "$warning"
    return _bar("new", value.chunks_since_anchor, value.chunks_per_network, style, width)


def _bar(label: str, part: int, whole: int, style: str, width: int) -> Content:
    head = Content.styled(f"{label} ", "$muted")
    number = Content.assemble(" ", (f"{figures.grouped(part)}/{figures.grouped(whole)}", "bold"))
    room = max(width - head.cell_length - number.cell_length, 0)
    return head + paint.bar(paint.ratio(part, whole), room, style) + number


def _figures(value: PoolFigures, pool: PoolStats) -> Content:
    stage = value.stage
    if not pool.chunks:
        return Content.styled("waiting for the first games", "$warning")
    return paint.spaced(
        [
            _pair("load", f"{stage.load:.1f}/{stage.threads}", f"bold {load_style(stage)}"),
            _pair("out", figures.rate(stage.items.rate), "bold"),
            _pair("sources", figures.count(pool.sources), "bold"),
            _pair("exhausted", f"{figures.count(pool.exhaustions)} times", "bold"),
            _pair("full", figures.percent(pool.chunks, pool.capacity), "bold"),
            _pair("chunks out", figures.count(stage.items.total), "bold"),
        ],
        "   ",
    )


def _keys(value: PoolFigures) -> Content:
    return paint.spaced(
        [
            _pair("newest", value.newest_key or figures.UNKNOWN, ""),
            _pair("anchor", value.anchor or "not set yet", ""),
        ],
        "   ",
    )


def _pair(label: str, value: str, style: str) -> Content:
    return Content.assemble((f"{label} ", "$muted"), (paint.safe(value), style))


@dataclass(frozen=True, kw_only=True)
class BadChunks:
    """Chunks refused by reason, of how many looked at."""

    reasons: tuple[tuple[str, int], ...] = ()
    seen: int = 0


def bad_chunk_figures(board: Dashboard) -> BadChunks:
    """The part of the dashboard that this block shows."""
    if board.loader is None:
        return BadChunks()
    return BadChunks(
        reasons=tuple(bad_chunks(board.loader).items()), seen=chunks_seen(board.loader)
    )


class BadChunksView(View[BadChunks]):
    """A framed block; green while there is nothing bad."""

    def draw(self, value: BadChunks, width: int, height: int) -> Content:
        """The sum and its share, then reason by reason, as many as there is room for."""
        rows = [_bad_sum(value), *_reasons(value, width - 4, height - 3)]
        return paint.frame("bad chunks", rows, width, height)


def _bad_sum(value: BadChunks) -> Content:
    seen = f"of {figures.grouped(value.seen)}"
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
    drawn: list[Content] = []
    left = list(value.reasons)
    for _ in range(max(rows, 0)):
        parts: list[Content] = []
        while left:
            pair = _pair(left[0][0].replace("_", " "), figures.count(left[0][1]), "bold")
            if parts and paint.spaced([*parts, pair], "   ").cell_length > width:
                break
            parts.append(pair)
            left.pop(0)
        drawn.append(paint.fit(paint.spaced(parts, "   "), width))
    if left and drawn:
        drawn[-1] = paint.row(drawn[-1], Content.styled(f"+{len(left)} more", "$muted"), width)
    return drawn
