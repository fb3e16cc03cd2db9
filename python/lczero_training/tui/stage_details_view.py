"""Draws a stage's details: sections of rows, in two columns where there is room."""

from collections.abc import Callable
from dataclasses import dataclass

from textual.content import Content
from textual.geometry import Size

from lczero_training.schema.loader_stats import Counter, PoolStats
from lczero_training.tui import figures, paint
from lczero_training.tui.pipeline_bad import is_bad
from lczero_training.tui.queue_view import QueueFigures
from lczero_training.tui.stage_details import Details, verdict
from lczero_training.tui.stage_details_shares import shares
from lczero_training.tui.stage_view import (
    counter_label,
    counter_total,
    load_style,
    load_text,
    quiet_time,
)
from lczero_training.tui.view import View

TWO_COLUMNS_WIDTH = 92
_GAP = 3
_LABEL = 16

_Rows = list[Content]


@dataclass(frozen=True)
class _Section:
    title: str
    rows: _Rows


def picture(value: Details, width: int) -> _Rows:
    """All rows; sections without a row are left out."""
    if width >= TWO_COLUMNS_WIDTH:
        half = (width - _GAP) // 2
        return _side_by_side(_columns(_sections(value, half), half), half)
    return _stacked(_sections(value, width), width)


Picture = tuple[Details, _Rows]


