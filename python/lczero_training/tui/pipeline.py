"""The data pipeline pane: stages and queues as the loader has them.

The widgets are built anew only when the set of stages, the stream or the size changes; each status
updates them in place.
"""

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Static

from lczero_training.schema.loader_stats import LoaderStats, StageStats
from lczero_training.schema.messages import DaemonState
from lczero_training.tui import streams
from lczero_training.tui.pipeline_bad_view import BadChunksView, bad_chunk_figures
from lczero_training.tui.pipeline_layout import most_rows, plan
from lczero_training.tui.pipeline_part import Part
from lczero_training.tui.pipeline_plan import Cell, Kind, Plan, Row
from lczero_training.tui.pool_view import PoolFigures, PoolView, pool_figures
from lczero_training.tui.queue_view import QueueFigures, QueueView, legend
from lczero_training.tui.smoothing import Flow
from lczero_training.tui.stage_details import details
from lczero_training.tui.stage_details_choice import DetailsChoice
from lczero_training.tui.stage_details_panel import DetailsPanel
from lczero_training.tui.stage_view import StageView
from lczero_training.tui.state import Dashboard, Link
from lczero_training.tui.streams_title import title

_TITLE = "Data pipeline"
_NOTHING = Flow(stats=LoaderStats(), health=())
# Borders.
_FRAME = 2
# What a border keeps free beside its words.
_LEGEND_MARGIN = 4


