"""Chooses the form in which the pipeline is drawn: the largest that leaves room for the rest."""

from lczero_training.schema.loader_stats import LoaderStats
from lczero_training.tui.pipeline_blocks import blocks
from lczero_training.tui.pipeline_lines import lines
from lczero_training.tui.pipeline_plan import Form, Plan

# A pane narrower than this has no blocks side by side worth the name.
_BLOCKS_WIDTH = 44
# What the pane may take of the height, in parts of ten; below this many rows it scrolls instead.
_TENTHS = 6
_LEAST_ROWS = 8


def most_rows(height: int) -> int:
    """Rows that the pane may take, borders included, where panes share `height` rows."""
    return max(height * _TENTHS // 10, _LEAST_ROWS)


def plan(stats: LoaderStats, width: int, height: int) -> Plan:
    """For a pane of `width` x `height` cells within its borders.

    Lines may be more than fit: then the pane scrolls, and a column is left for the scroll bar.
    """
    if not stats.stages and not stats.queues:
        return Plan(Form.LINES, ())
    if width >= _BLOCKS_WIDTH:
        for form in (Form.TALL, Form.BLOCKS):
            drawn = blocks(stats, width, form)
            if drawn.height <= height:
                return drawn
    drawn = lines(stats, width)
    return drawn if drawn.height <= height else lines(stats, max(width - 1, 0))
