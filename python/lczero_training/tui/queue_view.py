"""What stands between two blocks: a queue, how full it is, and what that says."""

from enum import Enum

from textual.content import Content

from lczero_training.schema.loader_stats import QueueStats
from lczero_training.tui import figures, paint
from lczero_training.tui.view import View

_FULL = 0.75
_EMPTY = 0.25


class Health(Enum):
    """Who limits the flow through a queue: glyph, theme colour, meaning."""

    FULL = ("▲", "$success", "full: consumer limits")
    BETWEEN = ("◆", "$warning", "between")
    EMPTY = ("▼", "$error", "empty: producer limits")
    IDLE = ("·", "$idle", "idle")

    @property
    def glyph(self) -> str:
        """Tells what the colour tells."""
        return self.value[0]

    @property
    def style(self) -> str:
        """Theme colour."""
        return self.value[1]


def health(queue: QueueStats) -> Health:
    """From fullness; a queue that is empty and moves nothing is idle, not starved."""
    if not queue.size and not queue.put.rate and not queue.get.rate:
        return Health.IDLE
    fullness = paint.ratio(queue.size, queue.capacity)
    if fullness >= _FULL:
        return Health.FULL
    return Health.EMPTY if fullness <= _EMPTY else Health.BETWEEN


def legend() -> Content:
    """Explains glyphs and colours."""
    parts = [
        Content.assemble((f"{each.glyph} ", each.style), (each.value[2], "$muted"))
        for each in Health
    ]
    return paint.spaced([Content.styled("queues", "$muted"), *parts])


class QueueView(View[QueueStats]):
    """Five rows without a border: name, `850/1000`, bar, rate."""

    def draw(self, value: QueueStats, width: int, height: int) -> Content:
        """Centred in the height, the bar in line with the middle of the blocks beside it."""
        state = health(value)
        rows = [
            paint.fit(_name(value, width), width),
            paint.fit(Content(_fill(value, width).center(width)), width),
            paint.bar(paint.ratio(value.size, value.capacity), width, state.style),
            paint.row(
                Content.styled(state.glyph, state.style),
                Content(figures.rate(value.get.rate)),
                width,
            ),
        ]
        if value.dropped.total:
            rows.append(paint.text(f"-{figures.count(value.dropped.total)}", "$error"))
        above = [Content("")] * max((height - 5) // 2, 0)
        return paint.lines([*above, *rows])


def _name(queue: QueueStats, width: int) -> Content:
    whole = f"{queue.from_stage}▸{queue.to_stage}"
    return paint.text(whole if len(whole) <= width else f"▸{queue.to_stage}", "$secondary")


def _fill(queue: QueueStats, width: int) -> str:
    exact = f"{queue.size}/{queue.capacity}"
    short = f"{figures.count(queue.size)}/{figures.count(queue.capacity)}"
    return exact if len(exact) <= width else short
