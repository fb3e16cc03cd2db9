"""The pipeline as one line for each stage, for graphs that have no room as blocks."""

from lczero_training.schema.loader_stats import LoaderStats
from lczero_training.tui.pipeline_graph import graph
from lczero_training.tui.pipeline_lanes import gutters
from lczero_training.tui.pipeline_plan import Cell, Form, Kind, Plan, Row, stage_kind

# A queue's part of the line; half of it where the pane is narrow.
_QUEUE_MOST = 52
_QUEUE_LEAST = 39
# The gutter never takes more than one part in so many.
_LANES_PART = 5


def lines(stats: LoaderStats, width: int) -> Plan:
    """Stages in the order of the graph, each with the queue that leaves it; more queues below."""
    drawn = graph(stats)
    beside = gutters(drawn)
    gutter = max((len(text) for pair in beside for text in pair), default=0) + 1
    gutter = min(gutter, width // _LANES_PART)
    queue = min(max(width * 2 // 5, min(_QUEUE_LEAST, width // 2)), _QUEUE_MOST)
    stage = width - gutter - queue
    rows = [_queue_row("", each, gutter + stage, queue) for each in drawn.loose]
    for index, (here, below) in zip(drawn.order, beside, strict=True):
        out = drawn.nodes[index].queues_out
        cells = [
            Cell(Kind.LANE, 0, gutter, text=here),
            Cell(stage_kind(stats, index), index, stage),
        ]
        cells += [Cell(Kind.QUEUE, each, queue) for each in out[:1]]
        rows.append(Row(tuple(cells)))
        rows += [_queue_row(below, each, gutter + stage, queue) for each in out[1:]]
    if rows:
        rows.append(Row((Cell(Kind.BAD, 0, width),)))
    return Plan(Form.LINES, tuple(rows))


def _queue_row(gutter: str, index: int, left: int, width: int) -> Row:
    lane = Cell(Kind.LANE, 0, left, text=gutter)
    return Row((lane, Cell(Kind.QUEUE, index, width)))
