"""What stands between two stages: a queue, how full it is, and what that says."""

from dataclasses import dataclass

from textual.content import Content

from lczero_training.schema.loader_stats import QueueStats
from lczero_training.tui import figures, paint
from lczero_training.tui.pipeline_health import Health
from lczero_training.tui.view import View

# The reader is the next part, or stands elsewhere.
_AHEAD, _TURNS = "▸", "▾"
# "100k/100k", glyph, rate, and the gaps of a line.
_LINE_FILL = 10
_LINE_RATE = 9


@dataclass(frozen=True, kw_only=True)
class QueueFigures:
    """A queue and what was judged of it; `turns` as in Cell."""

    queue: QueueStats
    health: Health
    turns: bool = False


def legend(width: int) -> Content:
    """Explains glyphs and colours, with fewer words where they have no room."""
    whole = _legend([each.meaning for each in Health], "queues")
    return whole if whole.cell_length <= width else _legend([each.word for each in Health], "")


def _legend(meanings: list[str], head: str) -> Content:
    parts = [
        Content.assemble((f"{each.glyph} ", each.style), (meaning, "$muted"))
        for each, meaning in zip(Health, meanings, strict=True)
    ]
    return paint.spaced([Content.styled(head, "$muted"), *parts])


class QueueView(View[QueueFigures]):
    """Rows without a border: name, `850/1000`, bar, rate; or all of that in a line."""

    def draw(self, value: QueueFigures, width: int, height: int) -> Content:
        """Centred in the height, the bar in line with the middle of the blocks beside it."""
        if height < 3:
            return _line(value, width)
        queue, state = value.queue, value.health
        # What stands beside it then is no part of the same flow, maybe another queue.
        width = max(width - value.turns, 0)
        rows = [
            paint.fit(_name(value, width), width),
            paint.fit(Content(_fill(queue, width).center(width)), width),
            paint.bar(paint.ratio(queue.size, queue.capacity), width, state.style),
            paint.row(
                Content.styled(state.glyph, state.style),
                Content(figures.rate(queue.get.rate)),
                width,
            ),
        ]
        if queue.dropped.total:
            rows.append(paint.fit(_dropped(queue), width))
        above = [Content("")] * max((height - 5) // 2, 0)
        return paint.lines([*above, *rows])


def _name(value: QueueFigures, width: int) -> Content:
    queue = value.queue
    arrow = _TURNS if value.turns else _AHEAD
    whole = f"{queue.from_stage}{arrow}{queue.to_stage}"
    short = arrow + paint.tail(queue.to_stage, width - 1)
    return paint.text(whole if len(whole) <= width else short, "$secondary")


def _fill(queue: QueueStats, width: int) -> str:
    exact = f"{queue.size}/{queue.capacity}"
    short = f"{figures.count(queue.size)}/{figures.count(queue.capacity)}"
    return exact if len(exact) <= width else short


def _dropped(queue: QueueStats) -> Content:
    return Content.styled(f"-{figures.count(queue.dropped.total)}", "$error")


def _line(value: QueueFigures, width: int) -> Content:
    """Where the queue leads, its fill, and its rate; the bar takes what is left."""
    queue, state = value.queue, value.health
    name = min(max(width // 3, 8), 18)
    reader = _AHEAD + paint.tail(queue.to_stage, name - 1)
    head = paint.fit(Content.styled(reader, "$secondary"), name)
    fill = paint.fit(Content(_fill(queue, _LINE_FILL).rjust(_LINE_FILL)), _LINE_FILL)
    glyph = Content.styled(state.glyph, state.style)
    rate = paint.row(glyph, Content(figures.rate(queue.get.rate)), _LINE_RATE)
    dropped = _dropped(queue) + Content(" ") if queue.dropped.total else Content("")
    room = width - head.cell_length - dropped.cell_length - _LINE_FILL - _LINE_RATE - 2
    bar = paint.bar(paint.ratio(queue.size, queue.capacity), room, state.style)
    return paint.fit(paint.spaced([head + fill, dropped + bar + Content(" ") + rate], " "), width)
