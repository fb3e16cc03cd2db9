"""One stage of the pipeline: its load, its rates and its own figures."""

from textual.content import Content

from lczero_training.schema.loader_stats import Counter, StageStats
from lczero_training.tui import figures, paint
from lczero_training.tui.pipeline_bad import bad_of, is_bad
from lczero_training.tui.pipeline_part import Part, line_head

Figure = tuple[str, str, str]
"""Label, value, style of the value."""

_MANY_THREADS = 1000
# From this width on the load has a bar of its own.
_WITH_BAR = 17
# A line's cells: of the load's bar, at least and at most; of "12.5/16"; of "pos 12.3k/s" and a gap.
_LINE_BAR = (4, 14)
_LINE_LOAD = 7
LINE_FIGURE = 13
_LINE_FIGURES = 4


def stage_figures(stage: StageStats) -> list[Figure]:
    """What the block tells below its load, most important first."""
    rows: list[Figure] = []
    if stage.positions.total:
        rows.append(("pos", figures.rate(stage.positions.rate), "bold"))
    if bad := sum(bad_of(stage).values()):
        rows.append(("bad", figures.count(bad), "bold $error"))
    # Where an item is a position, once is enough.
    if stage.items != stage.positions or not stage.positions.total:
        rows.append(("out", figures.rate(stage.items.rate), "bold"))
    if (reservoir := stage.reservoir) is not None:
        fill = figures.percent(reservoir.frames, reservoir.capacity)
        rows.append(("fill", fill, "$success" if fill == "100 %" else "$warning"))
    if (quiet := quiet_time(stage)) is not None:
        rows.append(("quiet", quiet, ""))
    rows += [
        (paint.safe(counter_label(key)), counter_total(key, counter), "")
        for key, counter in sorted(stage.counters.items())
        if not is_bad(key)
    ]
    rows.append(("total", figures.count(stage.positions.total or stage.items.total), ""))
    return rows


def quiet_time(stage: StageStats) -> str | None:
    """For how long no file has come; None where the stage looks for none, or found none yet."""
    if stage.discovery is None or stage.discovery.quiet_seconds is None:
        return None
    return figures.duration(stage.discovery.quiet_seconds)


def counter_label(key: str) -> str:
    """A counter's key in words, its unit left to the value."""
    return key.removesuffix("_bytes").removesuffix("_seconds").replace("_", " ")


def counter_total(key: str, counter: Counter) -> str:
    """A counter's total in its unit."""
    if key.endswith("_bytes"):
        return figures.size(counter.total)
    if key.endswith("_seconds"):
        return figures.duration(counter.total)
    return figures.count(counter.total)


def load_style(stage: StageStats) -> str:
    """Busy all the time stands out: such a stage limits what comes after it."""
    share = paint.ratio(stage.load, stage.threads)
    return "$warning" if share >= 0.9 else "$primary"


def load_text(stage: StageStats) -> str:
    """`3.4/4`: threads at work, of how many."""
    load = f"{stage.load:.1f}" if stage.load < _MANY_THREADS else figures.count(stage.load)
    return f"{load}/{figures.count(stage.threads)}"


class StageView(Part[StageStats]):
    """A framed block titled with the stage's name, or a line that begins with it."""

    @property
    def stage_name(self) -> str:
        """As Part.stage_name."""
        return self.value.name

    def block(self, value: StageStats, width: int, height: int, *, marked: bool) -> Content:
        """Load first, then as many figures as there are rows."""
        room = max(width - 2, 0)
        rows = [_load(value, room)]
        for label, number, style in stage_figures(value):
            rows.append(
                paint.row(Content.styled(label, "$muted"), Content.styled(number, style), room)
            )
        return paint.frame(value.name, rows, width, height, pad=0, marked=marked)

    def line(self, value: StageStats, width: int, *, marked: bool) -> Content:
        """Name, load, then as many figures as there are columns."""
        head = line_head(value.name, width, marked=marked)
        room = width - head.cell_length - 1
        columns = line_columns(room)
        load = line_load(value, room - columns * LINE_FIGURE)
        parts = [
            paint.row(
                Content.styled(label, "$muted"), Content.styled(number, style), LINE_FIGURE - 2
            )
            for label, number, style in stage_figures(value)[:columns]
        ]
        return paint.fit(paint.spaced([head + load, *parts]), width)


def _load(stage: StageStats, width: int) -> Content:
    number = Content.styled(load_text(stage), f"bold {load_style(stage)}")
    label = Content.styled("load", "$muted")
    if width >= _WITH_BAR:
        room = width - number.cell_length - 6
        share = paint.ratio(stage.load, stage.threads)
        label = label + Content(" ") + paint.bar(share, room, load_style(stage))
    return paint.row(label, number, width)


def line_columns(room: int) -> int:
    """Figures behind the load of a line that has so many cells for both."""
    return min(max((room - _LINE_LOAD - _LINE_BAR[0]) // LINE_FIGURE, 1), _LINE_FIGURES)


def line_load(stage: StageStats, width: int) -> Content:
    """The load as bar and number; the same width in all lines, so that they can be compared."""
    least, most = _LINE_BAR
    room = min(width - _LINE_LOAD, most)
    share = paint.ratio(stage.load, stage.threads)
    bar = paint.bar(share, room if room >= least else 0, load_style(stage))
    return bar + Content.styled(f"{load_text(stage):>{_LINE_LOAD}}", f"bold {load_style(stage)}")
