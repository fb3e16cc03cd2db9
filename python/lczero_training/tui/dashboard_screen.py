"""The main screen: header, banner, pipeline, training, log, footer. Wiring only."""

from textual.app import ComposeResult
from textual.containers import Container, VerticalScroll
from textual.widgets import Footer

from lczero_training.client.events import LogLine
from lczero_training.tui.banner import DaemonBanner
from lczero_training.tui.board_screen import BoardScreen
from lczero_training.tui.header import HeaderBar, headline
from lczero_training.tui.logs import LogPane
from lczero_training.tui.notice import NoticeBar, notice
from lczero_training.tui.pipeline import PipelinePane
from lczero_training.tui.state import Dashboard, Link
from lczero_training.tui.training import TrainingPane


class DashboardScreen(BoardScreen):
    """Everything at a glance."""

    def __init__(self, board: Dashboard) -> None:
        super().__init__(board)
        self._log_pane = LogPane()
        self.HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (96, "-normal")]
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
        yield Footer()

    def show(self, board: Dashboard) -> None:
        """Hands the state to every part."""
        self.query_one(HeaderBar).show(headline(board))
        self.query_one(NoticeBar).show(notice(board))
        self.query_one(DaemonBanner).show(board.death)
        self.query_one("#main").set_class(board.link is Link.GONE, "-stale")
        self.query_one(PipelinePane).show(board)
        self.query_one(TrainingPane).show(board)

    def add_log(self, line: LogLine) -> None:
        """A further line of the log, safe to draw."""
        self._log_pane.show(line)