class DetailsView(View[Picture | None]):
    """Shows rows that are drawn already, as high as they are; what holds it scrolls."""

    def __init__(self) -> None:
        super().__init__(None)

    def size_key(self, value: Picture | None) -> object:
        """As View.size_key."""
        return len(value[1]) if value is not None else 0

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many rows as there are; called by Textual."""
        return len(self.value[1]) if self.value is not None else 0

    def draw(self, value: Picture | None, width: int, height: int) -> Content:
        """As View.draw."""
        return paint.lines(value[1]) if value is not None else Content("")


def _sections(value: Details, width: int) -> list[_Section]:
    parts: list[tuple[str, Callable[[Details, int], _Rows]]] = [
        ("", _head),
        ("Time of its threads", _time),
        ("Put out", _output),
        ("Bad chunks", _bad),
        ("Queues", _queues),
        ("Window", _window),
        ("Frame cache", _cache),
        ("Chunks by source, oldest first", _shares),
    ]
    sections = [_Section(title, draw(value, width)) for title, draw in parts]
    return [section for section in sections if section.rows]


def _titled(section: _Section, width: int) -> _Rows:
    if not section.title:
        return section.rows
    rule = "─" * max(width - len(section.title) - 1, 0)
    title = Content.assemble((section.title, "bold $title"), (f" {rule}", "$secondary"))
    return [title, *section.rows]


def _stacked(sections: list[_Section], width: int) -> _Rows:
    return [paint.fit(row, width) for section in sections for row in _titled(section, width)]


def _columns(sections: list[_Section], width: int) -> tuple[_Rows, _Rows]:
    """In their order, parted where the longer column is shortest."""
    parted = [
        (_stacked(sections[:place], width), _stacked(sections[place:], width))
        for place in range(1, len(sections) + 1)
    ]
    return min(parted, key=lambda pair: max(len(pair[0]), len(pair[1])))


def _side_by_side(columns: tuple[_Rows, _Rows], width: int) -> _Rows:
    left, right = columns
    blank = paint.fit(Content(""), width)
    rows = max(len(left), len(right))
    left, right = (column + [blank] * (rows - len(column)) for column in (left, right))
    return [one + Content(" " * _GAP) + other for one, other in zip(left, right, strict=True)]


def _labelled(label: str, value: Content, width: int) -> Content:
    return paint.fit(paint.fit(paint.text(label, "$muted"), _LABEL) + value, width)


def _head(value: Details, width: int) -> _Rows:
    stage = value.stage
    style = load_style(stage)
    number = Content.styled(f" {load_text(stage)} threads", f"bold {style}")
    room = min(max(width - _LABEL - number.cell_length, 0), 24)
    load = paint.bar(paint.ratio(stage.load, stage.threads), room, style) + number
    return [
        _labelled("kind", paint.text(stage.kind or figures.UNKNOWN), width),
        _labelled("busy now", load, width),
    ]


def _time(value: Details, width: int) -> _Rows:
    stage, whole = value.stage, value.thread_seconds
    rows = [
        _share("at work", stage.busy_seconds, whole, "$primary", width),
        _share("waits for input", stage.input_wait_seconds, whole, "$error", width),
        _share("waits for room", stage.output_wait_seconds, whole, "$success", width),
    ]
    if words := verdict(value):
        rows.append(_labelled("", Content(words), width))
    return rows if whole else []


def _share(label: str, seconds: float, whole: float, style: str, width: int) -> Content:
    number = Content.assemble(
        (f" {figures.percent(seconds, whole):>6}", "bold"),
        (f" {figures.duration(seconds):>11}", "$muted"),
    )
    room = min(max(width - _LABEL - number.cell_length, 0), 24)
    return _labelled(label, paint.bar(paint.ratio(seconds, whole), room, style) + number, width)


def _output(value: Details, width: int) -> _Rows:
    stage = value.stage
    rows = [_counted("items", figures.count(stage.items.total), stage.items.rate, width)]
    if stage.positions.total:
        total = figures.count(stage.positions.total)
        rows.append(_counted("positions", total, stage.positions.rate, width))
    if (reservoir := stage.reservoir) is not None:
        part, whole = reservoir.frames, reservoir.capacity
        rows.append(_filled("reservoir", part, whole, width))
    if (quiet := quiet_time(stage)) is not None:
        rows.append(_labelled("no file for", Content.styled(f"{quiet:>9}", "bold"), width))
    return rows + [
        _counter_row(key, counter, width)
        for key, counter in sorted(stage.counters.items())
        if not is_bad(key)
    ]


def _counter_row(key: str, counter: Counter, width: int) -> Content:
    rate = f"{figures.size(counter.rate)}/s" if key.endswith("_bytes") else None
    return _counted(counter_label(key), counter_total(key, counter), counter.rate, width, rate)


def _counted(label: str, total: str, rate: float, width: int, shown: str | None = None) -> Content:
    number = Content.assemble(
        (f"{total:>9}", "bold"), (f" {shown or figures.rate(rate):>12}", "$muted")
    )
    return _labelled(label, number, width)


def _filled(
    label: str, part: int, whole: int, width: int, text: Callable[[int], str] = figures.grouped
) -> Content:
    style = "$success" if part >= whole else "$primary"
    percent = f" {figures.percent(part, whole)}" if part <= whole else ""
    number = Content.assemble((f" {text(part)}/{text(whole)}", "bold"), (percent, "$muted"))
    room = min(max(width - _LABEL - number.cell_length, 0), 24)
    return _labelled(label, paint.bar(paint.ratio(part, whole), room, style) + number, width)


def _bad(value: Details, width: int) -> _Rows:
    """Reasons as parts of all that this stage has refused."""
    total = sum(value.bad.values())
    if not total:
        return []
    head = Content.assemble(
        (f"✖ {figures.grouped(total)}", "bold $error"),
        f" = {figures.percent(total, value.looked_at)} of {figures.grouped(value.looked_at)}",
    )
    return [head, *(_reason(reason, count, total, width) for reason, count in value.bad.items())]


def _reason(reason: str, count: int, total: int, width: int) -> Content:
    number = Content.assemble(
        (f" {figures.count(count):>7}", "bold"), (f" {figures.percent(count, total):>6}", "$muted")
    )
    room = min(max(width - _LABEL - number.cell_length, 0), 24)
    bar = paint.bar(paint.ratio(count, total), room, "$error")
    return _labelled(reason.replace("_", " "), bar + number, width)


def _queues(value: Details, width: int) -> _Rows:
    rows: _Rows = []
    for figures_of in value.inputs:
        rows += _queue(figures_of, f"from {figures_of.queue.from_stage}", width)
    for figures_of in value.outputs:
        rows += _queue(figures_of, f"to {figures_of.queue.to_stage}", width)
    return rows


def _queue(value: QueueFigures, name: str, width: int) -> _Rows:
    """Two rows: where it leads and how full it is; what went in, came out and was lost."""
    queue, health = value.queue, value.health
    number = Content.assemble(
        (f" {health.glyph}", health.style),
        (f" {figures.count(queue.size)}/{figures.count(queue.capacity)}".rjust(12), "bold"),
    )
    bar = paint.bar(paint.ratio(queue.size, queue.capacity), min(width // 4, 16), health.style)
    flows = [_flow("put", queue.put), _flow("got", queue.get)]
    if queue.dropped.total:
        flows.append(_flow("dropped", queue.dropped, "bold $error"))
    return [
        paint.row(paint.text(name, "$secondary"), bar + number, width),
        paint.fit(Content("  ") + paint.spaced(flows), width),
    ]


def _flow(label: str, counter: Counter, style: str = "bold") -> Content:
    return Content.assemble(
        (f"{label} ", "$muted"),
        (figures.count(counter.total), style),
        (f" {figures.rate(counter.rate)}", "$muted"),
    )


def _window(value: Details, width: int) -> _Rows:
    """The pool's own figures."""
    if value.pool is None:
        return []
    pool, figures_of = value.pool.stage.pool or PoolStats(), value.pool
    rows = [_filled("chunks", pool.chunks, pool.capacity, width)]
    if figures_of.anchored:
        new, needed = figures_of.chunks_since_anchor, figures_of.chunks_per_network
        rows.append(_filled("new chunks", new, needed, width))
    for label, text in (
        ("sources", figures.grouped(pool.sources)),
        ("exhausted", f"{figures.grouped(pool.exhaustions)} times"),
    ):
        rows.append(_labelled(label, Content.styled(text, "bold"), width))
    if figures_of.anchored:
        rows.append(_key("anchor", figures_of.anchor or "not set yet", width))
    return [*rows, _key("newest", figures_of.newest_key or figures.UNKNOWN, width)]


def _cache(value: Details, width: int) -> _Rows:
    """Games that the pool keeps, in memory and in its file."""
    pool = value.stage.pool
    if pool is None or (cache := pool.cache) is None:
        return []
    rows: _Rows = []
    for label, used, capacity, games in (
        ("memory", cache.used_bytes, cache.capacity_bytes, cache.chunks),
        ("file", cache.spilled_bytes, cache.spill_capacity_bytes, cache.spilled_chunks),
    ):
        if capacity:
            rows.append(_filled(label, used, capacity, width, figures.size))
            rows.append(_labelled("", paint.text(f"{figures.grouped(games)} games"), width))
    if cache.spill_failures:
        rows.append(Content.styled("✖ the file failed, see the log", "bold $error"))
    return rows


def _key(label: str, key: str, width: int) -> Content:
    """Of a long key the end, where keys differ."""
    room = max(width - len(label) - 1, 1)
    shown = paint.text(key)
    if shown.cell_length > room:
        shown = Content("…") + shown[shown.cell_length - room + 1 :]
    return paint.row(Content.styled(label, "$muted"), shown, width)


def _shares(value: Details, width: int) -> _Rows:
    return shares(value.stage.pool, width) if value.stage.pool is not None else []
