"""The data pipeline pane: blocks and queues as the loader has them.

The widgets are built anew only when the set of stages or the width changes; each status
updates them in place.
"""

from collections.abc import Iterator

from textual import events
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from lczero_training.schema.loader_stats import LoaderStats
from lczero_training.schema.messages import DaemonState
from lczero_training.tui.pipeline_plan import Cell, Kind, Row, plan
from lczero_training.tui.pool_view import (
    BadChunksView,
    PoolView,
    bad_chunk_figures,
    pool_figures,
)
from lczero_training.tui.queue_view import QueueView, legend
from lczero_training.tui.stage_view import StageView
from lczero_training.tui.state import Dashboard, Link

_Shape = tuple[tuple[Row, ...], tuple[str, ...]]


class PipelinePane(VerticalScroll, can_focus=False):
    """Rows of blocks; before the first statistics, one line that says what is awaited."""

    BORDER_TITLE = "Data pipeline"

    def __init__(self) -> None:
        super().__init__(id="pipeline")
        self.border_subtitle = legend()
        self._board = Dashboard()
        self._shape: _Shape | None = None
        self._cells: list[tuple[Cell, Widget]] = []

    def on_mount(self) -> None:
        """Shows the empty state until the first status."""
        self._rebuild_if_needed()

    def on_resize(self, event: events.Resize) -> None:
        """A new width is a new plan."""
        self._rebuild_if_needed()

    def show(self, board: Dashboard) -> None:
        """Takes the newest state."""
        self._board = board
        self._rebuild_if_needed()
        self._update()

    def _rebuild_if_needed(self) -> None:
        stats = self._board.loader or LoaderStats()
        shape = (plan(stats, self._room()), tuple(stage.name for stage in stats.stages))
        if shape == self._shape and (stats.stages or self.children):
            if not stats.stages:
                self.query_one(Static).update(_awaited(self._board))
            return
        self._shape = shape
        self._cells = []
        rows: list[Widget] = [self._row(row, stats) for row in shape[0]]
        self.set_class(not rows, "-empty")
        with self.app.batch_update():
            self.remove_children()
            self.mount(*(rows or [Static(_awaited(self._board), classes="awaited")]))

    def _room(self) -> int:
        # Not content_size: a scroll bar that comes and goes must not change the plan for ever.
        return max(self.size.width, 0)

    def _row(self, row: Row, stats: LoaderStats) -> Widget:
        widgets = [self._cell(cell, stats) for cell in row]
        return Horizontal(*widgets, classes="pool-row" if row[0].kind is Kind.POOL else "row")

    def _cell(self, cell: Cell, stats: LoaderStats) -> Widget:
        widget: Widget
        match cell.kind:
            case Kind.STAGE:
                widget = StageView(stats.stages[cell.index])
            case Kind.QUEUE:
                widget = QueueView(stats.queues[cell.index])
            case Kind.POOL:
                widget = PoolView(pool_figures(stats.stages[cell.index], self._board))
            case Kind.BAD:
                widget = BadChunksView(bad_chunk_figures(self._board))
        widget.styles.width = cell.width
        self._cells.append((cell, widget))
        return widget

    def _update(self) -> None:
        stats = self._board.loader
        if stats is None:
            return
        for cell, widget in self._cells:
            if isinstance(widget, StageView):
                widget.show(stats.stages[cell.index])
            elif isinstance(widget, QueueView):
                widget.show(stats.queues[cell.index])
            elif isinstance(widget, PoolView):
                widget.show(pool_figures(stats.stages[cell.index], self._board))
            elif isinstance(widget, BadChunksView):
                widget.show(bad_chunk_figures(self._board))

    def views(self) -> Iterator[Widget]:
        """The blocks and queues on screen, in the order of the flow."""
        return (widget for _, widget in self._cells)


def _awaited(board: Dashboard) -> Content:
    if board.link is Link.GONE:
        return Content.styled("The daemon is not running.", "$error")
    if board.status is None:
        return Content.styled("Starting the daemon …", "$warning")
    match board.state:
        case DaemonState.IDLE:
            words, style = "The loader rests: no training is on. Press s to start.", "$muted"
        case DaemonState.STOPPING:
            words, style = "The loader has stopped.", "$muted"
        case DaemonState.ERROR:
            words, style = "The daemon reports an error: see the log. s starts again.", "$error"
        case _:
            words, style = "Starting the loader …", "$warning"
    return Content.styled(words, style)
