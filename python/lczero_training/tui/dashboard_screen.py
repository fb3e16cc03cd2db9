"""The main screen: header, banner, pipeline, training, log, footer. Wiring only."""

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll

from lczero_training.client.events import LogLine
from lczero_training.tui.banner import DaemonBanner
from lczero_training.tui.board_screen import BoardScreen
from lczero_training.tui.controls import LOG_CONTROLS, dashboard_bindings
from lczero_training.tui.header import HeaderBar, headline
from lczero_training.tui.key_bar import KeyBar
from lczero_training.tui.logs import LogPane
from lczero_training.tui.notice import NoticeBar, notice
from lczero_training.tui.pipeline import PipelinePane
from lczero_training.tui.state import Dashboard, Link
from lczero_training.tui.training import TrainingPane

# Narrower than this, the panes stand below each other.
_TWO_COLUMNS = 96


class DashboardScreen(BoardScreen):
    """Everything at a glance."""

    # See on_resize.
    AUTO_FOCUS = ""
    CONTROLS = LOG_CONTROLS
    BINDINGS: ClassVar[list[BindingType]] = [
        *dashboard_bindings(),
        # While the mouse has opened them and the focus is elsewhere.
        Binding("escape", "close_details", "Close details", show=False),
        Binding("escape", "log_close_search", "End search", show=False),
    ]

    def __init__(self, board: Dashboard) -> None:
        super().__init__(board)
        self._log_pane = LogPane()
        self.HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (_TWO_COLUMNS, "-normal")]
        self.VERTICAL_BREAKPOINTS = [(0, "-short"), (40, "-tall")]

    def compose(self) -> ComposeResult:
        """Header, banner, panes, footer."""
        yield HeaderBar()
        yield NoticeBar()
        yield DaemonBanner()
        with VerticalScroll(id="main", can_focus=False):
            yield PipelinePane()
            with Container(id="lower"):
                yield TrainingPane()
                yield self._log_pane
        yield KeyBar()

    def on_resize(self, event: events.Resize) -> None:
        """The focus begins at the log; in one column at the page, so that keys scroll it."""
        page, log = self.query_one("#main"), self._log_pane.view
        page.can_focus = event.size.width < _TWO_COLUMNS
        if self.focused in (None, page, log):
            self.set_focus(page if page.can_focus else log, scroll_visible=False)

    def show(self, board: Dashboard) -> None:
        """Hands the state to every part."""
        self.query_one(HeaderBar).show(headline(board))
        self.query_one(NoticeBar).show(notice(board))
        self.query_one(DaemonBanner).show(board.death)
        self.query_one("#main").set_class(board.link is Link.GONE, "-stale")
        self.query_one(PipelinePane).show(board)
        self.query_one(TrainingPane).show(board)

    def add_log(self, line: LogLine) -> None:
        """A further line of the log, presentable."""
        self._log_pane.add([line])

    def action_close_details(self) -> None:
        """Closes the details of a stage."""
        self.query_one(PipelinePane).action_close_details()

    # --- Keys of the log ------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """From hit to hit only while there is a search."""
        if action == "close_details":
            return self.is_mounted and self.query_one(PipelinePane).details_are_open
        if action in ("log_next", "log_previous", "log_close_search"):
            return self.is_mounted and self._log_pane.searching
        return True

    def action_log_search(self) -> None:
        """Opens the line to type in."""
        self._log_pane.open_search()

    def action_log_close_search(self) -> None:
        """Ends the search."""
        self._log_pane.close_search()

    def action_log_next(self) -> None:
        """The next hit."""
        self._log_pane.find_next(1)

    def action_log_previous(self) -> None:
        """The hit before."""
        self._log_pane.find_next(-1)

    def action_log_filter(self) -> None:
        """The next choice of levels."""
        self._log_pane.next_filter()

    def action_log_hold(self) -> None:
        """Holds or follows."""
        self._log_pane.toggle_hold()

    def action_log_copy(self) -> None:
        """Copies a line, or what is selected."""
        self._log_pane.copy_line()

    def action_log_copy_all(self) -> None:
        """Copies all lines that pass the filter."""
        self._log_pane.copy_all()
