"""One block of the pipeline: a stage, its load, its rates and its own figures."""

from textual.content import Content

from lczero_training.schema.loader_stats import Counter, StageStats
from lczero_training.tui import figures, paint
from lczero_training.tui.view import View

Figure = tuple[str, str, str]
"""Label, value, style of the value."""

# From this width on the load has a bar of its own.
_WITH_BAR = 17


def stage_figures(stage: StageStats) -> list[Figure]:
    """What the block tells below its load, most important first."""
    rows: list[Figure] = []
    if stage.positions.total:
        rows.append(("pos", figures.rate(stage.positions.rate), "bold"))
    if bad := sum(c.total for key, c in stage.counters.items() if key.startswith("bad.")):
        rows.append(("bad", figures.count(bad), "bold $error"))
    # Where an item is a position, once is enough.
    if stage.items != stage.positions or not stage.positions.total:
        rows.append(("out", figures.rate(stage.items.rate), "bold"))
    if (reservoir := stage.reservoir) is not None:
        fill = figures.percent(reservoir.frames, reservoir.capacity)
        rows.append(("fill", fill, "$success" if fill == "100 %" else "$warning"))
    rows += [
        (paint.safe(_label(key)), _counter(key, counter), "")
        for key, counter in sorted(stage.counters.items())
        if not key.startswith("bad.")
    ]
    rows.append(("total", figures.count(stage.positions.total or stage.items.total), ""))
    return rows


def _label(key: str) -> str:
    return key.removesuffix("_bytes").removesuffix("_seconds").replace("_", " ")


def _counter(key: str, counter: Counter) -> str:
    if key.endswith("_bytes"):
        return figures.size(counter.total)
    if key.endswith("_seconds"):
        return figures.duration(counter.total)
    return figures.count(counter.total)


def load_style(stage: StageStats) -> str:
    """Busy all the time stands out: such a stage limits what comes after it."""
    share = paint.ratio(stage.load, stage.threads)
    return "$warning" if share >= 0.9 else "$primary"


class StageView(View[StageStats]):
    """A framed block titled with the stage's name."""

    def draw(self, value: StageStats, width: int, height: int) -> Content:
        """Load first, then as many figures as there are rows."""
        room = max(width - 2, 0)
        rows = [_load(value, room)]
        for label, number, style in stage_figures(value):
            rows.append(
                paint.row(Content.styled(label, "$muted"), Content.styled(number, style), room)
            )
        return paint.frame(value.name, rows, width, height, pad=0)


def _load(stage: StageStats, width: int) -> Content:
    number = Content.styled(f"{stage.load:.1f}/{stage.threads}", f"bold {load_style(stage)}")
    label = Content.styled("load", "$muted")
    if width >= _WITH_BAR:
        room = width - number.cell_length - 6
        share = paint.ratio(stage.load, stage.threads)
        label = label + Content(" ") + paint.bar(share, room, load_style(stage))
    return paint.row(label, number, width)