class PipelinePane(VerticalScroll, can_focus=False):
    """Rows of stages; before the first statistics, one line that says what is awaited.

    A stage with the focus opens its details on enter, any stage on a click or under the mouse.
    """

    # A mouse that only passes opens nothing.
    HOVER_SECONDS = 0.3
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "details", "Details", show=False),
        Binding("escape", "close_details", "Close details", show=False),
        Binding("left", "step(-1)", "Previous stage", show=False),
        Binding("right", "step(1)", "Next stage", show=False),
        Binding("up", "climb(-1)", "Stage above", show=False),
        Binding("down", "climb(1)", "Stage below", show=False),
        Binding("pageup", "turn_page(-1)", "Page up", show=False),
        Binding("pagedown", "turn_page(1)", "Page down", show=False),
    ]

    def __init__(self) -> None:
        super().__init__(id="pipeline")
        self.border_title = _TITLE
        self._title = self._awaited = Content("")
        self._board = Dashboard()
        self._flow = _NOTHING
        self._plan: Plan | None = None
        # Our width, and the height that all panes share.
        self._room = (0, 0)
        self._names: tuple[str, ...] = ()
        self._cells: list[tuple[Cell, Widget]] = []
        self._details = DetailsChoice()
        self._panel = DetailsPanel(self._mouse_moved)
        self._hover_timer: Timer | None = None

    def on_mount(self) -> None:
        """Shows the empty state until the first status."""
        self.screen.mount(self._panel)
        # A height that all panes share changes without a resize of this one.
        self.screen.screen_layout_refresh_signal.subscribe(self, self._laid_out)
        self._rebuild_if_needed()

    def _laid_out(self, screen: Screen[Any]) -> None:
        """A new size is a new plan."""
        room = (self.size.width, self._shared.size.height)
        # The last layouts are those of an app that ends.
        if room != self._room and self.is_attached:
            self._room = room
            self.border_subtitle = legend(self.size.width - _LEGEND_MARGIN)
            self._rebuild_if_needed()
            self._update_details()

    def show(self, board: Dashboard) -> None:
        """Takes the newest state."""
        self._board = board
        names = streams.choices(board.loader)
        self._flow = streams.part(board.flow or _NOTHING, streams.chosen(names, board.stream))
        if (wanted := title(_TITLE, names, board.stream)) != self._title:
            # Not at each status: it would draw the whole pane's frame anew.
            self.border_title = self._title = wanted
        self._rebuild_if_needed()
        self._update()
        self._update_details()

    def views(self) -> Iterator[Widget]:
        """What shows stages and queues, in the order of the flow."""
        return (widget for _, widget in self._cells)

    # --- Stages and queues ----------------------------------------------------------------

    def _rebuild_if_needed(self) -> None:
        stats = self._flow.stats
        names = tuple(stage.name for stage in stats.stages)
        drawn = self._fitting_plan()
        if drawn == self._plan and names == self._names and self.children:
            if not drawn.rows and (awaited := _awaited(self._board)) != self._awaited:
                # Not at each status: it costs a layout.
                self._awaited = awaited
                self.query_one(Static).update(awaited)
            return
        self._plan, self._names = drawn, names
        self._cells = []
        rows: list[Widget] = [self._row(row) for row in drawn.rows]
        self.set_class(not rows, "-empty")
        focused = self._focused_name()
        with self.app.batch_update():
            self.remove_children()
            self._awaited = _awaited(self._board)
            self.mount(*(rows or [Static(self._awaited, classes="awaited")]))
        if focused is not None:
            self.call_after_refresh(self._focus, focused)

    def _fitting_plan(self) -> Plan:
        width, height = self._room
        most = most_rows(height)
        self.styles.max_height = most
        return plan(self._flow.stats, width, most - _FRAME)

    @property
    def _shared(self) -> Widget:
        """What holds this pane and the others."""
        return self.parent if isinstance(self.parent, Widget) else self

    def _row(self, row: Row) -> Widget:
        drawn = Horizontal(*(self._cell(cell) for cell in row.cells), classes="row")
        drawn.styles.height = row.height
        return drawn

    def _cell(self, cell: Cell) -> Widget:
        stats = self._flow.stats
        widget: Widget
        match cell.kind:
            case Kind.STAGE:
                widget = StageView(stats.stages[cell.index])
            case Kind.QUEUE:
                widget = QueueView(self._queue(cell))
            case Kind.POOL:
                widget = PoolView(self._pool(stats.stages[cell.index]))
            case Kind.BAD:
                widget = BadChunksView(bad_chunk_figures(stats))
            case Kind.LANE:
                widget = Static(Content.styled(cell.text, "$secondary"))
        widget.styles.width = cell.width
        self._cells.append((cell, widget))
        return widget

    def _update(self) -> None:
        stats = self._flow.stats
        for cell, widget in self._cells:
            if isinstance(widget, StageView):
                widget.show(stats.stages[cell.index])
            elif isinstance(widget, QueueView):
                widget.show(self._queue(cell))
            elif isinstance(widget, PoolView):
                widget.show(self._pool(stats.stages[cell.index]))
            elif isinstance(widget, BadChunksView):
                widget.show(bad_chunk_figures(stats))

    def _queue(self, cell: Cell) -> QueueFigures:
        queue, health = self._flow.stats.queues[cell.index], self._flow.health[cell.index]
        return QueueFigures(queue=queue, health=health, turns=cell.turns)

    def _pool(self, stage: StageStats) -> PoolFigures:
        anchored = streams.anchored_pool(self._board.loader) == stage.name
        return pool_figures(stage, self._board, anchored=anchored)

    # --- Details --------------------------------------------------------------------------

    def _update_details(self) -> None:
        """Shows the details of the chosen stage, while it is on screen."""
        name = self._details.name
        part = self._part(name) if name is not None else None
        if part is None:
            self._details.close()
        for each in self._parts():
            each.mark(details_are_open=each is part)
        flow = self._board.flow
        if part is None or flow is None or not self._panel.is_mounted:
            self._panel.close()
            return
        pool = part.value if isinstance(part, PoolView) else None
        if (value := details(flow, part.stage_name, pool)) is not None:
            self._panel.open(value, part.region)

    def _parts(self) -> list[Part[Any]]:
        # Not by a query: what was just replaced is still there.
        return [widget for _, widget in self._cells if isinstance(widget, Part)]

    def _part(self, name: str) -> Part[Any] | None:
        return next((each for each in self._parts() if each.stage_name == name), None)

    def _focused_name(self) -> str | None:
        focused = self.screen.focused
        if isinstance(focused, Part) and self in focused.ancestors:
            return focused.stage_name
        return None

    def _focus(self, name: str) -> None:
        if (part := self._part(name)) is not None:
            part.focus()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """The details go with the focus."""
        self._details.focus(self._focused_name())
        self._update_details()

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """They close when it goes elsewhere, but not when the terminal's window loses it."""
        if self.screen.focused is not None and self._focused_name() is None:
            self._details.focus(None)
            self._update_details()

    def on_click(self, event: events.Click) -> None:
        """Opens or closes the details of what was clicked."""
        if isinstance(event.widget, Part):
            self._details.toggle(event.widget.stage_name)
            self._update_details()

    def on_enter(self, event: events.Enter) -> None:
        """The mouse is over the pane or a part of it."""
        self._mouse_moved()

    def on_leave(self, event: events.Leave) -> None:
        """As on_enter."""
        self._mouse_moved()

    def _mouse_moved(self) -> None:
        """Waits until the mouse rests."""
        if self._hover_timer is not None:
            self._hover_timer.stop()
        self._hover_timer = self.set_timer(self.HOVER_SECONDS, self._mouse_rests)

    def _mouse_rests(self) -> None:
        under = self.app.mouse_over
        if under is not None and self._panel in under.ancestors_with_self:
            return
        hovered = under if isinstance(under, Part) and self in under.ancestors else None
        self._details.hover(hovered.stage_name if hovered is not None else None)
        self._update_details()

    # --- Keys -----------------------------------------------------------------------------

    @property
    def details_are_open(self) -> bool:
        """Of whatever stage."""
        return self._details.name is not None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Escape is for others while no details are open."""
        return self.details_are_open if action == "close_details" else True

    def action_details(self) -> None:
        """Opens or closes the details of the stage that has the focus."""
        if (name := self._focused_name()) is not None:
            self._details.toggle(name)
            self._update_details()

    def action_close_details(self) -> None:
        """Closes them, whoever opened them."""
        self._details.close()
        self._update_details()

    def action_step(self, by: int) -> None:
        """The stage before or behind the one that has the focus."""
        parts = self._parts()
        place = next((i for i, part in enumerate(parts) if part.has_focus), None)
        if place is not None and 0 <= place + by < len(parts):
            parts[place + by].focus()

    def action_climb(self, by: int) -> None:
        """The nearest stage in the next row above (-1) or below (1)."""
        focused = self.screen.focused
        if isinstance(focused, Part) and (part := _nearest(focused, self._parts(), by)):
            part.focus()

    def action_turn_page(self, by: int) -> None:
        """Scrolls the details, or the pane itself when none are open."""
        target = self._panel if self._panel.display else self
        target.scroll_relative(y=by * max(target.size.height - 1, 1), animate=False)


def _nearest(start: Widget, parts: Iterable[Part[Any]], by: int) -> Part[Any] | None:
    """Of the rows on one side the next one, and there what stands nearest."""
    here = start.region
    beyond = [part for part in parts if (part.region.y - here.y) * by > 0]
    return min(
        beyond,
        key=lambda part: (abs(part.region.y - here.y), abs(part.region.x - here.x)),
        default=None,
    )


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
