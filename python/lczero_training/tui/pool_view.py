"""The shuffling chunk pool, over the full width."""

from dataclasses import dataclass

from textual.content import Content

from lczero_training.schema.loader_stats import PoolStats, StageStats
from lczero_training.tui import figures, paint
from lczero_training.tui.pipeline_part import Part, line_head
from lczero_training.tui.stage_view import (
    LINE_FIGURE,
    line_columns,
    line_load,
    load_style,
    load_text,
)
from lczero_training.tui.state import Dashboard

# A line with so much room shows the load, in the column of the stages' loads.
_LINE_WITH_LOAD = 64
# From so much room on the new chunks stand beside the window.
_BOTH_BARS = 36


@dataclass(frozen=True, kw_only=True)
class PoolFigures:
    """A pool's stage, and how far the way to the next network is."""

    stage: StageStats
    # Whether this is the pool whose new chunks start the next network.
    anchored: bool = True
    chunks_since_anchor: int = 0
    chunks_per_network: int = 0
    anchor: str = ""
    newest_key: str = ""


def pool_figures(stage: StageStats, board: Dashboard, *, anchored: bool = True) -> PoolFigures:
    """The part of the dashboard that a pool's block shows."""
    stats, status = board.loader, board.status
    return PoolFigures(
        stage=stage,
        anchored=anchored,
        chunks_since_anchor=stats.chunks_since_anchor if stats else 0,
        chunks_per_network=status.schedule.chunks_per_network if status else 0,
        anchor=stats.anchor if stats else "",
        newest_key=stats.newest_key if stats else "",
    )


class PoolView(Part[PoolFigures]):
    """A framed block titled with the stage's name, or a line that begins with it."""

    @property
    def stage_name(self) -> str:
        """As Part.stage_name."""
        return self.value.stage.name

    def block(self, value: PoolFigures, width: int, height: int, *, marked: bool) -> Content:
        """Two bars, then the figures; with more rows the bars stand below each other."""
        rows = _pool_rows(value, width - 4, height - 2)
        return paint.frame(value.stage.name, rows, width, height, heavy=True, marked=marked)

    def line(self, value: PoolFigures, width: int, *, marked: bool) -> Content:
        """The bars, side by side."""
        pool = value.stage.pool or PoolStats()
        head = line_head(value.stage.name, width, marked=marked)
        if not pool.chunks:
            return paint.fit(head + _waiting(), width)
        room = width - head.cell_length - 1
        if room >= _LINE_WITH_LOAD:
            load = line_load(value.stage, room - line_columns(room) * LINE_FIGURE)
            head += load + Content("  ")
        room = width - head.cell_length - 1
        return paint.fit(head + _bars(value, pool, room, exact=False), width)


def _pool_rows(value: PoolFigures, width: int, height: int) -> list[Content]:
    pool = value.stage.pool or PoolStats()
    if height < 4:
        return [_bars(value, pool, width, exact=True), _figures(value, pool)]
    rows = [_window(pool, width)]
    if value.anchored:
        rows.append(_since_anchor(value, width))
    return [*rows, _figures(value, pool), _keys(value)]


def _bars(value: PoolFigures, pool: PoolStats, width: int, *, exact: bool) -> Content:
    if not value.anchored or width < _BOTH_BARS:
        return _window(pool, width, exact=exact)
    half = (width - 3) // 2
    left = _window(pool, half, exact=exact)
    return paint.spaced([left, _since_anchor(value, width - 3 - half, exact=exact)], "   ")


def _window(pool: PoolStats, width: int, *, exact: bool = True) -> Content:
    style = "$success" if pool.chunks >= pool.capacity else "$primary"
    return _bar("window", pool.chunks, pool.capacity, style, width, exact=exact)


def _since_anchor(value: PoolFigures, width: int, *, exact: bool = True) -> Content:
    reached = value.chunks_since_anchor >= value.chunks_per_network
    style = "$success" if reached else "$warning"
    new, needed = value.chunks_since_anchor, value.chunks_per_network
    return _bar("new", new, needed, style, width, exact=exact)


def _bar(label: str, part: int, whole: int, style: str, width: int, *, exact: bool) -> Content:
    shown = figures.grouped if exact else figures.count
    head = Content.styled(f"{label} ", "$muted")
    number = Content.assemble(" ", (f"{shown(part)}/{shown(whole)}", "bold"))
    room = max(width - head.cell_length - number.cell_length, 0)
    return head + paint.bar(paint.ratio(part, whole), room, style) + number


def _waiting() -> Content:
    return Content.styled("waiting for the first games", "$warning")


def _figures(value: PoolFigures, pool: PoolStats) -> Content:
    stage = value.stage
    if not pool.chunks:
        return _waiting()
    return paint.spaced(
        [
            _pair("load", load_text(stage), f"bold {load_style(stage)}"),
            _pair("out", figures.rate(stage.items.rate), "bold"),
            _pair("sources", figures.count(pool.sources), "bold"),
            _pair("exhausted", f"{figures.count(pool.exhaustions)} times", "bold"),
            _pair("full", figures.percent(pool.chunks, pool.capacity), "bold"),
            _pair("chunks out", figures.count(stage.items.total), "bold"),
        ],
        "   ",
    )


def _keys(value: PoolFigures) -> Content:
    pairs = [_pair("newest", value.newest_key or figures.UNKNOWN, "")]
    if value.anchored:
        pairs.append(_pair("anchor", value.anchor or "not set yet", ""))
    return paint.spaced(pairs, "   ")


def _pair(label: str, value: str, style: str) -> Content:
    return Content.assemble((f"{label} ", "$muted"), (paint.safe(value), style))
